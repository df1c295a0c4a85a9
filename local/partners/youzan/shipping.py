"""`youzan.logistics.online.confirm` 3.0.0 and the list of express companies (sheet §7.3).

Not idempotent: a second confirmation of what is shipped is an error, not a repetition of the first answer.
"""

from __future__ import annotations

import json
import re
from typing import Any

from local.partners.youzan.book import Book
from local.partners.youzan.envelopes import BusinessError
from local.partners.youzan.life import ship
from local.partners.youzan.model import (
    TRADE_SUCCESS,
    WAIT_BUYER_CONFIRM_GOODS,
    WAIT_SELLER_SEND_GOODS,
    Delivery,
    Order,
)

COMPANIES = {
    1: "申通快递",
    2: "圆通速递",
    3: "中通速递",
    4: "韵达快运",
    7: "顺丰速运",
    11: "EMS",
    138: "京东快递",
}
HIDDEN_COMPANIES = {19: "宅急送"}
SF = 7

NOTHING_TO_SHIP = (102570020, "没有可发货的商品")
ALREADY_SHIPPED = (102570007, "商品已发货")
NOT_NUMERIC = (102599996, "oids 必须是数字")
ORDER_MISSING = (105000016, "订单不存在")
WAYBILL_FORMAT = (105000003, "快递单号格式不正确")
CONCURRENT = (102510001, "请勿重复操作")
# The sheet names no code for these two; the numbers are guesses of this simulator.
SENDER_MISSING = (102570061, "顺丰发货必须填写寄件人手机号")
COMPANY_UNKNOWN = (102570062, "快递公司不存在")


def express_get(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """All express companies; display 0 is shown, 1 hidden."""
    return {
        "allExpress": [
            {"id": number, "name": name, "display": int(number in HIDDEN_COMPANIES)}
            for number, name in {**COMPANIES, **HIDDEN_COMPANIES}.items()
        ]
    }


def confirm(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Ships the named lines, or all that are left, in one parcel."""
    order = book.find(asked.get("tid"), kdt_id)
    if order is None:
        raise BusinessError(*ORDER_MISSING)
    order.confirms_asked += 1
    book.keep(order)
    oids = _lines_asked(order, asked)
    express_id, express_no = _parcel(book, asked)
    now_ms = book.clock.wire_ms()
    dist_id = f"{now_ms}{book.store.next_number('dist'):05d}"
    events = ship(order, Delivery(dist_id, express_id, express_no, oids, now_ms), now_ms)
    book.record(order, events)
    if express_no:
        book.note_waybill(order, express_no)
    return {"is_success": True}


def _lines_asked(order: Order, asked: dict[str, Any]) -> list[str]:
    if order.status in (WAIT_BUYER_CONFIRM_GOODS, TRADE_SUCCESS):
        raise BusinessError(*ALREADY_SHIPPED)
    if order.status != WAIT_SELLER_SEND_GOODS:
        raise BusinessError(*NOTHING_TO_SHIP)
    left = [line.oid for line in order.lines if not line.shipped and not line.refunded]
    wanted = asked.get("oids")
    if wanted in (None, ""):
        oids = left
    else:
        oids = list(dict.fromkeys(wanted.split(","))) if isinstance(wanted, str) else ["-"]
        if not all(oid.isdigit() for oid in oids):
            raise BusinessError(*NOT_NUMERIC)
        if any(line.shipped for line in order.lines if line.oid in oids):
            raise BusinessError(*ALREADY_SHIPPED)
        if set(oids) - set(left):
            raise BusinessError(*NOTHING_TO_SHIP)
    if not oids:
        raise BusinessError(*NOTHING_TO_SHIP)
    return oids


def _parcel(book: Book, asked: dict[str, Any]) -> tuple[int, str]:
    if str(asked.get("is_no_express", 0)) == "1":
        return 0, ""
    company, waybill_no = str(asked.get("out_stype", "")), str(asked.get("out_sid", ""))
    if not re.fullmatch(r"[A-Za-z0-9-]+", waybill_no):
        raise BusinessError(*WAYBILL_FORMAT)
    if not company.isdigit() or int(company) not in {**COMPANIES, **HIDDEN_COMPANIES}:
        raise BusinessError(*COMPANY_UNKNOWN)
    if int(company) == SF and book.switches.sf_needs_outer_sender:
        _check_sender(asked.get("outer_sender"), book.switches.outer_sender_type)
    return int(company), waybill_no


def _check_sender(sender: Any, form: str) -> None:
    allowed: dict[str, tuple[type, ...]] = {"any": (dict, str), "object": (dict,), "string": (str,)}
    if not isinstance(sender, allowed[form]):
        raise BusinessError(*SENDER_MISSING)
    if isinstance(sender, str):
        try:
            sender = json.loads(sender)
        except ValueError as error:
            raise BusinessError(*SENDER_MISSING) from error
    if not isinstance(sender, dict) or not sender.get("sender_mobile"):
        raise BusinessError(*SENDER_MISSING)
