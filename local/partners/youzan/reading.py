"""`youzan.trade.get` and `youzan.trades.sold.get`: both read the late replica (sheet §7.1, §7.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.partners.youzan.book import Book
from local.partners.youzan.envelopes import BusinessError, GatewayError
from local.partners.youzan.model import STATUS_TEXTS, TRADE_PAID, Order
from local.partners.youzan.structure import detail, full_order_info
from local.partners.youzan.units import SHANGHAI, from_shanghai, is_order_no

TIMES = ("created", "update_time", "pay_time", "consign_time", "success_time", "confirm_time", "expired_time")
RANGES = {"created": "created_ms", "update": "updated_ms", "success": "success_ms", "pay": "pay_ms"}
WEEK_MS = 7 * 24 * 3_600_000
STATUSES = (*(status for status in STATUS_TEXTS if status != TRADE_PAID), "TRADE_REFUND")


def trade_get(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The whole order; one of another shop is as unknown as one that the replica has not seen yet."""
    if not is_order_no(asked.get("tid")):
        raise BusinessError(106000004, "订单号不合法")
    order = book.replica(asked["tid"], kdt_id)
    if order is None:
        raise BusinessError(5000, "trade not found")
    answer = detail(order, book.shop(order), book.switches)
    _show_empty_times(answer["full_order_info"], book.switches.api_empty_times)
    return answer


def sold_get(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page of a search. The order is by update time, so one updated meanwhile moves between pages."""
    page_no, page_size = whole(asked, "page_no", 1), whole(asked, "page_size", 20)
    if page_size > 100:
        raise BusinessError(5000, "每页最多显示100条数据")
    if not 1 <= page_no <= 100 or page_size < 1:
        raise BusinessError(5000, "page_no 取值范围1~100")
    if asked.get("tid") and not is_order_no(asked["tid"]):
        raise BusinessError(106100110, "订单号不合法")
    if asked.get("status") and asked["status"] not in STATUSES:
        raise GatewayError(5001)
    now_ms = book.clock.wire_ms()
    windows = {field: _window(asked, name, now_ms) for name, field in RANGES.items()}
    found = [
        order
        for order in book.replica_of_shop(kdt_id, windows["updated_ms"])
        if _matches(order, asked) and all(_inside(getattr(order, field), window) for field, window in windows.items())
    ]
    found.sort(key=lambda order: (order.updated_ms, order.tid), reverse=book.switches.sold_newest_first)
    page = found[(page_no - 1) * page_size : page_no * page_size]
    return {"full_order_info_list": [_row(book, order) for order in page], "total_results": len(found)}


def whole(asked: dict[str, Any], key: str, default: int) -> int:
    """A whole number, given as one or as text; anything else is the gateway's 5001."""
    value = asked.get(key, default)
    if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
        raise GatewayError(5001)
    return int(value)


def _matches(order: Order, asked: dict[str, Any]) -> bool:
    status, tid = asked.get("status"), asked.get("tid")
    if status == "TRADE_REFUND" and not order.refunds:
        return False
    titles = "".join(line.title for line in order.lines)
    return (
        (not status or status in (order.status, "TRADE_REFUND"))
        and (not tid or tid == order.tid)
        and asked.get("receiver_phone") in (None, "", order.buyer.phone)
        and asked.get("receiver_name") in (None, "", order.buyer.name)
        and (asked.get("goods_title") or "") in titles
        and asked.get("express_type") in (None, "", "EXPRESS")
    )


def _window(asked: dict[str, Any], name: str, now_ms: int) -> tuple[int, int] | None:
    first, last = asked.get(f"start_{name}"), asked.get(f"end_{name}")
    if not first or not last:
        return None
    try:
        start, end = from_shanghai(first), from_shanghai(last)
    except (ValueError, TypeError) as error:
        raise GatewayError(5001) from error
    if start > end:
        raise BusinessError(5000, "开始时间不能大于结束时间")
    if end > now_ms + WEEK_MS:
        raise BusinessError(106000003, "结束时间过大")
    if end > _three_months_later(start):
        raise BusinessError(5000, "查询时间跨度不能超过3个月")
    return start, end


def _three_months_later(at_ms: int) -> int:
    at = datetime.fromtimestamp(at_ms / 1000, SHANGHAI)
    years, month = divmod(at.month + 2, 12)
    first_of_month = at.replace(year=at.year + years, month=month + 1, day=1)
    return int(first_of_month.timestamp() * 1000) + (at.day - 1) * 24 * 3_600_000


def _inside(at_ms: int | None, window: tuple[int, int] | None) -> bool:
    if window is None:
        return True
    return at_ms is not None and window[0] <= at_ms // 1000 * 1000 <= window[1]


def _row(book: Book, order: Order) -> dict[str, Any]:
    info = full_order_info(order, book.shop(order), book.switches)
    _show_empty_times(info, book.switches.api_empty_times)
    return {"full_order_info": info}


def _show_empty_times(info: dict[str, Any], form: str) -> None:
    times = info["order_info"]
    for key in TIMES:
        if times[key] == "" and form == "null":
            times[key] = None
        elif times[key] == "" and form == "absent":
            del times[key]
