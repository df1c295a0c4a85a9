"""Orders that were frozen for want of goods go on by themselves once the goods are there (R23)."""

from collections import Counter
from collections.abc import Mapping

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.errors import Rejected, Stale
from orderhub.ports.orders import OrderStore
from orderhub.ports.world import Executions
from orderhub.services.decide import decide_and_wake
from orderhub.services.source import Sourced, Sources, known_warehouses, source

MADE_BY = "hub"
NOTE = "the goods are there now"
AT_ONCE = 200  # releases a run; the next run goes on

type Place = tuple[str, str]


def release_supplied(orders: OrderStore, sources: Sources, executions: Executions, now: int) -> Mapping[str, int]:
    """Decide every open ``stock_mismatch`` whose order would now find its goods, the longest waiting first.

    What one order is to get is not offered to the next, so five pieces wake the orders they suffice for, not all that
    wait. Deciding is conditional: a person who was faster, or a second run, wins once. Returns counts.
    """
    promised: Counter[Place] = Counter()
    seen: dict[str, int] = {}
    counts = {"released": 0, "waiting": 0, "decided_meanwhile": 0}
    for card in orders.open_decisions_of(DecisionClass.STOCK_MISMATCH):
        if counts["released"] >= AT_ONCE:
            break
        sourced = _supplied(card, orders, sources, now, promised, seen)
        if sourced is None:
            counts["waiting"] += 1
            continue
        try:
            decide_and_wake(card.decision_id, "retry", MADE_BY, NOTE, orders, executions, now)
        except (Rejected, Stale):
            counts["decided_meanwhile"] += 1
            continue
        counts["released"] += 1
        for line in sourced.supply.lines:
            promised[line.sku, sourced.allocation.place_of(line.line_id, line.sku)] += line.pieces
    return counts


def _supplied(
    card: Decision,
    orders: OrderStore,
    sources: Sources,
    now: int,
    promised: Mapping[Place, int],
    seen: dict[str, int],
) -> Sourced | None:
    """The order's sourcing if it would go on now. ``seen`` spares reading orders whose SKU is nowhere."""
    sku = card.evidence.get("sku", "")
    if sku and not _may_suffice(sku, sources, now, seen):
        return None
    order = orders.load(card.order_id)
    if order is None or order.is_finished:
        return None
    sourced = source(order, sources.stock.reservations(order.order_id), sources, now, promised)
    return sourced if sourced.allocation.warehouse else None


def _may_suffice(sku: str, sources: Sources, now: int, seen: dict[str, int]) -> bool:
    """Whether any warehouse has any of it."""
    if sku not in seen:
        seen[sku] = sum(level.free(now) for level in sources.stock.levels([sku], known_warehouses(sources)))
    return seen[sku] > 0
