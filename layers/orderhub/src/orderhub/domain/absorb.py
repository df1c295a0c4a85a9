"""Take in what a message says about an order, so that any order of arrival ends in the same order (R2).

Milestones said by the shop merge by their earliest instant, the snapshot by the shop's own update time,
what people must look at by union; none of them depends on which message came first, so an older version
after a newer one needs no special case. Versions are kept, per message type, for people to see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from orderhub.domain.address_change import MINUTE_MS, Source
from orderhub.domain.decision import DecisionClass, decision_id_of
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Correction, Milestone, Order, Snapshot, order_id_of
from orderhub.domain.order_content import changed, told


@dataclass(frozen=True, slots=True)
class Unhandled:
    """An event the hub keeps and shows but does not act on yet: a person decides."""

    cause: str  # deterministic, e.g. "refund-R1" or "address-buyer-1772877410"
    blocks: bool
    sealed: str = ""  # the message, encrypted
    evidence: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


SHOWN = "snapshot-"
"""How the key of a change begins that the shop's order shows; the receiver's digest follows."""


@dataclass(frozen=True, slots=True)
class AddressWish:
    """Somebody wants another address.

    ``sealed``: JSON of name, phone, province, city, district, detail, as far as they were said; empty: what the order's
    snapshot says now. ``key`` is the same for the same request; ``occurred_at`` (ms UTC): when it was made.
    """

    key: str
    sealed: str
    source: Source
    occurred_at: int
    by: str = ""
    digest: str = ""  # of the whole receiver that was said, as ``address_change.said`` writes it


@dataclass(frozen=True, slots=True)
class Observation:
    """What one message says about one order, in the hub's words. Instants in ms UTC, amounts in fen."""

    channel: str
    shop_id: str
    platform_id: str
    event_type: str
    message_key: str
    version: int  # comparable only within (event_type, order); 0 = the message has none
    occurred_at: int
    snapshot: Snapshot | None = None
    milestones: Mapping[Milestone, int] = field(default_factory=lambda: MappingProxyType({}))
    close_reason: str = ""
    refund_id: str = ""
    refunded_fen: int = 0
    refund_lines: tuple[str, ...] = ()  # what a refund is about, where the message says it
    returns_goods: bool = False  # a refund for goods that come back
    unhandled: Unhandled | None = None
    address: AddressWish | None = None
    found_late: bool = False  # found by the pull: its webhook never came

    @property
    def order_id(self) -> str:
        return order_id_of(self.channel, self.platform_id)


@dataclass(frozen=True, slots=True)
class WantedDecision:
    """A decision the change asks for, before it has a due time."""

    decision_id: str
    decision_class: DecisionClass
    cause: str
    blocks: bool
    evidence: Mapping[str, str]
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """The order after the message, what became true by it, and what people must decide."""

    order: Order
    facts: tuple[Fact, ...]
    decisions: tuple[WantedDecision, ...]
    settled: str = ""  # id of a card that this message answers
    address: AddressWish | None = None  # a change of address that it asks for

    @property
    def changed(self) -> bool:
        return bool(self.facts) or bool(self.decisions) or self.address is not None


PARTLY_SHIPPED = "partly-shipped"
"""Cause of an event that says that the shop knows of a part as shipped; its evidence names the ``express_no``."""


def _is_own_echo(order: Order, unhandled: Unhandled) -> bool:
    """Whether the shop only repeats what the hub told it: one of the order's parcels left, under its number."""
    numbers = {parcel.waybill_number for parcel in order.parcels} - {""}
    return unhandled.cause.startswith(PARTLY_SHIPPED) and unhandled.evidence.get("express_no") in numbers


SHOP_MILESTONES = (
    Milestone.PLACED,
    Milestone.PAID,
    Milestone.CANCELLED,
    Milestone.SHOP_SHIPPED,
    Milestone.RECEIVED,
)


