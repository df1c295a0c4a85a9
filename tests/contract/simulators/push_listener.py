"""Stands where a partner pushes to."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Posted:
    """One request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Listener:
    """Stands for the hub, or the shop: keeps what is posted; answers from `answers` first, then `answer`."""

    def __init__(self, answer: bytes = b'{"Success":true}') -> None:
        self.posts: list[Posted] = []
        self.answers: list[bytes] = []
        self._news = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with listener._news:
                    listener.posts.append(Posted(self.path, headers, body))
                    given = listener.answers.pop(0) if listener.answers else answer
                    listener._news.notify_all()
                self.send_response(200)
                self.send_header("content-length", str(len(given)))
                self.end_headers()
                self.wfile.write(given)

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def bodies(self) -> list[bytes]:
        return [post.body for post in self.posts]

    def at(self, path: str) -> list[dict[str, Any]]:
        """The JSON that was posted to this path."""
        return [json.loads(post.body) for post in self.posts if post.path == path]

    def waited_for(self, count: int) -> list[bytes]:
        """At least this many bodies, once they have come."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.posts) >= count, PATIENCE_SECONDS), self.posts
            return self.bodies

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
