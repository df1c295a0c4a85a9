"""The events a platform tells of, by its own names, in the words of people (Youzan, message push)."""

from collections.abc import Mapping
from types import MappingProxyType

_REFUND: Mapping[str, tuple[str, str]] = {
    "BuyerCreated": ("买家申请退款", "the buyer asks for a refund"),
    "RefundCreated": ("申请退款", "a refund is asked for"),
    "RefundSellerCreated": ("商家发起退款", "the shop begins a refund"),
    "BuyerModified": ("买家修改退款申请", "the buyer changes the wish for a refund"),
    "RefundSellerAgree": ("商家同意退款", "the shop agrees to a refund"),
    "RefundSellerRefuse": ("商家拒绝退款", "the shop refuses a refund"),
    "RefundSellerAgreeReturnGoods": ("商家同意退货", "the shop agrees to a return"),
    "RefundBuyerReturnGoods": ("买家退货已寄出", "the buyer sent the goods back"),
    "RefundSellerRefuseBuyerReturnGoods": ("商家拒绝收退货", "the shop refuses the goods sent back"),
    "RefundSuccess": ("退款成功", "the refund is paid"),
    "RefundClosed": ("退款关闭", "the refund is closed"),
    "RefundAmountRecall": ("退款金额退回", "a refund came back"),
}

PLATFORM_EVENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "detail": ("读取订单详情", "the order as the shop shows it"),
        "trade_TradeCreate": ("买家下单", "an order is placed"),
        "trade_TradePaid": ("付款", "an order is paid"),
        "trade_TradeBuyerPay": ("买家付款", "the buyer paid"),
        "trade_TradeSuccess": ("交易成功", "the trade succeeded"),
        "trade_TradeSellerShip": ("商家发货", "the shop shipped"),
        "trade_TradePartlySellerShip": ("部分发货", "the shop shipped a part"),
        "trade_TradeClose": ("交易关闭", "the trade is closed"),
        "trade_TradeMemoModified": ("修改备注", "a memo is changed"),
        "trade_MessagesTheChangeAddresses": ("商家改址", "the shop changed the address"),
        "youzan_trade_MessagesTheChangeAddressesByBuyer": ("买家改址", "the buyer changed the address"),
        **{f"trade_refund_{name}": words for name, words in _REFUND.items()},
        **{f"youzan_trade_{name}": words for name, words in _REFUND.items() if name.startswith("Refund")},
    }
)
"""Event → words. One that is not here is shown by the platform's own name."""
