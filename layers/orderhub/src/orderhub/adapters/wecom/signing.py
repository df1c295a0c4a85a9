"""How a callback of WeCom proves itself (sheet §4.1; docs 90930, 90968): SHA-1 over four sorted texts.

Standard library only, because the front door imports it; what the text says is opened by ``crypto``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from hmac import compare_digest

# The three forms on the wire: XML with and without CDATA, and the JSON form of the official samples.
_XML = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>")
_JSON = re.compile(rb'"(?:encrypt|Encrypt)"\s*:\s*"([A-Za-z0-9+/=\\]+)"')


def signature(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    """``msg_signature``: lower-case hex SHA-1 of the sorted, joined texts; ``sealed`` is the echo or ``Encrypt``."""
    joined = "".join(sorted((token, timestamp, nonce, sealed)))
    return hashlib.sha1(joined.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def is_signed(given: str, tokens: Sequence[str], timestamp: str, nonce: str, sealed: str) -> bool:
    """Whether one of the tokens made this signature; every token is compared, in constant time."""
    claimed = given.encode("utf-8", "surrogatepass")
    matches = [compare_digest(signature(token, timestamp, nonce, sealed).encode(), claimed) for token in tokens]
    return any(matches)


def sealed_text(body: bytes) -> str:
    """The ``Encrypt`` of a callback's body, XML or JSON, nothing else of it looked at; empty when there is not
    exactly one."""
    found = [*_XML.findall(body), *_JSON.findall(body)]
    return found[0].replace(b"\\/", b"/").decode("ascii") if len(found) == 1 else ""
