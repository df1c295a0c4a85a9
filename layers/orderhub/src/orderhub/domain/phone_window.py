"""How many orders one phone has placed within a day (R22): every order's rank in its own trailing 24 hours.

By order time, not by arrival: an order that is heard of late may make another one the sixth.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orderhub.domain.order import Milestone, Order

WINDOW_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Placing:
    """One order of the phone. ``counts``: it was not closed unpaid. ``is_kept``: it was not cancelled either."""

    placed_at: int
    order_id: str
    counts: bool = True
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """An order's place in its trailing window ``(t - 24 h, t]``, itself included; ties go by order id.

    ``rank_kept`` is the rank among orders that nobody cancelled.
    """

    rank: int = 1
    orders_24h: int = 1
    rank_kept: int = 1


def placing_of(order: Order) -> Placing:
    """An order that was closed without having been paid does not count; one paid and then cancelled does.

    Raises ValueError for an order that is not known yet.
    """
    if order.snapshot is None:
        raise ValueError(f"{order.order_id} is not known yet")
    is_kept = not order.has(Milestone.CANCELLED) and not order.has(Milestone.CLOSED)
    return Placing(order.snapshot.placed_at, order.order_id, is_kept or order.has(Milestone.PAID), is_kept)


def standings(placings: Iterable[Placing]) -> Mapping[str, Standing]:
    """The standing of every order of one phone, by order id.

    An order that does not count itself stands where it would if it did.
    """
    every = sorted(placings, key=lambda one: (one.placed_at, one.order_id))
    counted = [(one.placed_at, one.order_id) for one in every if one.counts]
    kept = [(one.placed_at, one.order_id) for one in every if one.is_kept]
    times = [placed_at for placed_at, _ in counted]
    found: dict[str, Standing] = {}
    for one in every:
        own = (one.placed_at, one.order_id)
        until = bisect_right(times, one.placed_at)
        in_window = until - bisect_right(times, one.placed_at - WINDOW_MS)
        found[one.order_id] = Standing(
            _before(counted, own) + 1, in_window + (0 if one.counts else 1), _before(kept, own) + 1
        )
    return found


def _before(ordered: list[tuple[int, str]], own: tuple[int, str]) -> int:
    """How many stand before this one within its trailing window. The window is open at its far end."""
    first = bisect_left(ordered, (own[0] - WINDOW_MS + 1, ""))
    return bisect_left(ordered, own) - first


def can_be_held(order: Order) -> bool:
    """Whether a hold still stops the parcel: paid or not, the carrier's number has not been given for it."""
    is_over = order.is_finished or order.has(Milestone.CANCELLED) or order.has(Milestone.SHIPPED)
    return order.is_known and not is_over and not order.has(Milestone.LABELLED)
