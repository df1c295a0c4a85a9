"""Buy and void the waybills (面单) of an order's parcels: at most one live per parcel, whatever fails (R38)."""

from dataclasses import dataclass

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, parcels_here, reach_in
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
    """Every parcel has a waybill at its carrier. After any unclear outcome the carrier is asked by reference.

    Refused by the carrier: a decision, and the parcels after it wait too. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.ISSUE_WAYBILL, world.clock())
    for parcel in parcels_here(order):
        if parcel.has(Milestone.LABELLED):
            continue
        reference = parcel_reference(order, VERSION, parcel.number)
        try:
            outcome = _buy(order, parcel, reference, command.epoch, world)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.CARRIER_REJECTED, world.orders, world.clock(), parcel)
            raise Interrupted(f"{order.order_id} was refused by the carrier") from refused
        order = _apply(command, world, outcome, reference, parcel.number, order)
    return proceed(order, Step.ISSUE_WAYBILL, world.clock())


def _buy(order: Order, parcel: Parcel, reference: str, epoch: int, world: Carriage) -> Outcome:
    wanted = ParcelInstruction(reference, order, open_receiver(order, world.seal), parcel.number)
    attempt = Attempt(
        lambda: _outcome(world.partner.create(wanted)),
        lambda: _found(world.partner.find(reference)),
    )
    return perform(world.effects, spec_for(order, VERB, reference, epoch), attempt, world.clock)


def _outcome(issued: IssuedWaybill) -> Outcome:
    return {"number": issued.number, **{f"routing.{key}": value for key, value in issued.routing.items()}}


def _found(issued: IssuedWaybill | None) -> Outcome | None:
    return _outcome(issued) if issued else None


def _apply(
    command: TaskCommand, world: Carriage, outcome: Outcome, reference: str, parcel_number: int, known: Order
) -> Order:
    read = ReadOnce(world.orders, command, known)

    def once() -> Order:
        order = read()
        now = world.clock()
        if parcel_of(order, parcel_number).has(Milestone.LABELLED):
            return order
        carrier, number = world.partner.name, outcome["number"]
        routing = {k.removeprefix("routing."): v for k, v in outcome.items() if k.startswith("routing.")}
        version = WaybillVersion(
            parcel_number,
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
        after = reach_in(order, parcel_number, Milestone.LABELLED, now, carrier=carrier, waybill_number=number)
        data = _fact_data(version) | {"content_version": order.content_version}
        fact = Fact(FactType.WAYBILL_ISSUED, data, now)
        records = (version, WaybillReference(carrier, number))
        return world.orders.commit(Change(order, after, now, facts=(fact,), records=records))

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
    """No parcel that is still here has a live waybill. A create whose outcome is unclear is settled first, then
    cancelled.

    Too late at the carrier: a decision; it keeps no other parcel's label. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.VOID_WAYBILL, world.clock())
    refusal: PartnerRejected | None = None
    for parcel in parcels_here(order):
        if parcel.has(Milestone.VOIDED):
            continue
        try:
            _void_one(order, parcel, command.epoch, world)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.CARRIER_CANNOT_CANCEL, world.orders, world.clock(), parcel)
            refusal = refused
        else:
            order = _apply_void(command, world, parcel.number)
    if refusal is not None:
        raise Interrupted(f"{order.order_id}: the carrier cannot cancel") from refusal
    return {"seq": order.wake_seq, "due_at": world.clock()}


def _void_one(order: Order, parcel: Parcel, epoch: int, world: Carriage) -> None:
    reference = parcel_reference(order, VERSION, parcel.number)
    wait_for_others(world.effects, order, {VERB: reference}, world.partner.name, world.clock())
    if _may_live(world.effects.load(order.order_id, VERB, reference)):
        spec = spec_for(order, VOID_VERB, reference, epoch, undoes=True)
        attempt = Attempt(lambda: _cancel(order, parcel, reference, world), lambda: None)
        perform(world.effects, spec, attempt, world.clock)


def _may_live(created: Effect | None) -> bool:
    """Whether a label may exist: not when nobody asked for one, nobody reached the carrier, or it refused."""
    return created is not None and created.status is not EffectStatus.REFUSED and created.attempts > 0


def _cancel(order: Order, parcel: Parcel, reference: str, world: Carriage) -> Outcome:
    """Cancel by reference. Absence is no proof while a create may still be under way: one that the carrier does
    not know is created until it answers, then cancelled; after that nothing can come alive under the reference."""
    try:
        world.partner.cancel(reference)
    except PartnerRejected as refused:
        if refused.code != UNKNOWN_REFERENCE:
            raise
        world.partner.create(ParcelInstruction(reference, order, open_receiver(order, world.seal), parcel.number))
        world.partner.cancel(reference)
    return {"reference": reference}


def _apply_void(command: TaskCommand, world: Carriage, parcel_number: int) -> Order:
    def once() -> Order:
        order = load_for(world.orders, command)
        parcel = parcel_of(order, parcel_number)
        now = world.clock()
        if parcel.has(Milestone.VOIDED):
            return order
        facts: tuple[Fact, ...] = ()
        records: tuple[WaybillVersion, ...] = ()
        if parcel.waybill_number:
            version = WaybillVersion(
                parcel_number,
                VERSION,
                parcel.carrier,
                parcel_reference(order, VERSION, parcel_number),
                parcel.waybill_number,
                "pushed",
                WaybillStatus.VOIDED,
                order.content_version,
                {},
                parcel.when(Milestone.LABELLED) or now,
            )
            data = _fact_data(version) | {"reason": order.close_reason or "expired"}
            facts = (Fact(FactType.WAYBILL_VOIDED, data, now),)
            records = (version,)
        after = reach_in(order, parcel_number, Milestone.VOIDED, now)
        return world.orders.commit(Change(order, after, now, facts=facts, records=records))

    return retried_when_stale(once)
