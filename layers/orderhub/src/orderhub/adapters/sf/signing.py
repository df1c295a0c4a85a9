"""SF Express request digest, as pure functions (sheet §2.1; vectors sf-express-00…02)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from urllib.parse import quote_plus


def java_url_encode(text: str) -> str:
    """What `java.net.URLEncoder.encode(text, "UTF-8")` gives: `*` stays, `~` does not, a space is `+`.

    Raises UnicodeEncodeError on lone surrogates, which Java would silently change.
    """
    return quote_plus(text, safe="*").replace("~", "%7E")


def msg_digest(msg_data: str, timestamp: str, check_word: str) -> str:
    """`msgDigest` of a request: Base64 of the raw MD5 of the Java-encoded msgData + timestamp + check word.

    `timestamp` is the very text that is sent, `msg_data` the very JSON text that is sent.
    """
    encoded = java_url_encode(msg_data + timestamp + check_word)
    return b64encode(hashlib.md5(encoded.encode("ascii"), usedforsecurity=False).digest()).decode()
