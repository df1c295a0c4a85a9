"""The base of every partner simulator: state, clock, jobs, dials, log, and the one way of a call."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from local.partners.chassis import wire
from local.partners.chassis.calls import CallLog
from local.partners.chassis.clock import Clock, wall_ms
from local.partners.chassis.control import ControlError, common_routes
from local.partners.chassis.faults import Fault, Faults
from local.partners.chassis.jobs import Jobs
from local.partners.chassis.limits import RateLimiter
from local.partners.chassis.push import Outgoing, Pusher
from local.partners.chassis.store import Store
from local.partners.chassis.wire import Reply


class Simulator(ABC):
    """Subclass it, set `name` and `defaults`, give routes, a ledger and the words for "too many calls".

    An instance is an ASGI application; its background work runs from ASGI start-up to shut-down. `defaults`
    lists every setting and switch with its default; the config file and POST /_sim/config may change these
    and no others.
    """

    name: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]]
    secrets: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        """`state_dir` None keeps the state in memory. ValueError: a setting not in `defaults`."""
        self._settings = self._known(settings or {})
        self.store = Store(None if state_dir is None else state_dir / f"{self.name}.sqlite3")
        self.clock = Clock(self.store)
        self.jobs = Jobs(self.store, self.clock)
        self.faults = Faults(self.store)
        self.calls = CallLog(self.store)
        self.limits = RateLimiter(self.clock)
        self.pusher = Pusher(self, self.jobs, self.faults, self.calls)
        self.config: dict[str, Any] = {}
        self._load_config()
        self._app = Starlette(
            routes=[*common_routes(self), *self.control_routes(), *self.partner_routes()],
            lifespan=self._lifespan,
        )

    # ---- what a partner fills in -------------------------------------------------------

    @abstractmethod
    def partner_routes(self) -> list[BaseRoute]:
        """The partner's real paths. Their endpoints answer through `call`."""

    @abstractmethod
    def ledger(self) -> dict[str, Any]:
        """The truth, for GET /_sim/state."""

    @abstractmethod
    def rate_limited(self, method: str) -> Reply:
        """The partner's own answer to too many calls."""

    def control_routes(self) -> list[BaseRoute]:
        """Further /_sim paths, made with `control`."""
        return []

    def push_request(self, event: str, payload: dict[str, Any], attempt: int) -> Outgoing | None:
        return None

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        return status == 200

    def push_retries(self, event: str) -> Sequence[int]:
        return ()

    def push_settled(self, event: str, payload: dict[str, Any], accepted: bool) -> None:
        return None

    # ---- partner calls -----------------------------------------------------------------

    async def call(self, method: str, work: Callable[[], Reply], *, raw: bytes = b"") -> Response:
        """Runs `work` in one store transaction in a worker thread, under the dials for `method`; logs it."""
        at_ms, started = wall_ms(), time.perf_counter()
        taken = await run_in_threadpool(self.faults.take, "call", method, raw.decode("utf-8", "replace"))
        response, outcome, ref = await self._through(method, work, taken)
        duration_ms = (time.perf_counter() - started) * 1000
        self.calls.add("call", method, at_ms=at_ms, duration_ms=duration_ms, outcome=outcome, ref=ref)
        return response

    async def _through(self, method: str, work: Callable[[], Reply], taken: list[Fault]) -> tuple[Response, str, str]:
        dials = {fault.kind: fault for fault in taken}
        if "latency" in dials:
            await asyncio.sleep((dials["latency"].ms or 0) / 1000)
        if "drop_before" in dials:
            return wire.Dropped(), "fault:drop_before", ""
        status = dials.get("status")
        if status is not None and not status.after:
            return Response(b"upstream failure", status.status), f"fault:status:{status.status}", ""
        if "rate_limit" in dials:
            return self.rate_limited(method).response(), "fault:rate_limit", ""
        reply = await run_in_threadpool(self._work, work)
        if "duplicate" in dials:
            reply = await run_in_threadpool(self._work, work)
        response, spoilt = _answer(reply, dials)
        return response, spoilt + reply.outcome, reply.ref

    def _work(self, work: Callable[[], Reply]) -> Reply:
        with self.store.tx():
            return work()

    # ---- state and settings ------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        with self.store.tx():
            return self.ledger()

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes switches for good; raises ControlError for one that does not exist."""
        try:
            known = self._known(changes)
        except ValueError as error:
            raise ControlError(str(error)) from error
        with self.store.tx():
            saved = self.store.get("_config", "changed") or {}
            self.store.put("_config", "changed", {**saved, **known})
        self._load_config()
        self.jobs.notify()
        return self.public_config()

    def public_config(self) -> dict[str, Any]:
        return {key: value for key, value in self.config.items() if key not in self.secrets}

    def fill_settings(self, settings: Mapping[str, Any]) -> None:
        """Settings known only after start (a neighbour's address), for those that nobody set."""
        missing = {key: value for key, value in settings.items() if not self.config.get(key)}
        self._settings = {**self._settings, **self._known(missing)}
        self._load_config()

    def _known(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(settings) - set(self.defaults)
        if unknown:
            raise ValueError(f"{self.name} has no setting {sorted(unknown)}; it has {sorted(self.defaults)}")
        return dict(settings)

    def _load_config(self) -> None:
        self.config = {**self.defaults, **self._settings, **(self.store.get("_config", "changed") or {})}

    # ---- ASGI --------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            wire.expose_transport(receive, scope)
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.jobs.start()
        try:
            yield
        finally:
            await run_in_threadpool(self.jobs.stop)
            self.pusher.close()
            self.store.close()


def _answer(reply: Reply, dials: Mapping[str, Fault]) -> tuple[Response, str]:
    """The work is done: what of the answer arrives."""
    if "status" in dials:
        return Response(b"upstream failure", dials["status"].status), "fault:status_after:"
    if "timeout_after" in dials:
        return wire.Dropped(wire.HANG_SECONDS), "fault:timeout_after:"
    if "malformed" in dials:
        return replace(reply, body=wire.malformed(reply.body)).response(), "fault:malformed:"
    if "wrong_encoding" in dials:
        return replace(reply, body=wire.wrong_encoding(reply.body)).response(), "fault:wrong_encoding:"
    if "slow" in dials:
        ms = dials["slow"].ms
        return wire.Trickled(reply, (30_000 if ms is None else ms) / 1000), "fault:slow:"
    return reply.response(), ""
