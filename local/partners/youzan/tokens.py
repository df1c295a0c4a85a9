"""`POST /auth/token` and the check of a token in an API call (sheet §2, §3)."""

from __future__ import annotations

import json
import secrets
from typing import Any

from local.partners.chassis import Reply
from local.partners.youzan.book import Book
from local.partners.youzan.envelopes import GatewayError, token_refused
from local.partners.youzan.messages import compact

TOKENS, REFRESHERS = "tokens", "refresh_tokens"
LIFETIME_MS = 7 * 24 * 3_600_000
REFRESH_LIFETIME_MS = 28 * 24 * 3_600_000
AFTERLIFE_MS = 3_600_000
GRANTS = ("silent", "refresh_token")


class _Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def issue(book: Book, raw: bytes, content_type: str) -> Reply:
    """Answers a token request of a self-use app: `silent` or `refresh_token`."""
    try:
        data = _issue(book, raw, content_type)
    except _Refused as refused:
        body = token_refused(refused.code, str(refused))
        return Reply(compact(body).encode(), outcome=str(refused.code))
    return Reply(compact({"success": True, "code": 200, "message": None, "data": data}).encode())


def kdt_of(book: Book, token: str | None) -> str:
    """The shop that a token speaks for. Raises GatewayError 4201 missing, 4203 unknown, 4202 expired."""
    if not token:
        raise GatewayError(4201)
    doc = book.store.get(TOKENS, token)
    if doc is None:
        raise GatewayError(4203)
    if doc["expires_ms"] <= book.clock.wire_ms():
        raise GatewayError(4202)
    return str(doc["kdt_id"])


def end_all(book: Book, how: str) -> int:
    """Every living token `expire`s (4202) or is `forget`ten (4203); returns how many."""
    items = book.store.items(TOKENS)
    for token, doc in items:
        if how == "forget":
            book.store.delete(TOKENS, token)
        elif how == "expire":
            book.store.put(TOKENS, token, {**doc, "expires_ms": 0})
        else:
            raise ValueError(how)
    return len(items)


def _issue(book: Book, raw: bytes, content_type: str) -> dict[str, Any]:
    if not content_type.startswith("application/json"):
        raise _Refused(1000, "Content-Type 必须是 application/json")
    try:
        asked = json.loads(raw)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise _Refused(1000, "请求体不是合法的JSON")
    app = book.directory.apps.get(str(asked.get("client_id")))
    if app is None:
        raise _Refused(1103, "Client 不存在")
    if asked.get("client_secret") != app.client_secret:
        raise _Refused(1000, "client_secret 不正确")
    if asked.get("authorize_type") not in GRANTS:
        raise _Refused(1004, "authorize_type 不支持")
    kdt_id = _shop_asked(book, asked)
    return _granted(book, kdt_id, bool(asked.get("refresh")) or asked["authorize_type"] == "refresh_token")


def _shop_asked(book: Book, asked: dict[str, Any]) -> str:
    if asked["authorize_type"] == "refresh_token":
        doc = book.store.get(REFRESHERS, str(asked.get("refresh_token")))
        if doc is None or doc["expires_ms"] <= book.clock.wire_ms():
            raise _Refused(1005, "refresh_token 无效")
        return str(doc["kdt_id"])
    kdt_id = str(asked.get("grant_id"))
    if kdt_id not in book.directory.shops:
        raise _Refused(1105, "grant_id 未授权")
    return kdt_id


def _granted(book: Book, kdt_id: str, with_refresh: bool) -> dict[str, Any]:
    now_ms = book.clock.wire_ms()
    dies_ms = now_ms + (AFTERLIFE_MS if book.switches.old_token_after_refresh == "hour" else 0)
    for token, doc in book.store.items(TOKENS):
        if doc["kdt_id"] == kdt_id and doc["expires_ms"] > dies_ms:
            book.store.put(TOKENS, token, {**doc, "expires_ms": dies_ms})
    token, expires_ms = secrets.token_hex(16), now_ms + LIFETIME_MS
    book.store.put(TOKENS, token, {"kdt_id": kdt_id, "expires_ms": expires_ms})
    data = {
        "access_token": token,
        "expires": expires_ms,
        "scope": "multi_store shop item trade logistics",
        "authority_id": kdt_id,
    }
    if with_refresh:
        data["refresh_token"] = secrets.token_hex(16)
        refresher = {"kdt_id": kdt_id, "expires_ms": now_ms + REFRESH_LIFETIME_MS}
        book.store.put(REFRESHERS, str(data["refresh_token"]), refresher)
    return data
