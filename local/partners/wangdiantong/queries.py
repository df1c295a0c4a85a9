"""trade_query, stockout_order_query_trade and stock_query: numbers as strings (§3.3, §3.4, §3.6)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.partners.chassis import Doc
from local.partners.wangdiantong import trades as t
from local.partners.wangdiantong.errors import NO_RANGE, Refusal
from local.partners.wangdiantong.params import Params, number, paged, printed, window
from local.partners.wangdiantong.regions import codes
from local.partners.wangdiantong.stock import ORDER, SENDING, Stock

_HOUR, _MONTH = 3600, 30 * 86400


def amount(value: Any) -> str:
    return f"{Decimal(str(value or 0)):.4f}"


class Queries:
    def __init__(self, trades: t.Trades, stock: Stock, config: Callable[[str], Any]) -> None:
        self._trades, self._stock, self._config = trades, stock, config

    def trade_query(self, params: Params) -> dict[str, Any]:
        found = [trade for trade in self._found(params, _HOUR) if self._is_asked(trade, params)]
        rows, total = paged(found, params)
        return {**total, "trades": [_trade(row) for row in rows]}

    def stockout_query(self, params: Params) -> dict[str, Any]:
        status = params.get("status", "")
        found = []
        for trade in self._stockouts(params, status):
            state = t.CANCELLED if trade["state"] < t.AUDITED else trade["state"]
            if trade["stockout_no"] and (not status or str(state) == status):
                found.append(trade)
        rows, total = paged(found, params)
        return {**total, "stockout_list": [_stockout(row) for row in rows]}

    def stock_query(self, params: Params) -> dict[str, Any]:
        span = window(params, _MONTH)
        spec_no, warehouse_no = params.get("spec_no", ""), params.get("warehouse_no", "")
        if span is None and not spec_no and not warehouse_no:
            raise Refusal(NO_RANGE, "时间范围与商家编码不能全部为空")
        found = [
            row
            for row in self._stock.rows()
            if (not spec_no or row["spec_no"] == spec_no)
            and (not warehouse_no or row["warehouse_no"] == warehouse_no)
            and (span is None or span[0] <= row["modified_ms"] // 1000 <= span[1])
        ]
        rows, total = paged(found, params)
        return {**total, "stocks": [_stock_row(row) for row in rows]}

    def _found(self, params: Params, most_seconds: int) -> list[Doc]:
        """By number, else by `modified` in a closed window: a changed trade moves to the end."""
        if params.get("trade_no"):
            trade = self._trades.by_trade_no(params["trade_no"])
            return [trade] if trade else []
        if params.get("src_tid"):
            trade = self._trades.get(params["src_tid"])
            return [trade] if trade else []
        if params.get("logistics_no"):
            return self._trades.by_waybill(params["logistics_no"])
        span = window(params, most_seconds)
        if span is None:
            raise Refusal(NO_RANGE, "时间范围与订单编号不能全部为空")
        return self._trades.modified_between(*span)

    def _is_asked(self, trade: Doc, params: Params) -> bool:
        if trade["state"] in (t.UNPAID, t.RAW) and not self._config("raw_visible"):
            return False
        wanted = {
            "status": str(trade["state"]),
            "shop_no": trade["shop_no"],
            "warehouse_no": trade["warehouse_no"],
        }
        has_number = {"0": not trade["logistics_no"], "1": bool(trade["logistics_no"])}
        return all(params.get(key, value) in ("", value) for key, value in wanted.items()) and has_number.get(
            params.get("has_logistics_no", ""), True
        )

    def _stockouts(self, params: Params, status: str) -> list[Doc]:
        if params.get("stockout_no"):
            return [row for row in self._trades.all() if row["stockout_no"] == params["stockout_no"]]
        if params.get("src_order_no"):
            return self._found({"trade_no": params["src_order_no"]}, _MONTH)
        if params.get("src_tid"):
            return self._found(params, _MONTH)
        span = window(params, _MONTH)
        if span is None:
            raise Refusal(NO_RANGE, "时间范围与订单编号不能全部为空")
        if number(params, "is_by_modified", 0, 0, 1) or (status and int(status) < t.SHIPPED):
            return self._trades.modified_between(*span)
        return [
            row
            for row in self._trades.all()
            if row["state"] in (t.SHIPPED, t.DONE) and span[0] <= row["consign_ms"] // 1000 <= span[1]
        ]


def _receiver(trade: Doc) -> dict[str, str]:
    """Names of places come back as integer codes; `receiver_area` has them in words."""
    used = trade["used"]
    names = [str(used[f"receiver_{part}"]) for part in ("province", "city", "district")]
    province, city, district = codes(*names)
    return {
        "receiver_name": str(used["receiver_name"]),
        "receiver_province": str(province),
        "receiver_city": str(city),
        "receiver_district": str(district),
        "receiver_area": " ".join(names),
        "receiver_address": str(used["receiver_address"]),
        "receiver_mobile": str(used["receiver_mobile"]),
        "receiver_telno": str(used.get("receiver_telno") or ""),
    }


def _trade(trade: Doc) -> dict[str, Any]:
    used, shipped = trade["used"], trade["shipped_oids"]
    return {
        "trade_id": str(int(trade["trade_no"][2:])),
        "trade_no": trade["trade_no"],
        "src_tids": trade["tid"],
        "shop_no": trade["shop_no"],
        "platform_id": "127",
        "warehouse_no": trade["warehouse_no"],
        "trade_status": str(trade["state"]),
        "consign_status": "1" if trade["state"] in (t.SHIPPED, t.DONE) else "0",
        "freeze_reason": trade["freeze_reason"],
        "refund_status": "3" if trade["state"] == t.CANCELLED else "1" if trade["refund_hold"] else "0",
        "bad_reason": str(trade["bad_reason"]),
        "delivery_term": str(used["delivery_term"]),
        "trade_time": str(used["trade_time"]),
        "pay_time": str(used.get("pay_time") or printed(None)),
        "buyer_nick": str(used["buyer_nick"]),
        **_receiver(trade),
        "buyer_message": str(used.get("buyer_message") or ""),
        "cs_remark": str(used.get("seller_memo") or ""),
        "paid": amount(used["paid"]),
        "post_amount": amount(used["post_amount"]),
        "logistics_no": trade["logistics_no"],
        "logistics_name": "顺丰速运",
        "logistics_type": "8",
        "stockout_no": trade["stockout_no"],
        "revert_reason": trade["revert_reason"],
        "cancel_reason": trade["cancel_reason"],
        "modified": printed(trade["modified_ms"]),
        "created": printed(trade["created_ms"]),
        "goods_list": [
            {
                "src_oid": str(line["oid"]),
                "src_tid": trade["tid"],
                "spec_no": str(line.get("spec_no") or ""),
                "goods_no": str(line.get("goods_no") or ""),
                "goods_name": str(line["goods_name"]),
                "num": amount(line["num"]),
                "price": amount(line["price"]),
                "actual_num": amount(line["num"] if str(line["oid"]) in shipped else 0),
                "refund_num": amount(line["num"] if t.is_line_closed(line) else 0),
                "refund_status": str(line["refund_status"]),
            }
            for line in used["order_list"]
        ],
    }


def _stockout(trade: Doc) -> dict[str, Any]:
    shown = _trade(trade)
    state = t.CANCELLED if trade["state"] < t.AUDITED else trade["state"]
    return {
        "stockout_no": trade["stockout_no"],
        "src_order_no": trade["trade_no"],
        "src_tids": trade["tid"],
        "shop_no": trade["shop_no"],
        "warehouse_no": trade["warehouse_no"],
        "status": str(state),
        "block_reason": str(trade["block_reason"]),
        "consign_time": printed(trade["consign_ms"]),
        "logistics_no": trade["logistics_no"],
        "logistics_name": "顺丰速运",
        "logistics_code": "SF",
        **_receiver(trade),
        "modified": shown["modified"],
        "created": shown["created"],
        "details_list": [
            {key: line[key] for key in ("src_oid", "src_tid", "spec_no", "goods_no", "num", "price")}
            for line in shown["goods_list"]
        ],
    }


def _stock_row(row: Doc) -> dict[str, str]:
    return {
        "spec_no": row["spec_no"],
        "goods_no": row["spec_no"],
        "warehouse_no": row["warehouse_no"],
        "stock_num": amount(row["stock_num"]),
        "lock_num": amount(0),
        "order_num": amount(row[ORDER]),
        "sending_num": amount(row[SENDING]),
        "purchase_num": amount(0),
        "transfer_num": amount(row.get("transfer_num", 0)),
        "to_transfer_num": amount(0),
        "refund_num": amount(0),
        "modified": printed(row["modified_ms"]),
    }
