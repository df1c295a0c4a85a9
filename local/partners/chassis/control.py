"""The control surface under /_sim that every simulator has: for tests and people, never signed."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from local.partners.chassis.simulator import Simulator


class ControlError(Exception):
    """A control request that makes no sense; `status` and the message go back to the person."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


def control(path: str, function: Callable[..., Any], *, methods: Sequence[str] = ("POST",)) -> Route:
    """A route that calls `function(body, **path_parameters)` in a worker thread; answers its result as JSON.

    `body` is the parsed JSON (None when empty); for GET and DELETE it is the query as a dict.
    """

    async def endpoint(request: Request) -> Response:
        try:
            if request.method in ("GET", "DELETE"):
                body: Any = dict(request.query_params)
            else:
                raw = await request.body()
                body = json.loads(raw) if raw.strip() else None
            result = await run_in_threadpool(function, body, **request.path_params)
            if inspect.isawaitable(result):
                result = await result
        except ControlError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 422)
        return JSONResponse(result)

    return Route(path, endpoint, methods=list(methods))


def common_routes(sim: Simulator) -> list[Route]:
    """/_sim/state, faults, clock, config, calls, jobs: the same for every partner."""

    def set_faults(body: Any) -> Any:
        for dial in body if isinstance(body, list) else [body]:
            sim.faults.add(dial)
        return sim.faults.view()

    def clear_faults(_query: Any) -> Any:
        sim.faults.clear()
        return []

    def set_clock(body: Any) -> Any:
        sim.clock.set(speed=body.get("speed"), advance_ms=int(body.get("advance_ms", 0)))
        sim.jobs.notify()
        settled = sim.jobs.settle() if body.get("settle", bool(body.get("advance_ms"))) else None
        return {**sim.clock.view(), "settled": settled}

    def list_calls(query: dict[str, str]) -> Any:
        calls = sim.calls.list(
            method=query.get("method", ""), side=query.get("side", ""), after_id=int(query.get("after_id", 0))
        )
        return {"calls": calls, "counts": sim.calls.counts()}

    return [
        control("/_sim/state", lambda _query: sim.state(), methods=["GET"]),
        control("/_sim/faults", lambda _query: sim.faults.view(), methods=["GET"]),
        control("/_sim/faults", set_faults),
        control("/_sim/faults", clear_faults, methods=["DELETE"]),
        control("/_sim/clock", lambda _query: sim.clock.view(), methods=["GET"]),
        control("/_sim/clock", set_clock),
        control("/_sim/config", lambda _query: sim.public_config(), methods=["GET"]),
        control("/_sim/config", sim.configure),
        control("/_sim/calls", list_calls, methods=["GET"]),
        control("/_sim/jobs", lambda _query: sim.jobs.waiting(), methods=["GET"]),
    ]
