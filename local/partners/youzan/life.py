"""What can happen to an order in the shop: each function changes the order and returns the events it causes.

Time is the shop's clock in epoch milliseconds. A `Refusal` says why something cannot happen now.
"""

from __future__ import annotations

from typing import Any

from local.partners.youzan.messages import Event
from local.partners.youzan.model import (
    TRADE_CLOSED,
    TRADE_PAID,
    TRADE_SUCCESS,
    WAIT_BUYER_CONFIRM_GOODS,
    WAIT_BUYER_PAY,
    WAIT_SELLER_SEND_GOODS,
    Buyer,
    Delivery,
    Order,
)
from local.partners.youzan.shops import Shop
from local.partners.youzan.structure import address_text, detail, seal
from local.partners.youzan.switches import Switches
from local.partners.youzan.units import shanghai

EXPIRED = (1, "order expired closed by task, order canceled!")
BY_BUYER = (4, "close by buyer, order canceled!")
REFUNDED = (2, "refund, order closed!")


class Refusal(Exception):
    """The order's state does not allow it."""


def created(order: Order, shop: Shop, switches: Switches) -> list[Event]:
    """A buyer has ordered."""
    return [Event("trade_TradeCreate", order.status, detail(order, shop, switches))]


def pay(order: Order, shop: Shop, switches: Switches, now_ms: int) -> list[Event]:
    """The buyer pays all of it: paid, which is not shippable yet, and a moment later shippable."""
    if order.status != WAIT_BUYER_PAY:
        raise Refusal(f"paying an order in {order.status}")
    order.paid_fen = order.payable_fen
    order.pay_ms = order.updated_ms = now_ms
    order.status = TRADE_PAID
    paid = Event("trade_TradePaid", TRADE_PAID, detail(order, shop, switches))
    order.status = WAIT_SELLER_SEND_GOODS
    shippable = Event("trade_TradeBuyerPay", WAIT_SELLER_SEND_GOODS, detail(order, shop, switches))
    return [paid, shippable]


def close(order: Order, why: tuple[int, str], switches: Switches, now_ms: int) -> list[Event]:
    """Expired, cancelled by the buyer, or wholly refunded."""
    if order.status == TRADE_CLOSED or (order.status == TRADE_SUCCESS and why != REFUNDED):
        raise Refusal(f"closing an order in {order.status}")
    order.status = TRADE_CLOSED
    order.close_type, order.close_reason = why
    order.updated_ms = now_ms
    msg = {
        "tid": order.tid,
        "close_type": order.close_type,
        switches.close_reason_key: order.close_reason,
        "update_time": shanghai(now_ms),
    }
    return [Event("trade_TradeClose", TRADE_CLOSED, msg)]


def ship(order: Order, delivery: Delivery, now_ms: int) -> list[Event]:
    """A shipping confirmation was accepted for the lines that `delivery` names."""
    order.deliveries.append(delivery)
    for line in order.lines:
        line.shipped = line.shipped or line.oid in delivery.oids
    order.updated_ms = now_ms
    order.confirms_accepted += 1
    if any(not line.shipped and not line.refunded for line in order.lines):
        msg = {
            "tid": order.tid,
            "oids": ",".join(delivery.oids),
            "express_id": delivery.express_id,
            "express_no": delivery.express_no,
            "update_time": shanghai(now_ms),
        }
        return [Event("trade_TradePartlySellerShip", order.status, msg)]
    return all_shipped(order, now_ms)


def all_shipped(order: Order, now_ms: int) -> list[Event]:
    """Nothing is left to ship."""
    order.status = WAIT_BUYER_CONFIRM_GOODS
    order.consign_ms = now_ms
    msg = {"tid": order.tid, "update_time": shanghai(now_ms)}
    return [Event("trade_TradeSellerShip", WAIT_BUYER_CONFIRM_GOODS, msg)]


def receive(order: Order, now_ms: int) -> list[Event]:
    """The buyer confirms receipt."""
    if order.status != WAIT_BUYER_CONFIRM_GOODS:
        raise Refusal(f"receiving an order in {order.status}")
    order.status = TRADE_SUCCESS
    order.success_ms = order.updated_ms = now_ms
    order.receive_due_ms = None
    msg = {"tid": order.tid, "update_time": shanghai(now_ms)}
    return [Event("trade_TradeSuccess", TRADE_SUCCESS, msg)]


def write_memo(order: Order, memo: str, star: int, switches: Switches, now_ms: int) -> list[Event]:
    """The seller's memo changes, by hand or by API."""
    order.memo, order.star = memo, star
    if switches.memo_moves_update_time:
        order.updated_ms = now_ms
    return [Event("trade_TradeMemoModified", order.status, {"tid": order.tid, "seller_memo": memo})]


def change_address(
    order: Order, changes: dict[str, str], by_seller: bool, shop: Shop, switches: Switches, now_ms: int
) -> list[Event]:
    """Buyer or seller gives another address, once and before shipping; freight is not recomputed."""
    if order.status not in (WAIT_BUYER_PAY, WAIT_SELLER_SEND_GOODS):
        raise Refusal(f"changing the address of an order in {order.status}")
    if order.address_changes:
        raise Refusal("the address of this order was changed before")
    order.address_changes += 1
    order.buyer = Buyer(**{**order.buyer.__dict__, **changes})
    order.updated_ms = now_ms
    buyer = order.buyer
    whole = f"{buyer.province}{buyer.city}{buyer.district}{buyer.detail}"
    msg: dict[str, Any] = {
        "tid": order.tid,
        "user_name": seal(buyer.name, shop, switches),
        "tel": seal(buyer.phone, shop, switches),
        "address": address_text(whole, shop, switches),
        "country": "中国",
        "province": buyer.province,
        "city": buyer.city,
        "district": buyer.district,
        "detail": address_text(buyer.detail, shop, switches),
        "update_time": shanghai(now_ms),
    }
    by = "trade_MessagesTheChangeAddresses" if by_seller else "youzan_trade_MessagesTheChangeAddressesByBuyer"
    return [Event(by, order.status, msg)]
