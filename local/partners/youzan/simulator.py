"""Youzan (有赞云) as its contract sheet describes it: open platform, message push, and a shop with buyers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import (
    YOUZAN_RETRY_A_MS,
    YOUZAN_RETRY_B_MS,
    Outgoing,
    Reply,
    Simulator,
)
from local.partners.youzan import gateway, life, shops, switches, tokens
from local.partners.youzan.book import ORDERS, Book
from local.partners.youzan.controls import Controls, known_pushes
from local.partners.youzan.envelopes import BusinessError, refused
from local.partners.youzan.envelopes import gateway as gateway_error
from local.partners.youzan.messages import Push, compact, wire
from local.partners.youzan.model import WAIT_BUYER_CONFIRM_GOODS, WAIT_BUYER_PAY, Order
from local.partners.youzan.shipping import CONCURRENT

SECOND_MS = 1000


class Youzan(Simulator):
    """One developer account with its apps, its shops and their buyers."""

    name = "youzan"
    defaults: ClassVar[Mapping[str, Any]] = {
        "client_id": "f0e1d2c3b4a5968778",
        "client_secret": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "apps": [],
        "kdt_id": "12345678",
        "kdt_name": "测试店铺",
        "keys": {"1": shops.TEST_KEY},
        "shops": [],
        "webhook_url": "",
        **switches.DEFAULTS,
    }
    secrets = frozenset({"client_secret", "apps", "keys", "shops"})

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self._book = Book(self)
        self._confirming: set[bytes] = set()
        self.jobs.inside("expire", self._expire)
        self.jobs.inside("receive", self._receive)

    def partner_routes(self) -> list[BaseRoute]:
        every = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
        return [
            Route("/auth/token", self._token, methods=["POST"]),
            Route("/api/auth_exempt/{name}/{version}", self._exempt, methods=["POST"]),
            Route("/api/{name}/{version}", self._api, methods=every),
            Route("/api/{rest:path}", self._bad_path, methods=every),
        ]

    def control_routes(self) -> list[BaseRoute]:
        return Controls(Book(self)).routes()

    def rate_limited(self, method: str) -> Reply:
        return gateway.too_many(self._book, trace_id())

    def ledger(self) -> dict[str, Any]:
        """Per tid the whole truth, the buyer in plain text too; amounts fen, printed times epoch ms."""
        pushes = known_pushes(self._book)
        orders = (Order.from_json(doc) for doc in self.store.all(ORDERS))
        return {"orders": {order.tid: truth_of(order, pushes.get(order.tid, [])) for order in orders}}

    def _known(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        known = super()._known(settings)
        switches.read(known)
        return known

    # ---- pushes ------------------------------------------------------------------------

    def push_request(self, event: str, payload: dict[str, Any], attempt: int) -> Outgoing | None:
        if not self.config["webhook_url"]:
            return None
        directory, now = self._book.directory, self._book.switches
        app = directory.apps.get(now.signing_app, directory.first_app)
        headers, raw = wire(Push(**payload), app, attempt, now)
        return Outgoing(self.config["webhook_url"], raw, headers)

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        return status == 200 and b"success" in body

    def push_retries(self, event: str) -> Sequence[int]:
        return YOUZAN_RETRY_A_MS if self._book.switches.retry_schedule == "A" else YOUZAN_RETRY_B_MS

    def push_settled(self, event: str, payload: dict[str, Any], accepted: bool) -> None:
        with self.store.tx():
            self._book.settle(payload["msg_id"], "acknowledged" if accepted else "given_up")

    # ---- what the shop does by itself --------------------------------------------------

    def _expire(self, job: dict[str, Any]) -> None:
        order = self._book.find(job["tid"])
        if order is not None and order.status == WAIT_BUYER_PAY:
            events = life.close(order, life.EXPIRED, self._book.switches, self.clock.wire_ms())
            self._book.record(order, events)

    def _receive(self, job: dict[str, Any]) -> None:
        order = self._book.find(job["tid"])
        if order is not None and order.status == WAIT_BUYER_CONFIRM_GOODS:
            self._book.record(order, life.receive(order, self.clock.wire_ms()))

    # ---- the open platform -------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        raw, content_type = await request.body(), request.headers.get("content-type", "")
        return await self.call("auth.token", lambda: tokens.issue(self._book, raw, content_type), raw=raw)

    async def _exempt(self, request: Request) -> Response:
        raw = await request.body()
        name, version = request.path_params["name"], request.path_params["version"]
        return await self.call(
            name,
            lambda: gateway.answer_without_token(self._book, name, version, raw=raw, trace_id=trace_id()),
            raw=raw,
        )

    async def _api(self, request: Request) -> Response:
        raw = await request.body()
        name, version = request.path_params["name"], request.path_params["version"]
        content_type = request.headers.get("content-type", "") if request.method == "POST" else ""
        token = request.query_params.get("access_token")

        def work() -> Reply:
            limit = self._book.switches.calls_per_second
            if limit and not self.limits.allow("api", limit, SECOND_MS):
                return gateway.too_many(self._book, trace_id())
            return gateway.answer(
                self._book,
                name,
                version,
                raw=raw,
                content_type=content_type,
                token=token,
                trace_id=trace_id(),
            )

        if name == gateway.CONFIRM and self._book.switches.confirm_takes_ms:
            return await self._one_confirm_at_a_time(raw, work)
        return await self.call(name, work, raw=raw)

    async def _one_confirm_at_a_time(self, raw: bytes, work: Any) -> Response:
        if raw in self._confirming:
            body = compact(refused(BusinessError(*CONCURRENT))).encode()
            reply = Reply(body, outcome=str(CONCURRENT[0]))
            return await self.call(gateway.CONFIRM, lambda: reply, raw=raw)
        self._confirming.add(raw)
        try:
            await asyncio.sleep(self._book.switches.confirm_takes_ms / 1000)
            return await self.call(gateway.CONFIRM, work, raw=raw)
        finally:
            self._confirming.discard(raw)

    async def _bad_path(self, request: Request) -> Response:
        code = 4008 if request.path_params["rest"].startswith("_textarea_/") else 4001
        body = compact(gateway_error(code, trace_id())).encode()
        return await self.call("gateway", lambda: Reply(body, outcome=str(code)))


def trace_id() -> str:
    """As the gateway numbers its answers."""
    return f"yz7-{uuid.uuid4().hex[:20]}"


def truth_of(order: Order, pushes: list[dict[str, Any]]) -> dict[str, Any]:
    """One order of the truth ledger."""
    return {
        **order.to_json(),
        "refunded_fen": order.refunded_fen,
        "waybills": [delivery.express_no for delivery in order.deliveries if delivery.express_no],
        "pushes": pushes,
    }


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Youzan:
    """The chassis' entry point."""
    return Youzan(settings, state_dir)
