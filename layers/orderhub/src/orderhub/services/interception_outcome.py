"""What became of the request to turn a parcel (R36): its scans tell, a person does, or nobody in time."""

from dataclasses import replace

from orderhub.domain.address_change import (
    BROUGHT_WITHIN_MS,
    ChangeOfAddress,
    ChangeStatus,
    State,
    System,
    Way,
    moved,
    noted,
    wants_receiver,
)
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.order_content import changed
from orderhub.domain.parcel import parcels_of
from orderhub.domain.parcel_zone import redirect_refused
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.services.freight_due import card_of, interception_fees
from orderhub.services.judge_address_change import INTERCEPT_VERB, asking
from orderhub.services.park import decision_facts, made_fact
from orderhub.services.request_address_change import CHANGE

CONFIRMED = "confirmed_by_a_person"
"""Why the carrier counts as having turned the parcel although no scan says so."""

TURNED_LATE = "the carrier turned the parcel after all"


def interception_outcome(
    order: Order, change: ChangeOfAddress, orders: OrderStore, rules: RuleBook, now: int
) -> Change | None:
    """The commit that says what became of it; None while nobody knows.

    A carrier that could not even be asked in time, or has not confirmed in time, is a person's. A parcel that was
    turned costs what the carrier takes for it; what of that the buyer is to pay a person collects.
    """
    why_so = change.notes.get(System.CARRIER.value, "")
    going = _going(order)
    if why_so == CONFIRMED or _is_turned(order):
        return _turned(order, change, orders, rules, now)
    if change.state_of(System.CARRIER) is not State.WANTED:
        return None
    if any(parcel.has(Milestone.DELIVERED) for parcel in going):
        return _asked(order, change, "delivered_before", now)
    if now <= change.due_at:
        return None
    if not why_so:
        order_now, why = _without_wish(order, orders), "carrier_down"
        return replace(_asked(order_now, change, why, now), before=order)
    return _asked(order, change, "carrier_silent", now)


def is_turned_after_all(order: Order, change: ChangeOfAddress) -> bool:
    """Whether the carrier did what it was asked for when a person was asked already: a yes that came late."""
    return change.way == Way.INTERCEPT.value and _is_turned(order)


def _is_turned(order: Order) -> bool:
    """Nothing else turns a parcel that the hub asked to go on to the buyer."""
    going = _going(order)
    return bool(going) and all(parcel.has(Milestone.TURNED, Milestone.REDIRECT_ASKED) for parcel in going)


def _going(order: Order) -> list[Parcel]:
    return [parcel for parcel in parcels_of(order) if not parcel.is_called_off]


def _turned(order: Order, change: ChangeOfAddress, orders: OrderStore, rules: RuleBook, now: int) -> Change:
    turned = noted(moved(change, ChangeStatus.APPLIED, now, "intercepted"), System.CARRIER, State.DONE)
    after = wants_receiver(order, turned, Way.INTERCEPT, now)
    applied = replace(turned, content_version=after.content_version, due_at=now + BROUGHT_WITHIN_MS)
    moot = _open_cards(order, change, orders, now)
    holds = {name: held for name, held in after.holds.items() if name not in {card.decision_id for card in moot}}
    fees = interception_fees(order, rules, now)
    cards = tuple(card_of(order, fee, now) for fee in fees if fee.due_fen)
    after = replace(after, holds={**holds, **{card.decision_id: card.decision_class.value for card in cards}})
    told = [fact for card in cards for fact in decision_facts(card, now)] + [made_fact(card, now) for card in moot]
    told += changed(order, after, now)
    woken = bool(moot)
    return Change(order, after, now, facts=told, records=(applied, *fees), decisions=cards, made=moot, wakes=woken)


def _open_cards(order: Order, change: ChangeOfAddress, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    if change.status is not ChangeStatus.ASKED:
        return ()
    return tuple(
        card.moot(now, TURNED_LATE)
        for card in orders.decisions_of(order.order_id)
        if card.status is DecisionStatus.REQUESTED
        and card.decision_class is DecisionClass.ADDRESS_CHANGE
        and card.evidence.get(CHANGE) == str(change.number)
    )


def _without_wish(order: Order, orders: OrderStore) -> Order:
    """Of a parcel about which no attempt can have reached the carrier, a turn would be one back to the sender."""
    effects = [one for one in orders.effects_of(order.order_id) if one.verb == INTERCEPT_VERB]
    asked = {one.reference for one in effects if one.attempts or one.status is EffectStatus.DONE}
    for parcel in _going(order):
        if parcel.waybill_number not in asked:
            order = redirect_refused(order, parcel.number)
    return order


def _asked(order: Order, change: ChangeOfAddress, why: str, now: int) -> Change:
    told = noted(replace(change, reasons=(why,)), System.CARRIER, State.NOT_NEEDED, why)
    return asking(order, moved(told, ChangeStatus.ASKED, now, why), now)
