"""What each option of a card does to its order. Nothing is written here: ``decide`` commits what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.backfill import DROPPED, Found, NumberSearch, Source, asked_anew
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.decision_options import BRAND_BEARS, BUYER_PAID, ENTER_NUMBER, REFUND, VOID_ON_EVIDENCE, Choice
from orderhub.domain.effect import Effect as PartnerEffect
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.freight import BRAND, COLLECTED
from orderhub.domain.gifts import WAIVED, instead_of
from orderhub.domain.journey import CANCELLED_AFTER_SHIPPING
from orderhub.domain.judging import JUDGING, released_by
from orderhub.domain.order import Correction, Milestone, Order, Receiver, Region
from orderhub.domain.parcel import parcel_of, parcels_here, reach_in, reach_in_each
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.sourcing import TRANSFER_FROM, without_wish
from orderhub.domain.waybill_track import LABEL_KEPT
from orderhub.domain.waybill_track import VOID_ON_EVIDENCE as WAYBILL_VOID
from orderhub.ports.orders import OrderStore, Record
from orderhub.ports.rules import RuleBook
from orderhub.ports.world import Digest, Seal
from orderhub.rules.gift_codes import gift_codes
from orderhub.services.address_change_options import CHANGE_EFFECTS
from orderhub.services.address_gate import check_address
from orderhub.services.freight_due import decided as freight_decided
from orderhub.services.hold_siblings import hold_siblings
from orderhub.services.number_search import filled
from orderhub.services.parcels import parcel_meant
from orderhub.services.receiver import masked_name, masked_phone, seal_receiver
from orderhub.services.request_address_change import ABOUT_CHANGES

REFUND_VERB = "pay_back"
REFUND_OF = "refund_of"
"""The evidence of a refused refund's card that names the decision which wanted it."""
CONTACT_MS = 24 * 3_600_000
LONGEST_WAIT_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What deciding works with. ``seal`` and ``digest`` only for options that take personal data, ``rules`` only for
    those that name a row of theirs."""

    orders: OrderStore
    seal: Seal | None = None
    digest: Digest | None = None
    rules: RuleBook | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The order as the choice wants it, facts beside ``DecisionMade``, records of the same commit, and what is done to
    other orders before it: repeated after a crash, so it must be safe to repeat."""

    order: Order
    facts: tuple[Fact, ...] = ()
    records: tuple[Record, ...] = ()
    first: Callable[[], object] | None = None
    asked: tuple[Decision, ...] = ()  # cards that follow from it
    made: tuple[Decision, ...] = ()  # cards that nobody has to decide any more


type Effect = Callable[[Order, Decision, Choice, Desk], Outcome]
"""The order is given without the hold of the decision. Raises Rejected when the choice cannot be had."""


