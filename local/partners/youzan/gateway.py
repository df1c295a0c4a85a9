"""The open platform's gateway: which API, whose token, which envelope (sheet §1, §3).

The order of the checks is the gateway's own: path, method and content type, API, body, token, permission.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from local.partners.chassis import Reply
from local.partners.youzan import aftersale, reading, secrecy, shipping, tokens, writing
from local.partners.youzan.book import Book
from local.partners.youzan.envelopes import (
    BusinessError,
    GatewayError,
    gateway,
    refused,
    succeeded,
    throttled,
)
from local.partners.youzan.messages import compact

Api = Callable[[Book, str, dict[str, Any]], Any]

CONFIRM = "youzan.logistics.online.confirm"
ADDRESS = "youzan.trade.order.address.update"
ENCRYPT_CONFIG = ("youzan.cloud.client.query.encryptconfig", "1.0.0")

APIS: dict[tuple[str, str], Api] = {
    ("youzan.trade.get", "4.0.0"): reading.trade_get,
    ("youzan.trade.get", "4.0.1"): reading.trade_get,
    ("youzan.trade.get", "4.0.2"): reading.trade_get,
    ("youzan.trades.sold.get", "4.0.4"): reading.sold_get,
    (CONFIRM, "3.0.0"): shipping.confirm,
    ("youzan.logistics.express.get", "3.0.0"): shipping.express_get,
    (ADDRESS, "1.0.0"): writing.address_update,
    ("youzan.trade.refund.get", "3.0.1"): aftersale.refund_get,
    ("youzan.trade.refund.search", "3.0.1"): aftersale.refund_search,
    ("youzan.trade.refund.seller.active", "3.0.1"): aftersale.seller_refund,
    ("youzan.cloud.secret.decrypt.single", "1.0.0"): secrecy.decrypt_single,
}
OLD_APIS: dict[tuple[str, str], Api] = {
    ("youzan.trade.memo.update", "3.0.0"): writing.memo_update,
}


def answer(
    book: Book, name: str, version: str, *, raw: bytes, content_type: str, token: str | None, trace_id: str
) -> Reply:
    """The reply to one API call; every outcome is HTTP 200."""
    ref = ""
    try:
        api = _api(book, name, version, content_type)
        asked = body_of(raw)
        ref = str(asked.get("tid") or "")
        kdt_id = tokens.kdt_of(book, token)
        if name in book.switches.denied_apis:
            raise GatewayError(4204)
        data = api(book, kdt_id, asked)
    except GatewayError as error:
        return _reply(gateway(error.code, trace_id), str(error.code), ref)
    except BusinessError as error:
        return _reply(refused(error), str(error.code), ref)
    return _reply(data if (name, version) in OLD_APIS else succeeded(data, trace_id), "ok", ref)


def answer_without_token(book: Book, name: str, version: str, *, raw: bytes, trace_id: str) -> Reply:
    """The reply on `/api/auth_exempt/…`: only the key query lives there."""
    try:
        if (name, version) != ENCRYPT_CONFIG:
            raise GatewayError(4005)
        data = secrecy.encrypt_config(book, body_of(raw, or_form=True))
    except GatewayError as error:
        return _reply(gateway(error.code, trace_id), str(error.code), "")
    except BusinessError as error:
        return _reply(refused(error), str(error.code), "")
    return _reply(succeeded(data, trace_id), "ok", "")


def too_many(book: Book, trace_id: str) -> Reply:
    """The reply to a call above the limit, in the form that the switch picks."""
    return _reply(throttled(book.switches.throttle_form, trace_id), "4101", "")


def body_of(raw: bytes, or_form: bool = False) -> dict[str, Any]:
    """The parameters of a call. Raises GatewayError 4004 when they are not a JSON object."""
    try:
        asked = json.loads(raw)
    except (ValueError, RecursionError) as error:
        if or_form:
            return dict(parse_qsl(raw.decode("utf-8", "replace")))
        raise GatewayError(4004) from error
    if not isinstance(asked, dict):
        raise GatewayError(4004)
    return asked


def _api(book: Book, name: str, version: str, content_type: str) -> Api:
    if not content_type.startswith("application/json") or not book.switches.ip_whitelisted:
        raise GatewayError(4007)
    api = {**APIS, **OLD_APIS}.get((name, version))
    if api is None or (name == ADDRESS and not book.switches.address_api):
        raise GatewayError(4005)
    return api


def _reply(body: Any, outcome: str, ref: str) -> Reply:
    return Reply(compact(body).encode(), outcome=outcome, ref=ref)
