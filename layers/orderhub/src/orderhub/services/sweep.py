"""The hub's own repair: orders that nobody drives, deadlines, decisions that went by (design §1)."""

from collections.abc import Callable, Iterable

from orderhub.domain.order import Order
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import OrderStore
from orderhub.ports.world import Executions
from orderhub.services.drive import recover
from orderhub.services.unheard import tell_again

FAR = 9_999_999_999_999


def sweep(orders: OrderStore, executions: Executions, now: int, limit: int = 100) -> dict[str, int]:
    """Look at every unfinished order that is due; returns counts by what was done."""
    return _each(orders.due(now, limit), lambda order_id: recover_one(order_id, orders, executions, now))


def recover_all(
    orders: OrderStore, executions: Executions, send: Callable[[StoredFact], None], now: int, limit: int = 2000
) -> dict[str, int]:
    """Look at every unfinished order, due or not, and tell again what nobody heard.

    For what no single order's deadline shows: the state machine, the stream or the bus itself lost something.
    """
    told = 0

    def look(order_id: str) -> str:
        nonlocal told
        order = orders.load(order_id)
        told += tell_again(order, orders, send, now) if order else 0
        return recover_one(order_id, orders, executions, now)

    counts = _each(orders.due(FAR, limit), look)
    return counts | {"told_again": told}


def recover_one(order_id: str, orders: OrderStore, executions: Executions, now: int) -> str:
    """Look at one order: its run has just ended badly."""
    order = orders.load(order_id)
    return recover(order, orders, executions, now) if order else "unknown"


def _each(due: Iterable[Order], look: Callable[[str], str]) -> dict[str, int]:
    """One order that cannot be looked at does not keep the others (P11); what it raised is raised at the end."""
    counts: dict[str, int] = {}
    failure: Exception | None = None
    for row in due:
        try:
            outcome = look(row.order_id)
        except Exception as error:
            failure, outcome = failure or error, "failed"
        counts[outcome] = counts.get(outcome, 0) + 1
    if failure:
        raise failure
    return counts
