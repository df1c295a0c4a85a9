"""Words for what the API names by code, in Chinese and English: the same on every screen and in the command line."""

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.code_words import (
    CARRIERS,
    CHANGE_SOURCES,
    CHANGE_STATUSES,
    PARTNERS,
    VERBS,
    WAYS,
    ZONES,
    Pair,
    pack_words,
    reason_words,
    said,
)
from orderhub.domain.key_words import FOR_MACHINES, KEYS, PEOPLE, Form, form_of
from orderhub.domain.state_words import STATES, STEPS

__all__ = [
    "CARRIERS",
    "CHANGE_SOURCES",
    "CHANGE_STATUSES",
    "FACTS",
    "FOR_MACHINES",
    "KEYS",
    "OUTCOMES",
    "PARTNERS",
    "PEOPLE",
    "STATES",
    "STEPS",
    "VERBS",
    "WAYS",
    "ZONES",
    "Form",
    "Pair",
    "fact_word",
    "form_of",
    "pack_words",
    "reason_words",
    "said",
]

OUTCOMES: Mapping[str, Pair] = MappingProxyType(
    {"completed": STATES["OrderCompleted"], "cancelled": STATES["OrderCancelled"], "open": ("进行中", "Open")}
)
FACTS: Mapping[str, Pair] = MappingProxyType(
    {
        "OrderPlaced": ("下单", "Placed"),
        "OrderChanged": ("订单内容变化", "Order changed"),
        "OrderPaid": ("付款", "Paid"),
        "OrderJudged": ("规则判定", "Judged"),
        "OrderHeld": ("拦截", "Held"),
        "OrderCancelled": ("取消", "Cancelled"),
        "OrderSettled": ("结算", "Settled"),
        "AddressChangeRequested": ("申请改址", "Address change requested"),
        "AddressChangeJudged": ("改址判定", "Address change judged"),
        "AddressChanged": ("改址完成", "Address changed"),
        "AddressChangeEnded": ("改址结束", "Address change ended"),
        "PersonalDataRevealed": ("查看收件人", "Receiver revealed"),
        "BuyerLinkMade": ("发出买家改址链接", "Buyer's link made"),
        "DecisionRequested": ("待决策", "Decision requested"),
        "DecisionMade": ("已决策", "Decision made"),
        "DecisionDeferred": ("稍后处理", "Put off"),
        "DecisionUndone": ("撤销决策", "Decision undone"),
        "DecisionExpired": ("决策超时", "Decision overdue"),
        "StockReserved": ("锁定库存", "Stock reserved"),
        "StockReservationExpired": ("锁定过期", "Reservation expired"),
        "StockReleased": ("释放库存", "Stock released"),
        "TransferRequested": ("申请调拨", "Transfer requested"),
        "TransferReceived": ("调拨到货", "Transfer received"),
        "GiftGranted": ("配赠品", "Gift granted"),
        "GiftRemoved": ("撤赠品", "Gift removed"),
        "FulfillmentDispatched": ("下发仓库", "Dispatched"),
        "FulfillmentShipped": ("出库", "Shipped"),
        "ShipmentConfirmed": ("回传店铺", "Shop told"),
        "FulfillmentDelivered": ("签收", "Delivered"),
        "FulfillmentZoneChanged": ("包裹位置变化", "Parcel moved on"),
        "FulfillmentTurned": ("转寄或退回", "Turned"),
        "FulfillmentBackAtSender": ("退回寄件人", "Back at sender"),
        "PickupScheduled": ("快递员上门", "Pickup scheduled"),
        "PickupRequested": ("重新揽收", "Pickup requested"),
        "ParcelPacked": ("打包", "Packed"),
        "PackingStopped": ("打包拦下", "Packing stopped"),
        "WaybillIssued": ("出面单", "Waybill issued"),
        "WaybillOverwritten": ("面单改写", "Waybill overwritten"),
        "WaybillVoided": ("面单作废", "Waybill voided"),
        "WaybillNumberMissing": ("缺运单号", "Number missing"),
        "WaybillNumberFilled": ("补齐运单号", "Number filled in"),
        "LabelRendered": ("查看面单", "Label rendered"),
        "AlertRaised": ("提醒已发", "Alert raised"),
        "AlertAcknowledged": ("提醒已确认", "Alert acknowledged"),
        "PartnerDegraded": ("等待合作方", "Partner degraded"),
        "RulePackChanged": ("规则变更", "Rules changed"),
        "ReceiptConfirmed": ("确认收货", "Receipt confirmed"),
        "RefundRequested": ("申请退款", "Refund requested"),
        "RefundPaid": ("退款", "Refund paid"),
        "PlatformEventKept": ("平台事件留存", "Platform event kept"),
    }
)


def fact_word(name: str) -> Pair:
    """The words of a fact; one that has none yet is shown by its name."""
    return FACTS.get(name, (name, name))