def absorb(order: Order | None, seen: Observation) -> Absorbed:
    """Merge one observation into the order (None: not known yet). Pure; the caller commits the result."""
    before = order or Order(seen.order_id, seen.channel, seen.shop_id, seen.platform_id)
    after = before
    if seen.version > before.versions.get(seen.event_type, 0):
        after = replace(after, versions={**after.versions, seen.event_type: seen.version})
    facts: list[Fact] = []
    decisions: list[WantedDecision] = []
    after = _merge_snapshot(after, seen, facts, decisions)
    after = _merge_milestones(after, seen, facts)
    after = _merge_refund(after, seen, facts)
    after = _reopen_if_paid(after)
    after = _look_at_gifts(before, after)
    after = _look_at_money(before, after)
    facts += changed(before, after, seen.occurred_at)
    settled = _settled_card(after, seen)
    if settled in after.holds:
        after = replace(after, holds={key: value for key, value in after.holds.items() if key != settled})
    if seen.unhandled and not _is_own_echo(after, seen.unhandled):
        decisions.append(_wanted(after, seen.unhandled, seen))
        facts.append(_kept(seen, decisions[-1]))
    for wanted in decisions:
        if wanted.decision_id == settled:
            continue
        if wanted.blocks and not after.is_finished:
            after = replace(after, holds={**after.holds, wanted.decision_id: wanted.decision_class.value})
    address = seen.address or _address_in_snapshot(before, after, seen)
    return Absorbed(after, tuple(facts), tuple(decisions), settled, None if after.is_finished else address)


def _look_at_gifts(before: Order, after: Order) -> Order:
    """Marks an assessed order whose gifts may be others now: what is paid for, where to, or how much was paid back.

    Once it has left, only an order that has gifts is looked at again: somebody may want one back.
    """
    moved = after.refunds != before.refunds or _gift_basis(after) != _gift_basis(before)
    matters = bool(after.gifts) or not after.has(Milestone.SHIPPED)
    if not (moved and matters and after.has(Milestone.ASSESSED)) or after.is_finished:
        return after
    return replace(after, gifts_due=True)


def _look_at_money(before: Order, after: Order) -> Order:
    """Marks a judged order of which the rules may see another ``amounts.*`` now: what was paid, or was paid back."""
    moved = after.refunds != before.refunds or _money(after) != _money(before)
    if not (moved and after.judged_version) or after.has(Milestone.SHIPPED) or after.is_finished:
        return after
    return replace(after, judgement_due=True)


def _money(order: Order) -> object:
    if order.snapshot is None:
        return None
    return order.snapshot.amounts, [line.payable_fen for line in order.snapshot.lines]


def _gift_basis(order: Order) -> object:
    if order.snapshot is None:
        return None
    lines = [(line.line_id, line.sku, line.quantity, line.payable_fen) for line in order.snapshot.lines]
    return lines, order.snapshot.region, order.shop_id


def _settled_card(order: Order, seen: Observation) -> str:
    """The card of a refund, once it is paid, that only took something off the price, or gave everything back of an
    order that is ending before it was sent (a person chose so, or it was cancelled): nothing is left to decide.

    A person decides on while goods are to come back, while a line may be paid back whole (is it still to be sent?),
    and when everything is paid back of an order that goes on (the shop closes it in a moment).
    """
    refund_id = seen.refund_id or _refund_asked(seen)
    fen = order.refunds.get(refund_id, 0)
    if not fen or seen.returns_goods or order.snapshot is None:
        return ""
    card = decision_id_of(order.order_id, DecisionClass.UNHANDLED_EVENT, refund_cause(refund_id))
    if sum(order.refunds.values()) >= order.snapshot.amounts.paid_fen:
        return card if order.has(Milestone.CANCELLED) and not order.has(Milestone.SHIPPED) else ""
    every = {line.line_id: line.payable_fen for line in order.snapshot.lines if line.payable_fen}
    named = [every[line_id] for line_id in seen.refund_lines if line_id in every]
    if fen >= min(named or every.values(), default=0):
        return ""
    return card


def _refund_asked(seen: Observation) -> str:
    """The refund that a kept event is about, from its cause."""
    cause = seen.unhandled.cause if seen.unhandled else ""
    return cause.removeprefix(refund_cause("")) if cause.startswith(refund_cause("")) else ""


