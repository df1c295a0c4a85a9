"""Wangdiantong's answers as the hub's words (sheet §2.1, §2.3, §3.3, §3.5, §3.6). Pure.

Numbers come as text or as numbers, under any content type. What is not as documented raises
PartnerUnavailable(unclear=True): nobody knows what the partner did. An unknown state raises PartnerRejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orderhub.adapters.partner_http import Response, parse_json
from orderhub.adapters.wangdiantong.mapping import instant_of, receiver_fingerprint
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.partners import SeenTransfer, ShipmentNotice, StockObservation, WarehouseTrade

PARTNER = "wangdiantong"
TOO_OFTEN_SECONDS = 60.0
REPEATED_SECONDS = 2.0

_TOO_OFTEN = ("调用频率", "并发次数")
_REPEATED = 1020
REFERENCE_USED = "外部单已使用"
"""Said of a reference that was used before, under a code whose number in 企业版 is not known (sheet §5)."""
_ABOUT_US_CODES = frozenset({1, 1007})
_ABOUT_US_WORDS = ("签名", "sid", "appkey", "时间戳", "店铺编号", "权限", "sign", "timestamp")

STATES: Mapping[int, str] = {
    5: "cancelled",
    **dict.fromkeys((10, 15, 16, 19, 20, 21, 22, 25, 27), "raw"),
    **dict.fromkeys((30, 35), "pending"),
    **dict.fromkeys((40, 45, 50, 53, 55), "audited"),
    **dict.fromkeys((95, 100, 105), "shipped"),
    110: "completed",
}
"""trade_status of 企业版 (sheet §3.3, first column); other editions mean other things by these numbers."""


TRANSFER_STATES: Mapping[int, str] = {
    10: "cancelled",
    **dict.fromkeys((20, 30, 40, 50, 80), "open"),
    90: "received",
}
"""status of a transfer (sheet §4.1; the page of 企业版 is not in it)."""


_CARRIERS: Mapping[str, str] = {
    "顺丰": "sf",
    "EMS": "ems",
    "邮政快递包裹": "yzpy",
    "圆通": "yto",
    "中通": "zto",
    "申通": "sto",
    "韵达": "yd",
    "京东": "jd",
    "德邦": "dbl",
    "极兔": "jtsd",
}
"""How names of carriers begin, as a warehouse writes them → the hub's names."""


def carrier_of(logistics_name: str) -> str:
    """Empty for a name the hub does not know: nobody guesses whose number it is."""
    name = logistics_name.strip().upper()
    return next((carrier for words, carrier in _CARRIERS.items() if name.startswith(words)), "")


def read_answer(response: Response) -> Mapping[str, Any]:
    """The answer of a call that was accepted (`code` 0).

    Raises PartnerUnavailable (too often: clear, wait a minute; repeated operation or unreadable: unclear) and
    PartnerRejected with Wangdiantong's own code and text for every other refusal.
    """
    if response.status >= 400:
        raise PartnerRejected(PARTNER, f"http_{response.status}", "no such method or malformed request")
    answer = parse_json(response.body, PARTNER)
    if not isinstance(answer, dict):
        raise undocumented("answer is not an object")
    code = whole(answer, "code")
    if code == 0:
        return answer
    message = str(answer.get("message") or "")[:300]
    if any(words in message for words in _TOO_OFTEN):
        raise PartnerUnavailable(PARTNER, "called too often", retry_after_seconds=TOO_OFTEN_SECONDS)
    if code == _REPEATED and REFERENCE_USED not in message:
        raise PartnerUnavailable(
            PARTNER, "the same operation is running", unclear=True, retry_after_seconds=REPEATED_SECONDS
        )
    raise PartnerRejected(PARTNER, str(code), message)


def is_about_us(refusal: PartnerRejected) -> bool:
    """Whether a refusal is of our account, not of what was sent: pushing it in parts would not help."""
    if not refusal.code.isdigit() or int(refusal.code) in _ABOUT_US_CODES:
        return True
    return any(words in refusal.message for words in _ABOUT_US_WORDS)


def accepted_count(answer: Mapping[str, Any]) -> int:
    """new_count + chg_count; -1 when the answer does not say."""
    if "new_count" not in answer or "chg_count" not in answer:
        return -1
    return whole(answer, "new_count") + whole(answer, "chg_count")


