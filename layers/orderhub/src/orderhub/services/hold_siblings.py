"""Hold the other orders of a phone because a person who looks at one of them says so (R22)."""

from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.order import Order
from orderhub.ports.orders import OrderStore
from orderhub.services.park import decision_for, request_decision
from orderhub.services.phone_window import siblings_that_can_be_held


def hold_siblings(order: Order, because: Decision, made_by: str, orders: OrderStore, now: int) -> tuple[str, ...]:
    """A card ``phone_velocity`` on every other paid order of the phone that a hold still stops; their ids.

    One that has such a card, open or decided, is left alone, so doing it twice changes nothing. No rule asked for these
    cards: only a person ends them. Their facts wake the orders' drivers. Raises Stale when one moved.
    """
    held = []
    for one in siblings_that_can_be_held(order, orders):
        evidence = {"level": "2", "reasons": "held_with_sibling", "with_order": order.order_id, "held_by": made_by}
        card = decision_for(one.order_id, DecisionClass.PHONE_VELOCITY, because.cause, evidence, now)
        if any(_is_about_the_phone(known) for known in orders.decisions_of(one.order_id)):
            continue
        request_decision(orders, one, card, now)
        held.append(one.order_id)
    return tuple(held)


def _is_about_the_phone(card: Decision) -> bool:
    by_hub = card.status is DecisionStatus.MADE and card.made_by == "hub"
    return card.decision_class is DecisionClass.PHONE_VELOCITY and not by_hub
