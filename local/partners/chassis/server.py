"""Puts simulators on 127.0.0.1: in a thread for tests, all of them in one process for the laptop."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


def listen(port: int = 0) -> socket.socket:
    """A bound socket on 127.0.0.1; 0 takes a free port. Raises OSError when the port is in use."""
    # asyncio sets TCP_NODELAY only on sockets that name TCP; without it every answer waits 40 ms for an ACK.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def url_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


class Running:
    """An application served by a thread of its own until `stop`."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        self.url = url_of(bound)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="on",
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [bound]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError(f"simulator at {self.url} did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=15)


@contextmanager
def serve(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Runs a simulator in a thread on a free port; yields its base url (no trailing slash)."""
    running = Running(app, listen(port))
    try:
        yield running.url
    finally:
        running.stop()
