"""What rules may ask of an order: the published input of every kind, and what its rows must answer.

One input serves all kinds, nested by the part before the dot; money is integer fen, time epoch ms UTC. It holds no
personal data: a phone is a keyed digest, an address is its division and its score. An input is stored whole with
every verdict (R9), so a field is never renamed or removed, only added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.judging import JUDGING
from orderhub.domain.rulepack import RuleKind


class FieldType(StrEnum):
    """The type a cell on this field must suit."""

    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "truth"
    TEXTS = "texts"  # a list of texts


@dataclass(frozen=True, slots=True)
class Field:
    """One input or output field: its type, its words for people, the values it may have (empty: any)."""

    type: FieldType
    zh: str
    en: str
    values: tuple[str, ...] = ()
    is_optional: bool = False  # an output that a pack may leave out, or a row leave empty


_T, _I, _B, _L = FieldType.TEXT, FieldType.INTEGER, FieldType.TRUTH, FieldType.TEXTS

COMMON: Mapping[str, Field] = {
    "order.shop_id": Field(_T, "店铺", "shop"),
    "order.channel": Field(_T, "渠道", "channel"),
    "order.kind": Field(_T, "配送方式", "way of delivery", ("express", "pickup", "city", "none")),
    "order.placed_at": Field(_I, "下单时间", "placed at (ms UTC)"),
    "order.paid_at": Field(_I, "付款时间", "paid at (ms UTC)"),
    "order.is_presale": Field(_B, "预售", "presale"),
    "order.has_note": Field(_B, "有买家留言", "the buyer wrote a note"),
    "region.province": Field(_T, "省", "province"),
    "region.city": Field(_T, "市", "city"),
    "region.district": Field(_T, "区县", "district"),
    "amounts.goods_fen": Field(_I, "商品金额(分)", "goods before order discounts, fen"),
    "amounts.freight_fen": Field(_I, "运费(分)", "freight, fen"),
    "amounts.discount_fen": Field(_I, "优惠(分)", "discount, fen"),
    "amounts.payable_fen": Field(_I, "应付(分)", "payable, fen"),
    "amounts.paid_fen": Field(_I, "实付(分)", "paid, fen"),
    "amounts.refunded_fen": Field(_I, "已退(分)", "paid back, fen"),
    "amounts.paid_goods_fen": Field(_I, "实付货款(分)", "paid for goods: payable of the lines less refunds, fen"),
    "amounts.unpaid_fen": Field(_I, "未付(分)", "payable less paid, fen, at least 0"),
    "lines.count": Field(_I, "行数", "lines"),
    "lines.physical": Field(_I, "实物行数", "lines that need a parcel"),
    "lines.pieces": Field(_I, "件数", "pieces in physical lines"),
    "lines.without_sku": Field(_I, "无编码行数", "physical lines without a SKU"),
    "lines.without_quantity": Field(_I, "数量为零行数", "physical lines with no pieces"),
    "lines.skus": Field(_L, "商品编码", "SKUs of the physical lines"),
    "address.score": Field(_I, "地址分", "address score, 0 to 100"),
    "address.passes": Field(_B, "地址可用", "the address gate lets it pass"),
    "address.reasons": Field(_L, "地址问题", "what the gate found"),
}

INPUTS: Mapping[RuleKind, Mapping[str, Field]] = {
    RuleKind.INTERCEPTION: {
        **COMMON,
        "phone.rank": Field(_I, "24小时内第几单", "rank of this order in its phone's trailing 24 h, from 1"),
        "phone.orders_24h": Field(_I, "24小时订单数", "orders of the phone in the trailing 24 h, this one included"),
        "phone.rank_kept": Field(_I, "24小时内第几单(不计取消)", "the same rank, leaving out cancelled orders"),
        "stock.state": Field(_T, "库存状态", "stock of the order", ("enough", "short", "unknown")),
        "stock.missing": Field(_I, "缺货件数", "pieces missing over all warehouses together"),
    },
    RuleKind.GIFTS: {
        **COMMON,
        "gift.main_sku": Field(_T, "主商品", "main SKU: the matrix is asked once per SKU of the order"),
        "gift.main_quantity": Field(_I, "主商品件数", "pieces of the main SKU"),
        "gift.main_paid_fen": Field(_I, "主商品实付(分)", "paid for the main SKU's lines, fen"),
    },
    RuleKind.SOURCING: {
        **COMMON,
        "sourcing.preferred_is_enough": Field(_B, "首选仓充足", "the warehouse of the region has everything"),
        "sourcing.one_other_is_enough": Field(_B, "另一仓充足", "one other warehouse has everything"),
        "sourcing.together_enough": Field(_B, "合计充足", "all warehouses together have everything"),
        "sourcing.parcels": Field(_I, "最少包裹数", "fewest parcels that no line is cut for; 0: they cannot be had so"),
        "sourcing.preferred": Field(_T, "首选仓", "the preferred warehouse"),
        "sourcing.warehouses": Field(_L, "可用仓", "the warehouses, as they are tried"),
        "sourcing.missing": Field(_I, "缺货件数", "pieces that all warehouses together lack"),
        "sourcing.unknown_skus": Field(_L, "未知商品", "SKUs that no warehouse knows"),
    },
    RuleKind.CARRIER: COMMON,  # remote areas are its rows: provinces, cities, districts
    RuleKind.ADDRESS_CHANGE: {
        **COMMON,
        "change.scope": Field(_T, "变更范围", "what changed", ("same", "door", "street", "region", "unsure")),
        "change.minutes_since_paid": Field(_I, "付款后分钟", "minutes since payment, rounded up: 120:00.000 is 120"),
        "change.zone": Field(_T, "包裹位置", "where the parcel is", ("not_picked_up", "in_transit", "delivering")),
    },
    RuleKind.SETTLEMENT_BEARER: {
        **COMMON,
        "entry.kind": Field(
            _T,
            "款项",
            "entry",
            ("discount", "platform_fee", "freight", "surcharge", "gift", "intercept"),
        ),
        "entry.amount_fen": Field(_I, "金额(分)", "amount, fen"),
    },
}

BEARERS = ("brand", "platform", "buyer")

OUTPUTS: Mapping[RuleKind, Mapping[str, Field]] = {
    RuleKind.INTERCEPTION: {
        "level": Field(_I, "级别", "level 1 to 3; 0 for the brand's own and for structure", is_optional=True),
        "class": Field(_T, "决策类别", "class of the decision", tuple(sorted(JUDGING))),
        "reason": Field(_T, "原因", "reason code"),
        "zh": Field(_T, "说明", "what a person reads, in Chinese", is_optional=True),
        "en": Field(_T, "英文说明", "what a person reads, in English", is_optional=True),
    },
    RuleKind.GIFTS: {
        "code": Field(_T, "赠品编码", "gift code"),
        "name": Field(_T, "赠品名称", "gift's name"),
        "quantity": Field(_I, "件数", "pieces for each order"),
        "waybill_line": Field(_T, "面单底部文字", "line at the bottom of the waybill"),
        "sticker_position": Field(_T, "贴纸位置", "place of the sticker in words, as 面单右上角"),
        "sticker_x_mm": Field(_I, "贴纸中心X(毫米)", "sticker's centre from the left edge of a 100 × 150 label, mm"),
        "sticker_y_mm": Field(_I, "贴纸中心Y(毫米)", "sticker's centre from the top edge, mm"),
        "quota": Field(_I, "限量(件)", "pieces that may be given in all; 0 is no limit", is_optional=True),
        "priority": Field(_I, "优先级", "the higher goes first; then the place in the table", is_optional=True),
        "exclusive": Field(_B, "独占", "rows after it give nothing", is_optional=True),
    },
    RuleKind.SOURCING: {
        "warehouse": Field(_T, "仓库", "a warehouse that may serve such orders", is_optional=True),
        "priority": Field(_I, "优先级", "its place among them, from 1", is_optional=True),
        "action": Field(
            _T,
            "首选仓不足时",
            "what is done when the first one is short; of several rows the first that can be done",
            ("source_elsewhere", "transfer", "split", "hold"),
            is_optional=True,
        ),
    },
    RuleKind.CARRIER: {
        "carrier": Field(_T, "承运商", "carrier", ("sf", "ems")),
        "surcharge_fen": Field(_I, "附加费(分)", "surcharge, fen"),
        "bearer": Field(_T, "附加费承担方", "who bears the surcharge", BEARERS),
    },
    RuleKind.ADDRESS_CHANGE: {
        "way": Field(
            _T, "处理方式", "what is done", ("nothing", "overwrite", "reissue", "intercept", "decide", "too_late")
        ),
    },
    RuleKind.SETTLEMENT_BEARER: {"bearer": Field(_T, "承担方", "who bears the entry", BEARERS)},
}
"""What a row must say. Of interception every matching row counts, of the other kinds that have one answer the first.

A kind without outputs takes no pack of the brand's own.
"""
