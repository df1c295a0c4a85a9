"""Where an order's goods come from (分仓): what it wants, what each warehouse can give, what is missing (R13).

All warehouses together are one pool: goods are missing only when the pool has not enough (R23).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a rule says when the preferred warehouse is short."""

    SOURCE_ELSEWHERE = "source_elsewhere"  # all from one other warehouse
    TRANSFER = "transfer"  # have the WMS bring the goods to the preferred one (跨仓调拨)
    SPLIT = "split"  # a parcel from each
    HOLD = "hold"  # purchasing decides


@dataclass(frozen=True, slots=True)
class Supply:
    """What an order wants and what there is for it, in pieces, at one instant.

    ``free`` holds, by SKU and warehouse, what a buyer can have there, the order's own holdings included; a pair that
    is absent is a SKU the hub does not know in that warehouse. ``warehouses``: in the order in which they are tried,
    the preferred one first.
    """

    wanted: Mapping[str, int]
    free: Mapping[tuple[str, str], int]
    warehouses: tuple[str, ...]

    @property
    def preferred(self) -> str:
        return self.warehouses[0]

    def has_all(self, warehouse: str) -> bool:
        """Whether this warehouse alone has everything."""
        return all(self.free.get((sku, warehouse), 0) >= count for sku, count in self.wanted.items())

    @property
    def other(self) -> str:
        """The first warehouse after the preferred one that has everything; empty when none has."""
        return next((each for each in self.warehouses[1:] if self.has_all(each)), "")

    def together(self, sku: str) -> int:
        """What all warehouses have of a SKU."""
        return sum(self.free.get((sku, each), 0) for each in self.warehouses)

    def is_known(self, sku: str) -> bool:
        """Whether any warehouse knows the SKU."""
        return any((sku, each) in self.free for each in self.warehouses)

    @property
    def missing(self) -> Mapping[str, int]:
        """SKU → pieces that all warehouses together lack; empty when the pool has enough."""
        lacks = {sku: count - self.together(sku) for sku, count in self.wanted.items()}
        return {sku: lack for sku, lack in lacks.items() if lack > 0}

    @property
    def supplier(self) -> str:
        """The first other warehouse that has all pieces of every SKU of which the preferred one is short."""
        short = self.short_at_preferred
        return next(
            (
                each
                for each in self.warehouses[1:]
                if all(self.free.get((sku, each), 0) >= self.wanted[sku] for sku in short)
            ),
            "",
        )

    @property
    def short_at_preferred(self) -> tuple[str, ...]:
        """The SKUs of which the preferred warehouse has not enough."""
        return tuple(sku for sku, count in self.wanted.items() if self.free.get((sku, self.preferred), 0) < count)


@dataclass(frozen=True, slots=True)
class Allocation:
    """What comes of it: everything leaves from ``warehouse``, or (empty) the order is held.

    With ``supplier`` the goods that the warehouse is short of, ``moved``, are brought from there first.
    """

    warehouse: str
    action: Action | None = None  # None: the preferred warehouse has everything, no rule was asked
    supplier: str = ""
    moved: tuple[str, ...] = ()  # SKUs

    def place_of(self, sku: str) -> str:
        """The warehouse in which this SKU's pieces are held."""
        return self.supplier if sku in self.moved else self.warehouse


def allocate(supply: Supply, said: Action) -> Allocation:
    """All from the preferred warehouse when it has everything; else as the rule says.

    A rule that cannot be carried out (nothing elsewhere, or the pool is short) holds the order.

    >>> allocate(Supply({"A": 2}, {("A", "W1"): 1, ("A", "W2"): 2}, ("W1", "W2")), Action.SOURCE_ELSEWHERE)
    Allocation(warehouse='W2', action=<Action.SOURCE_ELSEWHERE: 'source_elsewhere'>)
    """
    if supply.has_all(supply.preferred):
        return Allocation(supply.preferred)
    if said is Action.SOURCE_ELSEWHERE and supply.other:
        return Allocation(supply.other, said)
    if said is Action.TRANSFER and supply.supplier:
        return Allocation(supply.preferred, said, supply.supplier, supply.short_at_preferred)
    return Allocation("", Action.HOLD)
