"""Buy, overwrite and void the waybills (面单) of an order's parcels: at most one live per parcel, whatever fails.

What is to be done follows from what is known of the carrier (``domain.waybill_track``); here it is done, one effect at
a time, until the carrier holds what is wanted. The order and its records are written from what the effects say, so a
crash between the carrier's answer and the order loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, parcels_here
from orderhub.domain.records import WaybillStatus
from orderhub.domain.waybill_content import carrier_of, held_digest
from orderhub.domain.waybill_track import (
    CREATE_VERB,
    LABEL_KEPT,
    REISSUE,
    UPDATE_VERB,
    VOID_VERB,
    Ask,
    Create,
    Held,
    Keep,
    Update,
    Void,
    Wanted,
    live_of,
    next_action,
    versions_of,
    wants_label,
    waybill_reference,
)
from orderhub.ports.orders import Change, EffectSpec, EffectStore, OrderStore
from orderhub.ports.partners import CarrierPartner, IssuedWaybill, ParcelInstruction
from orderhub.ports.world import Clock, Seal
from orderhub.services.dispatch import hold_refused
from orderhub.services.effects import LEASE_MS, Attempt, Outcome, perform
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import ReadOnce, TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale
from orderhub.services.waybill_records import put_on_order
from orderhub.services.waybill_silence import ask_if_silent

MOST_ACTIONS = 6  # for one parcel: settle, void, create, and as much again when the carrier says no in between


@dataclass(frozen=True, slots=True)
class Carriage:
    """What the carriers' use cases work with. ``partners``: carrier → its client."""

    orders: OrderStore
    effects: EffectStore
    partners: Mapping[str, CarrierPartner]
    seal: Seal
    clock: Clock

    def partner(self, carrier: str) -> CarrierPartner:
        """Raises PartnerRejected for a carrier that the hub has no contract with."""
        if carrier not in self.partners:
            raise PartnerRejected(carrier, "unknown_carrier", f"no contract with {carrier}")
        return self.partners[carrier]


