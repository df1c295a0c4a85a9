"""Assess a paid order: a verdict with its full input, version and trace (R9, R11), and the stock made firm."""

from collections.abc import Collection
from dataclasses import replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted
from orderhub.domain.journey import Step, wants_new_look
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import warehouse_of
from orderhub.domain.records import PhoneEntry
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.stock import Firmed, Lost
from orderhub.domain.waybill_content import DEFAULT_CARRIER
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.ports.stock import StockStore
from orderhub.services.choose_carrier import (
    ask_about_surcharge,
    choose_carrier,
    look_again_at_carrier,
    with_carrier,
)
from orderhub.services.gifts import commit_with_gifts, look_again_at_gifts
from orderhub.services.hold import act_on
from orderhub.services.judge import judge_order
from orderhub.services.judge_followers import judge_followers
from orderhub.services.park import request_decision
from orderhub.services.phone_window import window_of
from orderhub.services.reserve import Lacking, hold_lines
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale


def assess(
    command: TaskCommand,
    orders: OrderStore,
    stock: StockStore,
    rules: RuleBook,
    now: int,
    carriers: Collection[str] = (DEFAULT_CARRIER,),
) -> TaskResult:
    """The order is judged and its stock is firm, or it is held with a decision for every class its rows ask for.

    Stock that was lost by expiry is reserved again where it was; when that fails too, an order of several parcels is
    planned anew by Reserve, of any other purchasing decides. The verdict is stored in the commit that acts on it.
    Other orders of the phone that this one, heard of late, makes too many are judged first: a crash between judges
    them again, which changes nothing. ``carriers``: those the hub has a contract with. Raises Superseded, Interrupted,
    Stale; whatever the rule book or the engine raises parks the order.
    """

    def once() -> TaskResult:
        order = load_for(orders, command)
        expect(order, Step.ASSESS, now)
        if order.has(Milestone.ASSESSED) and not order.holds:
            order = _judge_again(order, orders, rules, now) if wants_new_look(order) else order
            order = look_again_at_carrier(order, orders, rules, carriers, now)  # first: gifts_due brings it back
            return proceed(look_again_at_gifts(order, orders, rules, now), Step.ASSESS, now)
        lacking = make_firm(order, stock, now)
        if lacking and order.parcels:
            orders.commit(Change(order, order.forget(Milestone.RESERVED), now))
            raise Interrupted(f"{order.order_id} lost its stock in {lacking.warehouse}: its parcels are planned anew")
        if lacking:
            decision = lacking.decision(order, DecisionClass.STOCK_LOST, now)
            request_decision(orders, order, decision, now)
            raise Interrupted(f"{order.order_id} lost its stock")
        pack = rules.live(RuleKind.INTERCEPTION)
        window = window_of(order, orders)
        judge_followers(window, pack, orders, now)
        verdict = judge_order(order, pack, window.standing, now)
        outcome = act_on(verdict, order, window, orders, now)
        after = outcome.order if outcome.order.holds else outcome.order.reach(Milestone.ASSESSED, now)
        entry = None if window.is_listed else phone_entry(order)
        records = (verdict, entry) if entry else (verdict,)
        change = Change(order, after, now, outcome.facts, records, outcome.asked, outcome.gone)
        if after.holds:
            orders.commit(change)
            raise Interrupted(f"{order.order_id} is held by assessment")
        choice = choose_carrier(rules.live(RuleKind.CARRIER), verdict.input, carriers)
        carried, entries = with_carrier(after, choice, orders, now)
        judged = replace(verdict, evaluations=(*verdict.evaluations, choice.evaluation))
        others = [record for record in records if record is not verdict]
        change = replace(change, after=carried, records=(judged, *others, *entries))
        if any(entry.due_fen for entry in entries):  # judged once more when somebody has said who pays
            waits = orders.commit(replace(change, after=carried.forget(Milestone.ASSESSED)))
            ask_about_surcharge(waits, entries, orders, now)
        return proceed(commit_with_gifts(change, judged, orders, rules), Step.ASSESS, now)

    return retried_when_stale(once)


def _judge_again(order: Order, orders: OrderStore, rules: RuleBook, now: int) -> Order:
    """The money of an order that passed has changed: judged again, so that a row of the brand's sees it. Its stock is
    firm, or sold to the warehouse. Its gifts are looked at after that; a crash between leaves them due.

    Raises Interrupted when a row holds it now.
    """
    window = window_of(order, orders)
    verdict = judge_order(order, rules.live(RuleKind.INTERCEPTION), window.standing, now)
    outcome = act_on(verdict, order, window, orders, now)
    change = Change(order, outcome.order, now, outcome.facts, (verdict,), outcome.asked, outcome.gone)
    judged = orders.commit(change)
    if judged.holds:
        raise Interrupted(f"{order.order_id} is held since its money changed")
    return judged


def make_firm(order: Order, stock: StockStore, now: int) -> Lacking | None:
    """Firm every line's stock, reserving again what was lost; returns the first line that cannot be had."""
    for line in order.physical_lines:
        match stock.firm(order.order_id, line.line_id, now):
            case Firmed():
                continue
            case Lost():
                places = {each.line_id: warehouse_of(order, each.line_id) for each in order.physical_lines}
                again = hold_lines(order, stock, places, now)
                if isinstance(again, Lacking):
                    return again
                if isinstance(stock.firm(order.order_id, line.line_id, now), Lost):
                    raise RuntimeError(f"stock of {line.sku} was lost twice within one task")
    return None


def phone_entry(order: Order) -> PhoneEntry | None:
    """The order's place in its phone's rolling window."""
    if order.snapshot is None or not order.phone_digest:
        return None
    return PhoneEntry(order.phone_digest, order.snapshot.placed_at)
