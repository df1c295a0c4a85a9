"""The state machine service as the hub sees it: names are taken for ever, a token is answered once.

``machine.Player`` carries the runs out. Hooks let a test die before or after each call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from orderhub.adapters.aws.change_runs import run_name

RUNNING, SUCCEEDED, FAILED, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "ABORTED"

type Hook = Callable[[str, str], None]
"""(before | after, operation) of each call."""


@dataclass
class Run:
    """One execution. ``reply`` is what came for the token it waits on: (error or "", output or cause)."""

    name: str
    order_id: str
    epoch: int
    status: str = RUNNING
    state: str = ""
    data: Any = None
    token: str = ""
    reply: tuple[str, Any] | None = None
    error: str = ""
    cause: str = ""
    trail: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    """Its input."""
    is_mourned: bool = False
    """Its end was told to whoever recovers orders."""

    @property
    def is_waiting(self) -> bool:
        return self.status == RUNNING and bool(self.token) and self.reply is None


class FakeExecutions:
    """ports.world.Executions in memory."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.hook: Hook = lambda when, operation: None
        self._tokens = count(1)

    # --- ports.world.Executions ----------------------------------------------------------------------------

    def execution_name(self, order_id: str, epoch: int) -> str:
        return f"{order_id}-{epoch}"

    def start(self, order_id: str, epoch: int) -> bool:
        self.hook("before", "StartExecution")
        name = self.execution_name(order_id, epoch)
        is_new = name not in self.runs
        if is_new:
            given = {"order_id": order_id, "epoch": epoch}
            self.runs[name] = Run(name, order_id, epoch, data=given, given=given)
        self.hook("after", "StartExecution")
        return is_new

    def is_running(self, execution: str) -> bool:
        run = self.runs.get(execution)
        return run is not None and run.status == RUNNING

    def stop(self, execution: str, reason: str) -> None:
        self.hook("before", "StopExecution")
        if self.is_running(execution):
            self.runs[execution].status = ABORTED
        self.hook("after", "StopExecution")

    def answer(self, token: str, output: Mapping[str, int | str]) -> bool:
        return self._reply("SendTaskSuccess", token, ("", dict(output)))

    def interrupt(self, token: str, reason: str) -> bool:
        return self._reply("SendTaskFailure", token, ("Interrupted", reason))

    # --- what the service does by itself -------------------------------------------------------------------

    def new_token(self, run: Run) -> str:
        run.token, run.reply = f"token-{next(self._tokens)}", None
        return run.token

    def time_out(self, run: Run) -> None:
        """The wait's own TimeoutSeconds have passed."""
        if run.is_waiting:
            run.reply = ("States.Timeout", "")

    def die(self) -> None:
        """Every running execution is lost, as when the emulator restarts; names stay taken."""
        for run in self.runs.values():
            if run.status == RUNNING:
                run.status, run.error = FAILED, "States.ServiceRestart"

    def waiting_in(self, order_id: str) -> str:
        """The state in which the order's run waits, or ""."""
        return next((r.state for r in self.runs.values() if r.order_id == order_id and r.is_waiting), "")

    def _reply(self, operation: str, token: str, reply: tuple[str, Any]) -> bool:
        self.hook("before", operation)
        found = next((run for run in self.runs.values() if run.token == token and run.is_waiting), None)
        if found is not None:
            found.reply = reply
        self.hook("after", operation)
        return found is not None


class FakeChangeRuns(FakeExecutions):
    """ports.world.ChangeRuns in memory."""

    def start(self, order_id: str, number: int, epoch: int) -> bool:  # type: ignore[override]
        self.hook("before", "StartExecution")
        name = run_name(order_id, number, epoch)
        is_new = name not in self.runs
        if is_new:
            given = {"order_id": order_id, "change": number, "epoch": epoch}
            self.runs[name] = Run(name, order_id, epoch, data=given, given=given)
        self.hook("after", "StartExecution")
        return is_new

    def is_running(self, order_id: str, number: int, epoch: int) -> bool:  # type: ignore[override]
        return super().is_running(run_name(order_id, number, epoch))
