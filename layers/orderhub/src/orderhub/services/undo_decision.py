"""Take a decision back: within its time, and only while nothing it led to has left the house."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import AddressCheck, Correction, Milestone, Order, Region
from orderhub.domain.order_content import changed
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Executions
from orderhub.services.drive import advance
from orderhub.services.tasks import retried_when_stale

_OUTSIDE = (
    Milestone.DISPATCHED,
    Milestone.LABELLED,
    Milestone.SHIPPED,
    Milestone.CONFIRMED,
    Milestone.SETTLED,
    Milestone.WITHDRAWN,
    Milestone.VOIDED,
)
"""What partners know of."""


def undo(decision_id: str, undone_by: str, note: str, orders: OrderStore, now: int) -> Decision:
    """The card is open again and its order held again, as they were before the decision.

    Raises Rejected: ``no_such_decision``, ``not_made``, ``cannot_undo`` (its option cannot be taken back),
    ``undo_over`` (too late; evidence ``undo_until``), ``order_ended``, ``order_cancelled``, ``left_the_house`` (a
    partner was told since; evidence ``what``), ``order_changed``, ``asked_again`` (the same cause has a newer card).
    An effect whose intent is written in the same moment is finished by whoever holds it; the order stops after it.
    """
    order_id = decision_id.partition(".")[0]

    def once() -> Decision:
        made = orders.decision(order_id, decision_id)
        if made is None:
            raise Rejected("no_such_decision", decision_id)
        _must_be_in_time(made, now)
        fresh = replace(
            made,
            status=DecisionStatus.REQUESTED,
            option="", made_by="", made_at=0, note=note, parameters={}, request_id="", undo_until=0, undo={},
            expired_at=0, deferred_until=0,
            due_at=max(made.due_at, now + made.kind.due_ms),
        )  # fmt: skip
        data = {"decision_id": decision_id, "class": made.decision_class.value, "option": made.option}
        facts = [Fact(FactType.DECISION_UNDONE, {**data, "undone_by": undone_by}, now)]
        order = orders.load(order_id)
        if order is None:
            orders.settle_alone(fresh, facts[0], now, made)
            return fresh
        _must_be_in_the_house(order, made, orders)
        before = _as_before(order, made.undo)
        due = tuple(one for one in before.refunds_due if one != decision_id)
        before = replace(before, refunds_due=due)
        if made.kind.blocks:
            before = replace(before, holds={**before.holds, decision_id: made.decision_class.value})
            held = {"reason_code": made.decision_class.value, "decision_id": decision_id}
            facts.append(Fact(FactType.ORDER_HELD, held, now))
        facts += changed(order, before, now)
        orders.commit(Change(order, before, now, facts=facts, reopened=((made, fresh),), wakes=made.kind.blocks))
        return fresh

    return retried_when_stale(once)


def undo_and_wake(
    decision_id: str, undone_by: str, note: str, orders: OrderStore, executions: Executions, now: int
) -> dict[str, str | int]:
    """Take the decision back and let the order's driver see it; what stands now comes back."""
    fresh = undo(decision_id, undone_by, note, orders, now)
    woken = advance(fresh.order_id, orders, executions, now)
    return {"decision_id": decision_id, "status": fresh.status.value, "due_at": fresh.due_at, "order": woken}


def _must_be_in_time(made: Decision, now: int) -> None:
    if made.status is not DecisionStatus.MADE:
        raise Rejected("not_made", "nobody has decided this yet")
    if not made.undo_until:
        raise Rejected("cannot_undo", f"{made.option} cannot be taken back")
    if now > made.undo_until:
        raise Rejected("undo_over", "the time to take it back is over", {"undo_until": made.undo_until})


def _must_be_in_the_house(order: Order, made: Decision, orders: OrderStore) -> None:
    if order.is_finished:
        raise Rejected("order_ended", f"{order.order_id} has ended")
    if order.has(Milestone.CANCELLED):
        raise Rejected("order_cancelled", f"{order.order_id} was cancelled meanwhile")
    gone = [effect.verb for effect in orders.effects_of(order.order_id) if effect.updated_at >= made.made_at]
    gone += [m.value for m in _OUTSIDE if order.has(m) and m.value not in made.undo.get("milestones", ())]
    if gone:
        raise Rejected("left_the_house", f"too late: since then {gone[0]} was done at a partner", {"what": gone[0]})
    wants_content = "substitutions" in made.undo or "correction" in made.undo
    if wants_content and order.content_version != made.undo.get("content_version"):
        raise Rejected("order_changed", "what is to be sent changed again since; decide about what it is now")
    for other in orders.decisions_of(order.order_id):
        is_same = (other.decision_class, other.cause) == (made.decision_class, made.cause)
        if is_same and other.decision_id != made.decision_id and other.requested_at >= made.made_at:
            raise Rejected("asked_again", f"the same was asked again: {other.decision_id}", {"now": other.decision_id})


def _as_before(order: Order, undo: Mapping[str, Any]) -> Order:
    """The order as it was wanted before; what was judged by the decision is judged again once it is free."""
    if added := undo.get("overrides"):
        kept = tuple(code for code in order.overrides if code not in added)
        order = replace(order, overrides=kept).forget(Milestone.ASSESSED)
    if "substitutions" in undo:
        order = replace(order, substitutions=undo["substitutions"], content_version=order.content_version + 1)
        order = order.forget(Milestone.RESERVED, Milestone.ASSESSED)
    if "correction" in undo:
        order = replace(order, correction=_correction(undo["correction"]), content_version=order.content_version + 1)
        order = order.forget(Milestone.ASSESSED)
    return order


def _correction(kept: Mapping[str, Any]) -> Correction | None:
    if not kept:
        return None
    found = AddressCheck(**{**kept["address"], "reasons": tuple(kept["address"]["reasons"])})
    return Correction(**{**kept, "region": Region(**kept["region"]), "address": found})
