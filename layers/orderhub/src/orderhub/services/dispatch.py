"""Dispatch an order to the warehouse (下发仓库), one trade for each of its parcels, and commit its stock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import lines_of, parcels_here, parcels_of, reach_in_each, trade_id_of
from orderhub.domain.records import Fulfillment
from orderhub.domain.waybill_track import number_told
from orderhub.ports.orders import Change, EffectStore, OrderStore, WaitingRoom
from orderhub.ports.partners import TradeInstruction, WarehousePartner
from orderhub.ports.stock import StockStore
from orderhub.ports.world import Clock, Limits, Seal
from orderhub.services.effects import Attempt, Outcome, carry_out, spec_for, wait_for_others
from orderhub.services.gifts import ask_about_removed
from orderhub.services.parcels import named
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
    """The warehouse has accepted the trade of every parcel and the stock counts as sold.

    Pushed one after the other; a repeat goes on with the first that was not accepted.
    Refused by the warehouse: a decision holds the order. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.DISPATCH, world.clock())
    if order.push_due:  # a number being written tells of the order as it was: it must not arrive last
        for each in parcels_here(order):
            wait_for_others(world.effects, order, {NUMBER_VERB: each.waybill_number}, PARTNER, world.clock())
    parcel: Parcel | None = None
    try:
        stop_if_left_behind(order, world)
        for parcel in parcels_here(order):
            _push(order, parcel, command.epoch, world)
    except PartnerRejected as refused:
        hold_refused(order, refused, DecisionClass.WAREHOUSE_REJECTED, world.orders, world.clock(), parcel)
        raise Interrupted(f"{order.order_id} was refused by the warehouse") from refused
    if order.push_due:
        return apply_repush(command, world, order)
    return apply_dispatch(command, world, order)


def _push(order: Order, parcel: Parcel, epoch: int, world: Warehouse) -> None:
    spec = spec_for(order, VERB, trade_id_of(order, parcel.number), epoch)
    intent = world.effects.intend(spec, world.clock())
    if intent.effect.status is EffectStatus.DONE:
        return
    receiver = open_receiver(order, world.seal)
    number = number_told(order, parcel.waybill_number)
    trade = TradeInstruction(order, receiver, number, parcel_number=parcel.number)
    together = PushTogether(world, trade, intent.effect)
    attempt = Attempt(together.push, lambda: _look(trade, world.partner))
    carry_out(world.effects, intent, attempt, world.clock, world.clock())


def stop_if_left_behind(order: Order, world: Warehouse) -> None:
    """Content that changed after a push may have made other parcels of the order: a trade that is none of them any
    more must not be sent. Raises PartnerRejected while the warehouse would."""
    if order.content_version == 1:
        return
    for trade_id in _left_behind(order, world.orders):
        if any(found.state != "cancelled" for found in world.partner.find_trades(trade_id)):
            raise PartnerRejected(PARTNER, "left_behind", f"cancel {trade_id} there: it is no parcel of the order now")


def _left_behind(order: Order, orders: OrderStore) -> tuple[str, ...]:
    """The trades that were pushed for this order and are none of its parcels now."""
    wanted = {trade_id_of(order, parcel.number) for parcel in parcels_of(order)}
    effects = orders.effects_of(order.order_id)
    return tuple(e.reference for e in effects if e.verb == VERB and e.attempts and e.reference not in wanted)


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
        parcels = parcels_of(order)
        records = tuple(_fulfillment(order, parcel, now) for parcel in parcels)
        facts = tuple(_dispatched_fact(order, parcel, now) for parcel in parcels)
        after = reach_in_each(order, parcels, Milestone.DISPATCHED, now)
        if known is not None and order.content_version != known.content_version:
            after = replace(after, push_due=True)  # what was pushed is not what is wanted any more
        change = Change(order, after, now, facts=facts, records=records)
        return proceed(world.orders.commit(change), Step.DISPATCH, now)

    return retried_when_stale(once)


def apply_repush(command: TaskCommand, world: Warehouse, pushed: Order) -> TaskResult:
    """The warehouse has accepted the trade anew. A trade it had audited by then may be packed as it was before
    (sheet §3.2): for a gift that was taken away a person is asked to get it back. May be repeated."""
    names = [trade_id_of(pushed, parcel.number) for parcel in parcels_here(pushed)]
    trades = [trade for name in names for trade in world.partner.find_trades(name)]
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


def _fulfillment(order: Order, parcel: Parcel, now: int) -> Fulfillment:
    line_ids = tuple(line.line_id for line in lines_of(order, parcel))
    return Fulfillment(parcel.number, parcel.warehouse, line_ids, "dispatched", now)


def _dispatched_fact(order: Order, parcel: Parcel, now: int) -> Fact:
    data: Mapping[str, str | int | bool] = {
        "fulfillment": parcel.number,
        "partner": PARTNER,
        "warehouse": parcel.warehouse,
        "reference": trade_id_of(order, parcel.number),
        "content_version": order.content_version,
    }
    return Fact(FactType.FULFILLMENT_DISPATCHED, data, now)


def _look(trade: TradeInstruction, partner: WarehousePartner) -> Outcome | None:
    """What an earlier push left. Pushing again is harmless (same trade number), so absence needs no settling, and
    an order that ever changed is pushed again: what is there may be what it was before."""
    if trade.order.content_version > 1:
        return None
    trades = partner.find_trades(trade.trade_id)
    live = [found for found in trades if found.state != "cancelled"]
    return {"trade_no": live[0].trade_no} if live else None


def hold_refused(
    order: Order,
    refused: PartnerRejected,
    decision_class: DecisionClass,
    orders: OrderStore,
    now: int,
    parcel: Parcel | None = None,
) -> None:
    """The partner's refusal becomes a card, with the partner's own words as evidence; a card for each parcel."""
    cause, which = named(order, refused.partner, parcel)

    def once() -> None:
        current = orders.load(order.order_id) or order
        evidence = {"partner": refused.partner, "code": refused.code, "message": refused.message} | which
        decision = decision_for(order.order_id, decision_class, cause, evidence, now)
        request_decision(orders, current, decision, now)

    retried_when_stale(once)
