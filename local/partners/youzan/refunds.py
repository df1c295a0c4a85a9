"""Refunds in the shop, step by step, and the events of both families (sheet §5.4, §7.6).

Refund only: applied → agreed, which is the terminal event. With return: applied → agreed to the return →
goods sent back → success. A refund of everything that was paid closes the order.
"""

from __future__ import annotations

from typing import Any

from local.partners.youzan.life import REFUNDED, Refusal, all_shipped, close
from local.partners.youzan.messages import Event
from local.partners.youzan.model import TRADE_CLOSED, WAIT_BUYER_PAY, WAIT_SELLER_SEND_GOODS, Order, Refund
from local.partners.youzan.switches import Switches
from local.partners.youzan.units import shanghai, yuan

OLD = "trade_refund_"
NEW = "youzan_trade_"
NEW_NAMES = {
    "BuyerCreated": "RefundCreated",
    "RefundSellerAgree": "RefundSellerAgree",
    "RefundSellerAgreeReturnGoods": "RefundSellerAgree",
    "RefundSuccess": "RefundSuccess",
    "RefundClosed": "RefundClosed",
}
NEXT_STATUS = {
    ("agree", False): ("WAIT_SELLER_AGREE", "SUCCESS", "RefundSellerAgree"),
    ("agree", True): ("WAIT_SELLER_AGREE", "WAIT_BUYER_RETURN_GOODS", "RefundSellerAgreeReturnGoods"),
    ("send_back", True): ("WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS", "RefundBuyerReturnGoods"),
    ("success", True): ("WAIT_SELLER_CONFIRM_GOODS", "SUCCESS", "RefundSuccess"),
    ("refuse", False): ("WAIT_SELLER_AGREE", "SELLER_REFUSE_BUYER", "RefundSellerRefuse"),
    ("refuse", True): ("WAIT_SELLER_AGREE", "SELLER_REFUSE_BUYER", "RefundSellerRefuse"),
}
WHOLE_WAY = {False: ("agree",), True: ("agree", "send_back", "success")}


def apply(order: Order, refund: Refund, switches: Switches, now_ms: int) -> list[Event]:
    """Money is asked back, by the buyer or by the seller.

    Raises Refusal when nothing was paid, or more is asked than is left.
    """
    if order.pay_ms is None or order.status in (WAIT_BUYER_PAY, TRADE_CLOSED):
        raise Refusal(f"refunding an order in {order.status}")
    left_fen = order.paid_fen - order.asked_back_fen
    if not 0 < refund.fee_fen <= left_fen:
        raise Refusal(f"{left_fen} fen are left to refund")
    order.refunds.append(refund)
    order.updated_ms = now_ms
    return _told("RefundSellerCreated" if refund.by_seller else "BuyerCreated", order, refund, switches, now_ms)


def step(order: Order, refund: Refund, verb: str, switches: Switches, now_ms: int) -> list[Event]:
    """One step of a refund: `agree`, `send_back`, `success`, `refuse`, `close`. Raises Refusal."""
    if verb == "close":
        if refund.status in ("SUCCESS", "CLOSED"):
            raise Refusal(f"closing a refund in {refund.status}")
        _moved(order, refund, "CLOSED", now_ms)
        return _told("RefundClosed", order, refund, switches, now_ms)
    before, after, name = NEXT_STATUS.get((verb, refund.with_return), ("", "", ""))
    if refund.status != before:
        raise Refusal(f"{verb} of a refund in {refund.status}")
    _moved(order, refund, after, now_ms)
    events = _told(name, order, refund, switches, now_ms)
    if after != "SUCCESS":
        return events
    refund.success_ms = now_ms
    named = [line for line in order.lines if line.oid in refund.oids]
    if refund.fee_fen >= sum(line.payment_fen for line in named):  # less is off the price: the goods are still owed
        for line in named:
            line.refunded = True
    if not refund.with_return and switches.refund_events != "old":
        events.append(_new_event("RefundSuccess", order, refund))
    if order.refunded_fen >= order.paid_fen:
        return events + close(order, REFUNDED, switches, now_ms)
    nothing_left = all(line.shipped or line.refunded for line in order.lines)
    if order.status == WAIT_SELLER_SEND_GOODS and order.deliveries and nothing_left:
        return events + all_shipped(order, now_ms)
    return events


def _moved(order: Order, refund: Refund, status: str, now_ms: int) -> None:
    refund.status = status
    refund.version = max(now_ms, refund.version + 1)
    refund.modified_ms = order.updated_ms = now_ms


def _told(name: str, order: Order, refund: Refund, switches: Switches, now_ms: int) -> list[Event]:
    events = []
    if switches.refund_events in ("old", "both"):
        msg: dict[str, Any] = {
            "tid": order.tid,
            "refund_id": refund.refund_id,
            "oids": ",".join(refund.oids),
            "refunded_fee": yuan(refund.fee_fen),
            "refund_reason": 11,
            "refund_reason_desc": refund.reason,
            "refund_type": "REFUND_AND_RETURN" if refund.with_return else "REFUND_ONLY",
            "update_time": shanghai(now_ms),
        }
        events.append(Event(OLD + name, refund.status, msg))
    if switches.refund_events in ("new", "both") and name in NEW_NAMES:
        events.append(_new_event(NEW_NAMES[name], order, refund))
    return events


def _new_event(name: str, order: Order, refund: Refund) -> Event:
    msg = {
        "tid": order.tid,
        "refund_id": refund.refund_id,
        "version": refund.version,
        "refunded_fee": yuan(refund.fee_fen),
        "refund_type": "REFUND_AND_RETURN" if refund.with_return else "REFUND_ONLY",
    }
    return Event(NEW + name, refund.status, msg)
