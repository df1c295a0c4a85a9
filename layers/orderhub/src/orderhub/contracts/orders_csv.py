"""A list of orders as CSV: a row for each, money in yuan, times of Shanghai."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.contracts.csv_out import csv_text, yuan

HEADER = (
    "订单", "平台单号", "店铺", "状态", "待决策", "下单时间", "支付时间", "出库时间", "签收时间", "应付(元)",
    "实付(元)", "已退(元)", "商品", "件数", "赠品", "包裹", "仓库", "承运商", "运单号", "省", "市", "例外",
    "不一致", "差错",
)  # fmt: skip
_ZONE = timedelta(hours=8)


def orders_csv(orders: Iterable[Mapping[str, Any]]) -> str:
    """Of rows as ``services.show_row`` answers them."""
    return csv_text(HEADER, (_row(order) for order in orders))


def _row(order: Mapping[str, Any]) -> list[Any]:
    return [
        order["order_id"], order["platform_id"], order["shop_id"], order["state_name"]["zh"],
        " ".join(card["name"]["zh"] for card in order["open_classes"]), shanghai(order["placed_at"]),
        shanghai(order["paid_at"]), shanghai(order["shipped_at"]), shanghai(order["delivered_at"]),
        yuan(order["payable_fen"]), yuan(order["paid_fen"]), yuan(order["refunded_fen"]),
        " ".join(f"{item['sku']}×{item['quantity']}" for item in order["items"]), order["pieces"],
        " ".join(f"{gift['code']}×{gift['quantity']}" for gift in order["gifts"]), order["parcels"],
        " ".join(order["warehouses"]), " ".join(order["carriers"]), " ".join(order["waybills"]), order["province"],
        order["city"], " ".join(order["exceptions"]),
        " ".join(name for name, each in order["agreement"].items() if each == "differs"), " ".join(order["defects"]),
    ]  # fmt: skip


def shanghai(instant: int | None) -> str:
    """``2026-11-29 14:03:22``; empty: has not happened."""
    if not instant:
        return ""
    return f"{datetime.fromtimestamp(instant // 1000, UTC) + _ZONE:%Y-%m-%d %H:%M:%S}"
