"""The qyb signature as the server checks it (wangdiantong.md §2.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping


def packed(params: Mapping[str, str], length: Callable[[str], int] = len) -> str:
    """`06-appkey:0008-demo-key;…`: sorted by key in byte order, lengths in characters, without `sign`."""
    ordered = sorted((key for key in params if key != "sign"), key=str.encode)
    return ";".join(f"{len(key):02d}-{key}:{length(params[key]):04d}-{params[key]}" for key in ordered)


def sign(params: Mapping[str, str], appsecret: str, length: Callable[[str], int] = len) -> str:
    """Lower-hex MD5 of the packed parameters followed by the secret."""
    text = packed(params, length) + appsecret
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def is_signed(params: Mapping[str, str], appsecret: str) -> bool:
    """True for code-point lengths and, since clients disagree on emoji, UTF-16 lengths; never for bytes."""
    given = params.get("sign", "").encode()
    return any(hmac.compare_digest(given, sign(params, appsecret, length).encode()) for length in (len, utf16_length))


def utf16_length(text: str) -> int:
    """What Java's String.length() says: two for a character outside the basic plane."""
    return len(text.encode("utf-16-le")) // 2
