"""Cancel an order at the warehouse: push it closed, tell the refund, then read back what became of it.

A success reply to a push means received, not cancelled (sheet §3.2): only what is read back counts. A trade
that was audited already needs a person.
"""

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone
from orderhub.ports.orders import Change
from orderhub.ports.partners import TradeInstruction, WarehouseTrade
from orderhub.services.dispatch import NUMBER_VERB, PARTNER, VERB, Warehouse, hold_refused
from orderhub.services.effects import Attempt, Outcome, perform, spec_for, wait_for_others
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, retried_when_stale

WITHDRAW_VERB = "withdraw_trade"


def withdraw(command: TaskCommand, world: Warehouse) -> TaskResult:
    """The warehouse will not ship the order, or a decision says why that is not sure.

    An order that was never pushed is withdrawn at once. Raises Superseded, Interrupted, Stale,
    PartnerUnavailable.
    """
    order = load_for(world.orders, command)
    expect(order, Step.WITHDRAW, world.clock())
    calls = {VERB: order.platform_id, NUMBER_VERB: order.waybill_number}
    wait_for_others(world.effects, order, calls, PARTNER, world.clock())
    if world.effects.load(order.order_id, VERB, order.platform_id) is not None:
        trade = TradeInstruction(order, open_receiver(order, world.seal), is_closed=True)
        spec = spec_for(order, WITHDRAW_VERB, order.platform_id, command.epoch, "closed", undoes=True)
        attempt = Attempt(lambda: _cancel(trade, world), lambda: None)
        try:
            perform(world.effects, spec, attempt, world.clock)
        except PartnerRejected as refused:
            hold_refused(order, refused, DecisionClass.WAREHOUSE_CANNOT_CANCEL, world.orders, world.clock())
            raise Interrupted(f"{order.order_id} could not be withdrawn") from refused
    return _apply(command, world)


def _cancel(trade: TradeInstruction, world: Warehouse) -> Outcome:
    """Closed trade, refund, read back. All three may be repeated."""
    order = trade.order
    wait_ms = world.limits.take(PARTNER, "trade_push", world.clock())
    if wait_ms:
        raise PartnerUnavailable(PARTNER, "too many calls this minute", retry_after_seconds=wait_ms / 1000)
    found = world.partner.find_trades(order.platform_id)
    if not found:
        first = world.effects.load(order.order_id, VERB, order.platform_id)
        if first is None or not first.attempts:
            return {"state": "absent"}
    refusal = world.partner.push_trades([trade])[order.platform_id]
    if refusal:
        raise PartnerRejected(PARTNER, "trade", refusal)
    if order.has(Milestone.PAID):
        world.partner.push_refund(trade, f"{order.platform_id}-R")
    state = _state_of(world.partner.find_trades(order.platform_id))
    if state != "cancelled":
        raise PartnerRejected(PARTNER, "not_cancelled", f"the warehouse holds the trade as {state}")
    return {"state": state}


def _state_of(trades: tuple[WarehouseTrade, ...]) -> str:
    if not trades or all(trade.state == "cancelled" for trade in trades):
        return "cancelled"
    return next(trade.state for trade in trades if trade.state != "cancelled")


def _apply(command: TaskCommand, world: Warehouse) -> TaskResult:
    def once() -> TaskResult:
        order = load_for(world.orders, command)
        now = world.clock()
        after = order.reach(Milestone.WITHDRAWN, now)
        stored = world.orders.commit(Change(order, after, now)) if after != order else order
        return {"seq": stored.wake_seq, "due_at": now}

    return retried_when_stale(once)
