"""Stands where a partner pushes to."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """Stands for the hub: keeps what is posted and answers `answer`."""

    def __init__(self, answer: bytes = b'{"Success":true}') -> None:
        self.bodies: list[bytes] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def waited_for(self, count: int) -> list[bytes]:
        """At least this many bodies, once they have come."""
        limit = time.monotonic() + 10
        while len(self.bodies) < count:
            assert time.monotonic() < limit, self.bodies
            time.sleep(0.01)
        return list(self.bodies)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
