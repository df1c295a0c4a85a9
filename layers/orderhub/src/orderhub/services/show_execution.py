"""The run that drives an order, state by state: when it entered, how long it stayed, what failed (R42)."""

from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.ports.orders import OrderStore
from orderhub.ports.world import ExecutionLog

MOST_RUNS = 10


def execution_of(order_id: str, epoch: int, orders: OrderStore, log: ExecutionLog) -> dict[str, Any]:
    """``{order_id, execution, epoch, epochs, status, started_at, ended_at, states}`` of one run of the order.

    ``epoch`` 0: the current one. ``states``: ``{name, entered_at, left_at, duration_ms, error}``, oldest first; what
    is 0 or None has not happened. ``status`` is ``gone`` for a run that is no longer kept. Raises Rejected
    (``no_such_order``, ``no_such_run``).
    """
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    last = order.driver.epoch if order.driver else 0
    wanted = epoch or last
    if not 1 <= wanted <= last:
        raise Rejected("no_such_run", f"{order_id} has no run {wanted}")
    name = f"{order_id}-{wanted}"
    run = log.history(name)
    return {
        "order_id": order_id,
        "shop_id": order.shop_id,
        "execution": name,
        "epoch": wanted,
        "epochs": list(range(max(1, last - MOST_RUNS + 1), last + 1)),
        "arn": log.arn_of(name),
        "status": run.status if run else "gone",
        "started_at": run.started_at if run else 0,
        "ended_at": run.ended_at if run else 0,
        "states": [
            {
                "name": visit.name,
                "entered_at": visit.entered_at,
                "left_at": visit.left_at,
                "duration_ms": visit.left_at - visit.entered_at if visit.left_at else None,
                "error": visit.error,
            }
            for visit in (run.states if run else ())
        ],
    }
