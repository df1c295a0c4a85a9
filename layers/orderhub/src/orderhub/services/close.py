"""End an order without delivery: the stock is free, open cards are closed, nothing drives it any more."""

from dataclasses import replace

from orderhub.domain.absorb import EXPIRED
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import has_left_in_part, parcels_here, reach_in_each
from orderhub.domain.rulepack import RuleKind
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.ports.stock import StockStore
from orderhub.services.gifts import let_gifts_go
from orderhub.services.judge_followers import judge_followers
from orderhub.services.phone_window import window_of
from orderhub.services.reserve import let_go
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, retried_when_stale


def close(command: TaskCommand, orders: OrderStore, stock: StockStore, rules: RuleBook, now: int) -> TaskResult:
    """Release what the order holds and close it. Raises Superseded, Interrupted, Stale.

    When one of its parcels has left already, only the others are called off, with their stock: then the order is
    one that has left, and whether it ends is decided by a person.

    Released before closed: a crash between releases again, which gives back nothing twice. Afterwards the orders of
    its phone that it made too many are judged again; a crash between does that again too.
    """

    def once() -> TaskResult:
        order = load_for(orders, command)
        closed = order if order.has(Milestone.CLOSED) else end(order)
        judge_followers(window_of(closed, orders), rules.live(RuleKind.INTERCEPTION), orders, now)
        return {"seq": closed.wake_seq, "due_at": now}

    def end(order: Order) -> Order:
        expect(order, Step.CLOSE, now)
        if has_left_in_part(order):
            return _call_off(order, orders, stock, now)
        given = let_go(order, stock, now)
        reason = order.close_reason or EXPIRED
        facts = []
        if given:
            kind = FactType.STOCK_RESERVATION_EXPIRED if reason == EXPIRED else FactType.STOCK_RELEASED
            data: dict[str, FactValue] = {"reservations": given}
            if kind is FactType.STOCK_RELEASED:
                data["reason"] = reason
            facts.append(Fact(kind, data, now))
        if not order.has(Milestone.CANCELLED):
            facts.append(Fact(FactType.ORDER_CANCELLED, {"reason": reason}, now))
        made = moot_decisions(orders, order, now)
        without, gone, moves = let_gifts_go(order, now)
        after = replace(without.reach(Milestone.CLOSED, now), close_reason=reason, holds={})
        return orders.commit(Change(order, after, now, facts=[*facts, *gone], made=made, quotas=moves))

    return retried_when_stale(once)


def _call_off(order: Order, orders: OrderStore, stock: StockStore, now: int) -> Order:
    """End the parcels that are still here; raises Stale."""
    here = parcels_here(order)
    given = let_go(order, stock, now, frozenset(line_id for parcel in here for line_id in parcel.line_ids))
    after = reach_in_each(order, here, Milestone.CLOSED, now)
    data: dict[str, FactValue] = {"reservations": given, "reason": order.close_reason or "cancelled"}
    facts = (Fact(FactType.STOCK_RELEASED, data, now),) if given else ()
    return orders.commit(Change(order, after, now, facts=facts))


def moot_decisions(orders: OrderStore, order: Order, now: int) -> tuple[Decision, ...]:
    """The open cards that hold an order which ended meanwhile: nobody has to decide them any more."""
    return tuple(
        decision.moot(now, "the order ended before anybody decided")
        for decision in orders.decisions_of(order.order_id)
        if decision.status is DecisionStatus.REQUESTED and decision.decision_id in order.holds
    )