def rows_of(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects in the answer. Absent is not empty: it is no documented answer."""
    rows = answer.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise undocumented(f"{name} is not a list of objects")
    return rows


def refused_rows(answer: Mapping[str, Any]) -> dict[str, str]:
    """rec_id → reason, of an acknowledgement that was accepted as a whole (sheet §3.5)."""
    if not answer.get("errors"):
        return {}
    return {text(row, "rec_id"): str(row.get("error") or "refused")[:200] for row in rows_of(answer, "errors")}


BAD_ADDRESS = 2  # bit of bad_reason: the address was changed (sheet §3.2)


def read_trade(row: Mapping[str, Any]) -> WarehouseTrade:
    """One element of `trades` of trade_query. Raises PartnerRejected for a state that the edition has not."""
    code = whole(row, "trade_status")
    if code not in STATES:
        raise PartnerRejected(PARTNER, "unknown_state", str(code))
    return WarehouseTrade(
        trade_no=text(row, "trade_no"),
        platform_ids=tuple(tid for tid in text(row, "src_tids").split(",") if tid),
        state=STATES[code],
        state_code=code,
        is_flagged=whole(row, "bad_reason", 0) != 0,
        receiver_fingerprint=receiver_fingerprint(
            optional(row, "receiver_name"),
            optional(row, "receiver_mobile"),
            optional(row, "receiver_address"),
        ),
        logistics_no=optional(row, "logistics_no"),
        memo=optional(row, "cs_remark") or optional(row, "seller_memo"),
        modified_at=instant(row, "modified"),
        carrier=carrier_of(optional(row, "logistics_name")),
        is_address_flagged=whole(row, "bad_reason", 0) & BAD_ADDRESS != 0,
    )


def read_shipment(row: Mapping[str, Any]) -> ShipmentNotice:
    """One element of `trades` of logistics_sync_query; lines are named only when a part was shipped."""
    is_part = whole(row, "is_part_sync", 0) == 1
    return ShipmentNotice(
        rec_id=str(whole(row, "rec_id")),
        platform_id=text(row, "tid"),
        logistics_no=optional(row, "logistics_no").strip(),
        logistics_name=optional(row, "logistics_name"),
        line_ids=tuple(oid for oid in text(row, "oids").split(",") if oid) if is_part else (),
        shipped_at=instant(row, "consign_time") or instant(row, "modified"),
        carrier=carrier_of(optional(row, "logistics_name")),
    )


def read_stockout(row: Mapping[str, Any]) -> list[ShipmentNotice]:
    """One element of `stockout_list`: a notice for each order in it, naming the lines that left with it.

    None for one that was not sent; one that was sent may have no number.
    """
    number = optional(row, "logistics_no").strip()
    sent_at = instant(row, "consign_time")
    if not sent_at:
        return []
    carrier = optional(row, "logistics_name")
    sent = [(optional(line, "src_tid"), optional(line, "src_oid")) for line in rows_of(row, "details_list")]
    return [
        ShipmentNotice(
            "", tid, number, carrier, tuple(oid for of, oid in sent if of == tid and oid), sent_at, carrier_of(carrier)
        )
        for tid in text(row, "src_tids").split(",")
        if tid
    ]


def read_stock(row: Mapping[str, Any]) -> StockObservation:
    """One element of `stocks` of stock_query, in whole pieces."""
    return StockObservation(
        sku=text(row, "spec_no"),
        warehouse=text(row, "warehouse_no"),
        physical=pieces(row, "stock_num"),
        awaiting_audit=pieces(row, "order_num"),
        awaiting_shipment=pieces(row, "sending_num"),
        modified_at=instant(row, "modified"),
    )


def read_transfer(row: Mapping[str, Any]) -> SeenTransfer:
    """One element of `transfers` of stock_transfer_query (sheet §3.8; the states are those of §4.1)."""
    code = whole(row, "status")
    if code not in TRANSFER_STATES:
        raise PartnerRejected(PARTNER, "unknown_transfer_state", str(code))
    return SeenTransfer(optional(row, "outer_no"), text(row, "transfer_no"), TRANSFER_STATES[code])


def whole(row: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """A whole number, given as one, as text, or with zeros behind the point."""
    value = row.get(name)
    if (value is None or value == "") and default is not None:
        return default
    number = _decimal(value)
    if number is None or number != number.to_integral_value():
        raise undocumented(f"{name} is not a whole number")
    return int(number)


def pieces(row: Mapping[str, Any], name: str) -> int:
    """A quantity in whole pieces; a broken piece cannot be sold."""
    number = _decimal(row.get(name))
    if number is None:
        raise undocumented(f"{name} is not a number")
    return int(number // 1) if number >= 0 else -int(-number // 1)


def text(row: Mapping[str, Any], name: str) -> str:
    value = optional(row, name)
    if not value:
        raise undocumented(f"{name} is missing")
    return value


def optional(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise undocumented(f"{name} is not text")
    return value or ""


def instant(row: Mapping[str, Any], name: str) -> int:
    """ms UTC; 0 when there is none yet."""
    try:
        return instant_of(optional(row, name))
    except ValueError:
        raise undocumented(f"{name} is not a time") from None


def undocumented(what: str) -> PartnerUnavailable:
    """The answer is not one of the sheet's: what the partner did is unknown."""
    return PartnerUnavailable(PARTNER, what, unclear=True)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal) or len(str(value)) > 40:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else None