def issue_waybill(command: TaskCommand, world: Carriage) -> TaskResult:
    """Every parcel that is here has one live waybill, made from what is wanted now.

    Refused by the carrier: a decision, and the parcels after it wait too. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.ISSUE_WAYBILL, world.clock())
    content = order.content_version
    for parcel in parcels_here(order):
        if order.relabel or not parcel.has(Milestone.LABELLED):
            order = _Labelling(command, world, parcel.number).work(order)
    if order.relabel:
        order = _relabelled(command, world, order, content)
    return proceed(order, Step.ISSUE_WAYBILL, world.clock())


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
            order = _Labelling(command, world, parcel.number).end(order)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.CARRIER_CANNOT_CANCEL, world.orders, world.clock(), parcel)
            refusal = refused
    if refusal is not None:
        raise Interrupted(f"{order.order_id}: the carrier cannot cancel") from refusal
    return {"seq": order.wake_seq, "due_at": world.clock()}


def _relabelled(command: TaskCommand, world: Carriage, known: Order, content: int) -> Order:
    """The wish for other labels is fulfilled. The warehouse, from which a number was kept, is told the one that counts.

    Raises Interrupted when the content moved on while labels were made: they are looked at again.
    """
    read = ReadOnce(world.orders, command, known)

    def once() -> Order:
        order = read()
        if not order.relabel:
            return order
        if order.content_version != content:
            raise Interrupted(f"{order.order_id} wants other labels by now")
        after = replace(order, relabel="")
        if order.relabel == REISSUE:
            after = replace(after, content_version=content + 1, push_due=True)
        return world.orders.commit(Change(order, after, world.clock()))

    return retried_when_stale(once)


class _Labelling:
    """One parcel's waybill, taken from where it is to where it is to be."""

    def __init__(self, command: TaskCommand, world: Carriage, number: int) -> None:
        self._command, self._world, self._number = command, world, number

    def work(self, order: Order) -> Order:
        """The carrier holds what the parcel of this order wants; returns the order as stored."""
        held = self._held(order)
        for _ in range(MOST_ACTIONS):
            match next_action(held, self._wanted(order)):
                case Keep():
                    return self._put(order, held)
                case Create(version):
                    held = self._create(order, held, version)
                case Update(live):
                    order = self._put(order, held)
                    held = self._update(order, held, live)
                case Void() if order.relabel != REISSUE and self._parcel(order).waybill_number:
                    self._by_the_safe_path(order)
                case Void() if order.push_due and self._parcel(order).waybill_number:
                    raise Interrupted(f"{order.order_id}: the warehouse is told first, or it packs with a void label")
                case Void(old):
                    held = self._void(order, held, old)
                    order = self._put(order, held)
                case Ask(live):
                    why = PartnerRejected(live.carrier, "picked_up", "the parcel travels with its label already")
                    self._refused(order, why, DecisionClass.CARRIER_CANNOT_CANCEL)
        raise Interrupted(f"{order.order_id}: the waybill of parcel {self._number} is not settled yet")

    def end(self, order: Order) -> Order:
        """Whatever may live is void, and so is the parcel's label. Raises PartnerRejected too."""
        held = self._held(order)
        live = live_of(held)
        if live is not None:
            held = self._cancelled(order, held, live, undoes=True)
        return self._put(order, held, ended=True)

    def _held(self, order: Order) -> tuple[Held, ...]:
        return versions_of(order, self._number, self._world.orders.effects_of(order.order_id))

    def _wanted(self, order: Order) -> Wanted:
        parcel = parcel_of(order, self._number)
        return Wanted(
            digest=held_digest(order, parcel),
            carrier=carrier_of(order, parcel),
            way=order.relabel,
            is_out=parcel.has(Milestone.PICKED_UP),
            is_kept=f"{LABEL_KEPT}{self._number}.{order.content_version}" in order.overrides,
        )

    def _put(self, order: Order, held: Sequence[Held], *, ended: bool = False) -> Order:
        return put_on_order(self._command, self._world.orders, self._world.clock, order, self._number, held, ended)

    # --- one effect each ---------------------------------------------------------------------------------------

    def _create(self, order: Order, held: Sequence[Held], version: int) -> tuple[Held, ...]:
        wanted = self._wanted(order)
        reference = waybill_reference(order.order_id, self._number, version)
        parcel = self._instruction(order, reference)
        try:
            partner = self._world.partner(wanted.carrier)
            attempt = Attempt(lambda: _outcome(partner.create(parcel)), lambda: _found(partner.find(reference)))
            outcome = self._perform(order, CREATE_VERB, reference, wanted.digest, attempt, carrier=wanted.carrier)
        except PartnerRejected as refused:
            self._refused(order, refused, DecisionClass.CARRIER_REJECTED)
        bought = Held(
            version,
            reference,
            wanted.carrier,
            WaybillStatus.LIVE,
            wanted.digest,
            outcome["number"],
            {name.removeprefix("routing."): text for name, text in outcome.items() if name.startswith("routing.")},
        )
        return (*(one for one in held if one.version != version), bought)

    def _update(self, order: Order, held: Sequence[Held], live: Held) -> tuple[Held, ...]:
        """Overwritten in place, or refused: then it is to be voided."""
        digest = held_digest(order, parcel_of(order, self._number))
        parcel = self._instruction(order, live.reference)

        def change() -> Outcome:
            self._world.partner(live.carrier).update_receiver(parcel)
            return {"number": live.number}

        try:
            attempt = Attempt(change, lambda: None)  # the same change twice is one change
            self._perform(order, UPDATE_VERB, live.reference, digest, attempt, carrier=live.carrier)
            changed = replace(live, digest=digest, unsettled="")
        except PartnerRejected:
            changed = replace(live, digest="", may_change=False)
        return (*(one for one in held if one.version != live.version), changed)

    def _void(self, order: Order, held: Sequence[Held], old: Held) -> tuple[Held, ...]:
        was_refused = old.status is WaybillStatus.REFUSED
        try:
            return self._cancelled(order, held, old, undoes=False)
        except PartnerRejected as refused:
            refusal = DecisionClass.CARRIER_REJECTED if was_refused else DecisionClass.CARRIER_CANNOT_CANCEL
            self._refused(order, refused, refusal)

    def _cancelled(self, order: Order, held: Sequence[Held], old: Held, *, undoes: bool) -> tuple[Held, ...]:
        now = self._world.clock()
        if old.busy_until > now:  # what landed after the undoing would stay
            seconds = (old.busy_until - now) / 1000
            raise PartnerUnavailable(old.carrier, "a call may still be under way", retry_after_seconds=seconds)
        attempt = Attempt(lambda: self._cancel(order, old), lambda: None)
        self._perform(order, VOID_VERB, old.reference, "void", attempt, carrier=old.carrier, undoes=undoes)
        gone = replace(old, status=WaybillStatus.VOIDED)
        return (*(one for one in held if one.version != old.version), gone)

    def _cancel(self, order: Order, old: Held) -> Outcome:
        """Cancel by reference. Absence is no proof while a create may still be under way: one that the carrier does
        not know is created until it answers, then cancelled; after that nothing can come alive under the reference.
        Where every create was refused in clear words none is under way, and absence is what is wanted: a label bought
        only to be cancelled would live, unknown to anybody, if the cancel were refused."""
        partner = self._world.partner(old.carrier)
        try:
            partner.cancel(old.reference, old.number)
        except PartnerRejected as refused:
            if refused.code not in partner.unknown_reference:
                raise
            if old.status is WaybillStatus.REFUSED:
                return {"reference": old.reference}
            made = partner.create(self._instruction(order, old.reference))
            partner.cancel(old.reference, made.number)
        return {"reference": old.reference}

    def _perform(
        self,
        order: Order,
        verb: str,
        reference: str,
        request: str,
        attempt: Attempt,
        *,
        carrier: str,
        undoes: bool = False,
    ) -> Outcome:
        """``request`` alone makes two requests different: what else changed on the order is nothing to the carrier."""
        about = {"carrier": carrier}
        spec = EffectSpec(order, verb, reference, request, self._command.epoch, LEASE_MS, undoes, about)
        try:
            return perform(self._world.effects, spec, attempt, self._world.clock)
        except PartnerUnavailable as unavailable:
            world = self._world
            ask_if_silent(order, self._parcel(order), spec, unavailable, world.orders, world.effects, world.clock())
            raise

    # --- what becomes of a no ------------------------------------------------------------------------------------

    def _refused(self, order: Order, refused: PartnerRejected, decision_class: DecisionClass) -> NoReturn:
        world = self._world
        hold_refused(order, refused, decision_class, world.orders, world.clock(), self._parcel(order))
        raise Interrupted(f"{order.order_id} was refused by the carrier") from refused

    def _by_the_safe_path(self, known: Order) -> NoReturn:
        """The waybill is to be voided and made again: the warehouse first, so that nothing is packed with this one."""
        read = ReadOnce(self._world.orders, self._command, known)

        def once() -> None:
            order = read()
            after = wants_label(order, REISSUE)
            if after.relabel != order.relabel:
                after = replace(after, content_version=order.content_version + 1)
                self._world.orders.commit(Change(order, after, self._world.clock()))

        retried_when_stale(once)
        raise Interrupted(f"{known.order_id}: the waybill is to be voided and made again")

    def _parcel(self, order: Order) -> Parcel:
        return parcel_of(order, self._number)

    def _instruction(self, order: Order, reference: str) -> ParcelInstruction:
        return ParcelInstruction(reference, order, open_receiver(order, self._world.seal), self._number)


def _outcome(issued: IssuedWaybill) -> Outcome:
    return {"number": issued.number, **{f"routing.{key}": value for key, value in issued.routing.items()}}


def _found(issued: IssuedWaybill | None) -> Outcome | None:
    return _outcome(issued) if issued else None
