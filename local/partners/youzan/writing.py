"""`youzan.trade.memo.update` 3.0.0 and `youzan.trade.order.address.update` 1.0.0 (sheet §7.4, §7.5)."""

from __future__ import annotations

from typing import Any

from local.partners.youzan.book import Book
from local.partners.youzan.ciphers import NotDecipherable, decrypt
from local.partners.youzan.envelopes import BusinessError
from local.partners.youzan.life import Refusal, change_address, write_memo

# Guess: the parameter table of the address API is in no public material, its error codes neither.
ADDRESS_PARAMETERS = {
    "receiver_name": "name",
    "receiver_tel": "phone",
    "province": "province",
    "city": "city",
    "district": "district",
    "detail": "detail",
}
ADDRESS_REFUSED = 102510099


def memo_update(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Writes the seller's memo. Your own call comes back as a push, too."""
    order = book.find(asked.get("tid"), kdt_id)
    if order is None:
        raise BusinessError(50000, "订单不存在", old=True)
    flag = str(asked.get("flag", order.star))
    if not isinstance(asked.get("memo"), str) or flag not in "012345" or len(flag) != 1:
        raise BusinessError(500, "参数错误", old=True)
    now_ms = book.clock.wire_ms()
    book.record(order, write_memo(order, asked["memo"], int(flag), book.switches, now_ms))
    return {"response": {"is_success": True}}


def address_update(book: Book, kdt_id: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Changes the address once; the seller's event follows. Every parameter of it is a guess."""
    order = book.find(asked.get("tid"), kdt_id)
    if order is None:
        raise BusinessError(5000, "trade not found")
    keys = book.shop(order).keys
    try:
        changes = {
            ours: decrypt(str(asked[theirs]), keys) for theirs, ours in ADDRESS_PARAMETERS.items() if asked.get(theirs)
        }
        if not changes:
            raise BusinessError(ADDRESS_REFUSED, "没有要修改的内容")
        events = change_address(order, changes, True, book.shop(order), book.switches, book.clock.wire_ms())
    except NotDecipherable as error:
        raise BusinessError(ADDRESS_REFUSED, "密文无法解密") from error
    except Refusal as refusal:
        raise BusinessError(ADDRESS_REFUSED, f"不允许修改地址: {refusal}") from refusal
    book.record(order, events)
    return {"is_success": True}
