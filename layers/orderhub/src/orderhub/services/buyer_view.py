"""What a buyer sees of their own order behind a link: items, the masked address, the window, what became of a wish."""

from typing import Any

from orderhub.domain.address_change import ENDED, ChangeOfAddress, ChangeStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.parcel_zone import Zone
from orderhub.domain.rulepack import RuleKind
from orderhub.ports.orders import OrderStore
from orderhub.ports.rules import RuleBook
from orderhub.services.address_window import window_ends_at
from orderhub.services.judge_address_change import zone_of_order
from orderhub.services.order_actions import actions_of

_TOO_LATE = frozenset({Zone.DELIVERING, Zone.DELIVERED, Zone.RETURNING})


def view(order_id: str, link: str, orders: OrderStore, rules: RuleBook, now: int) -> dict[str, Any]:
    """``{order_id, platform_id, lines, receiver, window_ends_at, is_open, refusal, is_too_late, asked}``.

    ``refusal``: why nobody may change it any more; ``asked``: what became of the request made with this link, None
    before there is one. Raises Rejected (``no_such_order``).
    """
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    changes = orders.address_changes_of(order_id) if order.address_changes else ()
    mine = next((one for one in changes if one.key == f"request-{link}"), None)
    shown = order.receiver
    ends_at = window_ends_at(order, rules.live(RuleKind.ADDRESS_CHANGE))
    return {
        "platform_id": order.platform_id,
        "lines": [{"name": line.name, "quantity": line.quantity} for line in order.lines],
        "gifts": [{"name": gift.name, "quantity": gift.quantity} for gift in order.gifts],
        "receiver": {
            "name": shown.masked_name,
            "phone": shown.masked_phone,
            "region": f"{shown.region.province} {shown.region.city} {shown.region.district}",
        }
        if shown
        else None,
        "window_ends_at": ends_at,
        "is_open": not ends_at or now <= ends_at,
        "refusal": actions_of(order)["change_address"],
        "is_too_late": zone_of_order(order) in _TOO_LATE if order.snapshot else False,
        "asked": _asked(mine) if mine else None,
    }


def _asked(change: ChangeOfAddress) -> dict[str, Any]:
    return {
        "status": change.status.value,
        "is_done": change.status is ChangeStatus.BROUGHT,
        "is_ended": change.status in ENDED,
        "at": change.requested_at,
    }
