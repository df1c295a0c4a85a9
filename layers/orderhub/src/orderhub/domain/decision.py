"""Decisions (待决策): what a machine must not decide, with its evidence and its options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

_UNSAFE = re.compile(r"[^A-Za-z0-9_.,-]")


class DecisionClass(StrEnum):
    """Every kind of decision the hub can ask for."""

    UNREADABLE_MESSAGE = "unreadable_message"
    UNHANDLED_EVENT = "unhandled_event"
    STOCK_MISMATCH = "stock_mismatch"
    STOCK_LOST = "stock_lost"
    STOCK_SHORTFALL = "stock_shortfall"
    ASSESSMENT_HELD = "assessment_held"
    WAREHOUSE_REJECTED = "warehouse_rejected"
    WAREHOUSE_CANNOT_CANCEL = "warehouse_cannot_cancel"
    CARRIER_REJECTED = "carrier_rejected"
    CARRIER_CANNOT_CANCEL = "carrier_cannot_cancel"
    NUMBER_MISMATCH = "number_mismatch"
    SHOP_REJECTED = "shop_rejected"
    LEDGER_REJECTED = "ledger_rejected"
    CANCELLED_AFTER_SHIPPING = "cancelled_after_shipping"
    SHIPPED_AFTER_CLOSING = "shipped_after_closing"
    OVERDUE = "overdue"
    STEP_FAILED = "step_failed"


class DecisionStatus(StrEnum):
    REQUESTED = "requested"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """What stands in the registry about a class: words, whether it blocks the order, what one may choose.

    Options: ``retry`` tries the failed step again; ``cancel`` ends the order without delivery;
    ``continue`` goes on as if nothing had been found; ``dismiss`` closes the card, the order is not touched;
    ``close`` ends the order where it is, with the stock written off.
    """

    name_zh: str
    name_en: str
    owner: str
    blocks: bool
    options: tuple[str, ...]


_CS, _OPS, _FIN, _BUY = "customer_service", "operations", "finance", "purchasing"

REGISTRY: Mapping[DecisionClass, DecisionKind] = {
    DecisionClass.UNREADABLE_MESSAGE: DecisionKind("消息无法识别", "Unreadable message", _OPS, False, ("dismiss",)),
    DecisionClass.UNHANDLED_EVENT: DecisionKind(
        "平台事件待处理", "Platform event needs a person", _CS, True, ("continue", "cancel")
    ),
    DecisionClass.STOCK_MISMATCH: DecisionKind("库存不匹配", "Stock mismatch", _BUY, True, ("retry", "cancel")),
    DecisionClass.STOCK_LOST: DecisionKind("锁定库存已失效", "Reservation lost", _BUY, True, ("retry", "cancel")),
    DecisionClass.STOCK_SHORTFALL: DecisionKind(
        "已承诺库存不足", "Promised stock is missing", _BUY, False, ("dismiss",)
    ),
    DecisionClass.ASSESSMENT_HELD: DecisionKind("评估未通过", "Held by assessment", _CS, True, ("continue", "cancel")),
    DecisionClass.WAREHOUSE_REJECTED: DecisionKind(
        "仓库系统拒绝", "Refused by the warehouse", _OPS, True, ("retry", "cancel")
    ),
    DecisionClass.WAREHOUSE_CANNOT_CANCEL: DecisionKind(
        "仓库无法取消", "Warehouse cannot cancel", _OPS, True, ("retry", "continue")
    ),
    DecisionClass.CARRIER_REJECTED: DecisionKind(
        "快递公司拒绝", "Refused by the carrier", _OPS, True, ("retry", "cancel")
    ),
    DecisionClass.CARRIER_CANNOT_CANCEL: DecisionKind(
        "面单无法取消", "Waybill cannot be cancelled", _OPS, True, ("retry", "continue")
    ),
    DecisionClass.NUMBER_MISMATCH: DecisionKind(
        "运单号不一致", "Tracking number differs", _OPS, True, ("continue", "retry")
    ),
    DecisionClass.SHOP_REJECTED: DecisionKind(
        "店铺发货回传被拒", "Refused by the shop", _OPS, False, ("retry", "dismiss")
    ),
    DecisionClass.LEDGER_REJECTED: DecisionKind("财务系统拒绝", "Refused by the ledger", _FIN, True, ("retry",)),
    DecisionClass.CANCELLED_AFTER_SHIPPING: DecisionKind(
        "发货后取消", "Cancelled after shipping", _CS, True, ("continue", "close")
    ),
    DecisionClass.SHIPPED_AFTER_CLOSING: DecisionKind(
        "关闭后仍发货", "Shipped after closing", _CS, False, ("dismiss",)
    ),
    DecisionClass.OVERDUE: DecisionKind("超时未完成", "Overdue", _OPS, False, ("dismiss",)),
    DecisionClass.STEP_FAILED: DecisionKind("步骤失败", "Step failed", _OPS, True, ("retry", "cancel")),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One card in the pending-decision queue. ``cause`` makes the id deterministic: same cause, same card."""

    decision_id: str
    order_id: str
    decision_class: DecisionClass
    cause: str
    evidence: Mapping[str, str]
    requested_at: int
    due_at: int
    status: DecisionStatus = DecisionStatus.REQUESTED
    option: str = ""
    made_by: str = ""
    made_at: int = 0
    note: str = ""
    sealed: str = ""  # a message kept whole, encrypted

    @property
    def kind(self) -> DecisionKind:
        return REGISTRY[self.decision_class]


def decision_id_of(order_id: str, decision_class: DecisionClass, cause: str) -> str:
    """``<order_id>.<class>.<cause>``: the same cause on the same order is the same card.

    A cause with signs that do not travel in a URL's path keeps its readable part and a checksum.
    """
    safe = _UNSAFE.sub("-", cause)[:80]
    suffix = "" if safe == cause else f"-{crc32(cause.encode()):08x}"
    return f"{order_id}.{decision_class.value}.{safe}{suffix}"
