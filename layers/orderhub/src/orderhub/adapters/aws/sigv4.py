"""AWS Signature Version 4 with the standard library only.

botocore's signer costs about 135 ms of a cold start; this one signs the same bytes (a test compares both on
10,000 random requests). Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Signer:
    """Signs requests of one identity to one service in one region.

    The derived key changes once a day, so it is kept.
    """

    __slots__ = ("_access_key", "_key", "_key_date", "_region", "_secret_key", "_service", "_session_token")

    def __init__(self, access_key: str, secret_key: str, session_token: str | None, region: str, service: str) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._session_token = session_token
        self._region = region
        self._service = service
        self._key_date = ""
        self._key = b""

    def sign(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
        amz_date: str,
    ) -> dict[str, str]:
        """The headers to send: those given, the date, the session token, the authorization.

        `headers` must hold Host, each name once; all of them are signed, so each must be sent as it is.
        `path` is absolute, as it is sent, without dot or empty segments; `query` is not yet encoded.
        `amz_date` is UTC, `YYYYMMDDThhmmssZ`.
        """
        signed = {**headers, "X-Amz-Date": amz_date}
        if self._session_token:
            signed["X-Amz-Security-Token"] = self._session_token
        canonical = {name.lower(): " ".join(value.split()) for name, value in signed.items()}
        names = sorted(canonical)
        signed_names = ";".join(names)
        request = "\n".join(
            (
                method,
                _percent(path, b"/"),
                "&".join(f"{k}={v}" for k, v in sorted((_percent(k), _percent(v)) for k, v in query)),
                *(f"{name}:{canonical[name]}" for name in names),
                "",
                signed_names,
                hashlib.sha256(body).hexdigest(),
            )
        )
        day = amz_date[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{ALGORITHM}\n{amz_date}\n{scope}\n{digest}"
        signature = hmac.digest(self._signing_key(day), text.encode(), "sha256").hex()
        signed["Authorization"] = (
            f"{ALGORITHM} Credential={self._access_key}/{scope}, SignedHeaders={signed_names}, Signature={signature}"
        )
        return signed

    def _signing_key(self, day: str) -> bytes:
        if day != self._key_date:
            key = b"AWS4" + self._secret_key.encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key_date, self._key = day, key
        return self._key


def _percent(text: str, also: bytes = b"") -> str:
    return "".join(chr(byte) if byte in _UNRESERVED or byte in also else f"%{byte:02X}" for byte in text.encode())
