"""Where an order is and what comes next, derived from what is true of it.

The lifecycle state machine only carries out what stands here: after every task and every wake it asks
``next_step``. A recovered run therefore starts wherever the order is, and messages may come in any order.
"""

from collections.abc import Mapping
from enum import StrEnum

from orderhub.domain.judging import JUDGING
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import has_left_in_part, parcels_here
from orderhub.domain.phone_window import can_be_held

EXPIRY_GRACE_MS = 5_000  # a payment made in the last second may arrive a little later


class Step(StrEnum):
    """A step of the lifecycle. The first nine are the usual way, in this order."""

    RESERVE = "reserve"
    AWAIT_PAYMENT = "await_payment"
    ASSESS = "assess"
    DISPATCH = "dispatch"
    ISSUE_WAYBILL = "issue_waybill"
    AWAIT_SHIPMENT = "await_shipment"
    AWAIT_DELIVERY = "await_delivery"
    SETTLE = "settle"
    COMPLETED = "completed"
    AWAIT_RELEASE = "await_release"  # an open decision, a partner that is down, goods on their way, details missing
    WITHDRAW = "withdraw"  # cancel at the warehouse
    VOID_WAYBILL = "void_waybill"
    CLOSE = "close"  # release the stock and end
    CANCELLED = "cancelled"


SUCCESSOR: dict[Step, Step] = {
    Step.RESERVE: Step.AWAIT_PAYMENT,
    Step.AWAIT_PAYMENT: Step.ASSESS,
    Step.ASSESS: Step.DISPATCH,
    Step.DISPATCH: Step.ISSUE_WAYBILL,
    Step.ISSUE_WAYBILL: Step.AWAIT_SHIPMENT,
    Step.AWAIT_SHIPMENT: Step.AWAIT_DELIVERY,
    Step.AWAIT_DELIVERY: Step.SETTLE,
    Step.SETTLE: Step.COMPLETED,
}
"""The usual way: what the state machine does after a step without asking again."""

CARRIERS = ("sf", "ems")
"""The carriers whose labels the hub buys itself; the usual one first."""

PARTNERS_OF: Mapping[Step, tuple[str, ...]] = {
    Step.DISPATCH: ("wangdiantong",),
    Step.WITHDRAW: ("wangdiantong",),
    Step.ISSUE_WAYBILL: CARRIERS,
    Step.VOID_WAYBILL: CARRIERS,
    Step.SETTLE: ("kingdee",),
}
"""Who may have to answer for a step to be done: both carriers, when an order goes over from one to the other."""

CANCELLED_AFTER_SHIPPING = "cancelled_after_shipping"
"""Override code and decision class: the shop closed an order whose parcel is already on its way."""


RESERVE_WHEN_PAID = "reserve_when_paid"
"""Override code: Reserve could not be done before the payment and is not waited for; it is done after it (R23)."""


def payment_expired(order: Order, now: int) -> bool:
    """Whether the shop's payment deadline (plus grace) is over and nothing was paid."""
    if order.snapshot is None or order.has(Milestone.PAID):
        return False
    return now > order.snapshot.payment_due_at + EXPIRY_GRACE_MS


def wants_to_end(order: Order, now: int) -> bool:
    """Whether the order is to be ended without delivery: cancelled before shipment, or never paid."""
    if order.has(Milestone.SHIPPED):
        return False
    return order.has(Milestone.CANCELLED) or payment_expired(order, now)


def needs_decision(order: Order) -> str | None:
    """The class of the decision the order cannot go on without, when nobody has asked for it yet."""
    contradictory = order.has(Milestone.SHIPPED, Milestone.CANCELLED) and not order.is_finished
    if contradictory and CANCELLED_AFTER_SHIPPING not in order.overrides:
        return CANCELLED_AFTER_SHIPPING
    return None


def next_step(order: Order, now: int) -> Step:
    """The step this order wants now (``now`` in ms UTC matters only for the payment deadline).

    A partner that is down stops its own steps only: an order that waits for the carrier can still be cancelled
    at the warehouse.
    """
    step = _wanted(order, now)
    return Step.AWAIT_RELEASE if order.waiting_for in PARTNERS_OF.get(step, ()) else step


