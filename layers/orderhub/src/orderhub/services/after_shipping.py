"""What other systems are told once a fact is known: the shop of the shipment, the warehouse of the number.

Both are driven by events (`FulfillmentShipped`, `WaybillIssued`) through a queue with its own retries, beside
the order's own way: neither holds the order up, and ``sweep`` asks again for what was never done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable, Superseded
from orderhub.domain.order import Milestone, Order
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


@dataclass(frozen=True, slots=True)
class Shopfront:
    """What the shop's use cases work with."""

    orders: OrderStore
    effects: EffectStore
    partner: ShopPartner
    clock: Clock


def confirm_shipment(order_id: str, world: Shopfront) -> str:
    """The shop knows the parcel's number. ``confirmed``, ``already``, ``not_shipped`` or ``refused`` (a card).

    Raises PartnerUnavailable: deliver the event again.
    """
    order = world.orders.load(order_id)
    if order is None or not order.has(Milestone.SHIPPED):
        return "not_shipped"
    if order.has(Milestone.CONFIRMED):
        return "already"
    lines = tuple(line.line_id for line in order.physical_lines)
    number = order.waybill_number
    spec = spec_for(order, CONFIRM_VERB, number, 0, number, undoes=True)

    def call() -> Outcome:
        world.partner.confirm_shipment(order.shop_id, order.platform_id, lines, order.carrier, number)
        return {"number": number}

    def look() -> Outcome | None:
        known = world.partner.shipped_numbers(order.shop_id, order.platform_id)
        return {"number": number} if number in known else None

    try:
        perform(world.effects, spec, Attempt(call, look, SHOP_SETTLES_MS), world.clock)
    except PartnerRejected as refused:
        hold_refused(order, refused, DecisionClass.SHOP_REJECTED, world.orders, world.clock())
        return "refused"
    _reach(order_id, Milestone.CONFIRMED, world.orders, world.clock())
    return "confirmed"


def write_numbers(order_ids: Sequence[str], world: Warehouse) -> frozenset[str]:
    """The warehouse knows these orders' waybill numbers (in the trades' memos), told in one push.

    Returns the orders that must be told again. Orders that left, ended or were told before are done.
    """
    intents: dict[str, tuple[Intent, TradeInstruction]] = {}
    again: set[str] = set()
    for order_id in order_ids:
        try:
            wanted = _intend_number(order_id, world)
        except PartnerUnavailable:
            again.add(order_id)
            continue
        if wanted:
            intents[order_id] = wanted
    for batch in batched(intents.items(), BATCH, strict=False):
        again |= _push_numbers(dict(batch), world)
    return frozenset(again)


def _intend_number(order_id: str, world: Warehouse) -> tuple[Intent, TradeInstruction] | None:
    order = world.orders.load(order_id)
    if order is None or not order.waybill_number or not _is_still_packing(order):
        return None
    number = order.waybill_number
    try:
        intent = world.effects.intend(spec_for(order, NUMBER_VERB, number, 0, number), world.clock())
    except (Interrupted, Superseded):
        return None
    if intent.effect.status is EffectStatus.DONE:
        return None
    return intent, TradeInstruction(order, open_receiver(order, world.seal), waybill_number=number)


def _push_numbers(batch: Mapping[str, tuple[Intent, TradeInstruction]], world: Warehouse) -> set[str]:
    """Pushing a memo twice is harmless, so nothing is looked up first."""
    started = world.clock()
    try:
        wait_ms = world.limits.take(PARTNER, "trade_push", started)
        if wait_ms:
            raise PartnerUnavailable(PARTNER, "too many calls this minute", retry_after_seconds=wait_ms / 1000)
        answers = world.partner.push_trades([trade for _, trade in batch.values()])
    except PartnerUnavailable as unavailable:
        for intent, _ in batch.values():
            world.effects.step_back(intent.effect, unclear=unavailable.unclear, now=world.clock())
        return set(batch)
    for intent, trade in batch.values():
        refusal = answers[trade.order.platform_id]
        now = world.clock()
        if refusal:
            world.effects.refuse(intent.effect, "trade", refusal, now)
            refused = PartnerRejected(PARTNER, "trade", refusal)
            hold_refused(trade.order, refused, DecisionClass.WAREHOUSE_REJECTED, world.orders, now)
        else:
            world.effects.finish(intent.effect, {"number": trade.waybill_number}, now, now - started)
    return set()


def _is_still_packing(order: Order) -> bool:
    return not order.is_finished and not order.has(Milestone.SHIPPED) and not order.has(Milestone.CANCELLED)


def _reach(order_id: str, milestone: Milestone, orders: OrderStore, now: int) -> None:
    def once() -> None:
        order = orders.load(order_id)
        if order is not None and not order.has(milestone):
            orders.commit(Change(order, order.reach(milestone, now), now))

    retried_when_stale(once)
