"""One stable origin in front of the deployed API: what partners and people on this laptop call.

Bodies pass byte for byte, because signatures are made over them. A body above API Gateway's 10 MB is answered
413, as there; the emulator has no such limit. While the emulator is being restarted the answer is 503.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

BODY_LIMIT_BYTES = 10 * 1024 * 1024
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Between two neighbours only (RFC 9110 §7.6.1), or set anew for the next one.
_OURS = frozenset({
    b"connection", b"content-length", b"host", b"keep-alive", b"proxy-authenticate", b"proxy-authorization",
    b"te", b"trailer", b"transfer-encoding", b"upgrade",
})  # fmt: skip
# API Gateway's answers have no limit in time below 30 s; the laptop is slower when it starts workers.
_PATIENCE = httpx.Timeout(60.0, connect=5.0)


class Proxy:
    """Listens on 127.0.0.1:`port` in a thread and sends everything to `target`, which may be set later."""

    def __init__(self, port: int) -> None:
        self.target = ""
        config = uvicorn.Config(
            Starlette(routes=[Route("/{path:path}", self._pass_on, methods=_METHODS)], lifespan=self._client),
            host="127.0.0.1",
            port=port,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="proxy", daemon=True)

    def start(self) -> None:
        """Return when it listens; raises RuntimeError when the port is taken."""
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.02)
            if not self._thread.is_alive():
                raise RuntimeError(f"port {self._server.config.port} is taken; choose one with --port")

    def stop(self) -> None:
        """Finish what is under way and stop."""
        self._server.should_exit = True
        self._thread.join(10)

    @asynccontextmanager
    async def _client(self, _app: Starlette) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        nobodys = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # or one person's session would be everybody's
        async with httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False, cookies=nobodys) as self._http:
            yield

    async def _pass_on(self, request: Request) -> Response:
        body = await _read(request)
        if body is None:
            return JSONResponse({"message": "Request Entity Too Large"}, 413)
        path: bytes = request.scope["raw_path"]
        if request.url.query:
            path += b"?" + request.scope["query_string"]
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in _OURS]
        headers.append((b"x-forwarded-proto", b"http"))
        if request.client:
            headers.append((b"x-forwarded-for", request.client.host.encode()))
        try:
            answer = await self._http.request(
                request.method, self.target + path.decode("latin-1"), headers=headers, content=body
            )
        except httpx.HTTPError:
            return JSONResponse({"message": "Service Unavailable"}, 503)
        passed = Response(answer.content, answer.status_code)
        passed.raw_headers = [
            *((name, value) for name, value in answer.headers.raw if name.lower() not in _OURS | {b"content-encoding"}),
            (b"content-length", str(len(answer.content)).encode()),
        ]
        return passed


async def _read(request: Request) -> bytes | None:
    """The body, or None when it is too large. Nothing beyond the limit is kept, but it is read to its end (ten
    limits at most): a client that is still sending would see a broken connection instead of the 413.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= BODY_LIMIT_BYTES:
            parts.append(part)
        elif size > 10 * BODY_LIMIT_BYTES:
            break
    return b"".join(parts) if size <= BODY_LIMIT_BYTES else None
