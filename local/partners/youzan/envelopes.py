"""Youzan's answers: three envelopes, the gateway's codes, and errors as exceptions (sheet §3).

Every answer is HTTP 200. `old` APIs wrap differently from new ones; the gateway differently again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GATEWAY_TEXTS = {
    4001: "非法的请求路径",
    4004: "请求体不是合法的JSON",
    4005: "API不存在或版本错误",
    4007: "请求方法或Content-Type错误,或IP不在白名单",
    4008: "该接口不支持富文本",
    4010: "参数类型不匹配",
    4101: "访问频繁",
    4201: "非法的请求凭证",
    4202: "请求凭证已过期",
    4203: "请求凭证不存在",
    4204: "没有调用该接口的权限",
    5001: "系统异常",
}


@dataclass(eq=False)
class GatewayError(Exception):
    """Refused before the business saw it; carries no top-level `code` or `success`."""

    code: int


@dataclass(eq=False)
class BusinessError(Exception):
    """The business said no. `old` picks the envelope of the old APIs."""

    code: int
    message: str
    old: bool = False


def gateway(code: int, trace_id: str) -> dict[str, Any]:
    """`gw_err_resp`."""
    return {"gw_err_resp": {"trace_id": trace_id, "err_msg": GATEWAY_TEXTS[code], "err_code": code}}


def succeeded(data: Any, trace_id: str) -> dict[str, Any]:
    """The answer of a new API that did what was asked."""
    return {"trace_id": trace_id, "code": 200, "success": True, "message": "successful", "data": data}


def refused(error: BusinessError) -> dict[str, Any]:
    """The answer of an API, old or new, that refuses."""
    if error.old:
        return {"error_response": {"code": error.code, "msg": error.message}}
    return {"code": error.code, "success": False, "message": error.message, "data": None, "request_id": None}


def throttled(form: str, trace_id: str) -> dict[str, Any]:
    """One of the four bodies in which a throttle was seen: `gateway`, `4101`, `500100004`, `123000042`."""
    bodies: dict[str, dict[str, Any]] = {
        "gateway": gateway(4101, trace_id),
        "4101": {"code": "4101", "msg": "访问频繁"},
        "500100004": {"msg": "请求被限流", "code": 500100004},
        "123000042": {"code": 123000042, "success": False, "message": "请求被限流"},
    }
    return bodies[form]


def token_refused(code: int, message: str) -> dict[str, Any]:
    """The error answer of `/auth/token`."""
    return {"success": False, "code": code, "data": None, "message": message}
