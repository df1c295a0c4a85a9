"""What the health board's figures are called and how each is counted: shown beside the figure (R40)."""

from collections.abc import Mapping

from orderhub.domain.decision_kinds import REGISTRY, DecisionClass
from orderhub.domain.health import ACCURACY, CONSISTENCY, EXCEPTIONS, OUTBOUND
from orderhub.domain.order_row import Agreement, Defect, State
from orderhub.domain.state_words import STATES as STATE_WORDS

type Pair = Mapping[str, str]


def _pair(zh: str, en: str) -> Pair:
    return {"zh": zh, "en": en}


NAMES: Mapping[str, Pair] = {
    OUTBOUND: _pair("支付→出库", "Payment to outbound"),
    EXCEPTIONS: _pair("异常订单占比", "Share of exception orders"),
    CONSISTENCY: _pair("跨系统一致性", "Cross-system consistency"),
    ACCURACY: _pair("履约准确率", "Fulfilment accuracy"),
}

FORMULAS: Mapping[str, Pair] = {
    OUTBOUND: _pair(
        "当日最后一个包裹出库的订单: 最后出库时间 − 支付时间, 取中位数与 p90 (最近秩)",
        "Orders whose last parcel left that day: left − paid, median and p90 by nearest rank",
    ),
    EXCEPTIONS: _pair(
        "当日下单的订单中, 曾进入待决策队列的订单 ÷ 全部; 一单可属多类",
        "Of the orders placed that day: those that ever had a card in the queue ÷ all; an order may be in several "
        "classes",
    ),
    CONSISTENCY: _pair(
        "当日出库的订单中, 仓库单号、承运商面单内容、店铺单号、财务金额与中枢都一致的 ÷ 全部; 未知按未知计, 不算一致",
        "Of the orders that left that day: those of which the warehouse's number, the carrier's label, the shop's "
        "number and the booked money agree with the hub ÷ all; what is unknown counts as unknown, not as agreeing",
    ),
    ACCURACY: _pair(
        "近 15 天出库订单中错发、漏单号或漏赠品、迟发 (支付后 48 小时未出库, 预售除外) 的订单 ÷ 全部, "
        "附 95% 精确区间; 含打包台登记的结果",
        "Of the orders that left in the last 15 days: sent wrong, without a number or a gift, or later than 48 h after "
        "payment (presale aside) ÷ all, with the exact 95 % interval; with what the packing station recorded",
    ),
}

DEFECTS: Mapping[str, Pair] = {
    Defect.WRONG.value: _pair("错", "wrong"),
    Defect.MISSING.value: _pair("漏", "missing"),
    Defect.LATE.value: _pair("迟", "late"),
}

AGREEMENTS: Mapping[str, Pair] = {
    Agreement.AGREES.value: _pair("一致", "agree"),
    Agreement.DIFFERS.value: _pair("不一致", "differ"),
    Agreement.UNKNOWN.value: _pair("未知", "unknown"),
}

STATES: Mapping[str, Pair] = {state.value: _pair(*STATE_WORDS[state.value]) for state in State}


def class_words(decision_class: str) -> Pair:
    """A decision class as people read it; one that is not known any more by its code."""
    if decision_class not in set(DecisionClass):
        return _pair(decision_class, decision_class)
    kind = REGISTRY[DecisionClass(decision_class)]
    return _pair(kind.name_zh, kind.name_en)
