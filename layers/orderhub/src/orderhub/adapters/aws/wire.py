"""One kept-alive HTTP/1.1 connection with the standard library's socket, for requests that may be repeated.

`http.client` costs 15 ms more of a cold start (it parses headers with the email package and imports ssl even
for http) and most of the time of a warm call. This one does what AWS's JSON services need and no more:
a body with its length goes out, a status and a body come back.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping

TYPE_CHECKING = False  # type checkers read it as true; importing typing costs 5 ms
if TYPE_CHECKING:
    import ssl

PATIENCE_SECONDS = 4.0
"""For all calls of one message together: Youzan takes no answer after 5 s."""
CONNECT_SECONDS = 1.5
"""A first packet that got lost is sent again after 1 s (RFC 6298, 2.1): the second one may still arrive."""
MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
_CHUNK = 65_536


class WireError(OSError):
    """The other side broke HTTP, or answered more than it may."""


class Patience:
    """How long one message may still wait, shared by all its connections."""

    __slots__ = ("_seconds", "_until")

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._seconds = seconds
        self.restart()

    def restart(self) -> None:
        """A new message came in."""
        self._until = time.monotonic() + self._seconds

    def is_over(self) -> bool:
        """Whether there are no seconds left."""
        return self._until <= time.monotonic()

    def left(self) -> float:
        """Seconds, more than 0. Raises TimeoutError when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the partner would not wait any longer")
        return left


class Wire:
    """A connection to one origin, opened on first use and opened again when it went stale.

    A request whose outcome is unclear because a *reused* connection broke is sent once more on a new one: use
    it only for requests that do no harm when done twice. Raises OSError (TimeoutError, WireError) otherwise.
    """

    __slots__ = ("_buffer", "_host", "_max_body", "_patience", "_port", "_secure", "_socket", "_tls")

    def __init__(
        self, host: str, port: int, *, secure: bool, patience: Patience, max_body: int = MAX_BODY_BYTES
    ) -> None:
        self._host = host
        self._port = port
        self._secure = secure
        self._patience = patience
        self._max_body = max_body
        self._socket: socket.socket | None = None
        self._tls: ssl.SSLContext | None = None
        self._buffer = b""

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """(status, body) of a POST. `headers` must hold Host; Content-Length is added."""
        lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        request = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body
        kept = self._socket
        if kept is not None:
            try:
                return self._exchange(kept, request)
            except TimeoutError:
                self.close()
                raise
            except OSError:
                self.close()
        fresh = self._connect()
        try:
            return self._exchange(fresh, request)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Forget the connection; the next request opens a new one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._buffer = b""

    def _connect(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), self._connect_seconds())
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = self._over_tls(plain) if self._secure else plain
        return self._socket

    def _connect_seconds(self) -> float:
        return min(self._patience.left(), CONNECT_SECONDS)

    def _over_tls(self, plain: socket.socket) -> socket.socket:
        import ssl

        if self._tls is None:
            self._tls = ssl.create_default_context()
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._host)
        except OSError:
            plain.close()
            raise

    def _exchange(self, connection: socket.socket, request: bytes) -> tuple[int, bytes]:
        connection.settimeout(self._patience.left())
        connection.sendall(request)
        status, headers = self._head(connection)
        while status < 200:
            status, headers = self._head(connection)
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = self._chunked(connection)
        else:
            body = self._exactly(connection, self._length(headers.get("content-length", "")))
        if self._buffer or headers.get("connection", "").lower() == "close":
            self.close()
        return status, body

    def _head(self, connection: socket.socket) -> tuple[int, dict[str, str]]:
        lines = self._until(connection, b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        status = rest[:3]
        if not version.startswith("HTTP/1.1") or not status.isdecimal():
            raise WireError("not an HTTP/1.1 answer")
        fields = (line.partition(":") for line in lines[1:])
        return int(status), {name.lower(): value.strip() for name, _, value in fields}

    def _chunked(self, connection: socket.socket) -> bytes:
        body = b""
        while size := self._length(self._until(connection, b"\r\n").partition(b";")[0].decode("latin-1"), 16):
            body += self._exactly(connection, size)
            self._until(connection, b"\r\n")
            if len(body) > self._max_body:
                raise WireError("too long an answer")
        while self._until(connection, b"\r\n"):
            pass
        return body

    def _until(self, connection: socket.socket, mark: bytes) -> bytes:
        while mark not in self._buffer:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise WireError("too long a head")
            self._more(connection)
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, connection: socket.socket, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more(connection)
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self, connection: socket.socket) -> None:
        connection.settimeout(self._patience.left())
        received = connection.recv(_CHUNK)
        if not received:
            raise WireError("the other side closed the connection")
        self._buffer += received

    def _length(self, text: str, base: int = 10) -> int:
        try:
            size = int(text, base)
        except ValueError as error:
            raise WireError("an answer without its length") from error
        if not 0 <= size <= self._max_body:
            raise WireError("too long an answer")
        return size
