"""What a person may do with an order now, and of each refused action why, and what removes the reason (R25, R42)."""

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.order import Order
from orderhub.domain.why import why_refused
from orderhub.services.request_address_change import must_be_open


def _must_be_known(order: Order) -> None:
    if order.snapshot is None:
        raise Rejected("order_not_known", "the shop has not said yet what this order is")


ACTIONS: Mapping[str, Callable[[Order], None]] = {
    "change_address": must_be_open,
    "buyer_link": must_be_open,
    "reveal": _must_be_known,
    "label": _must_be_known,
}
"""Action → what raises Rejected where the order does not allow it."""

_NOTHING_LEFT = {"zh": "要另寄请重新下单", "en": "to send it elsewhere, place a new order"}


def actions_of(order: Order) -> dict[str, Any]:
    """Action → None, or ``{code, zh, en, smallest_change}`` of its refusal."""
    return {action: _refusal(order, check) for action, check in ACTIONS.items()}


def _refusal(order: Order, check: Callable[[Order], None]) -> dict[str, Any] | None:
    try:
        check(order)
    except Rejected as refused:
        why = why_refused(refused.code, str(refused), refused.evidence).values
        zh, en = why["zh"].partition("：")[0], why["en"].partition(":")[0]  # on its own page the order needs no name
        change = _NOTHING_LEFT if refused.code in ("order_ended", "order_cancelled") else why["smallest_change"]
        return {"code": refused.code, "zh": zh, "en": en, "smallest_change": change}
    return None
