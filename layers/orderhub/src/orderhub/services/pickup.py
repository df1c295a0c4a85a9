"""The task to have a parcel picked up again (重新揽收) ends by itself when its carrier scans it (R34)."""

from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of
from orderhub.ports.orders import OrderStore


def picked_up_again(orders: OrderStore, before: Order, after: Order, number: int, now: int) -> tuple[Decision, ...]:
    """The open tasks about a parcel that was picked up between ``before`` and ``after``, as they are then."""
    is_news = parcel_of(after, number).has(Milestone.PICKED_UP) and not parcel_of(before, number).has(
        Milestone.PICKED_UP
    )
    if not is_news or not before.address_changes:
        return ()
    return tuple(
        card.moot(now, "picked up")
        for card in orders.decisions_of(before.order_id)
        if card.decision_class is DecisionClass.REPEAT_PICKUP
        and card.status is DecisionStatus.REQUESTED
        and card.evidence.get("parcel") == str(number)
    )
