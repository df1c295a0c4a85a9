"""Dispatch an order to the warehouse (下发仓库) and commit its stock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import Fulfillment
from orderhub.ports.orders import Change, EffectStore, OrderStore, WaitingRoom
from orderhub.ports.partners import TradeInstruction, WarehousePartner
from orderhub.ports.stock import StockStore
from orderhub.ports.world import Clock, Limits, Seal
from orderhub.services.effects import Attempt, Outcome, carry_out, spec_for, wait_for_others
from orderhub.services.gifts import ask_about_removed
from orderhub.services.park import decision_for, request_decision
from orderhub.services.push_together import PushTogether
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import ReadOnce, TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale

VERB = "push_trade"
NUMBER_VERB = "write_number"
PARTNER = "wangdiantong"
PACKED_STATES = frozenset({"audited", "shipped", "completed"})


@dataclass(frozen=True, slots=True)
class Warehouse:
    """What the warehouse's use cases work with."""

    orders: OrderStore
    effects: EffectStore
    stock: StockStore
    partner: WarehousePartner
    room: WaitingRoom
    limits: Limits
    seal: Seal
    clock: Clock
    pause: Callable[[float], None]


def dispatch(command: TaskCommand, world: Warehouse) -> TaskResult:
    """The warehouse has accepted the trade and the stock counts as sold.

    Refused by the warehouse: a decision holds the order. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.DISPATCH, world.clock())
    if order.push_due:  # a number being written tells of the order as it was: it must not arrive last
        wait_for_others(world.effects, order, {NUMBER_VERB: order.waybill_number}, PARTNER, world.clock())
    spec = spec_for(order, VERB, order.platform_id, command.epoch)
    intent = world.effects.intend(spec, world.clock())
    if intent.effect.status is not EffectStatus.DONE:
        trade = TradeInstruction(order, open_receiver(order, world.seal), order.waybill_number)
        together = PushTogether(world, trade, intent.effect)
        try:
            carry_out(
                world.effects,
                intent,
                Attempt(together.push, lambda: _look(trade, world.partner)),
                world.clock,
                world.clock(),
            )
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.WAREHOUSE_REJECTED, world.orders, world.clock())
            raise Interrupted(f"{order.order_id} was refused by the warehouse") from refused
    if order.push_due:
        return apply_repush(command, world, order)
    return apply_dispatch(command, world, order)


def apply_dispatch(command: TaskCommand, world: Warehouse, known: Order | None = None) -> TaskResult:
    """Commit the stock, then say so on the order; each may be repeated after a crash.

    ``known``: the order as read before; if it moved since, it is read again.
    """
    read = ReadOnce(world.orders, command, known)

    def once() -> TaskResult:
        order = read()
        now = world.clock()
        for line in order.physical_lines:
            world.stock.commit(order.order_id, line.line_id, now)
        if order.has(Milestone.DISPATCHED):
            return proceed(order, Step.DISPATCH, now)
        line_ids = tuple(line.line_id for line in order.physical_lines)
        fulfillment = Fulfillment(1, order.warehouse, line_ids, "dispatched", now)
        data: Mapping[str, str | int | bool] = {
            "fulfillment": 1,
            "partner": PARTNER,
            "warehouse": order.warehouse,
            "reference": order.platform_id,
            "content_version": order.content_version,
        }
        after = order.reach(Milestone.DISPATCHED, now)
        fact = Fact(FactType.FULFILLMENT_DISPATCHED, data, now)
        change = Change(order, after, now, facts=(fact,), records=(fulfillment,))
        return proceed(world.orders.commit(change), Step.DISPATCH, now)

    return retried_when_stale(once)


def apply_repush(command: TaskCommand, world: Warehouse, pushed: Order) -> TaskResult:
    """The warehouse has accepted the trade anew. A trade it had audited by then may be packed as it was before
    (sheet §3.2): for a gift that was taken away a person is asked to get it back. May be repeated."""
    trades = world.partner.find_trades(pushed.platform_id)
    state = next((trade.state for trade in trades if trade.state in PACKED_STATES), "")
    read = ReadOnce(world.orders, command, pushed)

    def once() -> TaskResult:
        order = read()
        now = world.clock()
        if state:
            order = ask_about_removed(order, f"the warehouse held the trade as {state}", world.orders, now)
        if order.push_due and order.content_version == pushed.content_version:
            order = world.orders.commit(Change(order, replace(order, push_due=False), now))
        return proceed(order, Step.DISPATCH, now)

    return retried_when_stale(once)


def _look(trade: TradeInstruction, partner: WarehousePartner) -> Outcome | None:
    """What an earlier push left. Pushing again is harmless (same trade number), so absence needs no settling, and
    an order that ever changed is pushed again: what is there may be what it was before."""
    if trade.order.content_version > 1:
        return None
    trades = partner.find_trades(trade.order.platform_id)
    live = [found for found in trades if found.state != "cancelled"]
    return {"trade_no": live[0].trade_no} if live else None


def hold_refused(
    order: Order, refused: PartnerRejected, decision_class: DecisionClass, orders: OrderStore, now: int
) -> None:
    """The partner's refusal becomes a card, with the partner's own words as evidence."""

    def once() -> None:
        current = orders.load(order.order_id) or order
        evidence = {"partner": refused.partner, "code": refused.code, "message": refused.message}
        decision = decision_for(order.order_id, decision_class, refused.partner, evidence, now)
        request_decision(orders, current, decision, now)

    retried_when_stale(once)
