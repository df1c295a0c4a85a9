"""Find anything (one box): order id, platform number, waybill, phone, phone tail or nick → the orders (R46).

What was typed is never stored or logged; a phone, its tail and a nick are looked for by their keyed digests (R6).
"""

import re
from collections.abc import Collection
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.finding import FoundBy
from orderhub.domain.order_row import OrderRow
from orderhub.ports.read_models import Rows
from orderhub.ports.world import Digest
from orderhub.services.show_row import shown

MOST = 20
LONGEST = 64
CHANNELS = ("youzan", "wechat")
_ID = re.compile(r"[A-Za-z0-9-]{1,40}")
_NUMBER = re.compile(r"[A-Za-z0-9]{6,32}")
_TAIL = re.compile(r"\d{4}")
_PHONE = re.compile(r"(?:\+?86)?(1\d{10})")


def find(asked: str, rows: Rows, digest: Digest, shops: Collection[str] = ()) -> dict[str, Any]:
    """``{"orders": [row with found_by …], "is_cut"}``: at most 20, the newest first; ``is_cut``: there may be more.

    Every meaning that fits what was typed is tried. ``shops``: only orders of these, all when empty. Raises Rejected
    (``bad_filter``) for nothing, or too much.
    """
    text = " ".join(asked.split())
    if not text or len(text) > LONGEST:
        raise Rejected("bad_filter", f"q must have 1 to {LONGEST} signs")
    found: dict[str, FoundBy] = {}
    is_cut = False
    for kind, value in _meanings(text, digest):
        ids = _ids_named(value) if kind is FoundBy.ORDER else rows.found(kind.value, value, MOST + 1)
        is_cut = is_cut or len(ids) > MOST
        for order_id in ids[:MOST]:
            found.setdefault(order_id, kind)
    known = sorted((row for row in rows.rows(list(found)) if not shops or row.shop_id in shops), key=_newest_first)
    orders = [{**shown(row), "found_by": found[row.order_id].value} for row in known[:MOST]]
    return {"orders": orders, "is_cut": is_cut or len(known) > MOST}


def _newest_first(row: OrderRow) -> tuple[int, str]:
    return -(row.placed_at or row.last_at), row.order_id


def _meanings(text: str, digest: Digest) -> list[tuple[FoundBy, str]]:
    joined = text.replace(" ", "")
    meant: list[tuple[FoundBy, str]] = []
    if _ID.fullmatch(joined):
        meant.append((FoundBy.ORDER, joined))
    if _NUMBER.fullmatch(joined):
        meant.append((FoundBy.WAYBILL, joined.upper()))
    if phone := _PHONE.fullmatch(joined.replace("-", "")):
        meant.append((FoundBy.PHONE, digest.of_phone(phone[1])))
    if _TAIL.fullmatch(joined):
        meant.append((FoundBy.TAIL, digest.of_tail(joined)))
    if nick := digest.of_nick(text):
        meant.append((FoundBy.NICK, nick))
    return meant


def _ids_named(text: str) -> list[str]:
    """The ids that this text may be: an order id as it stands, or a platform's number."""
    if text.partition("-")[0].lower() in CHANNELS:
        channel, _, number = text.partition("-")
        return [f"{channel.lower()}-{number}"]
    return [f"{channel}-{text}" for channel in CHANNELS]
