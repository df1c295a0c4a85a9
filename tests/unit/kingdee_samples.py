"""Settlements, settings and Kingdee's answers in the shapes of the contract sheet (§3.2)."""

import json
from typing import Any

from orderhub.adapters.kingdee.client import KingdeeCredentials
from orderhub.adapters.kingdee.mapping import LedgerSettings
from orderhub.domain.order import Amounts, OrderLine, Region, Snapshot
from orderhub.domain.settlement import SettlementSplit, split_settlement

BILL_NO = "youzan-E20260101000000000001"
SHOP = "12345678"
CREDENTIALS = KingdeeCredentials(
    "60dab4a80f1234",
    "demo_user",
    "200421_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
    "0123456789abcdef0123456789abcdef",
    "100",
)
SETTINGS = LedgerSettings(
    organisation="100",
    customers={SHOP: "YZ-12345678"},
    freight_material="FREIGHT",
    materials={"ZP-RED": "ZP-MAT"},
)


def snapshot(lines: tuple[OrderLine, ...], freight_fen: int = 0) -> Snapshot:
    goods, payable = sum(line.goods_fen for line in lines), sum(line.payable_fen for line in lines)
    paid = payable + freight_fen
    return Snapshot(
        taken_at=1,
        placed_at=1,
        payment_due_at=2,
        buyer_id="b",
        lines=lines,
        amounts=Amounts(goods, freight_fen, goods - payable, paid, paid),
        region=Region("上海市", "上海市", "浦东新区"),
        sealed="",
        receiver_digest="",
        phone_digest="",
        masked_name="",
        masked_phone="",
    )


def line(number: int, sku: str, quantity: int, goods_fen: int, payable_fen: int | None = None) -> OrderLine:
    payable = goods_fen if payable_fen is None else payable_fen
    return OrderLine(f"L{number}", sku, "x", quantity, goods_fen // quantity, goods_fen, payable)


def split(refunded_fen: int = 0, freight_fen: int = 1_000) -> SettlementSplit:
    """Three feeders for 100.00 after a discount, one filter for 29.90, freight 10.00."""
    lines = (line(1, "ZP-2026-01", 3, 12_000, 10_000), line(2, "FP-001", 1, 2_990))
    return split_settlement(snapshot(lines, freight_fen), refunded_fen, 6)


def succeeded(*numbers: str) -> bytes:
    done = [{"Id": 100_001 + at, "Number": number, "DIndex": at} for at, number in enumerate(numbers or (BILL_NO,))]
    status = {"IsSuccess": True, "Errors": [], "SuccessEntitys": done, "SuccessMessages": [], "MsgCode": 0}
    return encoded({"Result": {"ResponseStatus": status, "Id": 100_001, "Number": BILL_NO, "NeedReturnData": [{}]}})


def refusal(code: int, message: str, field: str | None = None, done: int = 0) -> dict[str, Any]:
    return {
        "Result": {
            "ResponseStatus": {
                "ErrorCode": 500,
                "IsSuccess": False,
                "Errors": [{"FieldName": field, "Message": message, "DIndex": 0}],
                "SuccessEntitys": [{"Id": 1, "Number": BILL_NO, "DIndex": 0}] * done,
                "SuccessMessages": [],
                "MsgCode": code,
            }
        }
    }


def number_used(number: str = BILL_NO) -> bytes:
    text = f"违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。"
    return encoded(refusal(11, text, "FBillNo"))


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def rows(*amounts: float, status: str = "A", number: str = BILL_NO) -> bytes:
    return encoded([[number, status, amount] for amount in amounts])
