"""Time, secrets, execution control and the bus, as the services need them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orderhub.domain.order import Receiver

type Clock = Callable[[], int]
"""Now, epoch milliseconds UTC."""


class Seal(Protocol):
    """Keeps personal data unreadable at rest. Only functions with the key's permission can open it."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str:
        """Raises ValueError when the text was not sealed by the hub or was changed."""
        ...


class Digest(Protocol):
    """A keyed one-way digest: equal inputs can be compared without being readable."""

    def of_phone(self, phone: str) -> str: ...

    def of_tail(self, phone: str) -> str:
        """Of the last four digits, by which people find an order; empty where there are fewer."""
        ...

    def of_nick(self, nick: str) -> str:
        """Of the buyer's nick on the platform, whatever its case; empty for none."""
        ...

    def of_receiver(self, receiver: Receiver) -> str: ...


class Executions(Protocol):
    """The state machine that drives orders."""

    def start(self, order_id: str, epoch: int) -> bool:
        """Start the run of this epoch. False: a run of that name exists already (running or not)."""
        ...

    def is_running(self, execution: str) -> bool: ...

    def stop(self, execution: str, reason: str) -> None:
        """Best effort."""
        ...

    def answer(self, token: str, output: Mapping[str, int | str]) -> bool:
        """Wake a wait with success. False: nobody waits on this token any more."""
        ...

    def interrupt(self, token: str, reason: str) -> bool:
        """Wake a wait with the error ``Interrupted``. False: nobody waits on this token any more."""
        ...

    def execution_name(self, order_id: str, epoch: int) -> str: ...


@dataclass(frozen=True, slots=True)
class StateVisit:
    """A run in one of its states, ms UTC; ``left_at`` 0: it is there now. ``error``: the name of what failed there."""

    name: str
    entered_at: int
    left_at: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunHistory:
    """One run, state by state. ``status`` in the service's words (RUNNING, SUCCEEDED, FAILED …); ms UTC, 0: not yet."""

    status: str
    started_at: int
    ended_at: int
    states: tuple[StateVisit, ...]


class ExecutionLog(Protocol):
    """What runs of the order's state machine did."""

    def history(self, execution: str) -> RunHistory | None:
        """None: the run is not known (any more). Names and instants only: no input, no output."""
        ...

    def arn_of(self, execution: str) -> str: ...


class ChangeRuns(Protocol):
    """The state machine that brings changes of address along; one run per change and epoch, by name."""

    def start(self, order_id: str, number: int, epoch: int) -> bool:
        """False: a run of that name exists already (running or not)."""
        ...

    def is_running(self, order_id: str, number: int, epoch: int) -> bool: ...

    def answer(self, token: str, output: Mapping[str, int | str]) -> bool:
        """Wake a wait. False: nobody waits on this token any more."""
        ...


class Limits(Protocol):
    """One token bucket per partner, account and method, shared by all instances."""

    def take(self, partner: str, method: str, now: int) -> int:
        """0 when the call may be made now; else milliseconds until the next one may be free."""
        ...

    def pause(self, partner: str, method: str, until: int) -> None:
        """Nobody calls this method before ``until`` (the partner said: too often)."""
        ...


class Bus(Protocol):
    def publish(self, entries: Sequence[Mapping[str, str]]) -> Sequence[int]:
        """Publish events; returns the positions of those that failed (never raises for a partial failure)."""
        ...
