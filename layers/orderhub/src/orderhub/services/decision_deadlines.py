"""Decisions whose deadline has come: what the registry says happens, once."""

from dataclasses import replace

from orderhub.domain.decision import HUB, Decision, DecisionStatus
from orderhub.domain.decision_kinds import ESCALATE
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Executions
from orderhub.services.decide import decide_and_wake
from orderhub.services.park import requested_fact
from orderhub.services.tasks import retried_when_stale


def meet_deadlines(orders: OrderStore, executions: Executions, now: int, limit: int = 100) -> dict[str, int]:
    """Every open card whose nearest deadline has come; returns counts by what was done.

    ``asked_again``: somebody had put it off until now. ``decided``: the option the class has for this, made by the
    hub. ``expired``: marked, and told once; it stays open at the head of the queue. ``moved``: somebody was faster.
    """
    counts: dict[str, int] = {}
    for card in orders.past_deadline(now, limit):
        outcome = _meet(card, orders, executions, now)
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _meet(card: Decision, orders: OrderStore, executions: Executions, now: int) -> str:
    try:
        is_put_off = card.deferred_until == card.due_at and card.due_at <= now
        if card.kind.at_deadline != ESCALATE and not is_put_off:
            try:
                decide_and_wake(card.decision_id, card.kind.at_deadline, HUB, "deadline", orders, executions, now)
            except Rejected:
                return _move(card, orders, now)  # it cannot be made any more: a person must look
            return "decided"
        return _move(card, orders, now)
    except Stale:
        return "moved"


def _move(card: Decision, orders: OrderStore, now: int) -> str:
    """One commit: the card asked again, or marked expired; nothing when it is not so any more."""

    def once() -> str:
        found = orders.decision(card.order_id, card.decision_id)
        if found is None or found.status is not DecisionStatus.REQUESTED or found.is_expired:
            return "moved"
        if found.nearest_at > now:
            return "moved"
        outside = bool(found.outside_due_at) and found.outside_due_at <= now
        if found.deferred_until and not outside:
            moved = replace(found, due_at=now + found.kind.due_ms, deferred_until=0)
            fact, outcome = requested_fact(moved, now), "asked_again"
        else:
            moved = replace(found, expired_at=now, deferred_until=0)
            data = {
                "decision_id": found.decision_id,
                "class": found.decision_class.value,
                "due_at": found.nearest_at,
                "deadline": "outside" if outside else "own",
                "effect": found.outside_effect if outside else found.kind.at_deadline,
            }
            fact, outcome = Fact(FactType.DECISION_EXPIRED, data, now), "expired"
        order = orders.load(found.order_id)
        if order is None:
            orders.settle_alone(moved, fact, now, found)
        else:
            orders.commit(Change(order, order, now, facts=(fact,), moved=(moved,)))
        return outcome

    return retried_when_stale(once)
