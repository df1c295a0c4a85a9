"""The form, its sign and its escapes as 快递鸟 takes and sends them (kuaidiniao.md §1, §6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, unquote, urlencode

FORBIDDEN = frozenset("'\"#&+<>%\\")


def data_sign(text: str, app_key: str) -> str:
    """Base64 of the 32 hex letters of the MD5, not of its bytes."""
    return base64.b64encode(hashlib.md5((text + app_key).encode()).hexdigest().encode()).decode()


def is_signed(text: str, given: str, app_key: str) -> bool:
    return hmac.compare_digest(data_sign(text, app_key).encode(), given.encode())


def form(raw: bytes) -> dict[str, str] | None:
    """The fields, un-escaped until RequestData is JSON: clients escape it once or twice (§1)."""
    try:
        fields = dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict"))
    except ValueError:
        return None
    while fields.get("RequestData", "").lower().startswith("%7b") or fields.get("RequestData", "").startswith("%25"):
        fields["RequestData"] = unquote(fields["RequestData"])
    while "%" in fields.get("DataSign", ""):
        fields["DataSign"] = unquote(fields["DataSign"])
    return fields


def pushed(text: str, app_key: str, request_type: str, *, twice: bool) -> bytes:
    """The body of a push; ``twice`` escapes RequestData once more before the form does."""
    fields = {
        "RequestData": quote(text, safe="") if twice else text,
        "RequestType": request_type,
        "DataSign": data_sign(text, app_key),
    }
    return urlencode(fields).encode()
