"""The partners an order goes through and the hub's doorstep, served in this process for a whole test session.

The doorstep keeps what partners push; a ``World`` takes from it what speaks of its own orders.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local import brand
from local.partners.chassis import serve

PARTNERS = ("youzan", "sf", "ems", "wangdiantong", "kingdee")
_PACE = {
    "youzan": {"replica_lag_ms": 0, "receive_after_ms": 10**10, "api_empty_times": "text"},
    "sf": {"per_second": 10_000, "per_day": 10**6},
    "ems": {"per_second": 10_000},
    "wangdiantong": {"per_minute": 10**6},
    "kingdee": {},
}


@dataclass(frozen=True)
class Push:
    """One webhook as it came."""

    partner: str
    content_type: str
    body: bytes


@dataclass
class Doorstep:
    """Keeps every push; acknowledges each in its partner's words."""

    pushes: list[Push] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def app(self) -> Starlette:
        routes = [Route("/webhooks/youzan", self._youzan, methods=["POST"]),
                  Route("/webhooks/sf/{token}", self._sf, methods=["POST"])]  # fmt: skip
        return Starlette(routes=routes)

    def take(self, *words: str) -> list[Push]:
        """Remove and return the pushes that contain one of these words."""
        wanted = [word.encode() for word in words]
        with self._lock:
            found = [push for push in self.pushes if any(word in push.body for word in wanted)]
            self.pushes = [push for push in self.pushes if push not in found]
        return found

    async def _youzan(self, request: Request) -> Response:
        await self._keep("youzan", request)
        return JSONResponse({"code": 0, "msg": "success"})

    async def _sf(self, request: Request) -> Response:
        await self._keep("sf", request)
        return JSONResponse({"return_code": "0000", "return_msg": "成功"})

    async def _keep(self, partner: str, request: Request) -> None:
        push = Push(partner, request.headers.get("content-type", ""), await request.body())
        with self._lock:
            self.pushes.append(push)


class Neighbours:
    """Base urls and controls of the simulators."""

    def __init__(self, urls: dict[str, str], doorstep: Doorstep) -> None:
        self.urls = urls
        self.doorstep = doorstep
        self._changed: dict[tuple[str, str], Any] = {}  # partner, setting → as it was before a test changed it
        fresh = httpx.Limits(max_keepalive_connections=0)  # an idle connection may be closed just as it is used
        self._controls = {
            name: httpx.Client(base_url=url, timeout=30, trust_env=False, limits=fresh) for name, url in urls.items()
        }

    def control(self, partner: str, path: str, body: Any = None) -> Any:
        answer = self._controls[partner].post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, partner: str, **switches: Any) -> None:
        """Change settings and switches until ``put_back``."""
        before = self._controls[partner].get("/_sim/config").json()
        for name in switches:
            self._changed.setdefault((partner, name), before[name])
        self.control(partner, "config", switches)

    def put_back(self) -> None:
        """Every switch as it was before a test changed it: partners serve a whole session."""
        for (partner, name), value in self._changed.items():
            self.control(partner, "config", {name: value})
        self._changed.clear()

    def truth(self, partner: str) -> Any:
        return self._controls[partner].get("/_sim/state").json()

    def advance(self, partner: str, ms: int) -> None:
        """Let the partner's own time pass; returns when everything due by then is done."""
        assert self.control(partner, "clock", {"advance_ms": ms, "settle": True})["settled"]

    def fault(self, partner: str, kind: str, method: str, **dial: Any) -> None:
        self.control(partner, "faults", {"kind": kind, "match": {"method": method}, **dial})

    def dials(self, partner: str) -> list[dict[str, Any]]:
        """The fault dials that were not used up."""
        return list(self._controls[partner].get("/_sim/faults").json())

    def calm(self) -> None:
        """No faults."""
        for control in self._controls.values():
            control.delete("/_sim/faults").raise_for_status()

    def calls(self, partner: str, method: str, after_id: int = 0) -> list[dict[str, Any]]:
        answer = self._controls[partner].get("/_sim/calls", params={"method": method, "after_id": after_id})
        return list(answer.json()["calls"])

    def close(self) -> None:
        for control in self._controls.values():
            control.close()


@contextmanager
def neighbours() -> Iterator[Neighbours]:
    """All of them, introduced to each other, with the warehouse full."""
    doorstep = Doorstep()
    with ExitStack() as stack:
        origin = stack.enter_context(serve(doorstep.app()))
        urls: dict[str, str] = {}
        for name in PARTNERS:
            settings: dict[str, Any] = {**brand.simulator_settings(origin)[name], **_PACE[name]}
            if name in ("sf", "ems"):
                settings["shop_url"] = urls["youzan"]
            if name == "wangdiantong":
                settings |= {"carrier_url": urls["sf"], "post_url": urls["ems"]}
            simulator = import_module(f"local.partners.{name}").create(settings, None)
            urls[name] = stack.enter_context(serve(simulator))
        made = Neighbours(urls, doorstep)
        stack.callback(made.close)
        rows = [{**row, "stock_num": 100_000} for row in brand.STOCK]
        made.control("wangdiantong", "stock", rows)
        yield made
