"""The shipping list (发货清单): what is to be sent now, or was sent on a day, with totals of its rows (R48)."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from orderhub.domain import health_words as words
from orderhub.domain.errors import Rejected
from orderhub.domain.order_row import FINAL, OPEN_STATES, OrderRow, State
from orderhub.ports.read_models import Rows
from orderhub.services.show_health import checked_day

MOST = 9_000
"""More rows than this do not fit into one answer (6 MB): they are refused rather than cut."""
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ShippingFilter:
    """``day`` (Shanghai, YYYYMMDD): the orders whose last parcel left on it; else those that stand in ``state`` now.
    ``warehouse`` narrows both."""

    state: str = State.AWAIT_SHIPMENT.value
    day: str = ""
    warehouse: str = ""


def shipping_list(wanted: ShippingFilter, rows: Rows, now: int, shops: Collection[str] = ()) -> dict[str, Any]:
    """``{"orders": [row …], "totals", "filter", "computed_at"}``, oldest payment first.

    ``shops``: only orders of these, all when empty. Raises Rejected (``bad_filter``, ``too_many``): a list is whole or
    it is refused.
    """
    found = [row for row in _rows(wanted, rows, now) if not shops or row.shop_id in shops]
    if wanted.warehouse:
        found = [row for row in found if wanted.warehouse in row.warehouses]
    found.sort(key=lambda row: (row.paid_at, row.order_id))
    return {
        "orders": [_order(row) for row in found],
        "totals": totals(found),
        "filter": asdict(wanted) if not wanted.day else {**asdict(wanted), "state": ""},
        "computed_at": now,
    }


def totals(found: Sequence[OrderRow]) -> dict[str, Any]:
    """Orders, parcels, pieces per SKU, gifts per code and money: sums over exactly these rows."""
    skus: Counter[str] = Counter()
    gifts: Counter[str] = Counter()
    for row in found:
        skus.update({item.sku: 0 for item in row.items})
        for item in row.items:
            skus[item.sku] += item.quantity
        for gift in row.gifts:
            gifts[gift.code] += gift.quantity
    return {
        "orders": len(found),
        "parcels": sum(row.parcels for row in found),
        "pieces": sum(skus.values()),
        "by_sku": dict(sorted(skus.items())),
        "gifts": dict(sorted(gifts.items())),
        "payable_fen": sum(row.payable_fen for row in found),
        "paid_fen": sum(row.paid_fen for row in found),
    }


def _rows(wanted: ShippingFilter, rows: Rows, now: int) -> list[OrderRow]:
    if wanted.day:
        ids = [entry.order_id for entry in rows.shipped_on(checked_day(wanted.day, now))]
    else:
        ids = _ids_in(wanted.state, rows)
    if len(ids) > MOST:
        raise Rejected("too_many", f"{len(ids)} orders; name a day or another state", {"orders": len(ids)})
    found = rows.rows(ids)
    if wanted.day:
        return [row for row in found if row.shipped_at]
    return [row for row in found if row.state.value == wanted.state]  # the index may be a moment behind


def _ids_in(state: str, rows: Rows) -> list[str]:
    if state not in {each.value for each in OPEN_STATES}:
        known = ", ".join(each.value for each in OPEN_STATES if each not in FINAL)
        raise Rejected("bad_filter", f"state must be one of: {known}")
    ids: list[str] = []
    cursor = ""
    while True:
        page = rows.in_state(State(state), cursor, _PAGE)
        ids += page.order_ids
        cursor = page.cursor
        if not cursor or len(ids) > MOST:
            return ids


def _order(row: OrderRow) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "platform_id": row.platform_id,
        "shop_id": row.shop_id,
        "state": row.state.value,
        "state_name": dict(words.STATES[row.state.value]),
        "paid_at": row.paid_at or None,
        "shipped_at": row.shipped_at or None,
        "warehouses": list(row.warehouses),
        "carriers": list(row.carriers),
        "waybills": list(row.waybills),
        "items": [{"sku": item.sku, "quantity": item.quantity} for item in row.items],
        "gifts": [{"code": gift.code, "quantity": gift.quantity} for gift in row.gifts],
        "pieces": row.pieces,
        "parcels": row.parcels,
        "payable_fen": row.payable_fen,
        "paid_fen": row.paid_fen,
        "province": row.province,
        "city": row.city,
    }
