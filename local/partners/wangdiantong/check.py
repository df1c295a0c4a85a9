"""What Wangdiantong checks on a pushed trade before it takes it (wangdiantong.md §3.1)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from local.partners.wangdiantong.errors import BAD_DATA, Refusal

Trade = dict[str, Any]

_TRADE_FIELDS = (
    "trade_status", "pay_status", "delivery_term", "trade_time", "buyer_nick", "receiver_name",
    "receiver_province", "receiver_city", "receiver_district", "receiver_address", "receiver_mobile",
    "post_amount", "paid",
)  # fmt: skip
_LINE_FIELDS = (
    "oid", "num", "price", "status", "refund_status", "goods_id", "goods_name", "adjust_amount", "discount",
    "share_discount",
)  # fmt: skip
_LENGTHS = {
    "tid": 40, "buyer_nick": 100, "receiver_name": 40, "receiver_province": 40, "receiver_city": 40,
    "receiver_district": 40, "receiver_address": 256, "receiver_mobile": 40, "seller_memo": 1024,
    "buyer_message": 1024, "oid": 40, "goods_id": 40, "goods_no": 40, "spec_no": 40,
}  # fmt: skip
_ENUMS = {
    "trade_status": {10, 20, 30, 40, 50, 60, 70, 80, 90},
    "status": {10, 20, 30, 40, 50, 60, 70, 80, 90},
    "pay_status": {0, 1, 2},
    "delivery_term": {1, 2, 3, 4},
    "refund_status": {0, 1, 2, 3, 4, 5},
}
_CASH_ON_DELIVERY = 2


def check_trade(trade: Trade) -> None:
    """Raises Refusal 5040 that names the trade and what is wrong with it."""
    tid = str(trade.get("tid", ""))
    if not tid:
        raise Refusal(BAD_DATA, "原始单号tid不能为空")
    _check_fields(tid, trade, _TRADE_FIELDS)
    if "*" in str(trade["receiver_mobile"]):
        raise Refusal(BAD_DATA, f"{tid}:电话号码不能包含*")
    if int(trade["pay_status"]) == 2 and not str(trade.get("pay_time", "")).strip("0-: "):
        raise Refusal(BAD_DATA, f"{tid}:已付款订单pay_time不能为空")
    lines = trade.get("order_list")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, dict) for line in lines):
        raise Refusal(BAD_DATA, f"{tid}:order_list不能为空")
    if len(lines) > 200:
        raise Refusal(BAD_DATA, f"{tid}:子订单不能超过200条")
    for line in lines:
        _check_fields(tid, line, _LINE_FIELDS)
        if not line.get("goods_no") and not line.get("spec_no"):
            raise Refusal(BAD_DATA, f"{tid}:goods_no与spec_no不能同时为空")
        count = _decimal(tid, line, "num")
        if count <= 0 or count != count.to_integral_value():
            raise Refusal(BAD_DATA, f"{tid}:货品数量num无效")
    if len({str(line["oid"]) for line in lines}) != len(lines):
        raise Refusal(BAD_DATA, f"{tid}:子订单编号oid重复")
    _check_amounts(tid, trade)


def _check_fields(tid: str, values: Trade, names: tuple[str, ...]) -> None:
    for name in names:
        if values.get(name) is None or values[name] == "":
            raise Refusal(BAD_DATA, f"{tid}:{name}不能为空")
    for name, most in _LENGTHS.items():
        if len(str(values.get(name) or "")) > most:
            raise Refusal(BAD_DATA, f"{tid}:{name}长度不能超过{most}")
    for name, allowed in _ENUMS.items():
        if name in values and str(values[name]) not in {str(value) for value in allowed}:
            raise Refusal(BAD_DATA, f"{tid}:{name}的值无效")


def _check_amounts(tid: str, trade: Trade) -> None:
    goods = sum((line_amount(tid, line) for line in trade["order_list"]), Decimal(0))
    freight, paid = _decimal(tid, trade, "post_amount"), _decimal(tid, trade, "paid")
    if int(trade["delivery_term"]) == _CASH_ON_DELIVERY:
        due = goods + freight + _decimal(tid, trade, "ext_cod_fee") - paid
        if _decimal(tid, trade, "cod_amount") != due:
            raise Refusal(BAD_DATA, f"{tid}:货到付款金额cod_amount不等于{due}")
    elif int(trade["pay_status"]) == 2 and paid != goods + freight + _decimal(tid, trade, "other_amount"):
        raise Refusal(BAD_DATA, f"{tid}:已付金额paid与订单金额不一致")


def line_amount(tid: str, line: Trade) -> Decimal:
    """price*num + adjust_amount − discount − share_discount."""
    gross = _decimal(tid, line, "price") * _decimal(tid, line, "num")
    reductions = _decimal(tid, line, "discount") + _decimal(tid, line, "share_discount")
    return gross + _decimal(tid, line, "adjust_amount") - reductions


def _decimal(tid: str, values: Trade, name: str) -> Decimal:
    try:
        value = Decimal(str(values.get(name) or "0"))
    except InvalidOperation as error:
        raise Refusal(BAD_DATA, f"{tid}:{name}不是数字") from error
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -4:
        raise Refusal(BAD_DATA, f"{tid}:{name}最多四位小数")
    return value
