"""What a person decides about a change of address. Nothing is opened here: the judged receiver is sealed on it."""

from collections.abc import Callable, Mapping
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
)
from orderhub.domain.carrier_capability import possible_way
from orderhub.domain.decision import Decision
from orderhub.domain.decision_options import APPROVE, BRAND_BEARS, BY_HAND, REFUSE, TURN_PARCEL
from orderhub.domain.errors import Rejected
from orderhub.domain.freight import BRAND, FreightKind, with_answer
from orderhub.domain.order import Order
from orderhub.domain.parcel import parcels_of
from orderhub.domain.parcel_zone import Zone, redirect_asked
from orderhub.ports.orders import Change, OrderStore
from orderhub.services.interception_outcome import CONFIRMED
from orderhub.services.judge_address_change import acted, ended, parcels_meant, zone_of_order
from orderhub.services.request_address_change import CHANGE

_WAY_IN = {Zone.IN_TRANSIT: Way.INTERCEPT}
"""The way of an approved change whose parcel has moved on since it was judged. Where nothing stands it is too late."""


def _meant(order: Order, decision: Decision, orders: OrderStore) -> ChangeOfAddress:
    number = int(decision.evidence.get(CHANGE, "0"))
    change = orders.address_change(order.order_id, number)
    if change is None or change.is_ended or order.change_open != number:
        raise Rejected("order_changed", "this change of address is not under way any more")
    return change


def _approve(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    """It is done as far as the parcel's place and its carrier allow today. Raises Rejected where nothing can be."""
    change = _meant(order, decision, orders)
    zone = zone_of_order(order)
    wanted = Way(change.approved_way) if zone.value == change.zone else _WAY_IN.get(zone, Way.TOO_LATE)
    way, why = possible_way(wanted, parcels_meant(order, orders))
    if way in (Way.TOO_LATE, Way.DECIDE) or zone not in (Zone.NOT_PICKED_UP, Zone.IN_TRANSIT):
        raise Rejected("cannot_be_done", f"the parcel is {zone.value}: {why or 'too late'}", {"zone": zone.value})
    return acted(order, replace(change, zone=zone.value, way=way.value), way, orders, now)


def _approve_at_our_cost(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    """As ``_approve``; what the buyer would have to pay the brand bears. Raises Rejected: nothing is to be paid."""
    change = _meant(order, decision, orders)
    if not change.surcharge_fen:
        raise Rejected("nothing_to_bear", "the change costs the buyer nothing", {"change": change.number})
    done = _approve(order, decision, orders, now)
    kind = FreightKind.INTERCEPT if Way(change.approved_way) is Way.INTERCEPT else FreightKind.SURCHARGE
    return replace(done, after=with_answer(done.after, kind, BRAND, change.surcharge_fen))


def _refuse(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    """The address stays as it is. What an older change still has to bring along goes on being brought."""
    change = _meant(order, decision, orders)
    if change.status is ChangeStatus.ASKED and change.takes_over and change.waits_for:
        on = moved(replace(change, due_at=now + BROUGHT_WITHIN_MS), ChangeStatus.APPLIED, now, "refused")
        return Change(order, order, now, records=(on,))
    return ended(order, change, ChangeStatus.REFUSED, "decided", now)


def _by_hand(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    """A person has told those who could not be brought along; or the carrier has said to a person that it turns the
    parcel. Raises Rejected for a change of which nobody has been told yet."""
    change = _meant(order, decision, orders)
    if change.status is ChangeStatus.ASKED:
        if change.way != Way.INTERCEPT.value:
            raise Rejected("cannot_be_done", "the change is not approved yet", {"change": change.number})
        confirmed = noted(moved(change, ChangeStatus.INTERCEPTING, now), System.CARRIER, State.WANTED, CONFIRMED)
        after = order
        for parcel in parcels_of(order):
            after = redirect_asked(after, parcel.number, now)  # also where the carrier had said no: it goes on now
        return Change(order, after, now, records=(confirmed,))
    for system in change.left_behind:
        change = noted(change, system, State.DONE, "by_hand")
    return Change(order, order, now, records=(change,))


def _retry(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    change = _meant(order, decision, orders)
    for system in change.left_behind:
        change = noted(change, system, State.WANTED)
    return Change(order, order, now, records=(replace(change, due_at=now + BROUGHT_WITHIN_MS),))


def _turn(order: Order, decision: Decision, orders: OrderStore, now: int) -> Change:
    """The parcel has left for the old address: its carrier is asked to turn it. Raises Rejected if it cannot be."""
    change, zone = _meant(order, decision, orders), zone_of_order(order)
    way, why = possible_way(Way.INTERCEPT, parcels_meant(order, orders))
    if way is not Way.INTERCEPT or zone is not Zone.IN_TRANSIT:
        raise Rejected("cannot_be_done", f"the parcel is {zone.value}: {why or 'not on its way'}", {"zone": zone.value})
    asks = moved(replace(change, way=way.value, zone=zone.value), ChangeStatus.INTERCEPTING, now)
    asks = replace(asks, due_at=now + BROUGHT_WITHIN_MS)
    return Change(order, order, now, records=(noted(asks, System.CARRIER, State.WANTED),))


CHANGE_EFFECTS: Mapping[str, Callable[[Order, Decision, OrderStore, int], Change]] = {
    APPROVE: _approve,
    BRAND_BEARS: _approve_at_our_cost,
    REFUSE: _refuse,
    BY_HAND: _by_hand,
    "retry": _retry,
    TURN_PARCEL: _turn,
}
