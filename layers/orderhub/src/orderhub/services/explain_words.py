"""The words of explanations: a sentence for each class of decision that no rule asks for."""

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.decision import DecisionClass
from orderhub.domain.finding_words import FINDINGS
from orderhub.domain.why import Change

__all__ = ["FINDINGS", "IN_SENTENCE", "SENTENCES"]

_RETRY = "消除原因后重试", "remove the cause, then try again"

SENTENCES: Mapping[DecisionClass, tuple[str, str, Change]] = MappingProxyType(
    {
        DecisionClass.UNREADABLE_MESSAGE: (
            "收到一条无法识别的消息，已整条留存", "A message cannot be understood; it is kept whole",
            Change("查明原因后关闭卡片", "find the cause, then dismiss it"),
        ),
        DecisionClass.UNHANDLED_EVENT: (
            "平台发来中枢不自动处理的事件", "The platform told of something the hub does not act on by itself",
            Change("核对订单现在的内容后放行", "check what the order says now, then release it"),
        ),
        DecisionClass.STOCK_MISMATCH: (
            "库存池不足或没有该商品，订单冻结", "The stock pool is short or does not know the SKU; the order is frozen",
            Change("补足库存，到货后自动放行", "supply the missing pieces: it goes on by itself"),
        ),
        DecisionClass.STOCK_LOST: (
            "付款前锁定已过期，库存已被他人占用", "The reservation ran out before payment and the stock is gone",
            Change("补足库存后重试", "supply the missing pieces, then try again"),
        ),
        DecisionClass.STOCK_SHORTFALL: (
            "仓库实物少于已承诺数量", "The warehouse has less than is promised",
            Change("盘点并补足库存", "count, and supply what is missing"),
        ),
        DecisionClass.WAREHOUSE_REJECTED: (
            "仓库系统拒绝了订单", "The warehouse system refused the order", Change(*_RETRY),
        ),
        DecisionClass.WAREHOUSE_CANNOT_CANCEL: (
            "仓库系统无法取消，包裹可能已打包", "The warehouse cannot cancel it; the parcel may be packed",
            Change("请仓库截停后放行", "have the parcel stopped there, then release it"),
        ),
        DecisionClass.CARRIER_REJECTED: (
            "快递公司拒绝出面单", "The carrier refused to issue the waybill", Change(*_RETRY),
        ),
        DecisionClass.CARRIER_CANNOT_CANCEL: (
            "快递公司无法作废面单", "The carrier cannot void the waybill",
            Change("确认包裹不会寄出后重试", "make sure the parcel does not travel, then try again"),
        ),
        DecisionClass.CARRIER_SILENT: (
            "快递公司一直没有答复，无法确认面单状态", "The carrier has not said whether the waybill lives",
            Change("等快递公司答复后重试，或凭其确认作废", "try again when it answers, or void on its evidence"),
        ),
        DecisionClass.NUMBER_MISMATCH: (
            "仓库发出的运单号与中枢的不一致", "The warehouse shipped with another tracking number",
            Change("确认哪个运单号是真的", "find out which number is on the parcel"),
        ),
        DecisionClass.NUMBER_MISSING: (
            "包裹已发出，没有人知道运单号", "The parcel has left and nobody knows its tracking number",
            Change("向仓库问到运单号后录入", "get the number from the warehouse, then enter it"),
        ),
        DecisionClass.SHOP_REJECTED: (
            "店铺拒绝了发货回传", "The shop refused the shipping confirmation", Change(*_RETRY),
        ),
        DecisionClass.LEDGER_REJECTED: (
            "财务系统拒绝了应收单", "The ledger refused the receivable",
            Change("更正基础资料后重试", "put the master data right, then try again"),
        ),
        DecisionClass.CANCELLED_AFTER_SHIPPING: (
            "包裹已在路上，店铺关闭了订单", "The shop closed an order whose parcel is on its way",
            Change("确认包裹仍要送达后放行", "make sure it is still to be delivered, then release it"),
        ),
        DecisionClass.SHIPPED_AFTER_CLOSING: (
            "订单已关闭，包裹却发出了", "The order was closed and its parcel left all the same",
            Change("追回包裹或联系买家", "call the parcel back or talk to the buyer"),
        ),
        DecisionClass.PACKED_BEFORE_CHANGE: (
            "包裹已打包，与现在要的不一致", "A parcel was packed, and not as it is wanted now",
            Change("找出包裹，按新面单重新打包", "find the parcel and pack it anew under its new label"),
        ),
        DecisionClass.REPEAT_PICKUP: (
            "改址后重开了面单，要快递员再来取件",
            "A new waybill was made for another address: the parcel is to be picked up again",
            Change("约好取件后关闭卡片；新面单被扫描后自动关闭", "arrange it, then dismiss; a scan closes it too"),
        ),
        DecisionClass.OVERDUE: (
            "步骤超时未完成", "A step is overdue", Change("催办责任方", "ask whoever has to act"),
        ),
        DecisionClass.FREIGHT_DUE: (
            "按规则由买家承担、但没有随订单付的费用", "The buyer bears a charge that was not paid with the order",
            Change("向买家收取后录入凭据，或由商家承担", "collect it and say how, or let the brand bear it"),
        ),
        DecisionClass.INSPECTION_FINDING: (
            "巡检发现的问题，有人要负责解决", "The inspection found something that somebody is to put right",
            Change("查清原因并解决后关闭卡片", "find the cause and put it right, then dismiss it"),
        ),
        DecisionClass.STEP_FAILED: (
            "步骤出现意外错误，订单停住", "A step failed in a way nobody planned for; the order stops", Change(*_RETRY),
        ),
    }
)  # fmt: skip
"""(Chinese, English, smallest change); the card's evidence with its words follows. A class that is not here is
explained by its name, its evidence and its first option."""

IN_SENTENCE: Mapping[DecisionClass, tuple[str, ...]] = MappingProxyType(
    {
        DecisionClass.STOCK_MISMATCH: ("sku", "wanted", "available", "missing", "also_missing", "uncut"),
        DecisionClass.REPEAT_PICKUP: ("waybill",),
        DecisionClass.UNHANDLED_EVENT: ("event_type", "refunded_fee", "lines_sent", "waybill", "parcel"),
    }
)
"""The evidence that the sentence tells, where the card knows more than belongs into one sentence."""
