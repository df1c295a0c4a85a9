"""The registry of decision classes: every kind of thing a machine must not decide, and what a person may do then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from orderhub.domain.decision_options import (
    APPROVE,
    BRAND_BEARS,
    BUYER_PAID,
    BY_HAND,
    ENTER_NUMBER,
    OPTIONS,
    REFUND,
    REFUSE,
    TURN_PARCEL,
    VOID_ON_EVIDENCE,
    Option,
    Words,
)

HOUR_MS = 3_600_000

ESCALATE = "escalate"
"""At its deadline the card stays open and is marked ``expired``: somebody above must look at it."""


class DecisionClass(StrEnum):
    """Every kind of decision the hub can ask for."""

    UNREADABLE_MESSAGE = "unreadable_message"
    UNHANDLED_EVENT = "unhandled_event"
    STOCK_MISMATCH = "stock_mismatch"
    STOCK_LOST = "stock_lost"
    STOCK_SHORTFALL = "stock_shortfall"
    TRANSFER_OVERDUE = "transfer_overdue"
    ASSESSMENT_HELD = "assessment_held"
    ADDRESS_UNMATCHED = "address_unmatched"
    PHONE_VELOCITY = "phone_velocity"
    RULE_HOLD = "rule_hold"
    WAREHOUSE_REJECTED = "warehouse_rejected"
    WAREHOUSE_CANNOT_CANCEL = "warehouse_cannot_cancel"
    CARRIER_REJECTED = "carrier_rejected"
    CARRIER_CANNOT_CANCEL = "carrier_cannot_cancel"
    CARRIER_SILENT = "carrier_silent"
    NUMBER_MISMATCH = "number_mismatch"
    NUMBER_MISSING = "number_missing"
    SHOP_REJECTED = "shop_rejected"
    LEDGER_REJECTED = "ledger_rejected"
    CANCELLED_AFTER_SHIPPING = "cancelled_after_shipping"
    SHIPPED_AFTER_CLOSING = "shipped_after_closing"
    OVERDUE = "overdue"
    STEP_FAILED = "step_failed"
    GIFT_QUOTA_USED = "gift_quota_used"
    RECOVER_GIFT = "recover_gift"
    ADDRESS_CHANGE = "address_change"
    ADDRESS_TOO_LATE = "address_too_late"
    ADDRESS_NOT_BROUGHT = "address_not_brought"
    REPEAT_PICKUP = "repeat_pickup"
    FREIGHT_DUE = "freight_due"
    PACKED_BEFORE_CHANGE = "packed_before_change"
    INSPECTION_FINDING = "inspection_finding"


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """What stands in the registry about a class.

    ``blocks``: the order is held while the card is open. ``options``: codes of ``decision_options.OPTIONS``, the
    usual one first. ``evidence``: the fields its cards show, each with its words. ``groups_by``: what cards that may be
    decided together share: ``cause``, the name of an evidence field, or nothing but the class (empty). ``due_ms``: how
    long after the request somebody must have decided. ``at_deadline``: ``escalate``, or an option that the hub then
    makes itself. ``undo_ms``: how long a decision can be taken back, where its option can be undone at all.
    """

    name_zh: str
    name_en: str
    owner: str
    blocks: bool
    options: tuple[str, ...]
    evidence: Mapping[str, Words] = field(default_factory=lambda: MappingProxyType({}))
    groups_by: str = "cause"
    due_ms: int = 4 * HOUR_MS
    at_deadline: str = ESCALATE
    undo_ms: int = 10 * 60_000

    @property
    def commands(self) -> tuple[Option, ...]:
        """The options with their words and parameters."""
        return tuple(OPTIONS[code] for code in self.options)


_LATER = ("contact_buyer", "wait_until")
_CS, _OPS, _FIN, _BUY = "customer_service", "operations", "finance", "purchasing"


def _shows(**fields: tuple[str, str]) -> Mapping[str, Words]:
    return MappingProxyType({name: Words(*words) for name, words in fields.items()})


_PARCEL: Mapping[str, tuple[str, str]] = {"parcel": ("包裹", "Parcel"), "warehouse": ("仓库", "Warehouse")}
_REFUSAL = _shows(
    partner=("合作方", "Partner"), code=("错误码", "Partner's code"), message=("原话", "Partner's words"), **_PARCEL
)
_SHORTAGE = _shows(
    sku=("商品编码", "SKU"), warehouse=("仓库", "Warehouse"), wanted=("需要", "Wanted"), available=("可用", "Available")
)


def _judged(**more: tuple[str, str]) -> Mapping[str, Words]:
    """What every card of a judgement shows: the rows that matched, whose words they have, who judged."""
    return _shows(
        level=("级别", "Level"), reasons=("原因", "Reasons"), pack=("规则包", "Rule pack"), rows=("规则行", "Rows"),
        field=("字段", "Field"), cell=("条件", "Condition"), actual=("实际值", "Actual value"),
        said_zh=("规则说明", "Said in Chinese"), said_en=("规则英文说明", "Said in English"), **more,
    )  # fmt: skip


_CHANGE = _shows(
    change=("改址序号", "Change"), scope=("变更范围", "Reach"), changed=("变更内容", "What changes"),
    zone=("包裹位置", "Where the parcel is"), reasons=("原因", "Reasons"), behind=("未生效系统", "Left behind"),
    surcharge_fen=("买家应付附加费", "To be paid by the buyer"),
)  # fmt: skip

REGISTRY: Mapping[DecisionClass, DecisionKind] = {
    DecisionClass.UNREADABLE_MESSAGE: DecisionKind(
        "消息无法识别", "Unreadable message", _OPS, False, ("dismiss",),
        _shows(partner=("合作方", "Partner"), problem=("问题", "Problem"), bytes=("字节数", "Bytes")),
        groups_by="problem",
    ),
    DecisionClass.UNHANDLED_EVENT: DecisionKind(
        "平台事件待处理", "Platform event needs a person", _CS, True, ("continue", "cancel", REFUND, *_LATER),
        _shows(
            event_type=("事件", "Event"), lines_sent=("已发子订单", "Lines sent"), waybill=("运单号", "Waybill"),
            **_PARCEL,
        ),
        groups_by="event_type",
    ),
    DecisionClass.STOCK_MISMATCH: DecisionKind(
        "库存不匹配", "Stock mismatch", _BUY, True,
        ("retry", "cancel", "transfer", "change_sku", REFUND, *_LATER),
        {**_SHORTAGE, **_shows(
            by_warehouse=("各仓可用", "Available by warehouse"), missing=("缺少", "Missing"),
            also_missing=("另缺", "Missing too"),
            uncut=("各行件数(一行不拆，无仓可整行发出)", "Pieces of each line (no warehouse has them uncut)"),
            order_fen=("本单金额", "This order"),
            orders_waiting=("等待订单数", "Orders waiting"), at_risk_fen=("涉及金额", "Money at risk"),
        )},
    ),
    DecisionClass.STOCK_LOST: DecisionKind(
        "锁定库存已失效", "Reservation lost", _BUY, True, ("retry", "cancel", "change_sku", REFUND, *_LATER), _SHORTAGE
    ),
    DecisionClass.STOCK_SHORTFALL: DecisionKind(
        "已承诺库存不足", "Promised stock is missing", _BUY, False, ("dismiss", "wait_until"),
        _shows(sku=("商品编码", "SKU"), warehouse=("仓库", "Warehouse"), missing=("缺少", "Missing")),
        groups_by="sku",
    ),
    DecisionClass.TRANSFER_OVERDUE: DecisionKind(
        "调拨逾期", "Stock transfer overdue", _BUY, True, ("retry", "cancel"),
        _shows(
            transfer_no=("调拨单号", "Transfer number"),
            from_warehouse=("调出仓", "From"), to_warehouse=("调入仓", "To"), items=("商品", "Goods"),
            requested_at=("申请时间", "Requested at"), state=("状态", "State"),
        ),
    ),
    DecisionClass.ASSESSMENT_HELD: DecisionKind(
        "评估未通过", "Held by assessment", _CS, True, ("continue", "cancel", *_LATER),
        _judged(),
    ),
    DecisionClass.ADDRESS_UNMATCHED: DecisionKind(
        "地址无法匹配", "Address cannot be matched", _CS, True,
        ("correct_address", "continue", "cancel", REFUND, *_LATER),
        _judged(score=("地址分", "Score"), found=("地址问题", "Findings"), division=("省市区", "Division")),
    ),
    DecisionClass.PHONE_VELOCITY: DecisionKind(
        "同号码下单过频", "Too many orders of one phone", _CS, True,
        ("continue", "hold_siblings", "cancel", REFUND, *_LATER),
        _judged(
            rank=("24小时内第几单", "Rank in 24 h"), orders_24h=("24小时订单数", "Orders in 24 h"),
            siblings=("可一并拦截的订单", "Orders that can still be held"),
            with_order=("同号码订单", "Held with"), held_by=("拦截人", "Held by"),
        ),
    ),
    DecisionClass.RULE_HOLD: DecisionKind(
        "品牌规则拦截", "Held by the brand's rule", _CS, True, ("continue", "cancel", REFUND, *_LATER), _judged()
    ),
    DecisionClass.WAREHOUSE_REJECTED: DecisionKind(
        "仓库系统拒绝", "Refused by the warehouse", _OPS, True, ("retry", "cancel", "correct_address", *_LATER),
        _REFUSAL, groups_by="code",
    ),
    DecisionClass.WAREHOUSE_CANNOT_CANCEL: DecisionKind(
        "仓库无法取消", "Warehouse cannot cancel", _OPS, True, ("retry", "continue"), _REFUSAL, groups_by="code"
    ),
    DecisionClass.CARRIER_REJECTED: DecisionKind(
        "快递公司拒绝", "Refused by the carrier", _OPS, True, ("retry", "cancel", *_LATER), _REFUSAL, groups_by="code"
    ),
    DecisionClass.CARRIER_CANNOT_CANCEL: DecisionKind(
        "面单无法取消", "Waybill cannot be cancelled", _OPS, True, ("retry", "continue"), _REFUSAL, groups_by="code"
    ),
    DecisionClass.CARRIER_SILENT: DecisionKind(
        "快递公司无应答", "The carrier does not answer", _OPS, True,
        ("retry", VOID_ON_EVIDENCE, "cancel", *_LATER),
        _shows(
            carrier=("快递公司", "Carrier"), reference=("订单号", "Reference"), asked=("操作", "Asked for"),
            since=("自", "Since"), **_PARCEL,
        ),
        groups_by="carrier", due_ms=HOUR_MS,
    ),
    DecisionClass.NUMBER_MISMATCH: DecisionKind(
        "运单号不一致", "Tracking number differs", _OPS, True, ("continue", "retry"),
        _shows(
            hub_number=("中枢运单号", "Hub's number"), warehouse_number=("仓库运单号", "Warehouse's number"), **_PARCEL
        ),
        groups_by="",
    ),
    DecisionClass.NUMBER_MISSING: DecisionKind(
        "运单号缺失", "Tracking number missing", _OPS, False, (ENTER_NUMBER, "retry", "dismiss", *_LATER),
        _shows(
            left_at=("发出时间", "Left at"), said_by=("由谁告知", "Told by"),
            issuer_said=("面单方答复", "The label's issuer said"), warehouse_said=("仓库答复", "The warehouse said"),
            **_PARCEL,
        ),
        groups_by="",
    ),
    DecisionClass.SHOP_REJECTED: DecisionKind(
        "店铺拒绝", "Refused by the shop", _OPS, False, ("retry", "dismiss"),
        {**_REFUSAL, **_shows(refund_fen=("退款金额", "Refund"), refund_of=("退款决策", "Refund chosen on"))},
        groups_by="code",
    ),
    DecisionClass.LEDGER_REJECTED: DecisionKind(
        "财务系统拒绝", "Refused by the ledger", _FIN, True, ("retry", "wait_until"), _REFUSAL, groups_by="code"
    ),
    DecisionClass.CANCELLED_AFTER_SHIPPING: DecisionKind(
        "发货后取消", "Cancelled after shipping", _CS, True, ("continue", "close"),
        _shows(reason=("关闭原因", "Reason"), waybill=("运单号", "Waybill"), parcels=("各包裹", "Parcels")),
    ),
    DecisionClass.SHIPPED_AFTER_CLOSING: DecisionKind(
        "关闭后仍发货", "Shipped after closing", _CS, False, ("dismiss",),
        _shows(waybill=("运单号", "Waybill"), closed_because=("关闭原因", "Closed because")),
        groups_by="closed_because",
    ),
    DecisionClass.OVERDUE: DecisionKind(
        "超时未完成", "Overdue", _OPS, False, ("dismiss",), _shows(step=("步骤", "Step"), since=("自", "Since"))
    ),
    DecisionClass.STEP_FAILED: DecisionKind(
        "步骤失败", "Step failed", _OPS, True, ("retry", "cancel", "wait_until"),
        _shows(step=("步骤", "Step"), error=("错误", "Error"), cause=("原因", "Cause")),
    ),
    DecisionClass.GIFT_QUOTA_USED: DecisionKind(
        "赠品限量已用完", "Gift quota used up", _OPS, True,
        ("continue", "other_gift", "retry", "cancel", *_LATER),
        _shows(gift=("赠品", "Gift"), rule=("规则行", "Row"), quota=("限量", "Quota"), pieces=("件数", "Pieces")),
        groups_by="rule",
    ),
    DecisionClass.ADDRESS_CHANGE: DecisionKind(
        "改址待决策", "Change of address", _CS, True,
        (APPROVE, BRAND_BEARS, REFUSE, BY_HAND, "cancel", *_LATER), _CHANGE, groups_by="reasons",
    ),
    DecisionClass.ADDRESS_TOO_LATE: DecisionKind(
        "改址已来不及", "Too late for another address", _CS, False, ("dismiss", *_LATER), _CHANGE, groups_by="zone",
    ),
    DecisionClass.ADDRESS_NOT_BROUGHT: DecisionKind(
        "改址未全部生效", "Address not changed everywhere", _OPS, False, ("retry", TURN_PARCEL, BY_HAND, REFUSE),
        _CHANGE, groups_by="behind",
    ),
    DecisionClass.REPEAT_PICKUP: DecisionKind(
        "重新揽收", "To be picked up again", _OPS, False, ("dismiss", "wait_until"),
        _shows(change=("改址序号", "Change"), waybill=("运单号", "Waybill"), **_PARCEL), groups_by="",
    ),
    DecisionClass.FREIGHT_DUE: DecisionKind(
        "附加费待收", "A charge the buyer is to pay", _CS, True, (BUYER_PAID, BRAND_BEARS, "cancel", *_LATER),
        _shows(
            charge=("款项", "Charge"), carrier=("快递公司", "Carrier"), surcharge_fen=("附加费", "Charge"),
            due_fen=("待收", "Still to be paid"), rule=("规则行", "Row"), entry=("台账", "Entry"),
            change=("改址序号", "Change"),
        ),
        groups_by="charge",
    ),
    DecisionClass.PACKED_BEFORE_CHANGE: DecisionKind(
        "打包与现单不符", "Packed otherwise than wanted now", _OPS, False, ("dismiss", "wait_until"),
        _shows(
            what=("不符之处", "What differs"), waybill=("箱上运单号", "Number on the parcel"),
            packed_by=("打包人", "Packed by"), packed_on=("打包时间", "Packed at"), **_PARCEL,
        ),
        groups_by="what", due_ms=HOUR_MS,
    ),
    DecisionClass.INSPECTION_FINDING: DecisionKind(
        "巡检发现", "Found by the inspection", _OPS, False, ("dismiss", "wait_until"),
        _shows(
            finding=("发现", "Finding"), day=("日期", "Day"), assignee=("负责人", "Owner"),
            asked_by=("提出人", "Asked by"), note=("说明", "Note"),
        ),
        groups_by="", due_ms=24 * HOUR_MS,
    ),
    DecisionClass.RECOVER_GIFT: DecisionKind(
        "赠品需追回", "Gift to be recovered", _CS, False, ("dismiss", *_LATER),
        _shows(gift=("赠品", "Gift"), refunds=("退款", "Refunds"), why=("原因", "Why")),
        groups_by="gift",
    ),
}  # fmt: skip
