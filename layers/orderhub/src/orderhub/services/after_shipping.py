"""What other systems are told once a fact is known: the shop of the shipment, the warehouse of the number.

Both are driven by events (`FulfillmentShipped`, `WaybillIssued`) through a queue with its own retries, beside
the order's own way: neither holds the order up, and ``sweep`` asks again for what was never done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable, Superseded
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import lines_of, parcel_of, parcels_of, reach_in
from orderhub.domain.waybill_track import number_told
from orderhub.ports.orders import Change, EffectStore, Intent, OrderStore
from orderhub.ports.partners import ShopPartner, TradeInstruction
from orderhub.ports.world import Clock
from orderhub.services.dispatch import NUMBER_VERB, PARTNER, Warehouse, hold_refused
from orderhub.services.effects import Attempt, Outcome, perform, spec_for
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import retried_when_stale

CONFIRM_VERB = "confirm_shipment"
SHOP_SETTLES_MS = 2_000
BATCH = 50
TOLD_TO_WAREHOUSE = frozenset({"issuer", "person"})
"""Who may have filled in a number that the warehouse does not know; it is told even after the parcel left, and whatever
holds the order (its memo takes it; a trade that has left does not change, sheet §3.2)."""


@dataclass(frozen=True, slots=True)
class Shopfront:
    """What the shop's use cases work with."""

    orders: OrderStore
    effects: EffectStore
    partner: ShopPartner
    clock: Clock


def confirm_shipment(order_id: str, world: Shopfront) -> str:
    """The shop knows the number of every parcel that left, each with its own lines (a sub-order carries one number).
    One whose number is missing is told of when it is filled in.

    ``confirmed``, ``already``, ``not_shipped`` or ``refused`` (a card); of several parcels the first of refused,
    confirmed, already that one of them is. Raises PartnerUnavailable: deliver the event again.
    """
    order = world.orders.load(order_id)
    left = [p for p in parcels_of(order) if p.has(Milestone.SHIPPED) and p.waybill_number] if order else []
    if order is None or not left:
        return "not_shipped"
    outcomes = [_confirm(order, parcel, world) for parcel in left]
    return next(outcome for outcome in ("refused", "confirmed", "already") if outcome in outcomes)


def _confirm(order: Order, parcel: Parcel, world: Shopfront) -> str:
    if parcel.has(Milestone.CONFIRMED):
        return "already"
    lines = tuple(line.line_id for line in lines_of(order, parcel))
    number = parcel.waybill_number
    spec = spec_for(order, CONFIRM_VERB, number, 0, number, undoes=True)

    def call() -> Outcome:
        world.partner.confirm_shipment(order.shop_id, order.platform_id, lines, parcel.carrier, number)
        return {"number": number}

    def look() -> Outcome | None:
        known = world.partner.shipped_numbers(order.shop_id, order.platform_id)
        return {"number": number} if number in known else None

    try:
        perform(world.effects, spec, Attempt(call, look, SHOP_SETTLES_MS), world.clock)
    except PartnerRejected as refused:
        hold_refused(order, refused, DecisionClass.SHOP_REJECTED, world.orders, world.clock(), parcel)
        return "refused"
    _mark_confirmed(order.order_id, parcel.number, world.orders, world.clock())
    return "confirmed"


def write_numbers(order_ids: Sequence[str], world: Warehouse) -> frozenset[str]:
    """The warehouse knows the waybill numbers of these orders' parcels (in the trades' memos), told in one push.

    Returns the orders that must be told again. What left, ended or was told before is done; but a number that was
    missing when its parcel left, and was filled in, is told all the same.
    """
    intents: list[tuple[Intent, TradeInstruction]] = []
    again: set[str] = set()
    for order_id in order_ids:
        order = world.orders.load(order_id)
        for parcel in parcels_of(order) if order else ():
            try:
                wanted = _intend_number(order, parcel, world) if order else None
            except PartnerUnavailable:
                again.add(order_id)
                continue
            if wanted:
                intents.append(wanted)
    for batch in batched(intents, BATCH, strict=False):
        again |= _push_numbers(batch, world)
    return frozenset(again)


def _intend_number(order: Order, parcel: Parcel, world: Warehouse) -> tuple[Intent, TradeInstruction] | None:
    number = number_told(order, parcel.waybill_number)
    was_missing = parcel.number_source in TOLD_TO_WAREHOUSE
    if not number or not (was_missing or _is_still_packing(order, parcel)):
        return None
    spec = spec_for(order, NUMBER_VERB, number, 0, number, undoes=was_missing)
    try:
        intent = world.effects.intend(spec, world.clock())
    except (Interrupted, Superseded):
        return None
    if intent.effect.status is EffectStatus.DONE:
        return None
    receiver = open_receiver(order, world.seal)
    return intent, TradeInstruction(order, receiver, waybill_number=number, parcel_number=parcel.number)


def _push_numbers(batch: Sequence[tuple[Intent, TradeInstruction]], world: Warehouse) -> set[str]:
    """Pushing a memo twice is harmless, so nothing is looked up first."""
    started = world.clock()
    try:
        wait_ms = world.limits.take(PARTNER, "trade_push", started)
        if wait_ms:
            raise PartnerUnavailable(PARTNER, "too many calls this minute", retry_after_seconds=wait_ms / 1000)
        answers = world.partner.push_trades([trade for _, trade in batch])
    except PartnerUnavailable as unavailable:
        for intent, _ in batch:
            world.effects.step_back(intent.effect, unclear=unavailable.unclear, now=world.clock())
        return {trade.order.order_id for _, trade in batch}
    for intent, trade in batch:
        refusal = answers[trade.trade_id]
        now = world.clock()
        if refusal:
            world.effects.refuse(intent.effect, "trade", refusal, now)
            refused = PartnerRejected(PARTNER, "trade", refusal)
            hold_refused(trade.order, refused, DecisionClass.WAREHOUSE_REJECTED, world.orders, now, trade.parcel)
        else:
            world.effects.finish(intent.effect, {"number": trade.waybill_number}, now, now - started)
    return set()


def _is_still_packing(order: Order, parcel: Parcel) -> bool:
    return not order.is_finished and not parcel.has(Milestone.SHIPPED) and not order.has(Milestone.CANCELLED)


def _mark_confirmed(order_id: str, parcel_number: int, orders: OrderStore, now: int) -> None:
    def once() -> None:
        order = orders.load(order_id)
        if order is None:
            return
        after = reach_in(order, parcel_number, Milestone.CONFIRMED, now)
        if after != order:
            number = parcel_of(order, parcel_number).waybill_number
            data: dict[str, str | int | bool] = {"fulfillment": parcel_number, "waybill_number": number}
            fact = Fact(FactType.SHIPMENT_CONFIRMED, data, now)
            orders.commit(Change(order, after, now, facts=(fact,)))

    retried_when_stale(once)
