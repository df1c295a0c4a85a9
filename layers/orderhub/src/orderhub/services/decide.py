"""A person decides (R24): conditional, once, and the order goes on."""

from collections.abc import Mapping
from dataclasses import replace

from orderhub.domain.decision import Decision
from orderhub.domain.errors import Rejected
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Executions
from orderhub.services.close import moot_decisions
from orderhub.services.decision_plan import Asked, Plan, plan
from orderhub.services.drive import advance
from orderhub.services.option_effects import Desk
from orderhub.services.tasks import retried_when_stale

__all__ = ["Rejected", "decide", "decide_and_wake"]


def decide(
    order_id: str,
    decision_id: str,
    option: str,
    made_by: str,
    note: str,
    orders: OrderStore,
    now: int,
    *,
    parameters: Mapping[str, object] | None = None,
    request_id: str = "",
    desk: Desk | None = None,
) -> Decision:
    """Make an open decision: the hold goes, what was chosen is applied, the order's driver may be woken after.

    An option that leaves the card open (wait, ask the buyer) only moves its deadline. A request that was carried out
    before answers as it did then. Raises Rejected: ``no_such_decision``, ``no_such_option`` (names the allowed ones),
    ``already_made`` (evidence: who chose what and when), ``bad_parameter`` (names it), ``order_ended``,
    ``order_cancelled``, ``order_unpaid``, and what the option itself refuses.
    """
    asked = Asked(decision_id, option, made_by, note, parameters or {}, request_id)

    def once() -> Decision:
        found = plan(order_id, asked, desk or Desk(orders), now)
        if not found.is_done:
            _carry_out(found, orders, now)
        return found.decided

    return retried_when_stale(once)


def decide_and_wake(
    decision_id: str,
    option: str,
    made_by: str,
    note: str,
    orders: OrderStore,
    executions: Executions,
    now: int,
    *,
    parameters: Mapping[str, object] | None = None,
    request_id: str = "",
    desk: Desk | None = None,
) -> dict[str, str | int]:
    """Make the decision and let the order go on; what was decided comes back. Raises what ``decide`` raises.

    A crash between the two is repaired by the fact ``DecisionMade``, which wakes the driver too.
    """
    order_id = decision_id.partition(".")[0]
    made = decide(
        order_id, decision_id, option, made_by, note, orders, now,
        parameters=parameters, request_id=request_id, desk=desk,
    )  # fmt: skip
    woken = advance(order_id, orders, executions, now)
    return {
        "decision_id": made.decision_id,
        "status": made.status.value,
        "option": option,
        "made_by": made_by if not made.made_by else made.made_by,
        "made_at": made.made_at,
        "due_at": made.due_at,
        "undo_until": made.undo_until,
        "order": woken,
    }


def _carry_out(found: Plan, orders: OrderStore, now: int) -> None:
    decided, order = found.decided, found.order
    if order is None:
        orders.settle_alone(decided, found.facts[0], now)
        return
    if found.first:
        found.first()
    if not decided.made_at:
        orders.commit(Change(order, order, now, facts=found.facts, moved=(decided,)))
        return
    after = found.after or order
    holds = {key: value for key, value in order.holds.items() if key != decided.decision_id}
    ended = after.is_finished and not order.is_finished
    moot = moot_decisions(orders, replace(order, holds=holds), now) if ended else ()
    made = (decided, *found.made, *moot)
    orders.commit(
        Change(order, after, now, found.facts, records=found.records, decisions=found.asked, made=made, wakes=True)
    )
