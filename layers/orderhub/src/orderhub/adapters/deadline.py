"""An HTTP transport for httpx that ends a whole exchange by one deadline and knows whether anything was sent.

httpx counts its timeouts per read: a server that drips one byte a second never trips them. Here every socket
operation gets what is left of the exchange's own time. Name resolution is the one step that is not bounded.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

_WRITE_PIECE = 16_384


class Exchange:
    """One request and its answer: the instant it must be over (monotonic) and whether bytes went out."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self.is_sent = False

    def left(self) -> float:
        """Seconds that are left, 0 when the time is up."""
        return max(0.0, self._ends_at - time.monotonic())


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, owner: "DeadlineTransport") -> None:
        self._inner = inner
        self._owner = owner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._owner.exchange.left()
        if not left:
            raise httpcore.ReadTimeout("the time for the whole exchange is up")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        exchange = self._owner.exchange
        exchange.is_sent = True
        for start in range(0, len(buffer), _WRITE_PIECE):
            left = exchange.left()
            if not left:
                raise httpcore.WriteTimeout("the time for the whole exchange is up")
            self._inner.write(buffer[start : start + _WRITE_PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._owner.exchange.left() or 0.001
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._owner)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    def __init__(self, owner: "DeadlineTransport") -> None:
        self._inner = httpcore.SyncBackend()
        self._owner = owner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._owner.exchange.left() or 0.001
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._owner)


class _Body(httpx.SyncByteStream):
    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        close = getattr(self._inner, "close", None)
        if close:
            close()


class DeadlineTransport(httpx.BaseTransport):
    """Keeps connections open between calls; one exchange at a time (a Lambda instance serves one event).

    Set ``exchange`` before each request. Raises httpcore's errors as they are.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.exchange = Exchange(0)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context or httpx.create_ssl_context(),
            max_connections=2,
            max_keepalive_connections=1,
            keepalive_expiry=20,
            network_backend=_Network(self),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions={"timeout": {"pool": self.exchange.left()}},
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        self._pool.close()