def _wanted(order: Order, now: int) -> Step:
    if order.has(Milestone.SETTLED):
        return Step.COMPLETED
    if order.has(Milestone.CLOSED):
        return Step.CANCELLED
    if needs_decision(order) or not order.is_known:
        return Step.AWAIT_RELEASE
    if wants_to_end(order, now):
        return Step.AWAIT_RELEASE if _is_way_out_blocked(order) else _way_out(order)
    if order.holds:
        return Step.ASSESS if wants_new_judgement(order) else Step.AWAIT_RELEASE
    if order.has(Milestone.ASSESSED) and _is_looked_at_again(order):
        return Step.ASSESS
    if order.has(Milestone.SHIPPED):  # a parcel on its way needs nothing that comes before, least of all a label
        return Step.SETTLE if order.has(Milestone.RECEIVED) else Step.AWAIT_DELIVERY
    if not order.has(Milestone.RESERVED):
        return _towards_stock(order)
    if not order.has(Milestone.PAID):
        return Step.AWAIT_PAYMENT
    if not order.has(Milestone.ASSESSED):
        return Step.ASSESS
    if not order.has(Milestone.DISPATCHED) or order.push_due:
        return Step.DISPATCH
    if not order.has(Milestone.LABELLED) or order.relabel:
        return Step.ISSUE_WAYBILL
    return Step.AWAIT_SHIPMENT


def _is_looked_at_again(order: Order) -> bool:
    """Also a parcel that left, perhaps with a gift that was taken from the order: a person may have to be asked."""
    return order.gifts_due or (order.push_due and order.has(Milestone.SHIPPED)) or wants_new_look(order)


def _towards_stock(order: Order) -> Step:
    """Goods on their way are waited for; what could not be reserved before the payment is reserved after it."""
    if order.transfer:
        return Step.AWAIT_RELEASE
    is_put_off = RESERVE_WHEN_PAID in order.overrides and not order.has(Milestone.PAID)
    return Step.AWAIT_PAYMENT if is_put_off else Step.RESERVE


def wants_new_judgement(order: Order) -> bool:
    """Whether an order that only judgements hold has changed since it was judged: their cause may be gone."""
    changed = order.judgement_due or order.judged_version not in (0, order.content_version)
    is_at_hand = order.has(Milestone.RESERVED, Milestone.PAID) and not order.has(Milestone.DISPATCHED)
    return changed and is_at_hand and all(held in JUDGING for held in order.holds.values())


def wants_new_look(order: Order) -> bool:
    """Whether the money of an order that passed has changed, and it can still be held: until its parcel has a number,
    as for the phone's window."""
    return order.judgement_due and order.has(Milestone.RESERVED, Milestone.PAID) and can_be_held(order)


def _way_out(order: Order) -> Step:
    """Undo outside first, then inside: the stock is free again only when no parcel can leave with it.

    Before the order was paid nothing has left the house, so nothing outside is to be undone. ``ASSESSED`` does
    not tell: an order whose content changed after an unclear push is to be assessed again. A parcel that has left
    is not undone: only those still here are, and then the order is one that has left.
    """
    here = parcels_here(order)
    if order.has(Milestone.PAID) and not all(parcel.has(Milestone.WITHDRAWN) for parcel in here):
        return Step.WITHDRAW
    may_be_labelled = order.has(Milestone.DISPATCHED) or has_left_in_part(order)
    if may_be_labelled and not all(parcel.has(Milestone.VOIDED) for parcel in here):
        return Step.VOID_WAYBILL
    return Step.CLOSE


_WAY_OUT_CLASSES = frozenset({"warehouse_cannot_cancel", "carrier_cannot_cancel", CANCELLED_AFTER_SHIPPING})
_WAY_OUT_FAILURES = (
    *(f".step_failed.{s.value}" for s in (Step.WITHDRAW, Step.VOID_WAYBILL, Step.CLOSE)),
    f".carrier_silent.{Step.VOID_WAYBILL.value}",
)


def _is_way_out_blocked(order: Order) -> bool:
    """Cancellation wins over every hold but those about the cancelling itself."""
    return any(is_about_ending(decision_id, decision_class) for decision_id, decision_class in order.holds.items())


def is_about_ending(decision_id: str, decision_class: str) -> bool:
    """Whether a decision is about ending the order without delivery, and so still matters when it is cancelled."""
    return decision_class in _WAY_OUT_CLASSES or any(failure in decision_id for failure in _WAY_OUT_FAILURES)
