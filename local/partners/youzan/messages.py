"""Pushes: what each event says, and how a push looks on the wire (sheet §5.1, §5.2, §5.4)."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from local.partners.youzan.model import Order
from local.partners.youzan.shops import App, Shop
from local.partners.youzan.signing import body_sign, event_sign
from local.partners.youzan.switches import Switches

MILLISECOND_TYPES_WHEN_MIXED = ("trade_TradePaid", "trade_TradeBuyerPay", "trade_TradeClose")


@dataclass(frozen=True)
class Event:
    """Something that happened to an order: event name, business status, and the decoded `msg`."""

    type: str
    status: str
    msg: dict[str, Any]


@dataclass(frozen=True)
class Push:
    """An event on its way: everything of the body but who signs it and which try it is."""

    type: str
    id: str
    status: str
    kdt_id: str
    kdt_name: str
    msg: str | dict[str, Any]
    msg_id: str
    version: int

    def to_json(self) -> dict[str, Any]:
        """For the disk."""
        return dict(self.__dict__)


def addressed(event: Event, order: Order, shop: Shop, switches: Switches, now_ms: int) -> Push:
    """The push of `event`; its version is above that of the order's last event of this type."""
    unit = switches.version_unit
    millis = unit == "ms" or (unit == "mixed" and event.type in MILLISECOND_TYPES_WHEN_MIXED)
    last = order.event_versions.get(event.type, 0)
    version = max(now_ms if millis else now_ms // 1000, last + 1)
    order.event_versions[event.type] = version
    is_object = event.type.startswith("youzan_trade_Refund")
    return Push(
        type=event.type,
        id=order.tid,
        status=event.status,
        kdt_id=shop.kdt_id,
        kdt_name=shop.name,
        msg=event.msg if is_object else url_encoded(event.msg),
        msg_id=str(uuid.uuid4()),
        version=version,
    )


def url_encoded(msg: dict[str, Any]) -> str:
    """`msg` as Java's URLEncoder leaves it: `+` for a space, `*` as it is, `~` escaped."""
    return quote_plus(compact(msg), safe="*").replace("~", "%7E")


def compact(value: Any) -> str:
    """JSON without blanks, Chinese text as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def wire(push: Push, app: App, tries_before: int, switches: Switches) -> tuple[dict[str, str], bytes]:
    """(headers, raw body) of one try; `sendCount` is part of the body, so each try is signed anew."""
    signed = push.msg if isinstance(push.msg, str) else compact(push.msg)
    body: dict[str, Any] = {
        "msg": push.msg,
        "kdt_name": push.kdt_name,
        "test": False,
        "sign": body_sign(app.client_id, signed, app.client_secret),
        "sendCount": tries_before,
        "type": push.type,
        "version": push.version,
        "client_id": app.client_id,
        "mode": 1,
        "kdt_id": int(push.kdt_id),
        "id": push.id,
        "msg_id": push.msg_id,
        "status": push.status,
    }
    if tries_before == 0 and switches.first_send_count == "absent":
        del body["sendCount"]
    raw = compact(body).encode()
    headers = {"Content-Type": "application/json", "Event-Type": push.type, "Client-Id": app.client_id}
    if switches.event_sign_header:
        headers["Event-Sign"] = event_sign(app.client_id, raw, app.client_secret)
    return headers, raw
