"""Words for what the API names by code, in Chinese and English: the same on every screen and in the command line."""

from collections.abc import Mapping
from types import MappingProxyType

type Pair = tuple[str, str]

OUTCOMES: Mapping[str, Pair] = MappingProxyType(
    {"completed": ("已完成", "Completed"), "cancelled": ("已关闭", "Closed"), "open": ("进行中", "Open")}
)
STEPS: Mapping[str, Pair] = MappingProxyType(
    {
        "reserve": ("锁定库存", "Reserving stock"),
        "await_payment": ("待付款", "Awaiting payment"),
        "assess": ("评估中", "Being assessed"),
        "dispatch": ("下发仓库", "Being dispatched"),
        "issue_waybill": ("取面单", "Getting its waybill"),
        "await_shipment": ("待出库", "Awaiting shipment"),
        "await_delivery": ("待签收", "Awaiting receipt"),
        "settle": ("结算中", "Being settled"),
        "await_release": ("等待放行", "Held or waiting"),
        "withdraw": ("撤回仓库单", "Being withdrawn at the warehouse"),
        "void_waybill": ("作废面单", "Waybill being voided"),
        "close": ("关闭中", "Being closed"),
        "completed": ("已完成", "Completed"),
        "cancelled": ("已关闭", "Closed"),
    }
)
"""The step an order wants now (``OrderPage.step``)."""

STATES: Mapping[str, Pair] = MappingProxyType(
    {
        "Reserve": ("锁定库存", "Reserve"),
        "AwaitPayment": ("等待付款", "Await payment"),
        "Assess": ("评估", "Assess"),
        "Dispatch": ("下发仓库", "Dispatch"),
        "IssueWaybill": ("面单", "Waybill"),
        "AwaitShipment": ("待出库", "Await shipment"),
        "AwaitDelivery": ("运输", "In transit"),
        "Settle": ("结算", "Settle"),
        "OrderCompleted": ("完成", "Completed"),
        "OrderCancelled": ("已关闭", "Closed"),
        "AwaitRelease": ("等待放行", "Held"),
        "Withdraw": ("撤回", "Withdraw"),
        "FindNextStep": ("找下一步", "Find next step"),
        "IsNextStep": ("判断", "Which step"),
        "RunEnded": ("已接管", "Run ended"),
    }
)
"""States of the lifecycle's state machine."""

ZONES: Mapping[str, Pair] = MappingProxyType(
    {
        "not_picked_up": ("未揽收", "Not picked up"),
        "in_transit": ("运输中", "In transit"),
        "delivering": ("派送中", "Out for delivery"),
        "delivered": ("已签收", "Delivered"),
        "returning": ("退回中", "Going back"),
    }
)
PARTNERS: Mapping[str, Pair] = MappingProxyType(
    {
        "youzan": ("有赞", "Youzan"),
        "wechat": ("微信小店", "WeChat"),
        "wangdiantong": ("旺店通", "Wangdiantong"),
        "sf": ("顺丰", "SF"),
        "ems": ("EMS", "EMS"),
        "kuaidiniao": ("快递鸟", "Kuaidiniao"),
        "kingdee": ("金蝶", "Kingdee"),
        "wecom": ("企业微信", "WeCom"),
    }
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
