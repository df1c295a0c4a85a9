"""Money and lines of a Youzan order: yuan text becomes fen, the order's own total decides (sheet §6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from orderhub.adapters.youzan.fields import (
    Node,
    fen,
    flag,
    identifier,
    needed_fen,
    needed_identifier,
    text,
    whole,
)
from orderhub.domain.errors import UnreadableMessage
from orderhub.domain.money import apportion
from orderhub.domain.order import Amounts, OrderLine

PHYSICAL_ITEM_TYPES = frozenset({0, 10, 24})  # goods, fenxiao goods, period buy
OTHER_ITEM_TYPES = frozenset({20, 31, 35, 40, 182, 183})  # cards, knowledge, hotel, service, virtual, e-card
MAX_QUANTITY = 1_000_000
_BARCODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{2,31}")


def read_amounts(pay: Node, is_paid: bool) -> Amounts:
    """The order's amounts in fen. The discount is what is left: goods + freight - payable.

    `adjust_fee` is never used: the sheet contradicts itself about its sign, `payment` holds it already.
    `deduction_pay` (fen: stored value, gift card) counts as paid, as far as `payment` is not reached
    without it.
    """
    goods, freight, payable = (
        needed_fen(pay, "total_fee"),
        fen(pay, "post_fee") or 0,
        needed_fen(pay, "payment"),
    )
    paid = fen(pay, "real_payment")
    deduction = whole(pay, "deduction_pay", 0)
    if deduction < 0:
        raise UnreadableMessage("deduction_pay_negative")
    if paid is None:
        paid = payable if is_paid else 0
    elif paid < payable:
        paid = min(paid + deduction, payable)
    return Amounts(goods, freight, goods + freight - payable, payable, paid)


def read_lines(orders: Sequence[Node], amounts: Amounts) -> tuple[OrderLine, ...]:
    """The order's lines, whose payable amounts add up to the order's payable less freight, to the fen.

    `payment` of a line may or may not contain its share of the freight (sheet §6, identities): where the
    lines do not add up, the order's own amount is spread over them in their proportion.
    """
    if not orders:
        raise UnreadableMessage("orders_missing")
    lines = [_line(order) for order in orders]
    if len({line.line_id for line in lines}) != len(lines):
        raise UnreadableMessage("oid_repeated")
    payable = [line.payable_fen for line in lines]
    wanted = max(0, amounts.payable_fen - amounts.freight_fen)
    if sum(payable) != wanted:
        payable = apportion(wanted, payable if any(payable) else [line.goods_fen for line in lines])
    return tuple(replace(line, payable_fen=part) for line, part in zip(lines, payable, strict=True))


def _line(order: Node) -> OrderLine:
    quantity = whole(order, "num", 0)
    if not 0 < quantity <= MAX_QUANTITY:
        raise UnreadableMessage("num_unsuitable")
    item_type = whole(order, "item_type", 0)
    if item_type not in PHYSICAL_ITEM_TYPES | OTHER_ITEM_TYPES:
        raise UnreadableMessage("item_type_unknown")
    presale = text(order, "is_pre_sale")
    if presale not in ("", "0", "1"):
        raise UnreadableMessage("is_pre_sale_unknown")
    return OrderLine(
        line_id=needed_identifier(order, "oid"),
        sku=text(order, "outer_sku_id").strip() or text(order, "outer_item_id").strip(),
        name=text(order, "title"),
        quantity=quantity,
        unit_price_fen=needed_fen(order, "price"),
        goods_fen=needed_fen(order, "total_fee"),
        payable_fen=needed_fen(order, "payment"),
        is_gift=flag(order, "is_present"),
        is_presale=presale == "1",
        is_physical=item_type in PHYSICAL_ITEM_TYPES,
        item_id=identifier(order, "item_id"),
        barcode=_barcode(order),
    )


def _barcode(order: Node) -> str:
    """The specification's barcode, else the item's (sheet §6: in 4.0.4); empty for what no scanner reads. A line
    without one is packed by its merchant code, so nothing that stands here is a reason to refuse an order."""
    said = (order.get("sku_barcode"), order.get("item_barcode"))
    codes = (code.strip() for code in said if isinstance(code, str))
    return next((code for code in codes if _BARCODE.fullmatch(code)), "")
