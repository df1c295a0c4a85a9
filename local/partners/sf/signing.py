"""The digest as SF checks it (sf-express.md §2.1), with Java's own URL encoding."""

from __future__ import annotations

import base64
import hashlib
import hmac

_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-*_")


def java_url_encode(text: str) -> str:
    """java.net.URLEncoder.encode(text, "UTF-8"): `*` stays, `~` does not, a space is `+`, hex in capitals."""
    return "".join(chr(byte) if byte in _KEPT else "+" if byte == 0x20 else f"%{byte:02X}" for byte in text.encode())


def digest(msg_data: str, timestamp: str, check_word: str) -> str:
    """Base64 of the raw MD5 of the encoded `msgData + timestamp + checkWord`."""
    return _digest(java_url_encode(msg_data + timestamp + check_word))


def is_signed(given: str, signed: tuple[str, str], check_word: str, *, lenient: bool) -> bool:
    """`signed` is (msgData, timestamp). Lenient also takes the digest of the bare text (§2.1)."""
    msg_data, timestamp = signed
    accepted = [digest(msg_data, timestamp, check_word)]
    if lenient:
        accepted.append(_digest(msg_data + timestamp + check_word))
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in accepted)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()
