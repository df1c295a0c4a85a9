"""Cancel an order at the warehouse: push it closed, tell the refund, then read back what became of it.

A success reply to a push means received, not cancelled (sheet §3.2): only what is read back counts. A trade
that was audited already needs a person.
"""

from collections.abc import Sequence

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcels_here, reach_in, trade_id_of
from orderhub.ports.orders import Change
from orderhub.ports.partners import TradeInstruction, WarehouseTrade
from orderhub.services.dispatch import NUMBER_VERB, PARTNER, VERB, Warehouse, hold_refused, stop_if_left_behind
from orderhub.services.effects import Attempt, Outcome, perform, spec_for, wait_for_others
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, retried_when_stale

WITHDRAW_VERB = "withdraw_trade"


def withdraw(command: TaskCommand, world: Warehouse) -> TaskResult:
    """The warehouse will not ship what is still there of the order, or decisions say why that is not sure.

    One parcel that cannot be withdrawn keeps no other. What was never pushed is withdrawn at once. Raises
    Superseded, Interrupted, Stale, PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.WITHDRAW, world.clock())
    refusal: PartnerRejected | None = None
    withdrawn: list[int] = []
    for parcel in parcels_here(order):
        if parcel.has(Milestone.WITHDRAWN):
            continue
        try:
            _withdraw_one(order, parcel, command.epoch, world)
            withdrawn.append(parcel.number)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.WAREHOUSE_CANNOT_CANCEL, world.orders, world.clock(), parcel)
            refusal = refused
    try:
        stop_if_left_behind(order, world)
    except PartnerRejected as refused:  # nothing is marked: a retry comes back here
        hold_refused(order, refused, DecisionClass.WAREHOUSE_CANNOT_CANCEL, world.orders, world.clock())
        withdrawn, refusal = [], refused
    result = _apply(command, world, withdrawn)
    if refusal is not None:
        raise Interrupted(f"{order.order_id} could not be withdrawn") from refusal
    return result


def _withdraw_one(order: Order, parcel: Parcel, epoch: int, world: Warehouse) -> None:
    trade_id = trade_id_of(order, parcel.number)
    calls = {VERB: trade_id, NUMBER_VERB: parcel.waybill_number}
    wait_for_others(world.effects, order, calls, PARTNER, world.clock())
    if world.effects.load(order.order_id, VERB, trade_id) is None:
        return
    trade = TradeInstruction(order, open_receiver(order, world.seal), is_closed=True, parcel_number=parcel.number)
    spec = spec_for(order, WITHDRAW_VERB, trade_id, epoch, "closed", undoes=True)
    perform(world.effects, spec, Attempt(lambda: _cancel(trade, world), lambda: None), world.clock)


def _cancel(trade: TradeInstruction, world: Warehouse) -> Outcome:
    """Closed trade, refund, read back. All three may be repeated."""
    order, trade_id = trade.order, trade.trade_id
    wait_ms = world.limits.take(PARTNER, "trade_push", world.clock())
    if wait_ms:
        raise PartnerUnavailable(PARTNER, "too many calls this minute", retry_after_seconds=wait_ms / 1000)
    found = world.partner.find_trades(trade_id)
    if not found:
        first = world.effects.load(order.order_id, VERB, trade_id)
        if first is None or not first.attempts:
            return {"state": "absent"}
    refusal = world.partner.push_trades([trade])[trade_id]
    if refusal:
        raise PartnerRejected(PARTNER, "trade", refusal)
    if order.has(Milestone.PAID):
        world.partner.push_refund(trade, f"{trade_id}-R")
    state = _state_of(world.partner.find_trades(trade_id))
    if state != "cancelled":
        raise PartnerRejected(PARTNER, "not_cancelled", f"the warehouse holds the trade as {state}")
    return {"state": state}


def _state_of(trades: tuple[WarehouseTrade, ...]) -> str:
    if not trades or all(trade.state == "cancelled" for trade in trades):
        return "cancelled"
    return next(trade.state for trade in trades if trade.state != "cancelled")


def _apply(command: TaskCommand, world: Warehouse, withdrawn: Sequence[int]) -> TaskResult:
    def once() -> TaskResult:
        order = load_for(world.orders, command)
        now = world.clock()
        after = order
        for number in withdrawn:
            after = reach_in(after, number, Milestone.WITHDRAWN, now)
        stored = world.orders.commit(Change(order, after, now)) if after != order else order
        return {"seq": stored.wake_seq, "due_at": now}

    return retried_when_stale(once)
