"""Bring a change of address along: who knows of it by now, what is done next, and what cannot be brought along.

The state machine ``change_address`` asks here after every step and every wake. The order's own driver tells the
warehouse and the carrier (``push_due``, ``relabel``); here it is only seen whether they know.
"""

from dataclasses import replace

from orderhub.domain.address_change import (
    ChangeOfAddress,
    ChangeStatus,
    State,
    System,
    Way,
    moved,
    noted,
)
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus, decision_id_of
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, parcels_here, parcels_of
from orderhub.domain.waybill_track import LABEL_KEPT
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.services.address_change_run import ChangeCommand, load_change
from orderhub.services.interception_outcome import interception_outcome, is_turned_after_all
from orderhub.services.judge_address_change import card_about, ended
from orderhub.services.park import decision_facts, decision_for, request_decision
from orderhub.services.request_address_change import ended_fact
from orderhub.services.tasks import retried_when_stale

JUDGE, READ_BACK, INTERCEPT, TELL_SHOP = "judge", "read_back", "intercept", "tell_shop"
PASSING = frozenset({"Interrupted", "Stale", "PartnerUnavailable", "States.Timeout", "Sandbox.Timedout"})
LOOK_SOON, AWAIT_ANSWER, BROUGHT, ENDED = "look_soon", "await_answer", "brought", "ended"

type Move = dict[str, str | int]


def follow_address_change(
    command: ChangeCommand, done: str, error: str, orders: OrderStore, rules: RuleBook, now: int
) -> Move:
    """What is to be done now: ``{"move", "revision"}``. ``done``: the step just tried, with the error that ended it.

    A move that did not lead further is not repeated at once. Raises Superseded, Stale.
    """

    def once() -> Move:
        order, change = load_change(orders, command)
        order, change = _seen(order, change, orders, rules, now)
        if done == JUDGE and error and error not in PASSING and change.status is ChangeStatus.REQUESTED:
            order = _parked(order, change, error, orders, now)
        move = _move(order, change, done, failed=bool(error))
        return {"move": move, "revision": order.revision}

    return retried_when_stale(once)


def _move(order: Order, change: ChangeOfAddress, done: str, *, failed: bool) -> str:
    if change.is_ended:
        return BROUGHT if change.status is ChangeStatus.BROUGHT else ENDED
    if change.status is ChangeStatus.REQUESTED:
        if not order.is_known or _parking_card(order, change) in order.holds:
            return AWAIT_ANSWER
        return LOOK_SOON if done == JUDGE else JUDGE
    if change.status is ChangeStatus.ASKED:
        return AWAIT_ANSWER
    if change.status is ChangeStatus.INTERCEPTING:
        if change.notes.get(System.CARRIER.value):
            return AWAIT_ANSWER
        return LOOK_SOON if done == INTERCEPT else INTERCEPT
    if change.state_of(System.SHOP) is State.WANTED and done != TELL_SHOP:
        return TELL_SHOP
    reads_back = change.state_of(System.WMS) is State.WANTED and not order.push_due
    if reads_back and done != READ_BACK and not (done == TELL_SHOP and failed):
        return READ_BACK
    return LOOK_SOON if change.waits_for else AWAIT_ANSWER


def _parked(order: Order, change: ChangeOfAddress, error: str, orders: OrderStore, now: int) -> Order:
    """A change that cannot be judged stops the order until somebody has looked: nothing leaves for an old address."""
    evidence = {"step": "change_address", "error": error}
    card = decision_for(order.order_id, DecisionClass.STEP_FAILED, f"change-{change.number}", evidence, now)
    return request_decision(orders, order, card, now)


def _parking_card(order: Order, change: ChangeOfAddress) -> str:
    """The id of the newest such card that holds the order, or a name that none has."""
    first = decision_id_of(order.order_id, DecisionClass.STEP_FAILED, f"change-{change.number}")
    return next((card for card in order.holds if card.partition("~")[0] == first), "")


def _seen(
    order: Order, change: ChangeOfAddress, orders: OrderStore, rules: RuleBook, now: int
) -> tuple[Order, ChangeOfAddress]:
    """The order and the change after what can be seen of them was written."""
    if change.is_ended:
        return order, change
    if order.is_finished or order.has(Milestone.CANCELLED):
        return _committed(ended(order, change, ChangeStatus.REFUSED, "order_ended", now), orders)
    if change.status is ChangeStatus.ASKED and not is_turned_after_all(order, change):
        return _without_card(order, change, orders, now)
    if change.status in (ChangeStatus.ASKED, ChangeStatus.INTERCEPTING):
        outcome = interception_outcome(order, change, orders, rules, now)
        if outcome is None:
            return order, change
        order, change = _committed(outcome, orders)
    if change.status is not ChangeStatus.APPLIED:
        return order, change
    after = _with_carrier(order, change)
    if now > change.due_at:
        for system in after.waits_for:
            after = noted(after, system, State.CANNOT, after.notes.get(system.value, "not_in_time"))
    repickup = _pickup_card(order, change, after, now)
    if after.is_brought:
        return _committed(_brought(order, after, repickup, now), orders)
    newly_behind = after.left_behind and not change.left_behind
    if after == change and not repickup:
        return order, change
    cards: tuple[Decision, ...] = repickup
    if newly_behind:
        asked = card_about(order, replace(after, outcome=str(after.due_at)), DecisionClass.ADDRESS_NOT_BROUGHT, now)
        cards = (*cards, asked)
    facts = tuple(fact for card in cards for fact in _facts_of(card, order, after, now))
    return _committed(Change(order, order, now, facts=facts, records=(after,), decisions=cards), orders)


