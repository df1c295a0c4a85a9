"""Youzan's signatures, as pure functions (sheet §5.2, §6.1; vectors youzan-01…03).

All are lower-hex MD5 without key stretching, time stamp or nonce: they prove the sender, not the moment,
so every message is also deduplicated by its id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from hmac import compare_digest

type App = tuple[str, str]
"""(client_id, client_secret). During a rotation a shop has several."""


def event_sign(client_id: str, raw_body: bytes, client_secret: str) -> str:
    """The header `Event-Sign`: MD5 over client id, the body's bytes exactly as received, client secret."""
    return _md5(client_id.encode() + raw_body + client_secret.encode())


def body_sign(client_id: str, msg: str, client_secret: str) -> str:
    """The older field `sign`: covers only `msg`, as received, still url-encoded."""
    return _md5(client_id.encode() + msg.encode("utf-8", "surrogatepass") + client_secret.encode())


def event_signer(raw_body: bytes, presented: str, apps: Sequence[App]) -> str | None:
    """The client id of the app whose Event-Sign this is, or None; every app is tried, in constant time."""
    return _who(presented, ((name, event_sign(name, raw_body, secret)) for name, secret in apps))


def body_signer(msg: str, presented: str, apps: Sequence[App]) -> str | None:
    """The client id of the app whose body `sign` this is, or None; every app is tried, in constant time."""
    return _who(presented, ((name, body_sign(name, msg, secret)) for name, secret in apps))


def encrypt_config_sign(client_id: str, kdt_id: str | None, timestamp: str, client_secret: str) -> str:
    """The `sign` of youzan.cloud.client.query.encryptconfig: secret, key+value sorted by key, secret.

    The signed names are camelCase although the request's are client_id and kdt_id; a missing shop is left
    out. `timestamp` is `yyyy-MM-dd HH:mm:ss` (official PHP SDK, SecretKeyQueryRequest::buildSign).
    """
    shop = f"kdtId{kdt_id}" if kdt_id is not None else ""
    return _md5(f"{client_secret}clientId{client_id}{shop}timestamp{timestamp}{client_secret}".encode())


def _who(presented: str, candidates: Iterable[tuple[str, str]]) -> str | None:
    given = presented.encode("utf-8", "surrogatepass")
    found = None
    for name, expected in candidates:
        if compare_digest(expected.encode(), given):
            found = name
    return found


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
