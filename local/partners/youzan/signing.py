"""What Youzan computes with a secret: push signatures and the signature of the key query (sheet §5.2, §6.1).

Written from the contract sheet and proven by its vectors; shares no code with the hub.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def event_sign(client_id: str, raw_body: bytes, client_secret: str) -> str:
    """Header `Event-Sign`: lower-hex MD5 of client id, body bytes as sent, client secret (youzan-02)."""
    return hashlib.md5(client_id.encode() + raw_body + client_secret.encode()).hexdigest()


def body_sign(client_id: str, msg: str, client_secret: str) -> str:
    """Body field `sign`: the older signature; covers only `msg`, still url-encoded (youzan-01)."""
    return hashlib.md5(f"{client_id}{msg}{client_secret}".encode()).hexdigest()


def key_query_sign(fields: Mapping[str, str], client_secret: str) -> str:
    """Signature of `youzan.cloud.client.query.encryptconfig`: secret, key+value sorted by key, secret."""
    middle = "".join(key + fields[key] for key in sorted(fields))
    return hashlib.md5(f"{client_secret}{middle}{client_secret}".encode()).hexdigest()
