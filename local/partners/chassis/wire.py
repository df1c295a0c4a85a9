"""Answers as a network delivers them: whole, slow, broken, in the wrong encoding, or never."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HANG_SECONDS = 40.0


@dataclass(frozen=True)
class Reply:
    """A partner's answer; `outcome` and `ref` go to the call log ("ok" or the code; business ids only)."""

    body: bytes
    outcome: str = "ok"
    ref: str = ""
    status: int = 200
    content_type: str = "application/json;charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return Response(self.body, self.status, {**self.headers, "content-type": self.content_type})


class Dropped(Response):
    """Cuts the connection without a byte of answer, at once or after `hang_seconds` (or the client left)."""

    def __init__(self, hang_seconds: float = 0.0) -> None:
        super().__init__()
        self._hang_seconds = hang_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._hang_seconds:
            # Cancelled when the server stops: the connection is cut all the same.
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(_disconnected(receive), self._hang_seconds)
        transport: asyncio.Transport | None = scope.get("partner.transport")
        if transport is not None:
            transport.abort()
        await _disconnected(receive)


class Trickled(Response):
    """Sends headers at once and the body in ten pieces spread over `seconds`."""

    def __init__(self, reply: Reply, seconds: float) -> None:
        super().__init__(reply.body, reply.status, {**reply.headers, "content-type": reply.content_type})
        self._seconds = min(seconds, HANG_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body, step = bytes(self.body), max(1, -(-len(self.body) // 10))
        for at in range(0, len(body), step):
            await asyncio.sleep(self._seconds / 10)
            await send({"type": "http.response.body", "body": body[at : at + step], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def form_fields(raw: bytes, content_type: str) -> dict[str, str] | None:
    """The form's fields; None when it is none, is no ASCII, or names a field twice."""
    if not content_type.lower().startswith("application/x-www-form-urlencoded"):
        return None
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def expose_transport(receive: Receive, scope: Scope) -> None:
    """ASGI cannot cut a connection; the server's cycle, whose method `receive` is, holds the socket."""
    cycle: Any = getattr(receive, "__self__", None)
    scope["partner.transport"] = getattr(cycle, "transport", None)


def malformed(body: bytes) -> bytes:
    """JSON that ends in the middle of a string."""
    return body[: max(1, len(body) * 2 // 3)].rstrip(b"}]") + b',"'


def wrong_encoding(body: bytes) -> bytes:
    """The same answer in GBK; one without Chinese gets a field with some, else nothing is wrong."""
    try:
        value = json.loads(body)
    except ValueError:
        return body.decode(errors="replace").encode("gb18030")
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii():
        text = json.dumps({**value, "提示": "处理完成"} if isinstance(value, dict) else "处理完成", ensure_ascii=False)
    return text.encode("gb18030")


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
