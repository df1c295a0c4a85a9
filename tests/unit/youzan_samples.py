"""Youzan messages as the sheet shows them (§5.5, §6.2), for the tests of its mapping. Synthetic data."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import quote_plus

from orderhub.adapters.youzan.crypto import PersonalDataKeys
from orderhub.domain.order import Receiver

SHOP = "12345678"
TID = "E20260307175623028200001"
RECEIVED_AT = 1_772_877_500_000
CREATED_AT = 1_772_877_383_000  # 2026-03-07 17:56:23 +08:00
PAID_AT = 1_773_108_012_000  # 2026-03-10 10:00:12 +08:00
KEYS = PersonalDataKeys({SHOP: {"1": "MDEyMzQ1Njc4OWFiY2RlZg=="}})


class PlainSeal:
    """A seal that shows what went in, so that a test can look."""

    def seal(self, text: str) -> str:
        return f"sealed<{text}>"

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("sealed<").removesuffix(">")


class PlainDigest:
    def of_tail(self, phone: str) -> str:
        return f"tail:{phone[-4:]}" if len(phone) >= 4 else ""

    def of_nick(self, nick: str) -> str:
        return f"nick:{nick}" if nick else ""

    def of_phone(self, phone: str) -> str:
        return f"phone:{phone}"

    def of_receiver(self, receiver: Receiver) -> str:
        return f"receiver:{receiver.name}:{receiver.phone}:{receiver.detail}:{receiver.note}"


SEAL, DIGEST = PlainSeal(), PlainDigest()


def order(**head: Any) -> dict[str, Any]:
    """An order of two units for 290.00 with a gift, 10.00 freight, 20.00 off; `head` overrides order_info."""
    return {
        "order_info": {
            "tid": TID,
            "status": "WAIT_SELLER_SEND_GOODS",
            "status_str": "待发货",
            "type": 0,
            "express_type": 0,
            "created": "2026-03-07 17:56:23",
            "pay_time": "2026-03-07 17:58:00",
            "update_time": "2026-03-07 17:58:01",
            "consign_time": "",
            "success_time": "",
            "expired_time": "2026-03-07 18:26:23",
            "refund_state": 0,
            "close_type": 0,
            "order_tags": {"is_payed": True},
            **head,
        },
        "address_info": {
            "receiver_name": "$54xrb4JnnaWdVQbnYX9j9A==$1$",
            "receiver_tel": "$illbBRUJBuS7d3VnIEW0mg==$1$",
            "delivery_province": "浙江省",
            "delivery_city": "杭州市",
            "delivery_district": "西湖区",
            "delivery_address": "测试路1号",
        },
        "pay_info": {
            "total_fee": "300.00",
            "post_fee": "10.00",
            "payment": "290.00",
            "real_payment": "290.00",
            "deduction_pay": 0,
            "phase_payments": [],
        },
        "orders": [
            line("2772877410000000001", "ZP-2026-01", 2, "150.00", "300.00", "280.00"),
            {**line("2772877410000000002", "", 1, "9.90", "0.00", "0.00"), "is_present": True,
             "outer_item_id": "FP-001", "title": "赠品"},
        ],
        "buyer_info": {"yz_open_id": "YZOPENIDTEST0001"},
        "remark_info": {"buyer_message": "", "trade_memo": "", "star": 0},
        "x_unknown": {"ignored": [1, None, True]},
    }  # fmt: skip


def line(oid: str, sku: str, num: int, price: str, total: str, payment: str) -> dict[str, Any]:
    return {
        "oid": oid,
        "item_id": 500000001,
        "sku_id": 400000001,
        "outer_item_id": "SPU1",
        "outer_sku_id": sku,
        "title": "宠物智能喂食器",
        "num": num,
        "price": price,
        "total_fee": total,
        "payment": payment,
        "is_present": False,
        "is_pre_sale": "",
        "item_type": 0,
    }


def changed(source: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the field at `a.b.0.c` set; `DROP` removes it."""
    result = copy.deepcopy(source)
    *way, last = path.split(".")
    target: Any = result
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    if value is DROP:
        del target[last]
    else:
        target[int(last) if last.isdigit() else last] = value
    return result


DROP = object()


def push(event_type: str, msg: Any, /, **outer: Any) -> bytes:
    """A push body; `msg` is url-encoded unless `as_object` or it is text already."""
    as_object = outer.pop("as_object", False)
    if not as_object and not isinstance(msg, str):
        msg = quote_plus(json.dumps(msg, ensure_ascii=False))
    body = {
        "client_id": "f0e1d2c3b4a5968778",
        "id": TID,
        "kdt_id": int(SHOP),
        "kdt_name": "测试店铺",
        "mode": 1,
        "msg": msg,
        "msg_id": "2f6b1c1e-0000-4000-8000-000000000001",
        "sendCount": 0,
        "status": "",
        "test": False,
        "type": event_type,
        "version": 1772877410,
    }
    body |= outer
    return json.dumps({k: v for k, v in body.items() if v is not DROP}, ensure_ascii=False).encode()


def thin(**fields: Any) -> dict[str, Any]:
    return {"tid": TID, "update_time": "2026-03-07 17:56:50", **fields}
