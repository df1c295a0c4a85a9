"""The read models: rows of orders, what finds them, figures of closed days. All of it can be dropped and rebuilt."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from orderhub.domain.by_hand import Handmade
from orderhub.domain.order_row import DayEntry, OrderRow, State
from orderhub.domain.signature import Signature


@dataclass(frozen=True, slots=True)
class Page:
    """Order ids of one page, and where the next begins (empty: it was the last)."""

    order_ids: tuple[str, ...]
    cursor: str = ""


class RowWriter(Protocol):
    """What the projector writes."""

    def put(self, row: OrderRow, *, again: bool = False) -> bool:
        """Write the row unless the stored one has folded as many facts (``again``: unless it has folded more).

        False: it stands as it was. A row of another shape is always replaced.
        """
        ...

    def put_keys(self, row: OrderRow, found_by: Iterable[tuple[str, str]]) -> None:
        """Let the order be found by each (kind, value); what is there already stays."""
        ...

    def put_handmade(self, made: Handmade) -> None:
        """Count a person's decision under its day; the same one again counts once."""
        ...

    def heard(self, recorded_at: int) -> None:
        """Facts up to this instant are in the rows (as far as this stream's batch goes)."""
        ...


class Rows(RowWriter, Protocol):
    """The rows as lists and figures read them; answers may be a moment old."""

    def rows(self, order_ids: Sequence[str]) -> Sequence[OrderRow]:
        """Those there are, in this order."""
        ...

    def found(self, kind: str, value: str, limit: int) -> Sequence[str]:
        """Ids of the orders found by this value, the newest first."""
        ...

    def count(self, state: State, day: str = "", shops: Collection[str] = ()) -> int:
        """How many orders stand in a state; of a final one only those that ended on ``day`` (Shanghai, YYYYMMDD).
        ``shops``: orders of these only, of all when empty."""
        ...

    def in_state(self, state: State, cursor: str, limit: int, day: str = "") -> Page:
        """The orders of a state, the next due first; of a final one those that ended on ``day``, the newest first."""
        ...

    def placed_on(self, day: str) -> Iterator[DayEntry]:
        """Every order that was placed on this day."""
        ...

    def last_placed_on(self, day: str, limit: int) -> Sequence[str]:
        """Ids of the last orders that were placed on this day, the newest first."""
        ...

    def shipped_on(self, day: str) -> Iterator[DayEntry]:
        """Every order whose last parcel left on this day."""
        ...

    def handmade_on(self, day: str, shops: Collection[str] = ()) -> Mapping[tuple[str, str], int]:
        """(class, option) → how often a person chose it on this day; for orders of these shops, of all when empty."""
        ...

    def heard_at(self) -> int:
        """When the newest fact that is in the rows was recorded; 0: none is."""
        ...

    def summaries(self, days: Sequence[str], shop: str = "") -> Mapping[str, Mapping[str, Any]]:
        """Of those of these days (at most 100) that have one: the figures, and ``computed_at`` in ms UTC. ``shop``: of
        its orders only; else of all, with ``shops``: those that have a summary of their own."""
        ...

    def put_summary(self, day: str, figures: Mapping[str, Any], computed_at: int, shop: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class WalkPage:
    """Order ids of one stretch of the walk over all orders, and where it goes on (empty: it is over)."""

    order_ids: tuple[str, ...]
    cursor: str


class Walk(Protocol):
    """All orders there are, page by page: for a rebuild only, never for a request."""

    def page(self, cursor: str) -> WalkPage: ...

    def saved(self) -> str:
        """Where the walk under way goes on; empty: at the beginning."""
        ...

    def save(self, cursor: str) -> None: ...


class Signatures(Protocol):
    """Who has signed which day's inspection off; append-only, and no projection: it is kept with the orders."""

    def add(self, signature: Signature) -> None: ...

    def of_day(self, day: str) -> Sequence[Signature]:
        """Oldest first."""
        ...
