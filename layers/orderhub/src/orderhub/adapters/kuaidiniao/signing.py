"""DataSign and the form of 快递鸟, as pure functions (sheet §1; vector kuaidiniao-05).

Standard library without ``urllib``, because the front door imports it.
"""

from __future__ import annotations

import hashlib
import string
from base64 import b64encode
from collections.abc import Sequence
from hmac import compare_digest

MOST_ESCAPES = 3
_HEX = frozenset(string.hexdigits.encode())


def data_sign(request_data: str, app_key: str) -> str:
    """Base64 of the lower-case hex MD5 of RequestData (un-encoded, as sent) + AppKey. Raises UnicodeEncodeError."""
    digest = hashlib.md5((request_data + app_key).encode(), usedforsecurity=False).hexdigest()
    return b64encode(digest.encode()).decode()


def is_signed(request_data: str, given: str, app_keys: Sequence[str]) -> bool:
    """Whether one of the keys made this DataSign; every key is compared, in constant time."""
    claimed = given.encode("utf-8", "surrogatepass")
    matches = [compare_digest(data_sign(request_data, key).encode(), claimed) for key in app_keys]
    return any(matches)


def signed_text(body: bytes) -> tuple[str, str]:
    """(RequestData, DataSign) of a form, both with every escape undone; empty texts when it is no such form.

    Senders escape once or twice, each field in its own way (sheet §1): RequestData is undone until it begins as JSON
    does, DataSign while it holds a percent sign. The first field of a name counts.
    """
    found: dict[str, str] = {}
    for pair in body.split(b"&", 64):
        name, _, value = pair.partition(b"=")
        decoded = _unescaped(value)
        if decoded is None:
            return "", ""
        found.setdefault(name.decode("latin-1"), decoded)
    return _json_text(found.get("RequestData", "")), _sign_text(found.get("DataSign", ""))


def _json_text(text: str) -> str:
    for _ in range(MOST_ESCAPES):
        if not text.startswith("%"):
            return text
        text = _unescaped(text.encode()) or ""
    return ""


def _sign_text(text: str) -> str:
    for _ in range(MOST_ESCAPES):
        if "%" not in text:
            return text
        text = _unescaped(text.encode()) or ""
    return ""


def _unescaped(value: bytes) -> str | None:
    """Form decoding, once; None for what is no UTF-8 or holds a broken escape."""
    head, *rest = value.replace(b"+", b" ").split(b"%")
    decoded = bytearray(head)
    for part in rest:
        if len(part) < 2 or not _HEX.issuperset(part[:2]):
            return None
        decoded.append(int(part[:2], 16))
        decoded += part[2:]
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        return None
