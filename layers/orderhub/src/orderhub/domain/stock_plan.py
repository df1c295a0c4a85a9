"""What the next write of a reservation must be, decided from what was just read.

One step at a time: the writer takes the step, reads again, asks again. Every step is guarded by conditions
in the table, so a plan made from an old reading is refused there, never wrong. Source: design §4 "Stock",
R12.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from orderhub.domain.stock import StockLevel

RECLAIM_AT_ONCE = 50  # bounds the update expression (DynamoDB: 4 KB)
PAST_MINUTES_KEPT = 30  # bounds the item; younger expired minutes stay for buyers who pay a little late


@dataclass(frozen=True, slots=True)
class Take:
    """Reserve from this shard."""

    level: StockLevel


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Take these expired minutes back first. Quantities are exact: the write is refused if one changed."""

    level: StockLevel
    minutes: dict[int, int]


@dataclass(frozen=True, slots=True)
class Gather:
    """No shard has enough but all together have: bring it into one. ``shares`` is signed, sums to 0."""

    shares: dict[int, int]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Short, whatever is done. ``free`` is all there is."""

    free: int


Step = Take | Reclaim | Gather | GiveUp


def plan_reserve(levels: Sequence[StockLevel], preferred: int, quantity: int, now: int) -> Step:
    """The next step towards reserving ``quantity``: every shard is tried, the preferred one first.

    Expired minutes are reclaimed only on shortage, oldest first and no more than needed, so that a buyer
    who pays a moment late still finds his stock; or when so many are remembered that the item would grow.
    """
    turn = preferred % len(levels) if levels else 0
    ordered = [*levels[turn:], *levels[:turn]]
    for level in ordered:
        if level.available >= quantity:
            stale = level.past(now)[:-PAST_MINUTES_KEPT]
            return Reclaim(level, _take_back(level, stale)) if stale else Take(level)
    for level in ordered:
        if level.free(now) >= quantity:
            return Reclaim(level, _enough(level, quantity, now))
    free = sum(level.free(now) for level in levels)
    if free < quantity:
        return GiveUp(free)
    for level in ordered:
        if past := level.past(now):
            return Reclaim(level, _take_back(level, past))
    return _gather(levels, quantity)


def _take_back(level: StockLevel, minutes: Sequence[int]) -> dict[int, int]:
    return {minute: level.due[minute] for minute in minutes[:RECLAIM_AT_ONCE]}


def _enough(level: StockLevel, quantity: int, now: int) -> dict[int, int]:
    chosen: list[int] = []
    free = level.available
    for minute in level.past(now):
        if free >= quantity:
            break
        chosen.append(minute)
        free += level.due[minute]
    return _take_back(level, chosen)


def _gather(levels: Sequence[StockLevel], quantity: int) -> Gather:
    target, *donors = sorted(levels, key=lambda level: (-level.available, level.shard))
    missing = quantity - target.available
    shares = {target.shard: missing}
    for donor in donors:
        given = min(missing, donor.available)
        if given > 0:
            shares[donor.shard] = -given
            missing -= given
    return Gather(shares)