def refund_cause(refund_id: str) -> str:
    """The cause of the card about one refund: all its events are one card."""
    return f"refund-{refund_id}"


def is_newer(new: Snapshot, old: Snapshot | None) -> bool:
    """Whether a snapshot replaces another: later by the shop's clock, then further along, then by content.

    The last comparison only makes the outcome independent of arrival when the shop gave no other order.
    """
    return old is None or _age(new) > _age(old)


def _age(snapshot: Snapshot) -> tuple[int, int, int, str]:
    """``sealed`` is left out: the same receiver sealed again looks different each time."""
    return (snapshot.taken_at, snapshot.rank, snapshot.amounts.paid_fen, repr(replace(snapshot, sealed="")))


def _merge_snapshot(order: Order, seen: Observation, facts: list[Fact], decisions: list[WantedDecision]) -> Order:
    new, old = seen.snapshot, order.snapshot
    if new is None or not is_newer(new, old):
        return order
    after = replace(order, snapshot=new, shop_id=seen.shop_id)
    if old is None:
        facts.append(Fact(FactType.ORDER_PLACED, {**told(after), "found_late": seen.found_late}, seen.occurred_at))
        return replace(after, content_version=order.content_version + 1)
    if _is_change_of_address(order, after, seen):
        after = replace(after, correction=_as_wanted(order, old, new))
    if not _wants_differ(after, order):
        return after
    after = replace(after, content_version=order.content_version + 1)
    if order.has(Milestone.DISPATCHED) or (order.has(Milestone.RESERVED) and _goods(new) != _goods(old)):
        change = Unhandled(f"content-{new.taken_at}", blocks=True, evidence={"event_type": seen.event_type})
        decisions.append(_wanted(after, change, seen))
        facts.append(_kept(seen, decisions[-1]))
    if order.has(Milestone.DISPATCHED):
        return after
    if _goods(new) != _goods(old):  # once released by a person, the stock is reserved for what is wanted now
        after = after.forget(Milestone.RESERVED)
    return after.forget(Milestone.ASSESSED)


def _wants_differ(after: Order, before: Order) -> bool:
    """Whether what is to be shipped, or where to, differs; money alone does not change the parcel."""
    if after.snapshot is None or before.snapshot is None:
        return after.snapshot is not before.snapshot
    return _is_elsewhere(after, before) or _goods(after.snapshot) != _goods(before.snapshot)


def _is_elsewhere(after: Order, before: Order) -> bool:
    return (after.receiver_digest, after.region) != (before.receiver_digest, before.region)


AS_PAID_MS = MINUTE_MS  # the shop dates an order that was just paid a moment after: what it shows then was paid for


def _is_change_of_address(before: Order, after: Order, seen: Observation) -> bool:
    """Whether the snapshot shows another receiver of what was paid for, or is at the warehouse. Until that is judged
    what was wanted stays wanted: a change has its window, whether its event or the order that shows it comes first."""
    if after.snapshot is None or not _is_elsewhere(after, before):
        return False
    told = (before.when(Milestone.PAID), seen.milestones.get(Milestone.PAID))
    paid_at = [instant for instant in told if instant is not None]
    is_after_payment = bool(paid_at) and after.snapshot.taken_at > min(paid_at) + AS_PAID_MS
    return before.has(Milestone.DISPATCHED) or is_after_payment


def _as_wanted(order: Order, old: Snapshot, new: Snapshot) -> Correction:
    """The receiver that is wanted now, kept while the shop says another one."""
    shown = order.active_correction or old
    return Correction(
        base_digest=new.receiver_digest,
        region=shown.region,
        sealed=shown.sealed,
        receiver_digest=shown.receiver_digest,
        phone_digest=shown.phone_digest,
        masked_name=shown.masked_name,
        masked_phone=shown.masked_phone,
        corrected_at=new.taken_at,
        address=shown.address,
        tail_digest=shown.tail_digest,
    )


def _address_in_snapshot(before: Order, after: Order, seen: Observation) -> AddressWish | None:
    """The change of address that a snapshot shows: its event is late, or never came."""
    new, kept = after.snapshot, after.active_correction
    if new is None or new is not seen.snapshot or kept is None or kept == before.correction:
        return None
    return AddressWish(f"{SHOWN}{new.receiver_digest}-{new.taken_at}", "", Source.SHOP_EVENT, new.taken_at)


