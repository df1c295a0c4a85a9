"""Buy and void the waybill (面单) of a parcel: at most one live per parcel, whatever fails (R38)."""

from dataclasses import dataclass, replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import WaybillReference, WaybillStatus, WaybillVersion
from orderhub.ports.orders import Change, EffectStore, OrderStore
from orderhub.ports.partners import CarrierPartner, IssuedWaybill, ParcelInstruction
from orderhub.ports.world import Clock, Seal
from orderhub.services.dispatch import hold_refused
from orderhub.services.effects import Attempt, Outcome, parcel_reference, perform, spec_for, wait_for_others
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import ReadOnce, TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale

VERB = "create_waybill"
VOID_VERB = "void_waybill"
VERSION = 1
UNKNOWN_REFERENCE = "8018"  # SF: order information not obtained


@dataclass(frozen=True, slots=True)
class Carriage:
    """What the carrier's use cases work with."""

    orders: OrderStore
    effects: EffectStore
    partner: CarrierPartner
    seal: Seal
    clock: Clock


def issue_waybill(command: TaskCommand, world: Carriage) -> TaskResult:
    """The parcel has a waybill at its carrier. After any unclear outcome the carrier is asked by reference.

    Refused by the carrier: a decision. Raises Superseded, Interrupted, Stale, PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.ISSUE_WAYBILL, world.clock())
    reference = parcel_reference(order, VERSION)
    parcel = ParcelInstruction(reference, order, open_receiver(order, world.seal))
    spec = spec_for(order, VERB, reference, command.epoch)
    attempt = Attempt(
        lambda: _outcome(world.partner.create(parcel)),
        lambda: _found(world.partner.find(reference)),
    )
    try:
        outcome = perform(world.effects, spec, attempt, world.clock)
    except PartnerRejected as refused:
        hold_refused(order, refused, DecisionClass.CARRIER_REJECTED, world.orders, world.clock())
        raise Interrupted(f"{order.order_id} was refused by the carrier") from refused
    return _apply(command, world, outcome, reference, order)


def _outcome(issued: IssuedWaybill) -> Outcome:
    return {"number": issued.number, **{f"routing.{key}": value for key, value in issued.routing.items()}}


def _found(issued: IssuedWaybill | None) -> Outcome | None:
    return _outcome(issued) if issued else None


def _apply(command: TaskCommand, world: Carriage, outcome: Outcome, reference: str, known: Order) -> TaskResult:
    read = ReadOnce(world.orders, command, known)

    def once() -> TaskResult:
        order = read()
        now = world.clock()
        if order.has(Milestone.LABELLED):
            return proceed(order, Step.ISSUE_WAYBILL, now)
        carrier, number = world.partner.name, outcome["number"]
        routing = {k.removeprefix("routing."): v for k, v in outcome.items() if k.startswith("routing.")}
        version = WaybillVersion(
            1,
            VERSION,
            carrier,
            reference,
            number,
            "pushed",
            WaybillStatus.LIVE,
            order.content_version,
            routing,
            now,
        )
        after = replace(order.reach(Milestone.LABELLED, now), waybill_number=number, carrier=carrier)
        data = _fact_data(version) | {"content_version": order.content_version}
        fact = Fact(FactType.WAYBILL_ISSUED, data, now)
        records = (version, WaybillReference(carrier, number))
        stored = world.orders.commit(Change(order, after, now, facts=(fact,), records=records))
        return proceed(stored, Step.ISSUE_WAYBILL, now)

    return retried_when_stale(once)


def _fact_data(version: WaybillVersion) -> dict[str, str | int | bool]:
    return {
        "fulfillment": version.fulfillment,
        "waybill_version": version.version,
        "carrier": version.carrier,
        "waybill_number": version.number,
        "reference": version.reference,
    }


def void_waybill(command: TaskCommand, world: Carriage) -> TaskResult:
    """The parcel has no live waybill. A create whose outcome is unclear is settled first, then cancelled.

    Too late at the carrier: a decision. Raises Superseded, Interrupted, Stale, PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.VOID_WAYBILL, world.clock())
    reference = parcel_reference(order, VERSION)
    wait_for_others(world.effects, order, {VERB: reference}, world.partner.name, world.clock())
    if _may_live(world.effects.load(order.order_id, VERB, reference)):
        spec = spec_for(order, VOID_VERB, reference, command.epoch, undoes=True)
        attempt = Attempt(lambda: _cancel(order, reference, world), lambda: None)
        try:
            perform(world.effects, spec, attempt, world.clock)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.CARRIER_CANNOT_CANCEL, world.orders, world.clock())
            raise Interrupted(f"{order.order_id}: the carrier cannot cancel") from refused
    return _apply_void(command, world, reference)


def _may_live(created: Effect | None) -> bool:
    """Whether a label may exist: not when nobody asked for one, nobody reached the carrier, or it refused."""
    return created is not None and created.status is not EffectStatus.REFUSED and created.attempts > 0


def _cancel(order: Order, reference: str, world: Carriage) -> Outcome:
    """Cancel by reference. Absence is no proof while a create may still be under way: one that the carrier does
    not know is created until it answers, then cancelled; after that nothing can come alive under the reference."""
    try:
        world.partner.cancel(reference)
    except PartnerRejected as refused:
        if refused.code != UNKNOWN_REFERENCE:
            raise
        world.partner.create(ParcelInstruction(reference, order, open_receiver(order, world.seal)))
        world.partner.cancel(reference)
    return {"reference": reference}


def _apply_void(command: TaskCommand, world: Carriage, reference: str) -> TaskResult:
    def once() -> TaskResult:
        order = load_for(world.orders, command)
        now = world.clock()
        if order.has(Milestone.VOIDED):
            return {"seq": order.wake_seq, "due_at": now}
        facts: tuple[Fact, ...] = ()
        records: tuple[WaybillVersion, ...] = ()
        if order.waybill_number:
            version = WaybillVersion(
                1,
                VERSION,
                order.carrier,
                reference,
                order.waybill_number,
                "pushed",
                WaybillStatus.VOIDED,
                order.content_version,
                {},
                order.when(Milestone.LABELLED) or now,
            )
            data = _fact_data(version) | {"reason": order.close_reason or "expired"}
            facts = (Fact(FactType.WAYBILL_VOIDED, data, now),)
            records = (version,)
        change = Change(order, order.reach(Milestone.VOIDED, now), now, facts=facts, records=records)
        return {"seq": world.orders.commit(change).wake_seq, "due_at": now}

    return retried_when_stale(once)
