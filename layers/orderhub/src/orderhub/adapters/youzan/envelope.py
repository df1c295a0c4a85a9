"""The outer part of a Youzan push: which shop, which event, which message (sheet §5.1)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from orderhub.adapters.youzan.fields import Node, flag, json_object, needed_identifier, text, version_ms
from orderhub.domain.errors import UnreadableMessage

ORDER_EVENTS = ("trade_", "youzan_trade_")
PROBE = "probe"
NOT_AN_ORDER_EVENT = "not_an_order_event"

_TYPE = re.compile(r"[A-Za-z0-9_]{1,80}")
_MSG_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A readable message that says nothing about an order. `reason`: probe | not_an_order_event."""

    reason: str
    event_type: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One push about an order. `message_key` is the same for every delivery of the same message."""

    event_type: str
    shop_id: str
    subject: str  # `id`: the order number for trade events
    msg: Node
    msg_text: str
    message_key: str
    version: int


def read_envelope(body: bytes) -> Envelope | Ignored:
    """Take a push apart. `msg` is UrlEncoded JSON text or a JSON object, depending on the event.

    Raises UnreadableMessage.
    """
    outer = json_object(body, "body")
    event_type = text(outer, "type")
    if flag(outer, "test"):
        return Ignored(PROBE, event_type if _TYPE.fullmatch(event_type) else "")
    if not _TYPE.fullmatch(event_type):
        raise UnreadableMessage("type_unsuitable" if event_type else "type_missing")
    if not event_type.startswith(ORDER_EVENTS):
        return Ignored(NOT_AN_ORDER_EVENT, event_type)
    msg, msg_text = _msg(outer)
    shop_id = needed_identifier(outer, "kdt_id")
    subject = needed_identifier(outer, "id")
    version = version_ms(outer)
    key = _message_key(outer, f"{event_type}:{shop_id}:{subject}:{version}", msg_text, version)
    return Envelope(event_type, shop_id, subject, msg, msg_text, key, version)


def _msg(outer: Node) -> tuple[Node, str]:
    raw = outer.get("msg")
    if isinstance(raw, dict):
        return raw, json.dumps(raw, ensure_ascii=False, separators=(",", ":"), default=str)
    if not isinstance(raw, str) or not raw:
        raise UnreadableMessage("msg_type" if raw else "msg_missing")
    try:
        # A brace never survives url-encoding: text that starts with one was not encoded.
        decoded = raw if raw.startswith("{") else unquote_plus(raw, errors="strict")
    except UnicodeDecodeError:
        raise UnreadableMessage("msg_encoding") from None
    return json_object(decoded, "msg"), decoded


def _message_key(outer: Node, fallback: str, msg_text: str, version: int) -> str:
    msg_id = text(outer, "msg_id")
    if msg_id:
        if not _MSG_ID.fullmatch(msg_id):
            raise UnreadableMessage("msg_id_unsuitable")
        return msg_id
    if version:
        return fallback
    return f"{fallback}:{hashlib.sha256(msg_text.encode()).hexdigest()[:12]}"
