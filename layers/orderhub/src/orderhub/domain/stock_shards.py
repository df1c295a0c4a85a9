"""Arithmetic over the shards of one SKU and warehouse: as one level, shared out, evened out.

A hot SKU is split over several stock items so that its buyers do not wait for each other (design §4 "Stock").
"""

from collections.abc import Iterable, Sequence

from orderhub.domain.stock import StockLevel


def total(levels: Sequence[StockLevel]) -> StockLevel:
    """All shards of one SKU and warehouse as one level. Its revision is their sum: equal means none moved."""
    due: dict[int, int] = {}
    for level in levels:
        for minute, quantity in level.due.items():
            due[minute] = due.get(minute, 0) + quantity
    first = levels[0]
    return StockLevel(
        sku=first.sku,
        warehouse=first.warehouse,
        available=sum(level.available for level in levels),
        due=due,
        firm=sum(level.firm for level in levels),
        sold=sum(level.sold for level in levels),
        stocked=sum(level.stocked for level in levels),
        revision=sum(level.revision for level in levels),
        closed_through=max(level.closed_through for level in levels),
        suspected_difference=first.suspected_difference,
        suspected_at=first.suspected_at,
    )


def split(quantity: int, parts: int) -> list[int]:
    """A quantity in nearly equal parts that add up.

    >>> split(50, 4)
    [13, 13, 12, 12]
    """
    each, rest = divmod(quantity, parts)
    return [each + (1 if part < rest else 0) for part in range(parts)]


def share_out(levels: Iterable[StockLevel], difference: int) -> dict[int, int]:
    """How a difference falls on the shards: gain to the poorest, loss from the richest, none below 0.

    What no shard can give is left out: compare the sum with ``difference``.

    >>> share_out([StockLevel("A", "W", 3, shard=0), StockLevel("A", "W", 1, shard=1)], -9)
    {0: -3, 1: -1}
    """
    ranked = sorted(levels, key=lambda level: (level.available, level.shard))
    if difference > 0:
        return {ranked[0].shard: difference}
    shares: dict[int, int] = {}
    wanted = -difference
    for level in reversed(ranked):
        taken = min(wanted, level.available)
        if taken > 0:
            shares[level.shard] = -taken
            wanted -= taken
    return shares


def even_out(levels: Sequence[StockLevel]) -> dict[int, int]:
    """What must move between shards, signed and summing to 0, so that each has about as much available."""
    parts = split(sum(level.available for level in levels), len(levels))
    changes = {level.shard: part - level.available for level, part in zip(levels, parts, strict=True)}
    return {shard: change for shard, change in changes.items() if change}
