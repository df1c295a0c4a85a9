"""An order as Wangdiantong 企业版 wants it pushed (sheet §3.1, §3.7). Pure; amounts become yuan text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from orderhub.domain.errors import Rejected
from orderhub.domain.gifts import gift_text
from orderhub.domain.money import apportion, yuan_of_fen
from orderhub.domain.order import Gift, Milestone, OrderLine, Receiver, Region, Snapshot
from orderhub.domain.parcel import shares_of
from orderhub.domain.records import StockTransfer
from orderhub.ports.partners import TradeInstruction

type Field = str | int
type Line = dict[str, Field]
type Trade = dict[str, Field | list[Line]]

OWN_PLATFORM = 127
MEMO_PREFIX = "运单号:"
NEVER = "0000-00-00 00:00:00"
PREPAID = 1
LET_WAREHOUSE_CHOOSE = -1
AUTO_FLOW = 1
MAX_LINES = 200
MAX_REFERENCE = 40
QUICK_TRANSFER = 1

UNPAID, AWAITING_SHIPMENT, REFUNDED, CLOSED_UNPAID = 10, 30, 80, 90
NO_REFUND, REFUND_SUCCESS = 0, 5
REFUND_BEFORE_SHIPPING = 1
REFUND_DONE = "success"

_ZONE = timezone(timedelta(hours=8))
_LIMITS = {
    "tid": 40,
    "buyer_nick": 100,
    "receiver_name": 40,
    "receiver_province": 40,
    "receiver_city": 40,
    "receiver_district": 40,
    "receiver_address": 256,
    "receiver_mobile": 40,
    "seller_memo": 1024,
    "buyer_message": 1024,
    "oid": 40,
    "goods_id": 40,
    "spec_no": 40,
    "refund_no": 40,
    "remark": 255,  # not published; what such a column holds at least
}
_NEEDED = (
    "receiver_name",
    "receiver_province",
    "receiver_city",
    "receiver_district",
    "receiver_address",
    "receiver_mobile",
    "spec_no",
)
_TOO_LONG_TO_MATTER = 255
_LIKE_A_NUMBER = re.compile(r"[A-Z0-9]{10,}")


def trade_of(instruction: TradeInstruction, home_warehouse: str = "") -> Trade:
    """One element of `trade_list`. Only the lines of its parcel are in it, and only their money.

    The identity of the sheet holds to the fen: paid = Σ(price×num + adjust_amount − discount −
    share_discount) + post_amount + other_amount; what the shop's own lines leave over is in the last one.
    Of an order in several parcels each trade has its share of the freight, so that all of them add up to the
    fen. The sheet knows `warehouse_no` for auto-flow trades only: not from `home_warehouse`, it is one.
    Gifts have no SKU: they stand in `seller_memo` and in the `remark` of their main line, with the line for the
    waybill and the place of the sticker. The number of a waybill issued outside ends `seller_memo`, as
    `运单号:<number>`; a warehouse takes the last word that looks like a number, so a gift must not hold one.
    Raises Rejected with `<field>_missing`, `<field>_too_long`, `phone_masked`, `nothing_to_ship`,
    `too_many_lines`, `gift_like_a_number` or `details_missing`: the warehouse would refuse it, or could not deliver.
    """
    order, receiver = instruction.order, instruction.receiver
    snapshot = order.snapshot
    if snapshot is None:
        raise Rejected("details_missing", order.order_id)
    if "*" in receiver.phone:
        raise Rejected("phone_masked")
    is_paid = order.has(Milestone.PAID)
    status = _status(is_paid, instruction.is_closed)
    lines, freight_fen, paid_fen = _money(instruction, snapshot, is_paid)
    number = f"{MEMO_PREFIX}{instruction.waybill_number}" if instruction.waybill_number else ""
    memo = ";".join(filter(None, (*map(_gift_text, instruction.gifts), number)))
    paid_at = order.when(Milestone.PAID)
    trade: Trade = {
        "tid": instruction.trade_id,
        "trade_status": status,
        "pay_status": 2 if is_paid else 0,
        "delivery_term": PREPAID,
        "trade_time": printed(snapshot.placed_at),
        "pay_time": printed(paid_at) if paid_at is not None else NEVER,
        "buyer_nick": snapshot.buyer_id or order.platform_id,
        **_receiver(order.region, receiver),
        "logistics_type": LET_WAREHOUSE_CHOOSE,
        "warehouse_no": instruction.parcel.warehouse,
        "seller_memo": memo,
        "buyer_message": receiver.note,
        "post_amount": amount(freight_fen),
        "cod_amount": amount(0),
        "ext_cod_fee": amount(0),
        "other_amount": amount(0),
        "paid": amount(paid_fen),
        "order_list": [_line(line, net, status, instruction) for line, net in lines],
    }
    if instruction.parcel.warehouse not in ("", home_warehouse):
        trade["is_auto_wms"] = AUTO_FLOW
    return _checked(trade)


def refund_of(instruction: TradeInstruction, refund_no: str, shop_no: str, at: int) -> Trade:
    """One element of `api_refund_list`: everything of the trade paid back before it was shipped.

    Of an order in several parcels it is the share of what was paid for this parcel's lines.
    Raises Rejected as `trade_of` does.
    """
    order = instruction.order
    snapshot = order.snapshot
    if snapshot is None:
        raise Rejected("details_missing", order.order_id)
    refunded = sum(order.refunds.values()) or snapshot.amounts.paid_fen
    payable = {line.line_id: line.payable_fen for line in order.lines}
    share = shares_of(order, refunded, payable)[instruction.parcel_number]
    refund: Trade = {
        "platform_id": OWN_PLATFORM,
        "shop_no": shop_no,
        "tid": instruction.trade_id,
        "refund_no": refund_no,
        "type": REFUND_BEFORE_SHIPPING,
        "status": REFUND_DONE,
        "refund_fee": amount(share),
        "buyer_nick": snapshot.buyer_id or order.platform_id,
        "refund_time": printed(order.when(Milestone.CANCELLED) or at),
        "reason": "发货前退款",
        "order_list": [{"oid": line.line_id, "num": line.quantity} for line in instruction.lines],
    }
    return _checked(refund)


def transfer_of(transfer: StockTransfer) -> dict[str, Field | list[Line]]:
    """`transfer_info` (sheet §3.8): by item, quick, audited at once. Raises Rejected for a reference over 40 signs."""
    if len(transfer.reference) > MAX_REFERENCE:
        raise Rejected("outer_no_too_long", f"{MAX_REFERENCE} at most")
    return {
        "outer_no": transfer.reference,
        "from_warehouse_no": transfer.from_warehouse,
        "to_warehouse_no": transfer.to_warehouse,
        "remark": transfer.order_id,
        "transfer_type": QUICK_TRANSFER,
        "mode": 0,
        "autocheck": 1,
        "skus": [{"spec_no": sku, "num": pieces} for sku, pieces in transfer.items.items()],
    }


def receiver_fingerprint(name: str, mobile: str, address: str) -> str:
    """Tells whether two receivers are the same without showing them. Not keyed: never log or publish it."""
    parts = "\x1f".join(part.strip() for part in (name, mobile, address))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def printed(at: int) -> str:
    """`yyyy-MM-dd HH:mm:ss` in +08:00 of ms UTC."""
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def instant_of(text: str) -> int:
    """ms UTC of a time in +08:00; 0 for Wangdiantong's zeros. Raises ValueError."""
    if not text.strip("0-: "):
        return 0
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    return int(moment.timestamp()) * 1000


