"""Where an order's goods come from (分仓): what it wants, what each warehouse can give, what is missing (R13).

All warehouses together are one pool: goods are missing only when the pool has not enough (R23).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.split import Want, spread


class Action(StrEnum):
    """What a rule says when the preferred warehouse is short."""

    SOURCE_ELSEWHERE = "source_elsewhere"  # all from one other warehouse
    TRANSFER = "transfer"  # have the WMS bring the goods to the preferred one (跨仓调拨)
    SPLIT = "split"  # several parcels, each from the warehouse that has its lines (拆单)
    HOLD = "hold"  # purchasing decides


@dataclass(frozen=True, slots=True)
class Supply:
    """What an order's lines want and what there is for them, in pieces, at one instant.

    ``free`` holds, by SKU and warehouse, what a buyer can have there, the order's own holdings included; a pair that
    is absent is a SKU the hub does not know in that warehouse. ``warehouses``: in the order in which they are tried,
    the preferred one first.
    """

    lines: tuple[Want, ...]
    free: Mapping[tuple[str, str], int]
    warehouses: tuple[str, ...]

    @property
    def wanted(self) -> Mapping[str, int]:
        """SKU → pieces of all lines."""
        wanted: Counter[str] = Counter()
        for line in self.lines:
            wanted[line.sku] += line.pieces
        return dict(wanted)

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
        return next((each for each in self.warehouses[1:] if self.can_supply(each)), "")

    def can_supply(self, warehouse: str) -> bool:
        """Whether this other warehouse has all pieces of every SKU of which the preferred one is short."""
        wanted = self.wanted
        has_all = all(self.free.get((sku, warehouse), 0) >= wanted[sku] for sku in self.short_at_preferred)
        return has_all and warehouse in self.warehouses[1:]

    @property
    def short_at_preferred(self) -> tuple[str, ...]:
        """The SKUs of which the preferred warehouse has not enough."""
        return tuple(sku for sku, count in self.wanted.items() if self.free.get((sku, self.preferred), 0) < count)

    @property
    def split(self) -> Mapping[str, str]:
        """Line id → warehouse in the fewest parcels there can be; empty when the lines cannot be had whole."""
        return {} if self.missing else spread(self.lines, self.free, self.warehouses) or {}

    @property
    def uncut(self) -> Mapping[str, tuple[int, ...]]:
        """SKUs of which there is enough, but not so that each line finds its pieces in one warehouse: SKU → the
        pieces of its lines. A line is not cut, so no split helps."""
        by_sku: dict[str, list[Want]] = {}
        for line in self.lines:
            by_sku.setdefault(line.sku, []).append(line)
        return {
            sku: tuple(line.pieces for line in lines)
            for sku, lines in by_sku.items()
            if sku not in self.missing and spread(lines, self.free, self.warehouses) is None
        }


_NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Allocation:
    """What comes of it: everything leaves from ``warehouse``, or (empty) the order is held.

    With ``supplier`` the goods that the warehouse is short of, ``moved``, are brought from there first. With
    ``split`` (line id → warehouse) each line leaves from its own; ``warehouse`` is the first of them.
    """

    warehouse: str
    action: Action | None = None  # None: the preferred warehouse has everything, no rule was asked
    supplier: str = ""
    moved: tuple[str, ...] = ()  # SKUs
    split: Mapping[str, str] = field(default_factory=lambda: _NOWHERE)

    def place_of(self, line_id: str, sku: str) -> str:
        """The warehouse in which the pieces of this line are held."""
        if sku in self.moved:
            return self.supplier
        return self.split.get(line_id, self.warehouse)

    @property
    def origins(self) -> tuple[str, ...]:
        """The warehouses that goods come from: the one that supplies others, those of a split, or the only one."""
        if self.supplier:
            return (self.supplier,)
        return tuple(dict.fromkeys(self.split.values())) or ((self.warehouse,) if self.warehouse else ())


TRANSFER_FROM = "transfer_from:"
"""Prefix of an override: a person has what the order is short of brought from this warehouse."""


def wished_supplier(overrides: Iterable[str]) -> str:
    """The warehouse that a person chose to bring goods from; empty when nobody did."""
    return next((code.removeprefix(TRANSFER_FROM) for code in overrides if code.startswith(TRANSFER_FROM)), "")


def without_wish(overrides: Iterable[str]) -> tuple[str, ...]:
    """The overrides after the goods were sent for: what is short later is asked anew."""
    return tuple(code for code in overrides if not code.startswith(TRANSFER_FROM))


def allocate(supply: Supply, said: Iterable[Action], wished: str = "") -> Allocation:
    """All from the preferred warehouse when it has everything; else the first that the rules say and that can be done.

    Before them what a person chose: a transfer from the warehouse ``wished``, while that has what is short.

    A transfer wants one warehouse that has what is short, a split no line that is in no warehouse whole. When none of
    it can be done, or the rules say hold or nothing, the order is held. A split that needs only one parcel is none.

    >>> one = Supply((Want("1", "A", 2),), {("A", "W1"): 1, ("A", "W2"): 2}, ("W1", "W2"))
    >>> allocate(one, [Action.SPLIT]) == allocate(one, [Action.SOURCE_ELSEWHERE]) == Allocation(
    ...     "W2", Action.SOURCE_ELSEWHERE)
    True
    """
    if supply.has_all(supply.preferred):
        return Allocation(supply.preferred)
    if wished and supply.can_supply(wished):
        return Allocation(supply.preferred, Action.TRANSFER, wished, supply.short_at_preferred)
    possible = (_carried_out(supply, action) for action in said)
    return next((each for each in possible if each), Allocation("", Action.HOLD))


def _carried_out(supply: Supply, action: Action) -> Allocation | None:
    """What this action comes to; None when it cannot be done."""
    match action:
        case Action.SOURCE_ELSEWHERE if supply.other:
            return Allocation(supply.other, action)
        case Action.TRANSFER if supply.supplier:
            return Allocation(supply.preferred, action, supply.supplier, supply.short_at_preferred)
        case Action.SPLIT if supply.other:
            return Allocation(supply.other, Action.SOURCE_ELSEWHERE)
        case Action.SPLIT if split := supply.split:
            return Allocation(next(iter(split.values())), action, split=split)
        case Action.HOLD:
            return Allocation("", action)
    return None
