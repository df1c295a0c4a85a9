"""Requests as API Gateway hands them to receive_webhook, signed as the partners would; a fresh handler."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

CLIENT_ID, CLIENT_SECRET = "f0e1d2c3b4a5968778", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
TOKEN = "a-secret-part-of-the-path"
MSG = "%7B%22tid%22%3A%22E20260307175623028200001%22%2C%22buyer%22%3A%22%E5%BC%A0%E4%B8%89%22%7D"
YOUZAN_SECRET: dict[str, Any] = {
    "apps": [{"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}],
    "kdt_ids": ["12345678"],
    "body_sign_shops": [],
}
SF_SECRET: dict[str, Any] = {"partner_id": "demo", "check_word": "demo", "webhook_token": TOKEN}
HANDLER = Path(__file__).parents[2] / "functions/receive_webhook/handler.py"

type Handler = Callable[[dict[str, Any], None], dict[str, Any]]


def load_handler() -> Any:
    """The handler module, imported as a new process would, with the environment of now."""
    spec = importlib.util.spec_from_file_location("receive_webhook_handler", HANDLER)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def youzan_body(**changes: object) -> bytes:
    body: dict[str, object] = {
        "client_id": CLIENT_ID,
        "id": "E20260307175623028200001",
        "kdt_id": 12345678,
        "kdt_name": "测试店铺",
        "msg": MSG,
        "msg_id": "2f6b1c1e-0000-4000-8000-000000000001",
        "sign": hashlib.md5(f"{CLIENT_ID}{MSG}{CLIENT_SECRET}".encode()).hexdigest(),
        "test": False,
        "type": "trade_TradeBuyerPay",
        "version": 1772877410,
        **changes,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def event_sign(body: bytes, secret: str = CLIENT_SECRET) -> str:
    return hashlib.md5(CLIENT_ID.encode() + body + secret.encode()).hexdigest()


def request(path: str, body: bytes, headers: dict[str, str], *, as_base64: bool = False) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": headers,
        "body": base64.b64encode(body).decode() if as_base64 else body.decode(),
        "isBase64Encoded": as_base64,
    }


def youzan_push(body: bytes, sign: str | None = None, *, as_base64: bool = False) -> dict[str, Any]:
    """A push with header Event-Sign; right by default."""
    headers = {
        "content-type": "application/json",
        "client-id": CLIENT_ID,
        "event-type": "trade_TradeBuyerPay",
        "event-sign": event_sign(body) if sign is None else sign,
    }
    return request("/webhooks/youzan", body, headers, as_base64=as_base64)


def unsigned_youzan_push(body: bytes, *, as_base64: bool = False) -> dict[str, Any]:
    """A push without the header, as older configurations send it."""
    return request("/webhooks/youzan", body, {"content-type": "application/json"}, as_base64=as_base64)


def sf_push(token: str = TOKEN, *, form: bool = False) -> dict[str, Any]:
    if form:
        body, content_type = b"content=%3CRequest%3E%3C%2FRequest%3E", "application/x-www-form-urlencoded"
    else:
        route = {
            "mailno": "SF7444400000001",
            "acceptAddress": "深圳市",
            "remark": "张三 已签收",
            "opCode": "80",
        }
        body = json.dumps({"Body": {"WaybillRoute": [route]}}, ensure_ascii=False).encode()
        content_type = "application/json;charset=UTF-8"
    return request(f"/webhooks/sf/{token}", body, {"content-type": content_type})


def sf_order_state_push(token: str = TOKEN) -> dict[str, Any]:
    state = {"waybillNo": "SF7444400000001", "orderStateCode": "04-40001", "empPhone": "13800130000"}
    body = json.dumps({"orderState": [state]}).encode()
    return request(f"/webhooks/sf/{token}/order-state", body, {"content-type": "application/json;charset=UTF-8"})
