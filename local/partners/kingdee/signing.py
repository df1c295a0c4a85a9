"""Kingdee's request signatures, from contract sheet §2 and its vectors; shares no code with the hub."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote

XOR_KEY = b"0054f397c6234378b09ca7d3e5debce7"


def client_of(app_id: str) -> tuple[str, str]:
    """(client id, client secret) hidden in an app id; both empty when it is not `NNN_<32 characters>`."""
    parts = app_id.split("_")
    if len(parts) != 2:
        return "", ""
    if len(parts[1]) != 32:
        return parts[0], ""
    raw = base64.b64decode(parts[1])
    return parts[0], base64.b64encode(bytes(a ^ b for a, b in zip(raw, XOR_KEY, strict=False))).decode()


def string_to_sign(path: str, nonce: str, timestamp: str) -> str:
    """What X-Api-Signature covers; the path is escaped completely, its slashes too."""
    return f"POST\n{quote(path, safe='')}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"


def api_signature(path: str, nonce: str, timestamp: str, client_secret: str) -> str:
    """X-Api-Signature: base64 of the hex text of the HMAC, not of its bytes."""
    return _hex_in_base64(string_to_sign(path, nonce, timestamp), client_secret)


def kd_signature(app_id: str, app_data: str, app_secret: str) -> str:
    """X-Kd-Signature over app id and the clear text of X-Kd-Appdata."""
    return _hex_in_base64(app_id + app_data, app_secret)


def login_sign(acct_id: str, user: str, app_id: str, app_secret: str, timestamp: str) -> str:
    """LoginBySign: SHA-256 of the five texts in ordinal order."""
    text = "".join(sorted([acct_id, user, app_id, app_secret, timestamp]))
    return hashlib.sha256(text.encode()).hexdigest()


def _hex_in_base64(text: str, key: str) -> str:
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()
