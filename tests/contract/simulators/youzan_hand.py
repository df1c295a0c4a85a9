"""A hand-written client and webhook receiver for the Youzan simulator; shares no code with it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from local.partners.chassis import serve
from local.partners.youzan import create

CLIENT_ID, SECRET, KDT = "f0e1d2c3b4a5968778", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "12345678"
BUYER = {
    "name": "张三",
    "phone": "13800130001",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "测试路1号 5幢 301室",
}
LINES = [
    {"sku": "ZP-2026-01", "title": "宠物智能喂食器", "price_fen": 29_900, "num": 2},
    {"sku": "ZP-MAT", "title": "防滑垫", "price_fen": 1_001, "num": 1},
]


class Received:
    """What a webhook address got, and what it answers next."""

    def __init__(self) -> None:
        self.pushes: list[tuple[dict[str, str], bytes]] = []
        self.answer = b'{"code":0,"msg":"success"}'

    def bodies(self, event: str | None = None) -> list[dict[str, Any]]:
        bodies = [json.loads(raw) for _, raw in self.pushes]
        return [body for body in bodies if event in (None, body["type"])]

    def types(self) -> list[str]:
        return [body["type"] for body in self.bodies()]


class Hand:
    """Calls the simulator as a person with a terminal would."""

    def __init__(self, url: str, received: Received) -> None:
        self.url, self.received = url, received
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def sim(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def place(self, **wishes: Any) -> str:
        tid: str = self.sim("orders", {"lines": LINES, "buyer": BUYER, **wishes})["tid"]
        return tid

    def truth(self, tid: str) -> dict[str, Any]:
        order: dict[str, Any] = self.http.get("/_sim/state").json()["orders"][tid]
        return order

    def switch(self, **switches: Any) -> None:
        self.sim("config", switches)

    def advance(self, ms: int) -> None:
        assert self.sim("clock", {"advance_ms": ms})["settled"] is True

    def token(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "authorize_type": "silent",
            "grant_id": KDT,
            "refresh": True,
            **changes,
        }
        answer: dict[str, Any] = self.http.post("/auth/token", json=asked).json()
        return answer

    def call(self, name: str, version: str, asked: Any, token: str | None = None) -> dict[str, Any]:
        token = self.token()["data"]["access_token"] if token is None else token
        answer = self.http.post(f"/api/{name}/{version}", params={"access_token": token}, json=asked)
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    def confirm(self, tid: str, waybill_no: str = "SF1000000000001", **more: Any) -> dict[str, Any]:
        asked = {
            "tid": tid,
            "out_stype": "7",
            "out_sid": waybill_no,
            "outer_sender": {"sender_mobile": "13800139999"},
            **more,
        }
        return self.call("youzan.logistics.online.confirm", "3.0.0", asked)


@contextmanager
def shop(**settings: Any) -> Iterator[Hand]:
    """A running shop whose pushes arrive at a receiver of our own."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            received.pushes.append(({k.lower(): v for k, v in self.headers.items()}, raw))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(received.answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    webhook = f"http://127.0.0.1:{server.server_address[1]}/webhooks/youzan"
    try:
        with serve(create({"webhook_url": webhook, **settings})) as url:
            yield Hand(url, received)
    finally:
        server.shutdown()
        server.server_close()


def eventually(true: Callable[[], Any], seconds: float = 5.0) -> None:
    """Waits until `true` holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def decoded(msg: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(unquote_plus(msg))
    return value


def opened(ciphertext: str, key: str = "MDEyMzQ1Njc4OWFiY2RlZg==") -> str:
    """The plain text of `$…$version$`."""
    _, sealed, _version, _ = ciphertext.split("$")
    cipher = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(b"0807060504030201")).decryptor()
    padded = cipher.update(base64.b64decode(sealed)) + cipher.finalize()
    return padded[: -padded[-1]].decode()
