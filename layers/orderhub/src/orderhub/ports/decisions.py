"""The store of decisions as the services see it; the order store is one too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.facts import Fact

type Group = tuple[str, str]
"""A class of decisions and a cause that many of them share (``Decision.group``)."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Cards with their positions. Fewer than asked for need not mean the end: some may be decided while read."""

    cards: Sequence[tuple[str, Decision]]
    is_last: bool


class DecisionStore(Protocol):
    def decision(self, order_id: str, decision_id: str) -> Decision | None: ...

    def decisions_of(self, order_id: str) -> tuple[Decision, ...]: ...

    def open_decisions(self, limit: int = 100) -> tuple[Decision, ...]:
        """Open decisions, nearest deadline first."""
        ...

    def open_decisions_of(self, decision_class: DecisionClass) -> Iterator[Decision]:
        """Every open decision of one class, nearest deadline first; read page by page as it is consumed."""
        ...

    def open_page(self, classes: Sequence[DecisionClass], after: str, limit: int) -> QueuePage:
        """Open decisions of these classes, nearest deadline first; ``after``: a position, exclusive, empty at first."""
        ...

    def past_deadline(self, now: int, limit: int = 100) -> Iterator[Decision]:
        """Open decisions whose deadline has come and which were not marked expired; at most ``limit`` per class."""
        ...

    def made_before(self, groups: Iterable[Group]) -> Mapping[Group, Mapping[str, int]]:
        """How often people chose each option, by class and cause; what nobody ever decided is left out."""
        ...

    def request_alone(self, decision: Decision, facts: Sequence[Fact], now: int) -> bool:
        """Queue a decision that belongs to no order. False: the same card exists already."""
        ...

    def settle_alone(self, decision: Decision, fact: Fact, now: int, was: Decision | None = None) -> None:
        """Change such a decision, open until now, or ``was``: as read. Raises Stale when it changed meanwhile."""
        ...
