"""The shipping list as CSV: a row for every SKU and gift of an order, then the totals."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.contracts.csv_out import Cell, csv_text, yuan

HEADER = (
    "订单", "平台单号", "状态", "支付时间", "出库时间", "仓库", "承运商", "运单号", "类型", "编码", "件数",
    "应付(元)", "实付(元)", "省", "市",
)  # fmt: skip
_ZONE = timedelta(hours=8)


def shipping_csv(listed: Mapping[str, Any]) -> str:
    """Of what ``services.shipping_list`` answered. Money stands in the first row of each order only, so that columns
    add up to the totals below them."""
    return csv_text(HEADER, [*_rows(listed["orders"]), *_totals(listed["totals"])])


def _rows(orders: list[Mapping[str, Any]]) -> Iterator[list[Cell]]:
    for order in orders:
        head: list[Cell] = [
            order["order_id"], order["platform_id"], order["state_name"]["zh"], _time(order["paid_at"]),
            _time(order["shipped_at"]), " ".join(order["warehouses"]), " ".join(order["carriers"]),
            " ".join(order["waybills"]),
        ]  # fmt: skip
        pieces = [("商品", item["sku"], item["quantity"]) for item in order["items"]]
        pieces += [("赠品", gift["code"], gift["quantity"]) for gift in order["gifts"]]
        for place, (kind, code, quantity) in enumerate(pieces or [("商品", "", 0)]):
            money: list[Cell] = [yuan(order["payable_fen"]), yuan(order["paid_fen"])] if place == 0 else ["", ""]
            yield [*head, kind, code, quantity, *money, order["province"], order["city"]]


def _totals(totals: Mapping[str, Any]) -> Iterator[list[Cell]]:
    yield ["合计", f"{totals['orders']} 单", f"{totals['parcels']} 包裹", *[""] * 5, "商品", "", totals["pieces"],
           yuan(totals["payable_fen"]), yuan(totals["paid_fen"])]  # fmt: skip
    yield ["合计", *[""] * 7, "赠品", "", sum(totals["gifts"].values())]
    for sku, pieces in totals["by_sku"].items():
        yield ["其中", *[""] * 7, "商品", sku, pieces]
    for code, pieces in totals["gifts"].items():
        yield ["其中", *[""] * 7, "赠品", code, pieces]


def _time(instant: int | None) -> str:
    """``2026-11-29 14:03:22`` in Shanghai."""
    if not instant:
        return ""
    return f"{datetime.fromtimestamp(instant // 1000, UTC) + _ZONE:%Y-%m-%d %H:%M:%S}"