def amount(fen: int) -> str:
    """decimal(19,4) in yuan."""
    return f"{yuan_of_fen(fen)}00"


def _status(is_paid: bool, is_closed: bool) -> int:
    if is_closed:
        return REFUNDED if is_paid else CLOSED_UNPAID
    return AWAITING_SHIPMENT if is_paid else UNPAID


def _receiver(region: Region, receiver: Receiver) -> dict[str, Field]:
    return {
        "receiver_name": receiver.name,
        "receiver_province": region.province,
        "receiver_city": region.city,
        "receiver_district": region.district,
        "receiver_address": receiver.detail,
        "receiver_mobile": receiver.phone,
    }


def _money(
    instruction: TradeInstruction, snapshot: Snapshot, is_paid: bool
) -> tuple[list[tuple[OrderLine, int]], int, int]:
    """(lines to ship with their net fen, freight, paid): without the money of lines that are not in this parcel."""
    order = instruction.order
    paid = snapshot.amounts.paid_fen if is_paid else 0
    whole_freight = min(snapshot.amounts.freight_fen, paid)
    lines = order.lines
    net_of = dict(zip((line.line_id for line in lines), _nets(lines, paid - whole_freight), strict=True))
    shipped = [(line, net_of[line.line_id]) for line in instruction.lines]
    freight = shares_of(order, whole_freight, net_of)[instruction.parcel_number]
    if not shipped:
        raise Rejected("nothing_to_ship")
    if len(shipped) > MAX_LINES:
        raise Rejected("too_many_lines", str(len(shipped)))
    return shipped, freight, freight + sum(net for _, net in shipped)


def _nets(lines: Sequence[OrderLine], goods_paid: int) -> list[int]:
    """What was paid for each line; the last one that costs anything takes the remainder."""
    nets = [line.payable_fen for line in lines]
    remainder = goods_paid - sum(nets)
    priced = [index for index, line in enumerate(lines) if line.payable_fen or line.goods_fen]
    if remainder and priced and nets[priced[-1]] + remainder >= 0:
        nets[priced[-1]] += remainder
    elif remainder:
        nets = apportion(goods_paid, nets)
    return nets


def _gift_text(gift: Gift) -> str:
    text = gift_text(gift)
    if _LIKE_A_NUMBER.search(text):
        raise Rejected("gift_like_a_number", gift.code)
    return text


def _line(line: OrderLine, net_fen: int, status: int, instruction: TradeInstruction) -> Line:
    is_free = line.is_gift and not net_fen
    price_fen = 0 if is_free else line.unit_price_fen
    goods_fen = 0 if is_free else line.goods_fen
    off_item = price_fen * line.quantity - goods_fen
    remark = ";".join(_gift_text(gift) for gift in instruction.order.gifts if gift.line_id == line.line_id)
    return {
        "oid": line.line_id,
        "num": line.quantity,
        "price": amount(price_fen),
        "status": status,
        "refund_status": REFUND_SUCCESS if instruction.is_closed else NO_REFUND,
        "goods_id": line.item_id or line.sku,
        "spec_no": line.sku,
        "goods_name": (line.name or line.sku)[:_TOO_LONG_TO_MATTER],
        "adjust_amount": amount(max(0, -off_item)),
        "discount": amount(max(0, off_item)),
        "share_discount": amount(goods_fen - net_fen),
        **({"remark": remark} if remark else {}),
    }


def _checked(trade: Trade) -> Trade:
    """Without empty fields; raises Rejected for a needed one that is empty and for one that is too long."""
    lines = trade["order_list"]
    for fields in (trade, *(lines if isinstance(lines, list) else ())):
        for name in _NEEDED:
            if fields.get(name) == "":
                raise Rejected(f"{name}_missing")
        for name, limit in _LIMITS.items():
            if len(str(fields.get(name, ""))) > limit:
                raise Rejected(f"{name}_too_long", f"{limit} at most")
    return {name: value for name, value in trade.items() if value != ""}
