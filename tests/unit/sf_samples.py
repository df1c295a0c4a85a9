"""A parcel, a sender and SF's answers in the shapes of the contract sheet (§3, §4)."""

import json
from typing import Any

from orderhub.adapters.sf.client import SfCredentials
from orderhub.domain.order import Amounts, Order, OrderLine, Receiver, Region, Snapshot
from orderhub.domain.sender import Sender
from orderhub.ports.partners import ParcelInstruction

REFERENCE = "youzan-E20260101000000000001-1-1"
NUMBER = "SF7444400031887"
CREDENTIALS = SfCredentials("BRAND", "0123456789abcdefghijklmnopqrstuv", "7551234567")
SENDER = Sender("仓库", "075512345678", "广东省", "深圳市", "南山区", "科技园1号", "宠物之家")
RECEIVER = Receiver("张三", "13800130001", "人民路1号3栋502室", note="请轻放 A+B 100%")


def line(number: int, sku: str = "ZP-2026-01", *, is_physical: bool = True, name: str = "宠物智能喂食器") -> OrderLine:
    return OrderLine(f"L{number}", sku, name, number, 29_900, 29_900 * number, 29_900 * number, is_physical=is_physical)


def order(*lines: OrderLine) -> Order:
    total = sum(one.payable_fen for one in lines)
    snapshot = Snapshot(
        taken_at=1,
        placed_at=1,
        payment_due_at=2,
        buyer_id="b",
        lines=lines,
        amounts=Amounts(total, 0, 0, total, total),
        region=Region("上海市", "上海市", "浦东新区"),
        sealed="",
        receiver_digest="",
        phone_digest="",
        masked_name="张*",
        masked_phone="138****0001",
    )
    return Order("youzan-E20260101000000000001", "youzan", "1", "E20260101000000000001", snapshot=snapshot)


def parcel(
    reference: str = REFERENCE, receiver: Receiver = RECEIVER, lines: tuple[OrderLine, ...] = ()
) -> ParcelInstruction:
    return ParcelInstruction(reference, order(*(lines or (line(1),))), receiver)


def msg_data(**changes: Any) -> dict[str, Any]:
    """A successful create: the waybill and what its label prints. A change to None removes the field."""
    data: dict[str, Any] = {
        "orderId": REFERENCE,
        "originCode": "755",
        "destCode": "021",
        "filterResult": 2,
        "remark": "",
        "waybillNoInfoList": [{"waybillType": 1, "waybillNo": NUMBER}],
        "routeLabelInfo": [
            {
                "code": "1000",
                "routeLabelData": {
                    "waybillNo": NUMBER,
                    "destRouteLabel": "021WB-H-4",
                    "codingMapping": "S10",
                    "twoDimensionCode": f"MMM={{'k1':'021W','k5':'{NUMBER}'}}",
                    "proCode": "T6",
                    "destTeamCode": "001",
                    "errMsg": None,
                },
                "message": "SF",
            }
        ],
    }
    return {key: value for key, value in (data | changes).items() if value is not None}


def business(data: Any, code: str = "S0000", *, success: Any = None, message: str | None = None) -> dict[str, Any]:
    is_success = code == "S0000" if success is None else success
    return {"success": is_success, "errorCode": code, "errorMsg": message, "msgData": data}


def answer(result: Any, *, platform: str = "A1000", as_text: bool = True) -> bytes:
    """The platform's envelope around a business result, which SF sends as JSON text or as an object."""
    inner = json.dumps(result, ensure_ascii=False) if as_text else result
    return json.dumps(
        {"apiResponseID": "0" * 32, "apiResultCode": platform, "apiErrorMsg": "", "apiResultData": inner},
        ensure_ascii=False,
    ).encode()


def refused(code: str, message: str = "no") -> bytes:
    return answer(business(None, code, message=message))
