"""What people see of an order's changes of address: who knows of them by now, and nothing of the addresses."""

from typing import Any

from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.errors import Rejected
from orderhub.ports.orders import OrderStore


def listed(order_id: str, orders: OrderStore) -> dict[str, Any]:
    """Every change of the order, oldest first. Raises Rejected (``no_such_order``)."""
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    return {
        "order_id": order_id,
        "open": order.change_open,
        "relabel": order.relabel,
        "changes": [shown(change) for change in orders.address_changes_of(order_id)],
    }


def shown(change: ChangeOfAddress) -> dict[str, Any]:
    """One change in plain values."""
    return {
        "change": change.number,
        "source": change.source.value,
        "by": change.by,
        "status": change.status.value,
        "outcome": change.outcome,
        "scope": change.scope,
        "changed": list(change.changed),
        "levels": list(change.levels),
        "zone": change.zone,
        "way": change.way,
        "reasons": list(change.reasons),
        "surcharge_fen": change.surcharge_fen,
        "systems": dict(change.systems),
        "notes": dict(change.notes),
        "takes_over": change.takes_over,
        "content_version": change.content_version,
        "occurred_at": change.occurred_at,
        "requested_at": change.requested_at,
        "due_at": change.due_at,
        "ended_at": change.ended_at,
    }