def apply_option(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """What the order is after this choice."""
    if decision.decision_class in ABOUT_CHANGES and (decided := CHANGE_EFFECTS.get(choice.option)):
        change = decided(order, decision, desk.orders, choice.now)
        facts, records = tuple(change.facts), tuple(change.records)
        return Outcome(change.after, facts, records, None, tuple(change.decisions), tuple(change.made))
    return EFFECTS[choice.option](order, decision, choice, desk)


def deferred_until(decision: Decision, choice: Choice) -> int:
    """Until when an option that leaves its card open puts it off, ms UTC.

    Never beyond the instant at which somebody outside acts. Raises Rejected (``bad_parameter``).
    """
    if choice.option == "hold_siblings":
        return decision.due_at
    if choice.option == "contact_buyer":
        until = choice.now + CONTACT_MS
        return min(until, decision.outside_due_at) if decision.outside_due_at > choice.now else until
    until = choice.number("until")
    if not choice.now < until <= choice.now + LONGEST_WAIT_MS:
        raise _bad("until", "must be in the future, at most 30 days ahead")
    if decision.outside_due_at and until > decision.outside_due_at:
        raise _bad("until", f"is too late: {decision.outside_effect} happens at {decision.outside_due_at} by itself")
    return until


def first_of(order: Order | None, decision: Decision, choice: Choice, desk: Desk) -> Callable[[], object] | None:
    """What an option that leaves its card open does to other orders."""
    if order is None or choice.option != "hold_siblings":
        return None
    return lambda: hold_siblings(order, decision, choice.made_by, desk.orders, choice.now)


def _bad(parameter: str, why: str) -> Rejected:
    return Rejected("bad_parameter", f"{parameter} {why}", {"parameter": parameter, "why": why})


def _cancel(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    if order.has(Milestone.SHIPPED):
        raise Rejected("already_shipped", "the parcel has left; it can only be intercepted or returned")
    return Outcome(replace(order.reach(Milestone.CANCELLED, choice.now), close_reason=order.close_reason or "decided"))


def _continue(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    return Outcome(_released(order, decision, choice.now))


def _released(order: Order, decision: Decision, now: int) -> Order:
    match decision.decision_class:
        case judged if judged in JUDGING:
            return replace(order, overrides=(*order.overrides, *released_by(decision.evidence)))
        case DecisionClass.GIFT_QUOTA_USED:
            return replace(order, overrides=(*order.overrides, WAIVED + decision.evidence.get("rule", "")))
        case DecisionClass.WAREHOUSE_CANNOT_CANCEL:
            return _undone(order, decision, Milestone.WITHDRAWN, now)
        case DecisionClass.CARRIER_CANNOT_CANCEL if order.has(Milestone.CANCELLED):  # it surely does not travel
            return _undone(order, decision, Milestone.VOIDED, now)
        case DecisionClass.CARRIER_CANNOT_CANCEL:
            return _with_its_label(order, decision)
        case DecisionClass.CANCELLED_AFTER_SHIPPING:
            return replace(order, overrides=(*order.overrides, CANCELLED_AFTER_SHIPPING))
        case DecisionClass.NUMBER_MISMATCH:
            return _accept_number(order, decision, "warehouse_number", now)
        case DecisionClass.UNHANDLED_EVENT if "lines_sent" in decision.evidence:
            return _accept_number(order, decision, "waybill", now)
    return order


def _accept_number(order: Order, decision: Decision, field: str, now: int) -> Order:
    """The warehouse's number is the right one: the parcel has left with it."""
    number = parcel_meant(order, decision.evidence) or 1
    accepted = decision.evidence.get(field, "")
    known = parcel_of(order, number)
    source = Source.WAREHOUSE.value if known.has(Milestone.SHIPPED) and accepted != known.waybill_number else ""
    return reach_in(order, number, Milestone.SHIPPED, now, waybill_number=accepted, number_source=source)


def _undone(order: Order, decision: Decision, milestone: Milestone, now: int) -> Order:
    """A person stopped the parcel that the card names, or whatever is still here."""
    number = parcel_meant(order, decision.evidence)
    here = [parcel for parcel in parcels_here(order) if number in (None, parcel.number)]
    return reach_in_each(order, here, milestone, now)


def _with_its_label(order: Order, decision: Decision) -> Order:
    """The parcel goes with the label it has: it is not voided, and no other is made of this content."""
    number = parcel_meant(order, decision.evidence) or 1
    return replace(order, overrides=(*order.overrides, f"{LABEL_KEPT}{number}.{order.content_version}"))


def _void_on_evidence(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """The carrier's people have said that nothing lives under the reference; what they said stands on the card."""
    reference = decision.evidence.get("reference", "")
    return Outcome(replace(order, overrides=(*order.overrides, f"{WAYBILL_VOID}{reference}")))


def _refund(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """Money goes back, by the shop function. All that is left ends an order that has not left the house; of part of it
    the shop's own event tells the order, and what the card was about is looked at again."""
    if order.snapshot is None:
        raise Rejected("order_not_known", "the shop has not said yet what this order is")
    amount_fen = choice.number("amount_fen")
    left_fen = order.snapshot.amounts.paid_fen - sum(order.refunds.values()) - _asked_back_fen(order, desk)
    if amount_fen > left_fen:
        raise _bad("amount_fen", f"is too much: {max(left_fen, 0)} fen are left to pay back")
    asked = Fact(FactType.REFUND_REQUESTED, {"decision_id": decision.decision_id, "refund_fen": amount_fen}, choice.now)
    order = _with_refund_due(order, decision)
    if amount_fen < left_fen or order.has(Milestone.SHIPPED):
        return Outcome(order, (asked,))
    ended = replace(order.reach(Milestone.CANCELLED, choice.now), close_reason=order.close_reason or "refunded")
    return Outcome(ended, (asked,))


def _with_refund_due(order: Order, decision: Decision) -> Order:
    return replace(order, refunds_due=(*order.refunds_due, decision.decision_id))


def _asked_back_fen(order: Order, desk: Desk) -> int:
    """What other cards' decisions pay back and the shop has not told of yet."""
    asked = [one for one in desk.orders.decisions_of(order.order_id) if one.made_at and one.option == REFUND]
    if not asked:
        return 0
    answers = {one.reference: one for one in desk.orders.effects_of(order.order_id) if one.verb == REFUND_VERB}
    return sum(
        int(one.parameters["amount_fen"]) for one in asked if _is_on_its_way(answers.get(one.decision_id), order)
    )


def _is_on_its_way(effect: PartnerEffect | None, order: Order) -> bool:
    if effect is None or effect.status is EffectStatus.INTENDED:
        return True
    return effect.status is EffectStatus.DONE and effect.outcome["refund_id"] not in order.refunds


def _close(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    return Outcome(
        replace(
            order.reach(Milestone.CLOSED, choice.now),
            overrides=(*order.overrides, CANCELLED_AFTER_SHIPPING),
            close_reason=order.close_reason or "decided",
            holds={},
        )
    )


def _correct_address(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """The receiver is corrected and the order judged again. What is not given stays as the shop said it."""
    snapshot = order.snapshot
    if snapshot is None:
        raise Rejected("order_not_known", "the shop has not said yet what this order is")
    _must_be_in_the_house(order)
    if desk.seal is None or desk.digest is None:
        raise Rejected("not_here", "an address cannot be corrected from here; use the queue")
    name, phone = choice.text("name"), choice.text("phone")
    said = Receiver(name, phone, choice.text("detail"))
    region = Region(choice.text("province"), choice.text("city"), choice.text("district"))
    correction = Correction(
        base_digest=snapshot.receiver_digest,
        region=region,
        sealed=seal_receiver(said, desk.seal),
        receiver_digest=desk.digest.of_receiver(said),
        phone_digest=desk.digest.of_phone(phone) if phone else snapshot.phone_digest,
        masked_name=masked_name(name) if name else snapshot.masked_name,
        masked_phone=masked_phone(phone) if phone else snapshot.masked_phone,
        corrected_at=choice.now,
        address=check_address(region, said.detail),
        tail_digest=desk.digest.of_tail(phone) if phone else snapshot.tail_digest,
    )
    changed = replace(order, correction=correction, content_version=order.content_version + 1)
    return Outcome(changed.forget(Milestone.ASSESSED))


def _enter_number(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """A person knows the number: it is the parcel's, and everybody is told."""
    parcel = parcel_of(order, parcel_meant(order, decision.evidence) or 1)
    if parcel.waybill_number:
        raise Rejected("number_known", f"the parcel has number {parcel.waybill_number} by now")
    found = Found(choice.text("number").upper(), choice.text("carrier"), Source.PERSON)
    owner = desk.orders.order_of_waybill(found.carrier, found.number)
    if owner not in (None, order.order_id):  # also: one number entered on many cards at once
        raise Rejected("number_taken", f"{found.number} is the number of {owner}", {"order_id": owner or ""})
    done = filled(order, parcel.number, found, _search(order, decision, desk), choice.now)
    return Outcome(done.order, done.facts, done.records)


def _search(order: Order, decision: Decision, desk: Desk) -> NumberSearch | None:
    return desk.orders.number_search(order.order_id, parcel_meant(order, decision.evidence) or 1)


def _retry(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """What went wrong is tried again: a refund by the shop function, which is told of this decision; for a missing
    number everybody is asked anew."""
    if REFUND_OF in decision.evidence:
        return Outcome(_with_refund_due(order, decision))
    search = _search(order, decision, desk) if decision.decision_class is DecisionClass.NUMBER_MISSING else None
    return Outcome(order, records=(asked_anew(search, choice.now),) if search else ())


def _dismiss(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """Nothing is done; for a missing number nobody is asked any more: the parcel travels without one."""
    search = _search(order, decision, desk) if decision.decision_class is DecisionClass.NUMBER_MISSING else None
    return Outcome(order, records=(replace(search, outcome=DROPPED),) if search else ())


def _change_sku(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """Another SKU is sent for a line; its stock is reserved anew and what the line held is given back then."""
    _must_be_in_the_house(order)
    line_id, sku = choice.text("line_id"), choice.text("sku")
    wrong = decision.evidence.get("sku", "")
    candidates = [line for line in order.physical_lines if (line.line_id == line_id if line_id else line.sku == wrong)]
    if len(candidates) != 1:
        known = ", ".join(line.line_id for line in order.physical_lines)
        raise _bad("line_id", f"must be one of this order's lines: {known}")
    (line,) = candidates
    if line.sku == sku:
        raise _bad("sku", "is what this line sends already")
    changed = replace(
        order,
        substitutions={**order.substitutions, line.line_id: sku},
        content_version=order.content_version + 1,
    )
    return Outcome(changed.forget(Milestone.RESERVED, Milestone.ASSESSED))


def _transfer(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """The goods are brought from another warehouse, by a transfer like one of a rule; the order waits for them.

    Refused when the card says that they are not there. When they are gone since, the order is short again: a card.
    """
    _must_be_in_the_house(order)
    shown = decision.evidence.get("by_warehouse", "")
    free = {place: int(pieces) for place, _, pieces in (each.rpartition(" ") for each in shown.split(", ")) if place}
    chosen, sku = choice.text("from_warehouse"), decision.evidence.get("sku", "")
    wanted = int(decision.evidence.get("wanted", "0"))
    enough = [place for place, pieces in free.items() if pieces >= wanted and place != decision.evidence["warehouse"]]
    if chosen not in enough:
        raise _bad("from_warehouse", f"must have {wanted} of {sku}; these have: {', '.join(enough) or 'none'}")
    return Outcome(replace(order, overrides=(*without_wish(order.overrides), TRANSFER_FROM + chosen)))


def _other_gift(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """What another row of the live matrix gives, in place of the gift that is used up. Its own quota is taken when the
    order goes on; used up as well, it is a card again."""
    if order.has(Milestone.SHIPPED):
        raise Rejected("already_shipped", "the parcel has left; no gift can be put into it")
    if desk.rules is None:
        raise Rejected("not_here", "a gift cannot be chosen from here; use the queue")
    code, used = choice.text("gift"), decision.evidence.get("rule", "")
    known = gift_codes(desk.rules.live(RuleKind.GIFTS))
    rows = [row_id for row_id in known.get(code, ()) if row_id != used]
    if not rows:
        others = ", ".join(sorted(known.keys() - {decision.evidence.get("gift", "")})) or "none"
        raise _bad("gift", f"is no other gift of the live matrix; these are: {others}")
    kept = tuple(one for one in order.overrides if not one.startswith(instead_of(used, "")))
    return Outcome(replace(order, overrides=(*kept, instead_of(used, rows[0]))))


def _buyer_paid(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    """Somebody has collected it beside the shop; how stands on the card."""
    after, entry = freight_decided(order, decision, COLLECTED, choice.now)
    return Outcome(after, records=(entry,))


def _brand_bears(order: Order, decision: Decision, choice: Choice, desk: Desk) -> Outcome:
    after, entry = freight_decided(order, decision, BRAND, choice.now)
    return Outcome(after, records=(entry,))


def _must_be_in_the_house(order: Order) -> None:
    if order.has(Milestone.DISPATCHED):
        raise Rejected("already_dispatched", "the warehouse has this order already; what it is to send is fixed")


EFFECTS: Mapping[str, Effect] = {
    "retry": _retry,
    "dismiss": _dismiss,
    ENTER_NUMBER: _enter_number,
    "continue": _continue,
    "cancel": _cancel,
    "close": _close,
    "correct_address": _correct_address,
    "change_sku": _change_sku,
    "transfer": _transfer,
    "other_gift": _other_gift,
    REFUND: _refund,
    VOID_ON_EVIDENCE: _void_on_evidence,
    BUYER_PAID: _buyer_paid,
    BRAND_BEARS: _brand_bears,
}
