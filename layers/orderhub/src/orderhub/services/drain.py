"""A partner is back: those who waited for it go on, oldest order first, a few at a time (R72)."""

from dataclasses import replace

from orderhub.domain.errors import Stale
from orderhub.ports.orders import Change, OrderStore, Waiting, WaitingRoom
from orderhub.ports.world import Clock, Executions
from orderhub.services.drive import advance

AT_ONCE = 20


def drain(
    partner: str, is_down: bool, orders: OrderStore, room: WaitingRoom, executions: Executions, clock: Clock
) -> dict[str, int]:
    """Wake the parked orders of a partner. While it is down only the first is let through, as the probe.

    An order that finds the partner down again stands in line again, at its old place. One that cannot be woken
    does not keep the others (P11): what it raised is raised when all had their turn.
    """
    counts: dict[str, int] = {}
    failure: Exception | None = None
    parked = [place for place in room.line(partner, 10 * AT_ONCE) if not place.until]
    for place in parked[: 1 if is_down else AT_ONCE]:
        try:
            outcome = _let_through(place, orders, room, executions, clock)
        except Exception as error:
            failure, outcome = failure or error, "failed"
        counts[outcome] = counts.get(outcome, 0) + 1
    if failure:
        raise failure
    return counts


def _let_through(place: Waiting, orders: OrderStore, room: WaitingRoom, executions: Executions, clock: Clock) -> str:
    """The order first, then the line: a crash between leaves an entry that is cleared the next time."""
    order = orders.load(place.order_id)
    if order is not None and order.waiting_for == place.partner:
        try:
            orders.commit(Change(order, replace(order, waiting_for=""), clock(), wakes=True))
        except Stale:
            return "moved"
    room.leave(place)
    return advance(place.order_id, orders, executions, clock())