def _committed(change: Change, orders: OrderStore) -> tuple[Order, ChangeOfAddress]:
    stored = orders.commit(change)
    return stored, next(record for record in change.records if isinstance(record, ChangeOfAddress))


def _without_card(order: Order, change: ChangeOfAddress, orders: OrderStore, now: int) -> tuple[Order, ChangeOfAddress]:
    """A card that was made without deciding the change (the order was ending) ends it."""
    cards = [
        card
        for card in orders.decisions_of(order.order_id)
        if card.decision_class is DecisionClass.ADDRESS_CHANGE and card.evidence.get("change") == str(change.number)
    ]
    if not cards or any(card.status is DecisionStatus.REQUESTED for card in cards):
        return order, change
    return _committed(ended(order, change, ChangeStatus.REFUSED, "decided", now), orders)


def _with_carrier(order: Order, change: ChangeOfAddress) -> ChangeOfAddress:
    """The carrier knows once every label follows what is wanted. A parcel that left meanwhile went as it was."""
    if change.state_of(System.CARRIER) is State.WANTED:
        here = parcels_here(order)
        if _has_kept_its_label(order, change):
            change = noted(change, System.CARRIER, State.CANNOT, "label_kept")
        elif not here and order.relabel:
            change = noted(change, System.CARRIER, State.CANNOT, "left")
        elif not order.relabel and all(parcel.has(Milestone.LABELLED) for parcel in here):
            change = noted(change, System.CARRIER, State.DONE)
    return _left_as_it_was(change, order)


def _has_kept_its_label(order: Order, change: ChangeOfAddress) -> bool:
    """Whether a person lets a parcel go with a label that is older than the change."""
    kept = (code.rpartition(".")[2] for code in order.overrides if code.startswith(LABEL_KEPT))
    return any(version.isdigit() and int(version) >= change.content_version for version in kept)


def _left_as_it_was(change: ChangeOfAddress, order: Order) -> ChangeOfAddress:
    """The warehouse need not know any more what it has sent; that it went as it was shows at the carrier."""
    if parcels_here(order) or change.state_of(System.WMS) is not State.WANTED:
        return change
    return noted(change, System.WMS, State.NOT_NEEDED, "left")


def _pickup_card(order: Order, before: ChangeOfAddress, after: ChangeOfAddress, now: int) -> tuple[Decision, ...]:
    """The courier was to come for the old label: somebody sees that the new one is picked up (R34)."""
    became_known = before.state_of(System.CARRIER) is State.WANTED and after.state_of(System.CARRIER) is State.DONE
    if not became_known or after.way != Way.REISSUE.value:
        return ()
    meant = (parcel for parcel in parcels_of(order) if parcel.number in after.fulfillments)
    return tuple(
        _pickup(order, after, parcel, now)
        for parcel in meant
        if parcel.waybill_number and not parcel.has(Milestone.PICKED_UP)
    )


def _pickup(order: Order, change: ChangeOfAddress, parcel: Parcel, now: int) -> Decision:
    evidence = {
        "change": str(change.number),
        "waybill": parcel.waybill_number,
        "parcel": str(parcel.number),
        "warehouse": parcel.warehouse,
    }
    cause = f"change-{change.number}-parcel-{parcel.number}"
    card = decision_for(order.order_id, DecisionClass.REPEAT_PICKUP, cause, evidence, now)
    return replace(card, evidence=evidence)  # a waybill number is a long number, and not personal


def _brought(order: Order, change: ChangeOfAddress, cards: tuple[Decision, ...], now: int) -> Change:
    """All that must know do know."""
    known = moved(change, ChangeStatus.BROUGHT, now, change.outcome)
    fact = ended_fact(known, now) if change.outcome in ("unchanged", "refused") else _changed_fact(known, now)
    facts = (*(told for card in cards for told in _facts_of(card, order, change, now)), fact)
    return Change(order, replace(order, change_open=0), now, facts=facts, records=(known,), decisions=cards)


def _changed_fact(change: ChangeOfAddress, now: int) -> Fact:
    data: dict[str, str | int | bool] = {
        "change": change.number,
        "scope": change.scope,
        "way": change.way,
        "source": change.source.value,
    }
    return Fact(FactType.ADDRESS_CHANGED, data, now)


def _facts_of(card: Decision, order: Order, change: ChangeOfAddress, now: int) -> tuple[Fact, ...]:
    if card.decision_class is not DecisionClass.REPEAT_PICKUP:
        return decision_facts(card, now)
    parcel = parcel_of(order, int(card.evidence["parcel"]))
    data: dict[str, str | int | bool] = {
        "change": change.number,
        "fulfillment": parcel.number,
        "carrier": parcel.carrier,
        "waybill_number": parcel.waybill_number,
        "decision_id": card.decision_id,
        "due_at": card.due_at,
    }
    return (Fact(FactType.PICKUP_REQUESTED, data, now), *decision_facts(card, now))
