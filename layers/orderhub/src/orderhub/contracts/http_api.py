"""What API Gateway's HTTP API hands to a function and takes back (payload format 2.0).

Standard library only, because the front door imports it.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping


class HttpRequest:
    """One request: path, headers with lower-case names, and the body's bytes exactly as the caller sent them.

    `body` is None when it is longer than the limit given to `read_request`; it is then not even decoded. `query` is
    the address's part after the question mark, not decoded.
    """

    __slots__ = ("body", "headers", "length", "path", "query")

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes | None, length: int, query: str = "") -> None:
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.length = length


def read_request(event: Mapping[str, object], limit_bytes: int) -> HttpRequest:
    """The request in an event of payload format 2.0; what is missing or of a wrong type counts as empty."""
    raw_headers = event.get("headers")
    headers = (
        {name.lower(): value for name, value in raw_headers.items() if isinstance(value, str)}
        if isinstance(raw_headers, dict)
        else {}
    )
    path = event.get("rawPath")
    text = event.get("body")
    body, length = _bytes(text if isinstance(text, str) else "", event.get("isBase64Encoded") is True, limit_bytes)
    query = event.get("rawQueryString")
    return HttpRequest(
        path if isinstance(path, str) else "", headers, body, length, query if isinstance(query, str) else ""
    )


def shape_answer(status: int, content_type: str, text: str) -> dict[str, object]:
    """The function's return value for API Gateway."""
    return {
        "statusCode": status,
        "headers": {"content-type": content_type},
        "body": text,
        "isBase64Encoded": False,
    }


def _bytes(text: str, is_base64: bool, limit: int) -> tuple[bytes | None, int]:
    least = len(text) // 4 * 3 - 2 if is_base64 else len(text)
    if least > limit:
        return None, least
    try:
        body = binascii.a2b_base64(text) if is_base64 else text.encode("utf-8", "surrogatepass")
    except ValueError:
        body = text.encode("utf-8", "surrogatepass")
    return (body if len(body) <= limit else None), len(body)
