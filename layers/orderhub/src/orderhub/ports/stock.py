"""What services need of stock (design §4 "Stock"). Instants: epoch milliseconds UTC; quantities: pieces.

Every verb is one step that is whole or not at all, and may be repeated: a repeat gives the same outcome.
All raise ``Stale`` when others changed the same stock faster than five attempts could follow (try later),
and the client's own error when the table throttles or does not answer (the step may then have been done:
repeat it).
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from orderhub.domain.stock import (
    Adjusted,
    Committed,
    Firmed,
    Lost,
    Moved,
    Released,
    Reservation,
    Reserved,
    Short,
    StockLevel,
    StockMovement,
)


class StockStore(Protocol):
    """The stock of every SKU and warehouse, and the reservations on the orders."""

    def reserve(
        self, order_id: str, line_id: str, sku: str, warehouse: str, quantity: int, expires_at: int, now: int
    ) -> Reserved | Short:
        """Hold ``quantity`` for the line until ``expires_at``, at least to the end of this minute.

        A line whose reservation was lost or released may reserve again, also elsewhere. ``Rejected``
        (``reserved_otherwise``) when it holds another SKU, warehouse or quantity: release that first.
        """
        ...

    def firm(self, order_id: str, line_id: str, now: int) -> Firmed | Lost:
        """The buyer has paid: the hold no longer expires. Late is fine until somebody else took the stock."""
        ...

    def commit(self, order_id: str, line_id: str, now: int) -> Committed:
        """The WMS has accepted the order. ``Rejected`` (``stock_not_firm``) when the line is not firm."""
        ...

    def release(self, order_id: str, line_id: str, now: int) -> Released:
        """Give back whatever the line holds, at whatever stage; nothing when it holds nothing."""
        ...

    def depart(self, order_id: str, line_id: str, now: int) -> None:
        """The line's pieces leave their warehouse for another. ``Rejected`` (``stock_not_firm``) if it is not firm."""
        ...

    def arrive(self, order_id: str, line_id: str, warehouse: str, now: int) -> bool:
        """The pieces that departed are in ``warehouse`` now, firm for the line. False when the line has none on the way
        (released meanwhile): then nothing is booked."""
        ...

    def reservations(self, order_id: str) -> tuple[Reservation, ...]:
        """All reservation rows of the order, also released ones, by line."""
        ...

    def level(self, sku: str, warehouse: str) -> StockLevel | None:
        """What there is, read consistently; None when the hub does not know this SKU there."""
        ...

    def levels(self, skus: Collection[str], warehouses: Collection[str]) -> tuple[StockLevel, ...]:
        """What there is of these SKUs in these warehouses, each read consistently; unknown pairs are left out."""
        ...

    def seed(self, sku: str, warehouse: str, quantity: int, now: int, reason: str = "seed") -> bool:
        """Make the stock known, with this quantity, if it is not. False (and unchanged) when it is."""
        ...

    def adjust(
        self, sku: str, warehouse: str, difference: int, observed_revision: int, reason: str, now: int
    ) -> Adjusted | Moved:
        """Book a difference the WMS counted on ``available`` and ``stocked``, unless the stock moved.

        A loss bigger than ``available`` takes what there is and reports the rest: that much is promised to
        buyers and not there. Clears the suspicion.
        """
        ...

    def suspect(self, sku: str, warehouse: str, difference: int, observed_revision: int, at: int) -> bool:
        """Remember a difference seen by a poll (0: forget it), unless the stock moved since (False)."""
        ...


class StockLedger(Protocol):
    """The history of every stock item: one row per revision, written from the table's stream."""

    def record(self, movement: StockMovement) -> bool:
        """Write the row; False when that revision is written already."""
        ...

    def movements(self, sku: str, warehouse: str, shard: int = 0) -> Sequence[StockMovement]:
        """The whole history of one stock item, oldest first."""
        ...
