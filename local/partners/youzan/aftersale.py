"""`youzan.trade.refund.get`, `.search` and `.seller.active` 3.0.1 (sheet §7.6)."""

from __future__ import annotations

from typing import Any

from local.partners.youzan import refunds
from local.partners.youzan.book import REFUNDS, SELLER_REFUNDS, Book
from local.partners.youzan.envelopes import BusinessError
from local.partners.youzan.life import Refusal
from local.partners.youzan.model import Order, Refund
from local.partners.youzan.reading import whole
from local.partners.youzan.units import fen_of, shanghai, yuan

QUARTER_SECONDS = 90 * 24 * 3600
BALANCE_TOO_LOW = (102090108, "店铺余额不足")
# Guesses: the sheet names no codes for what a seller asks wrongly here.
WRONG_PARAMETER, CANNOT_REFUND = 103010001, 102010002
DEMANDS = {1: False, 2: True}


def refund_get(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One refund with its lock `version`."""
    refund_id = asked.get("refund_id")
    if not isinstance(refund_id, str) or not refund_id.isdigit():
        raise BusinessError(103010052, "退款编号不合法")
    doc = book.store.get(REFUNDS, refund_id)
    order = book.find(doc["tid"]) if doc else None
    if order is None:
        raise BusinessError(103011024, "退款单不存在")
    if order.kdt_id != kdt_id:
        raise BusinessError(103010054, "退款单不属于该店铺")
    refund = next(r for r in order.refunds if r.refund_id == refund_id)
    return {
        **_row(order, refund),
        "oid": refund.oids[0] if refund.oids else "",
        "version": refund.version,
        "refund_type": "SELLER_REFUND" if refund.by_seller else "BUYER_APPLY_REFUND",
        "demand": 2 if refund.with_return else 1,
        "refund_success_time": shanghai(refund.success_ms),
    }


def refund_search(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page of refunds, latest change first; times are epoch seconds here."""
    page_no, page_size = whole(asked, "page_no", 1), whole(asked, "page_size", 20)
    if not 1 <= page_no <= 100 or page_size < 1 or page_no * page_size > 3000:
        raise BusinessError(53002, "分页参数不合法")
    now = book.clock.wire_ms() // 1000
    created = (whole(asked, "create_time_start", now - QUARTER_SECONDS), whole(asked, "create_time_end", now))
    updated = (whole(asked, "update_time_start", 0), whole(asked, "update_time_end", now))
    rows = []
    for doc in book.store.all(REFUNDS):
        order = book.find(doc["tid"], kdt_id)
        for refund in order.refunds if order else []:
            if (
                order is not None
                and refund.refund_id == doc["refund_id"]
                and _matches(order, refund, asked)
                and _between(refund.created_ms, created)
                and _between(refund.modified_ms, updated)
            ):
                rows.append((refund.modified_ms, _row(order, refund)))
    rows.sort(key=lambda row: -row[0])
    page = rows[(page_no - 1) * page_size : page_no * page_size]
    return {"total": len(rows), "refunds": [row for _, row in page]}


def seller_refund(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The seller pays back by itself, at once. The same `biz_value` again answers as it did and pays nothing."""
    order = book.find(asked.get("tid"), kdt_id)
    if order is None:
        raise BusinessError(5000, "trade not found")
    key = asked.get("biz_value")
    if not isinstance(key, str) or not key or not asked.get("desc") or not isinstance(asked.get("coupons"), list):
        raise BusinessError(WRONG_PARAMETER, "参数错误")
    fee_fen, oids = fen_of(asked.get("refund_fee")), _refunded_lines(order, asked)
    if fee_fen is None or not oids:
        raise BusinessError(WRONG_PARAMETER, "参数错误")
    done = book.store.get(SELLER_REFUNDS, f"{kdt_id}:{key}")
    if done is not None:
        return {"is_success": True, "refund_id": done["refund_id"]}
    if book.switches.balance_too_low:
        raise BusinessError(*BALANCE_TOO_LOW)
    now_ms = book.clock.wire_ms()
    refund_id = f"{order.tid[1:15]}{book.store.next_number('refund'):08d}"
    refund = Refund(
        refund_id, oids, fee_fen, str(asked["desc"]), False, "WAIT_SELLER_AGREE", now_ms, now_ms, now_ms, by_seller=True
    )
    try:
        events = refunds.apply(order, refund, book.switches, now_ms)
        events += refunds.step(order, refund, "agree", book.switches, now_ms)
    except Refusal as refusal:
        raise BusinessError(CANNOT_REFUND, str(refusal)) from refusal
    book.store.put(REFUNDS, refund_id, {"refund_id": refund_id, "tid": order.tid})
    book.store.put(SELLER_REFUNDS, f"{kdt_id}:{key}", {"refund_id": refund_id})
    book.record(order, events)
    return {"is_success": True, "refund_id": refund_id}


def _refunded_lines(order: Order, asked: dict[str, Any]) -> list[str]:
    """The lines that a seller's refund names, by `oid` or `items`; none when they do not fit the order or the fee."""
    items = asked.get("items")
    if items is None:
        named = [str(asked.get("oid", ""))]
    elif isinstance(items, list) and all(isinstance(item, dict) for item in items):
        fees = [fen_of(item.get("refund_fee")) for item in items]
        if None in fees or sum(fee for fee in fees if fee) != fen_of(asked.get("refund_fee")):
            return []
        named = [str(item.get("oid", "")) for item in items]
    else:
        return []
    return named if named and {*named} <= {line.oid for line in order.lines} else []


def _matches(order: Order, refund: Refund, asked: dict[str, Any]) -> bool:
    demand = asked.get("demand")
    return (
        asked.get("tid") in (None, "", order.tid)
        and asked.get("refund_id") in (None, "", refund.refund_id)
        and asked.get("status") in (None, "", refund.status)
        and (demand is None or DEMANDS.get(int(demand)) == refund.with_return)
    )


def _between(at_ms: int, window: tuple[int, int]) -> bool:
    return window[0] <= at_ms // 1000 <= window[1]


def _row(order: Order, refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "status": refund.status,
        "tid": order.tid,
        "kdt_id": int(order.kdt_id),
        "return_goods": refund.with_return,
        "reason": refund.reason,
        "refund_fee": yuan(refund.fee_fen),
        "created": shanghai(refund.created_ms),
        "modified": shanghai(refund.modified_ms),
    }