def _goods(snapshot: Snapshot) -> list[tuple[str, str, int]]:
    return [(line.line_id, line.sku, line.quantity) for line in snapshot.lines]


_FACT_OF: Mapping[Milestone, FactType] = {
    Milestone.PAID: FactType.ORDER_PAID,
    Milestone.CANCELLED: FactType.ORDER_CANCELLED,
    Milestone.RECEIVED: FactType.RECEIPT_CONFIRMED,
}


def _merge_milestones(order: Order, seen: Observation, facts: list[Fact]) -> Order:
    at = dict(order.at)
    for milestone, instant in seen.milestones.items():
        known = at.get(milestone.value)
        already_told = milestone is Milestone.CANCELLED and order.has(Milestone.CLOSED)
        if known is None and milestone in _FACT_OF and not already_told:
            data: dict[str, str | int | bool] = {}
            if milestone is Milestone.PAID:
                data = {"paid_fen": order.snapshot.amounts.paid_fen if order.snapshot else 0}
            if milestone is Milestone.CANCELLED:
                data = {"reason": seen.close_reason or "cancelled"}
            facts.append(_fact(_FACT_OF[milestone], seen, **data))
        at[milestone.value] = instant if known is None else min(known, instant)
    reason = order.close_reason
    if Milestone.CANCELLED in seen.milestones:
        given = seen.close_reason or "cancelled"
        reason = min(reason or given, given, key=lambda text: (text == EXPIRED, text))
    return replace(order, at=at, close_reason=reason)


EXPIRED = "expired"
"""Close reason of an order the hub ended because nothing was paid in time."""


def _reopen_if_paid(order: Order) -> Order:
    """A payment that becomes known after the hub let the order expire makes it live again."""
    let_go = order.has(Milestone.CLOSED, Milestone.PAID) and order.close_reason == EXPIRED
    if not let_go or order.has(Milestone.CANCELLED):
        return order
    gone = (Milestone.CLOSED, Milestone.RESERVED, Milestone.ASSESSED, Milestone.WITHDRAWN, Milestone.VOIDED)
    return replace(order.forget(*gone), close_reason="", parcels=())


def _merge_refund(order: Order, seen: Observation, facts: list[Fact]) -> Order:
    known_fen = order.refunds.get(seen.refund_id, 0)
    if not seen.refund_id or seen.refunded_fen <= known_fen:
        return order
    facts.append(
        _fact(
            FactType.REFUND_PAID,
            seen,
            refund_id=seen.refund_id,
            refunded_fen=seen.refunded_fen,
            is_full=_is_full(order, seen.refunded_fen - known_fen),
        )
    )
    return replace(order, refunds={**order.refunds, seen.refund_id: seen.refunded_fen})


def _is_full(order: Order, more_fen: int) -> bool:
    """Whether everything paid is paid back now. Not known before the order is: then False."""
    paid = order.snapshot.amounts.paid_fen if order.snapshot else 0
    return paid > 0 and sum(order.refunds.values()) + more_fen >= paid


def _fact(kind: FactType, seen: Observation, **data: str | int | bool) -> Fact:
    return Fact(kind, data, seen.occurred_at)


def _kept(seen: Observation, wanted: WantedDecision) -> Fact:
    return _fact(
        FactType.PLATFORM_EVENT_KEPT,
        seen,
        partner=seen.channel,
        event_type=seen.event_type,
        message_key=seen.message_key,
        decision_id=wanted.decision_id,
    )


def _wanted(order: Order, unhandled: Unhandled, seen: Observation) -> WantedDecision:
    return WantedDecision(
        decision_id_of(order.order_id, DecisionClass.UNHANDLED_EVENT, unhandled.cause),
        DecisionClass.UNHANDLED_EVENT,
        unhandled.cause,
        unhandled.blocks,
        {"event_type": seen.event_type, **unhandled.evidence},
        unhandled.sealed,
    )
