"""What the keys of facts and of cards' evidence are called, and what stands behind them: money, an instant, an id …

A key that is not here is told to nobody but by its card: ``tests/unit/test_fact_words.py`` fails for one that the
catalogue of events knows.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.code_words import is_coded

type Pair = tuple[str, str]

KEYS: Mapping[str, Pair] = MappingProxyType(
    {
        "reason": ("原因", "reason"), "reasons": ("原因", "reasons"), "reason_code": ("原因", "reason"),
        "class": ("类别", "class"), "option": ("选择", "option"), "options": ("可选", "options"),
        "note": ("备注", "note"), "carrier": ("承运商", "carrier"), "waybill_number": ("运单号", "number"),
        "previous_number": ("原运单号", "former number"), "warehouse": ("仓库", "warehouse"),
        "fulfillment": ("包裹", "parcel"), "parcels": ("包裹数", "parcels"), "reference": ("参考号", "reference"),
        "content_version": ("内容版本", "content"), "waybill_version": ("面单版本", "waybill"),
        "sku": ("商品", "SKU"), "quantity": ("数量", "quantity"), "lines": ("行数", "lines"),
        "items": ("商品", "items"),
        "payable_fen": ("应付", "payable"), "paid_fen": ("实付", "paid"), "refunded_fen": ("退款", "refunded"),
        "refund_fen": ("退款", "refund"), "received_fen": ("应收", "receivable"), "goods_fen": ("货款", "goods"),
        "freight_fen": ("运费", "freight"), "discount_fen": ("优惠", "discount"),
        "platform_fee_fen": ("平台扣点", "platform fee"), "bill_number": ("单据", "bill"),
        "refund_id": ("退款单号", "refund no."), "is_full": ("全额", "in full"),
        "partner": ("合作方", "partner"), "step": ("步骤", "step"), "retry_at": ("下次尝试", "asked again"),
        "outcome": ("结果", "outcome"), "scope": ("范围", "scope"), "zone": ("位置", "zone"), "way": ("处理", "way"),
        "change": ("改址", "change"), "changes": ("改址次数", "changes of address"), "source": ("来源", "source"),
        "status": ("状态", "status"), "state": ("状态", "state"), "why": ("用途", "for"), "form": ("格式", "form"),
        "province": ("省", "province"), "city": ("市", "city"), "payment_due_at": ("付款期限", "to be paid by"),
        "expires_at": ("锁定至", "reserved until"), "reservations": ("锁定", "reserved"),
        "rule_id": ("规则行", "row"), "pack_version": ("规则版本", "rules"), "packs": ("规则", "rules"),
        "role": ("角色", "role"), "level": ("级别", "level"), "code": ("编码", "code"),
        "attempts": ("尝试", "attempts"),
        "field": ("字段", "field"), "due_at": ("期限", "due"), "until": ("至", "until"), "left_at": ("发出", "left"),
        "deadline": ("期限来自", "deadline of"), "effect": ("到期后", "then"), "said_by": ("告知方", "told by"),
        "scanned": ("扫到", "scanned"), "waited_ms": ("离线", "kept offline"), "pieces": ("件数", "pieces"),
        "pieces_wanted": ("应装", "wanted"), "gifts": ("赠品", "gifts"), "gifts_wanted": ("应放赠品", "gifts wanted"),
        "problems": ("不符之处", "not as wanted"), "event_type": ("事件", "event"), "kind": ("规则", "rules"),
        "version": ("版本", "version"), "replaces": ("替换版本", "replaces"),
        "transfer_no": ("调拨单号", "transfer no."),
        "from_warehouse": ("调出仓", "from"), "to_warehouse": ("调入仓", "to"), "channel": ("渠道", "by way of"),
        "refund_type": ("退款方式", "kind of refund"), "refunded_fee": ("退款金额(元)", "refund, yuan"),
        "oids": ("子订单", "order lines"), "express_no": ("运单号", "number"), "update_time": ("更新时间", "updated"),
    }
)  # fmt: skip
"""Key → words."""

FOR_MACHINES = frozenset(
    {"decision_id", "shop_id", "found_late", "line_id", "message_key", "recipients", "placed_at"}
)  # fmt: skip
"""What facts carry for machines, or what their page says elsewhere."""

PEOPLE = ("made_by", "by", "rendered_by", "revealed_by", "undone_by", "packed_by", "stopped_by")
"""Keys that name who did it: a staff id."""

_IDS = frozenset(
    {
        "waybill_number", "previous_number", "warehouse", "reference", "sku", "items", "reservations", "bill_number",
        "refund_id", "rule_id", "scanned", "transfer_no", "from_warehouse", "to_warehouse", "code", "oids",
        "express_no",
    }
)  # fmt: skip
_TEXTS = frozenset({"note", "province", "city", "message", "update_time", "refunded_fee", "cause", "field"})
_VERSIONS = frozenset({"content_version", "waybill_version", "pack_version", "version", "replaces"})


class Form(StrEnum):
    """How a value is written."""

    CODE = "code"  # words of ``code_words``
    MONEY = "money"
    INSTANT = "instant"
    DURATION = "duration"
    TRUTH = "truth"
    NUMBER = "number"
    VERSION = "version"
    PACKS = "packs"
    ID = "id"
    TEXT = "text"
    UNKNOWN = "unknown"


def form_of(key: str, value: object) -> Form:
    """How the value of this key is written; UNKNOWN: nobody has said what it is."""
    if isinstance(value, bool):
        return Form.TRUTH
    if isinstance(value, int):
        return _number_form(key)
    if key == "packs":
        return Form.PACKS
    if is_coded(key):
        return Form.CODE
    if key in _IDS:
        return Form.ID
    return Form.TEXT if key in _TEXTS else Form.UNKNOWN


def _number_form(key: str) -> Form:
    if key.endswith("_fen"):
        return Form.MONEY
    if key.endswith("_ms"):
        return Form.DURATION
    if key.endswith("_at") or key == "until":
        return Form.INSTANT
    return Form.VERSION if key in _VERSIONS else Form.NUMBER
