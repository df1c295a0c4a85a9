"""A row of an order as lists answer it: nothing personal, the same fields everywhere."""

from typing import Any

from orderhub.domain import health_words as words
from orderhub.domain.order_row import OrderRow


def shown(row: OrderRow) -> dict[str, Any]:
    """Instants in ms UTC, None: has not happened; money in fen."""
    return {
        "order_id": row.order_id,
        "channel": row.channel,
        "platform_id": row.platform_id,
        "shop_id": row.shop_id,
        "state": row.state.value,
        "state_name": dict(words.STATES[row.state.value]),
        "since": row.since or None,
        "stands_at": row.stands_at or None,
        "placed_at": row.placed_at or None,
        "paid_at": row.paid_at or None,
        "shipped_at": row.shipped_at or None,
        "delivered_at": row.delivered_at or None,
        "settled_at": row.settled_at or None,
        "cancelled_at": row.cancelled_at or None,
        "outbound_ms": row.outbound_ms,
        "payable_fen": row.payable_fen,
        "paid_fen": row.paid_fen,
        "refunded_fen": row.refunded_fen,
        "items": [{"sku": item.sku, "quantity": item.quantity} for item in row.items],
        "pieces": row.pieces,
        "gifts": [{"code": gift.code, "quantity": gift.quantity} for gift in row.gifts],
        "parcels": row.parcels,
        "warehouses": list(row.warehouses),
        "carriers": list(row.carriers),
        "waybills": list(row.waybills),
        "province": row.province,
        "city": row.city,
        "is_presale": row.is_presale,
        "waiting_for": row.waiting_for,
        "open_classes": [
            {"class": card.decision_class, "name": dict(words.class_words(card.decision_class)), "due_at": card.due_at}
            for card in row.open_cards
        ],
        "exceptions": list(row.exceptions),
        "agreement": {name: each.value for name, each in row.agreement.items()},
        "defects": [defect.value for defect in row.defects],
    }
