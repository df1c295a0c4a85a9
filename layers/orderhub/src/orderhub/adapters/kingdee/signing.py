"""Kingdee Cloud Galaxy request signatures, as pure functions (sheet §2.1, §2.2; vectors kingdee-13…19)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from urllib.parse import quote, urlsplit

_XOR_KEY = b"0054f397c6234378b09ca7d3e5debce7"


def client_credentials(app_id: str) -> tuple[str, str]:
    """(client id, client secret) hidden in an app id `NNN_XXXX…`; an app id of another form hides none.

    Two empty strings when there are not exactly two parts; an empty secret when its part has not 32
    characters: that is what the official SDK does.
    """
    parts = app_id.split("_")
    if len(parts) != 2:
        return "", ""
    client_id, hidden = parts
    if len(hidden) != 32:
        return client_id, ""
    return client_id, b64encode(
        bytes(left ^ right for left, right in zip(b64decode(hidden), _XOR_KEY, strict=False))
    ).decode()


def string_to_sign(url: str, timestamp: str, nonce: str) -> str:
    """What X-Api-Signature covers: method, path with every `/` percent-encoded, nonce, timestamp."""
    path = quote(urlsplit(url).path, safe="")
    return f"POST\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"


def signed_headers(
    url: str,
    *,
    app_id: str,
    app_secret: str,
    acct_id: str,
    user: str,
    lcid: int,
    org_num: int | str,
    timestamp: str,
    nonce: str,
) -> dict[str, str]:
    """The authentication headers of one POST to `url`. `timestamp` in seconds, as text; org 0 means none."""
    client_id, client_secret = client_credentials(app_id)
    app_data = f"{acct_id},{user},{lcid},{org_num}"
    return {
        "X-Api-ClientID": client_id,
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": timestamp,
        "x-api-nonce": nonce,
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": _hex_in_base64(string_to_sign(url, timestamp, nonce), client_secret),
        "X-Kd-Appkey": app_id,
        "X-Kd-Appdata": b64encode(app_data.encode()).decode(),
        "X-Kd-Signature": _hex_in_base64(app_id + app_data, app_secret),
    }


def login_sign(acct_id: str, user: str, app_id: str, app_secret: str, timestamp: int) -> str:
    """The `sign` of LoginBySign: SHA-256 over the five texts in ordinal order. `timestamp` in seconds."""
    texts = (acct_id, user, app_id, app_secret, str(timestamp))
    # Ordinal in .NET compares UTF-16 units, not code points.
    parts = sorted(texts, key=lambda text: text.encode("utf-16-be"))
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _hex_in_base64(text: str, key: str) -> str:
    # Base64 of the hex text, not of the digest: so the SDK does it, so the server expects it.
    return b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()).decode()
