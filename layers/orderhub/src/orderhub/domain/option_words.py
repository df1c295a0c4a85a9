"""What each option of a card does, in one clause: what stands beside it before somebody chooses (screens, 待决策)."""

from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.decision_options import (
    APPROVE,
    BRAND_BEARS,
    BUYER_PAID,
    BY_HAND,
    ENTER_NUMBER,
    REFUND,
    REFUSE,
    TURN_PARCEL,
    VOID_ON_EVIDENCE,
)

type Pair = tuple[str, str]

_USUAL: Mapping[str, Pair] = MappingProxyType(
    {
        "retry": ("把没做成的一步再做一次", "the step that did not work is tried again"),
        "continue": ("不再为此停住, 订单继续走", "this holds the order no longer; it goes on"),
        "cancel": (
            "撤回仓库单, 作废面单, 释放库存; 不含退款",
            "withdrawn at the warehouse, waybill void, stock released; pays nothing back",
        ),
        "close": ("在中枢结束, 不再跟踪包裹", "it ends in the hub; its parcel is followed no longer"),
        "dismiss": ("关闭卡片, 订单不变", "the card is closed, the order stays as it is"),
        "correct_address": ("按新地址重新判断, 通过就放行", "judged again with the new address; goes on if it passes"),
        "change_sku": ("改锁另一商品的库存, 再判断一次", "stock of the other SKU is reserved, then it is judged again"),
        "transfer": ("向该仓申请调拨, 到货后继续", "a transfer is asked for; it goes on when the goods arrive"),
        "other_gift": ("换成这个赠品后放行", "this gift is given instead, and the order goes on"),
        REFUND: ("经有赞退给买家; 全额且未发货则订单取消", "paid back by the shop; all of it ends an unshipped order"),
        VOID_ON_EVIDENCE: ("按快递公司的说法当作已作废", "taken as void on the carrier's word"),
        ENTER_NUMBER: ("写入运单号并回传店铺", "the number is kept and told to the shop"),
        APPROVE: ("按包裹现在的位置改面单或请快递改派", "the waybill is changed or the parcel turned, by where it is"),
        REFUSE: ("地址不变, 订单照原地址走", "the address stays; the order goes where it went"),
        BY_HAND: ("记为已由人告知各系统", "written down: a person has told those concerned"),
        TURN_PARCEL: ("请快递公司途中改派, 可能收费", "the carrier is asked to turn it on its way, perhaps for a fee"),
        BUYER_PAID: ("记为已收款, 订单继续走", "written down as paid, the order goes on"),
        BRAND_BEARS: ("费用记在商家, 订单继续走", "booked on the brand, the order goes on"),
        "contact_buyer": ("记下问了什么, 24 小时后再提醒", "what was asked is written down; reminded after 24 h"),
        "hold_siblings": ("同号码的其他订单也停下", "the other orders of this phone stop too"),
        "wait_until": ("到时再提醒, 订单保持现状", "reminded then; nothing changes until then"),
    }
)  # fmt: skip
_OF_CLASS: Mapping[tuple[DecisionClass, str], Pair] = MappingProxyType(
    {
        (DecisionClass.GIFT_QUOTA_USED, "continue"): ("不送这个赠品, 放行", "it goes on without this gift"),
        (DecisionClass.WAREHOUSE_CANNOT_CANCEL, "continue"): (
            "当作仓库已截停", "taken as stopped at the warehouse",
        ),
        (DecisionClass.CARRIER_CANNOT_CANCEL, "continue"): (
            "保留这张面单, 包裹照它走", "this label is kept, the parcel travels with it",
        ),
        (DecisionClass.NUMBER_MISMATCH, "continue"): ("以仓库的运单号为准", "the warehouse's number counts"),
        (DecisionClass.NUMBER_MISSING, "dismiss"): (
            "不再追问, 包裹没有运单号", "nobody is asked any more; the parcel has no number",
        ),
        (DecisionClass.NUMBER_MISSING, "retry"): ("再向各方问一遍运单号", "everybody is asked for the number again"),
        (DecisionClass.STOCK_MISMATCH, "retry"): ("再锁一次库存", "its stock is reserved again"),
        (DecisionClass.STOCK_LOST, "retry"): ("再锁一次库存", "its stock is reserved again"),
        (DecisionClass.CANCELLED_AFTER_SHIPPING, "continue"): (
            "照常送达并结算", "delivered and settled as usual",
        ),
    }
)  # fmt: skip


def does(decision_class: DecisionClass, option: str) -> Pair:
    """What choosing this option on a card of this class does; empty words for an option there is no more."""
    return _OF_CLASS.get((decision_class, option)) or _USUAL.get(option, ("", ""))
