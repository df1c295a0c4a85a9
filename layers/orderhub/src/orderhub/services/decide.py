"""A person decides (R24): conditional, once, and the order goes on."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import CANCELLED_AFTER_SHIPPING
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Executions
from orderhub.services.assess import ASSESSMENT_OVERRIDE
from orderhub.services.close import moot_decisions
from orderhub.services.drive import advance
from orderhub.services.shipments import shipped_fact
from orderhub.services.tasks import retried_when_stale

__all__ = ["Rejected", "decide", "decide_and_wake"]


def decide(
    order_id: str, decision_id: str, option: str, made_by: str, note: str, orders: OrderStore, now: int
) -> Decision:
    """Make an open decision: the hold goes, what was chosen is applied, the order's driver may be woken after.

    Raises Rejected: ``no_such_decision``, ``no_such_option`` (names the allowed ones), ``already_made``
    (names who chose what), ``order_ended``.
    """

    def once() -> Decision:
        decision = orders.decision(order_id, decision_id)
        if decision is None:
            raise Rejected("no_such_decision", decision_id)
        if decision.status is DecisionStatus.MADE:
            raise Rejected("already_made", f"{decision.made_by} chose {decision.option}")
        if option not in decision.kind.options:
            raise Rejected("no_such_option", f"{option}; allowed: {', '.join(decision.kind.options)}")
        made = replace(decision, status=DecisionStatus.MADE, option=option, made_by=made_by, made_at=now, note=note)
        data: dict[str, str | int | bool] = {
            "decision_id": decision_id,
            "class": decision.decision_class.value,
            "option": option,
            "made_by": made_by,
        }
        facts = [Fact(FactType.DECISION_MADE, data, now)]
        order = orders.load(order_id)
        if order is None:
            orders.settle_alone(made, facts[0], now)
            return made
        if order.is_finished and option not in ("dismiss", "continue"):
            raise Rejected("order_ended", f"{order_id} has ended")
        holds = {key: value for key, value in order.holds.items() if key != decision_id}
        after = _EFFECTS[option](replace(order, holds=holds), decision, now)
        if after.has(Milestone.CANCELLED) and not order.has(Milestone.CANCELLED):
            facts.append(Fact(FactType.ORDER_CANCELLED, {"reason": after.close_reason}, now))
        if after.has(Milestone.SHIPPED) and not order.has(Milestone.SHIPPED):
            facts.append(shipped_fact(after, now))
        ended = after.is_finished and not order.is_finished
        moot = moot_decisions(orders, replace(order, holds=holds), now) if ended else ()
        orders.commit(Change(order, after, now, facts=facts, made=(made, *moot), wakes=True))
        return made

    return retried_when_stale(once)


def decide_and_wake(
    decision_id: str,
    option: str,
    made_by: str,
    note: str,
    orders: OrderStore,
    executions: Executions,
    now: int,
) -> dict[str, str | int]:
    """Make the decision and let the order go on; what was decided comes back. Raises what ``decide`` raises.

    A crash between the two is repaired by the fact ``DecisionMade``, which wakes the driver too.
    """
    order_id = decision_id.partition(".")[0]
    made = decide(order_id, decision_id, option, made_by, note, orders, now)
    woken = advance(order_id, orders, executions, now)
    return {
        "decision_id": made.decision_id,
        "option": made.option,
        "made_by": made.made_by,
        "made_at": made.made_at,
        "order": woken,
    }


def _cancel(order: Order, decision: Decision, now: int) -> Order:
    if order.has(Milestone.SHIPPED):
        raise Rejected("already_shipped", "the parcel has left; it can only be intercepted or returned")
    return replace(order.reach(Milestone.CANCELLED, now), close_reason=order.close_reason or "decided")


def _continue(order: Order, decision: Decision, now: int) -> Order:
    match decision.decision_class:
        case DecisionClass.ASSESSMENT_HELD:
            return replace(order, overrides=(*order.overrides, ASSESSMENT_OVERRIDE))
        case DecisionClass.WAREHOUSE_CANNOT_CANCEL:
            return order.reach(Milestone.WITHDRAWN, now)
        case DecisionClass.CARRIER_CANNOT_CANCEL:  # a person knows that the parcel does not travel
            return order.reach(Milestone.VOIDED, now)
        case DecisionClass.CANCELLED_AFTER_SHIPPING:
            return replace(order, overrides=(*order.overrides, CANCELLED_AFTER_SHIPPING))
        case DecisionClass.NUMBER_MISMATCH:
            return _accept_number(order, decision.evidence.get("warehouse_number", ""), now)
        case DecisionClass.UNHANDLED_EVENT if "lines_sent" in decision.evidence:
            return _accept_number(order, decision.evidence.get("waybill", ""), now)
    return order


def _accept_number(order: Order, number: str, now: int) -> Order:
    """The warehouse's number is the right one: the order has left with it."""
    return replace(order.reach(Milestone.SHIPPED, now), waybill_number=number or order.waybill_number)


def _close(order: Order, decision: Decision, now: int) -> Order:
    return replace(
        order.reach(Milestone.CLOSED, now),
        overrides=(*order.overrides, CANCELLED_AFTER_SHIPPING),
        close_reason=order.close_reason or "decided",
        holds={},
    )


def _unchanged(order: Order, decision: Decision, now: int) -> Order:
    return order


_EFFECTS: Mapping[str, Callable[[Order, Decision, int], Order]] = {
    "retry": _unchanged,
    "dismiss": _unchanged,
    "continue": _continue,
    "cancel": _cancel,
    "close": _close,
}
