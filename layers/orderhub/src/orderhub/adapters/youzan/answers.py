"""Youzan's answers: three envelopes and what their codes mean (sheet §2–§4). Every one is HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.partner_http import Response, parse_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

PARTNER = "youzan"
THROTTLED_SECONDS = 3.0
"""The first pause Youzan asks for; the next are 6, 12, 24 and 48 s (sheet §4)."""

TOKEN_CODES = frozenset({4201, 4202, 4203})
THROTTLE_CODES = frozenset({4101, 500100004, 123000042, 141500203})
TIMEOUT_CODES = frozenset({106000001, 106100118, -100})
CONCURRENT = 102510001
SUCCESS = 200


class TokenRefused(PartnerRejected):
    """The gateway did not take the access token; nothing was done."""


def read_answer(response: Response) -> Any:
    """The `data` of an answer that did what was asked (of an old API: its `response`).

    Raises TokenRefused, PartnerUnavailable (throttled: clear; timed out behind the gateway, concurrent
    duplicate or unreadable: unclear) and PartnerRejected with Youzan's own code and text.
    """
    answer = _object(response)
    failed = answer.get("gw_err_resp")
    if failed is not None:
        raise _refusal(failed, "err_code", "err_msg")
    failed = answer.get("error_response")
    if failed is not None:
        raise _refusal(failed, "code", "msg")
    if "response" in answer:
        return _done(answer["response"])
    if answer.get("success") is True and _code(answer.get("code", SUCCESS)) == SUCCESS:
        return _done(answer.get("data"))
    if "code" not in answer:
        raise undocumented("answer has neither code nor error")
    raise _refusal(answer, "code", "message" if answer.get("message") else "msg")


def read_token(response: Response) -> tuple[str, int]:
    """(access token, end of its life in ms UTC) of `/auth/token`. Raises PartnerRejected for a bad app."""
    data = read_answer(response)
    if not isinstance(data, dict):
        raise undocumented("token answer without data")
    token, expires = data.get("access_token"), data.get("expires")
    if not isinstance(token, str) or not token or not isinstance(expires, int) or isinstance(expires, bool):
        raise undocumented("token answer without token or expires")
    return token, expires


def objects(data: Any, *names: str) -> list[Mapping[str, Any]]:
    """The list of objects under the first of these names that `data` has. Absent is not empty."""
    if isinstance(data, dict):
        for name in names:
            rows = data.get(name)
            if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                return rows
    raise undocumented(f"{names[0]} is not a list of objects")


def undocumented(what: str) -> PartnerUnavailable:
    """The answer is not one of the sheet's: what the partner did is unknown."""
    return PartnerUnavailable(PARTNER, what, unclear=True)


def _object(response: Response) -> Mapping[str, Any]:
    if response.status >= 400:
        raise PartnerRejected(PARTNER, f"http_{response.status}", "no such path or malformed request")
    answer = parse_json(response.body, PARTNER)
    if not isinstance(answer, dict):
        raise undocumented("answer is not an object")
    return answer


def _done(data: Any) -> Any:
    """`is_success: false` may accompany a success (sheet §3)."""
    if isinstance(data, dict) and data.get("is_success") is False:
        raise PartnerRejected(PARTNER, "not_successful", "is_success is false")
    return data


def _refusal(failed: Any, code_name: str, text_name: str) -> PartnerRejected | PartnerUnavailable:
    if not isinstance(failed, dict):
        return undocumented("error is not an object")
    code = _code(failed.get(code_name))
    text = str(failed.get(text_name) or "")[:300]
    if code in TOKEN_CODES:
        return TokenRefused(PARTNER, str(code), text)
    if code in THROTTLE_CODES:
        return PartnerUnavailable(PARTNER, f"throttled ({code})", retry_after_seconds=THROTTLED_SECONDS)
    if code in TIMEOUT_CODES or code == CONCURRENT:
        return PartnerUnavailable(PARTNER, f"no result ({code})", unclear=True)
    if code == SUCCESS:
        return undocumented("code 200 without success")
    return PartnerRejected(PARTNER, str(code), text)


def _code(value: object) -> int:
    """A code is a number or text of one (sheet §3)."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise undocumented("code is not a number")
