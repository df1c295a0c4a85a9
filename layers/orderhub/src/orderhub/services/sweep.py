"""The hub's own repair: orders that nobody drives, deadlines, decisions that went by (design §1)."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from orderhub.domain.errors import Stale
from orderhub.domain.order import Order
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import OrderStore
from orderhub.ports.world import ChangeRuns, Executions
from orderhub.services.address_change_run import recover_change
from orderhub.services.drive import recover
from orderhub.services.number_search import begin_lost
from orderhub.services.unheard import tell_again

FAR = 9_999_999_999_999


def sweep(
    orders: OrderStore, executions: Executions, now: int, changes: ChangeRuns | None = None, limit: int = 100
) -> dict[str, int]:
    """Look at every unfinished order that is due; returns counts by what was done."""
    return _each(orders.due(now, limit), lambda order_id: recover_one(order_id, orders, executions, now, changes))


def recover_all(
    orders: OrderStore,
    executions: Executions,
    send: Callable[[StoredFact], None],
    now: int,
    changes: ChangeRuns | None = None,
    limit: int = 2000,
) -> dict[str, int]:
    """Look at every unfinished order, due or not, tell again what nobody heard, search for numbers nobody looks for.

    For what no single order's deadline shows: the state machine, the stream or the bus itself lost something.
    """
    told = 0

    def look(order_id: str) -> str:
        nonlocal told
        order = orders.load(order_id)
        if order is not None:
            told += tell_again(order, orders, send, now)
            with suppress(Stale):  # it moved: the next look finds it
                begin_lost(order, orders, now)
        return recover_one(order_id, orders, executions, now, changes)

    counts = _each(orders.due(FAR, limit), look)
    return counts | {"told_again": told}


def recover_one(
    order_id: str, orders: OrderStore, executions: Executions, now: int, changes: ChangeRuns | None = None
) -> str:
    """Look at one order: its run, or that of its change of address, has just ended badly."""
    order = orders.load(order_id)
    if order is None:
        return "unknown"
    if changes is not None and order.change_open:
        recover_change(order, orders, changes, now)
        order = orders.load(order_id) or order
    return recover(order, orders, executions, now)


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
