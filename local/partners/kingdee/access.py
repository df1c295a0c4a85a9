"""Who may call: signed headers on every request, or a session from AuthService (sheet §2)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from local.partners.chassis import Clock, Store
from local.partners.kingdee.envelopes import PARAMETER, SESSION_LOST, SESSION_LOST_TEXT, Refused
from local.partners.kingdee.signing import api_signature, client_of, kd_signature, login_sign

SESSIONS = "sessions"
IDLE_MS = 20 * 60_000


class GatewayRefused(Exception):
    """X-Api-* is wrong: the API gateway, not the ERP, says no."""


def check(
    headers: Mapping[str, str], cookies: Mapping[str, str], path: str, config: Mapping[str, Any],
    store: Store, clock: Clock,
) -> None:  # fmt: skip
    """Lets a signed request or a living session pass. Raises Refused (MsgCode 1) or GatewayRefused."""
    if "x-kd-signature" in headers:
        if config["api_signature"] == "strict":
            _check_gateway(headers, path, config)
        _check_erp(headers, config)
        return
    session_id = headers.get("kdservice-sessionid") or cookies.get("kdservice-sessionid") or ""
    session = store.get(SESSIONS, session_id)
    now_ms = clock.wire_ms()
    if session is None or session["idle_until_ms"] < now_ms:
        raise _lost()
    store.put(SESSIONS, session_id, {"idle_until_ms": now_ms + IDLE_MS})


def log_in(method: str, parameters: list[Any], config: Mapping[str, Any], store: Store, clock: Clock) -> dict[str, Any]:
    """LoginBySign or LoginByAppSecret: LoginResultType 1 with a session, else 0. Raises Refused."""
    texts = [str(value) for value in parameters]
    if len(texts) != {"LoginBySign": 6, "LoginByAppSecret": 5}[method]:
        raise Refused("参数错误: 参数个数不符", PARAMETER)
    known = [config["acct_id"], config["user"], config["app_id"]]
    proof, right = texts[3], config["app_secret"]
    if method == "LoginBySign":
        acct_id, user, app_id = known
        proof, right = texts[4], login_sign(acct_id, user, app_id, config["app_secret"], texts[3])
    if texts[:3] != known or not _same(proof, right):
        return {
            "Message": "用户名或密码错误",
            "MessageCode": "",
            "LoginResultType": 0,
            "IsSuccessByAPI": False,
        }
    session_id = secrets.token_hex(12)
    store.put(SESSIONS, session_id, {"idle_until_ms": clock.wire_ms() + IDLE_MS})
    return {
        "Message": "",
        "MessageCode": "",
        "LoginResultType": 1,
        "Context": {"UserLocale": "zh-CN", "SessionId": session_id, "UserName": config["user"]},
        "KDSVCSessionId": session_id,
        "IsSuccessByAPI": True,
    }


def log_out(store: Store, session_id: str) -> bool:
    """Ends a session."""
    store.delete(SESSIONS, session_id)
    return True


def _check_erp(headers: Mapping[str, str], config: Mapping[str, Any]) -> None:
    try:
        app_data = base64.b64decode(headers.get("x-kd-appdata", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _lost() from error
    parts = app_data.split(",")
    if (
        headers.get("x-kd-appkey") != config["app_id"]
        or len(parts) != 4
        or parts[:2] != [config["acct_id"], config["user"]]
        or not all(part.isdigit() for part in parts[2:])
        or not _same(headers["x-kd-signature"], kd_signature(config["app_id"], app_data, config["app_secret"]))
    ):
        raise _lost()


def _check_gateway(headers: Mapping[str, str], path: str, config: Mapping[str, Any]) -> None:
    client_id, client_secret = client_of(config["app_id"])
    nonce, timestamp = headers.get("x-api-nonce", ""), headers.get("x-api-timestamp", "")
    named = {name.strip().lower() for name in headers.get("x-api-signheaders", "").split(",")}
    right = api_signature(path, nonce, timestamp, client_secret)
    if (
        headers.get("x-api-clientid") != client_id
        or headers.get("x-api-auth-version") != "2.0"
        or named != {"x-api-timestamp", "x-api-nonce"}
        or not timestamp.isdigit()
        or not nonce
        or not _same(headers.get("x-api-signature", ""), right)
    ):
        raise GatewayRefused


def _lost() -> Refused:
    return Refused(SESSION_LOST_TEXT, SESSION_LOST)


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
