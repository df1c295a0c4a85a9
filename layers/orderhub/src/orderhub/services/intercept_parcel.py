"""Ask a carrier to turn a parcel that is on its way (拦截): once for each waybill; its outcome comes later (R36)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from orderhub.domain.address_change import ChangeOfAddress, ChangeStatus, State, System, moved, noted
from orderhub.domain.effect import may_have_been_asked
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Milestone, Order, Parcel, Receiver
from orderhub.domain.parcel import parcels_of
from orderhub.domain.parcel_zone import redirect_asked, redirect_refused
from orderhub.ports.orders import Change, EffectSpec
from orderhub.ports.partners import Interception
from orderhub.services.address_change_run import ChangeCommand, load_change
from orderhub.services.effects import LEASE_MS, Attempt, perform
from orderhub.services.judge_address_change import INTERCEPT_VERB, asking
from orderhub.services.tasks import retried_when_stale
from orderhub.services.waybill import Carriage

ANSWERED_WITHIN_MS = 4 * 3_600_000
"""A carrier that has not confirmed by then is a decision (R36)."""

ASKED, UNCLEAR = "asked_the_carrier", "asked_unclear"


def intercept_parcel(command: ChangeCommand, world: Carriage) -> dict[str, str | int]:
    """The carrier was asked to turn every parcel of the change; refused: a person is asked.

    After an attempt without an answer a refusal proves nothing (a second request is refused, too): it counts as asked,
    and the routes tell. Raises Superseded, Stale, PartnerUnavailable.
    """
    order, change = load_change(world.orders, command)
    if change.status is not ChangeStatus.INTERCEPTING or change.wanted is None:
        return {"done": "intercept"}
    wish = _wish(order, change, world)
    order = _about_to_ask(command, world)
    why, refusal, said_no = ASKED, "", []
    for parcel in _on_their_way(order):
        try:
            why = _ask(order, change, parcel, wish, world) or why
        except PartnerRejected as refused:
            refusal = refused.code
            said_no.append(parcel.number)
    _write(command, why, refusal, said_no, world)
    return {"done": "intercept"}


def _about_to_ask(command: ChangeCommand, world: Carriage) -> Order:
    """That the parcels go on to the buyer is on record before the carrier is asked: its scans do not tell."""

    def once() -> Order:
        order, _ = load_change(world.orders, command)
        now = world.clock()
        after = order
        for parcel in _on_their_way(order):
            after = redirect_asked(after, parcel.number, now)
        return order if after == order else world.orders.commit(Change(order, after, now))

    return retried_when_stale(once)


def _wish(order: Order, change: ChangeOfAddress, world: Carriage) -> Interception:
    assert change.wanted is not None
    receiver = Receiver(**json.loads(world.seal.open(change.wanted.sealed)))
    if "address" in change.changed:
        return Interception("redirect", receiver, change.wanted.region)
    return Interception("receiver", receiver)


def _on_their_way(order: Order) -> list[Parcel]:
    arrived = (Milestone.DELIVERED, Milestone.CLOSED)
    return [p for p in parcels_of(order) if p.waybill_number and not any(p.has(one) for one in arrived)]


def _ask(order: Order, change: ChangeOfAddress, parcel: Parcel, wish: Interception, world: Carriage) -> str:
    """Why the carrier counts as asked: ``asked_unclear`` or "". Raises PartnerRejected for a clear refusal."""
    number, partner = parcel.waybill_number, world.partner(parcel.carrier)
    known = world.effects.load(order.order_id, INTERCEPT_VERB, number)
    was_unclear = known is not None and may_have_been_asked(known)
    request = hashlib.sha256(f"{INTERCEPT_VERB}\x1f{change.key}".encode()).hexdigest()[:32]
    spec = EffectSpec(order, INTERCEPT_VERB, number, request, 0, LEASE_MS, undoes=True)

    def call() -> Mapping[str, str]:
        return {"number": number, "request": partner.intercept(number, wish)}

    try:
        perform(world.effects, spec, Attempt(call, lambda: None), world.clock)
    except Interrupted as moved_on:
        raise PartnerUnavailable(partner.name, "the order moved meanwhile") from moved_on
    except PartnerRejected:
        if not was_unclear:
            raise
        return UNCLEAR
    return ""


def _write(command: ChangeCommand, why: str, refusal: str, said_no: Sequence[int], world: Carriage) -> None:
    def once() -> None:
        order, change = load_change(world.orders, command)
        now = world.clock()
        if change.status is not ChangeStatus.INTERCEPTING:
            return
        if refusal:
            told = replace(change, reasons=("carrier_refused", refusal))
            asked = noted(moved(told, ChangeStatus.ASKED, now, "carrier_refused"), System.CARRIER, State.NOT_NEEDED)
            after = order
            for number in said_no:
                after = redirect_refused(after, number)
            change_now = asking(after, asked, now)
            world.orders.commit(replace(change_now, before=order))
            return
        waits = replace(noted(change, System.CARRIER, State.WANTED, why), due_at=now + ANSWERED_WITHIN_MS)
        world.orders.commit(Change(order, order, now, records=(waits,)))

    retried_when_stale(once)
