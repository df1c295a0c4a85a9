"""The chassis under every partner simulator: dials, clock, jobs, pushes, state on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import Outgoing, Reply, Simulator, control, serve


class Till(Simulator):
    """A partner with one method that counts, one job chain and one webhook."""

    name = "till"
    defaults: Mapping[str, Any] = {"webhook_url": "", "secret": "s", "retries": [1_000, 5_000]}
    secrets = frozenset({"secret"})

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self.jobs.inside("step", self._step)

    def partner_routes(self) -> list[BaseRoute]:
        return [Route("/api/{method}", self._endpoint, methods=["POST"])]

    def control_routes(self) -> list[BaseRoute]:
        return [control("/_sim/start", self._start), control("/_sim/tell/{word}", self._tell)]

    def ledger(self) -> dict[str, Any]:
        return {"rung": self.store.get("till", "count") or {"n": 0}, "steps": self.store.all("steps")}

    def rate_limited(self, method: str) -> Reply:
        return Reply("太快".encode(), outcome="limit")

    def push_request(self, event: str, payload: dict[str, Any], attempt: int) -> Outgoing | None:
        url = self.config["webhook_url"]
        body = json.dumps({**payload, "attempt": attempt}).encode()
        return Outgoing(url, body, {"x-event": event}) if url else None

    def push_retries(self, event: str) -> list[int]:
        return list(self.config["retries"])

    async def _endpoint(self, request: Request) -> Response:
        raw = await request.body()
        return await self.call(request.path_params["method"], self._ring, raw=raw)

    def _ring(self) -> Reply:
        count = (self.store.get("till", "count") or {"n": 0})["n"] + 1
        self.store.put("till", "count", {"n": count})
        return Reply(json.dumps({"n": count, "text": "好"}, ensure_ascii=False).encode(), ref=str(count))

    def _start(self, body: Any) -> Any:
        self.jobs.schedule("step", {"left": 3, "at": 0}, after_ms=60_000)

    def _step(self, payload: dict[str, Any]) -> None:
        self.store.put("steps", str(payload["at"]), {"base": self.jobs.base_ms()})
        if payload["left"]:
            self.jobs.schedule("step", {"left": payload["left"] - 1, "at": payload["at"] + 1}, after_ms=60_000)

    def _tell(self, body: Any, word: str) -> Any:
        with self.store.tx():
            self.pusher.send("told", {"word": word}, key="one")


class Hook:
    """A receiver of webhooks that answers what `statuses` says (then 200) and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.got.append(json.loads(body))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def words(self) -> list[str]:
        return [push["word"] for push in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    receiver = Hook()
    yield receiver
    receiver.close()


@pytest.fixture
def till(hook: Hook) -> Iterator[httpx.Client]:
    with serve(Till({"webhook_url": hook.url})) as url, httpx.Client(base_url=url, timeout=5) as client:
        yield client


def dial(till: httpx.Client, **fault: Any) -> None:
    assert till.post("/_sim/faults", json=fault).status_code == 200


def rung(till: httpx.Client) -> int:
    return int(till.get("/_sim/state").json()["rung"]["n"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "condition not reached"
        time.sleep(0.005)


def test_a_call_without_dials_is_done_once_and_logged(till: httpx.Client) -> None:
    assert till.post("/api/ring").json() == {"n": 1, "text": "好"}
    log = till.get("/_sim/calls", params={"method": "ring"}).json()
    assert [(call["outcome"], call["ref"]) for call in log["calls"]] == [("ok", "1")]
    assert log["counts"] == {"call ring ok": 1}


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ({"kind": "status", "status": 502}, 0),
        ({"kind": "status", "status": 502, "after": True}, 1),
        ({"kind": "rate_limit"}, 0),
        ({"kind": "duplicate"}, 2),
        ({"kind": "malformed"}, 1),
        ({"kind": "wrong_encoding"}, 1),
        ({"kind": "latency", "ms": 5}, 1),
        ({"kind": "slow", "ms": 20}, 1),
    ],
)
def test_a_dial_spoils_one_matching_call_and_the_next_is_whole(
    till: httpx.Client, fault: dict[str, Any], done: int
) -> None:
    dial(till, match={"method": "ring"}, **fault)
    till.post("/api/other")
    before = rung(till)
    spoilt = till.post("/api/ring")
    assert rung(till) - before == done
    if fault["kind"] == "status":
        assert spoilt.status_code == 502
    if fault["kind"] == "rate_limit":
        assert spoilt.text == "太快"
    if fault["kind"] in ("malformed", "wrong_encoding"):
        with pytest.raises(ValueError):
            json.loads(spoilt.content)
    assert till.post("/api/ring").json()["n"] == before + done + 1


@pytest.mark.parametrize(("kind", "done"), [("drop_before", 0), ("timeout_after", 1)])
def test_a_lost_connection_leaves_exactly_the_work_it_says(till: httpx.Client, kind: str, done: int) -> None:
    dial(till, kind=kind, match={"contains": "needle"})
    with pytest.raises(httpx.TransportError):
        till.post("/api/ring", content=b"a needle in it", timeout=0.3)
    assert rung(till) == done
    assert till.post("/api/ring", content=b"a needle in it").status_code == 200


def test_dials_can_stay_and_be_taken_away(till: httpx.Client) -> None:
    dial(till, kind="status", times=-1)
    assert [till.post("/api/ring").status_code for _ in range(3)] == [503, 503, 503]
    till.delete("/_sim/faults")
    assert till.post("/api/ring").status_code == 200


@pytest.mark.parametrize("body", [{"kind": "explode"}, {"kind": "latency", "colour": 1}, {"match": {}}])
def test_a_dial_nobody_knows_is_refused(till: httpx.Client, body: dict[str, Any]) -> None:
    assert till.post("/_sim/faults", json=body).status_code == 422
    assert till.get("/_sim/faults").json() == []


def test_one_long_advance_plays_a_whole_chain_of_jobs(till: httpx.Client) -> None:
    till.post("/_sim/start")
    assert till.get("/_sim/state").json()["steps"] == []
    assert till.post("/_sim/clock", json={"advance_ms": 10 * 60_000}).json()["settled"] is True
    bases = [step["base"] for step in till.get("/_sim/state").json()["steps"]]
    assert [later - earlier for earlier, later in pairwise(bases)] == [60_000] * 3


def test_a_fast_clock_brings_jobs_sooner_but_prints_real_times(till: httpx.Client) -> None:
    till.post("/_sim/clock", json={"speed": 60_000})
    till.post("/_sim/start")
    until(lambda: len(till.get("/_sim/state").json()["steps"]) == 4)
    view = till.get("/_sim/clock").json()
    assert view["now_ms"] - view["wall_ms"] > 200_000
    assert abs(view["wire_ms"] - view["wall_ms"]) < 1_000
    assert till.post("/_sim/clock", json={"advance_ms": -1}).status_code == 422


def test_a_refused_push_is_retried_on_the_schedule_and_then_given_up(till: httpx.Client, hook: Hook) -> None:
    hook.statuses = [500, 500, 500]
    till.post("/_sim/tell/a")
    until(lambda: len(hook.got) == 1)
    till.post("/_sim/clock", json={"advance_ms": 1_000})
    assert [push["attempt"] for push in hook.got] == [0, 1]
    till.post("/_sim/clock", json={"advance_ms": 60_000})
    assert [push["attempt"] for push in hook.got] == [0, 1, 2]
    assert till.get("/_sim/calls", params={"side": "push"}).json()["counts"]["push told given_up"] == 1


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        ({"kind": "lost_push"}, ["b"]),
        ({"kind": "duplicate"}, ["a", "a", "b"]),
        ({"kind": "out_of_order"}, ["b", "a"]),
        ({"kind": "late", "ms": 30_000}, ["b", "a"]),
    ],
)
def test_push_dials_lose_double_swap_and_delay(
    till: httpx.Client, hook: Hook, fault: dict[str, Any], arrives: list[str]
) -> None:
    dial(till, match={"method": "told"}, **fault)
    till.post("/_sim/tell/a")
    till.post("/_sim/tell/b")
    until(lambda: "b" in hook.words())
    till.post("/_sim/clock", json={"advance_ms": 30_000})
    until(lambda: len(hook.got) == len(arrives))
    assert hook.words() == arrives


def test_switches_change_by_name_stay_and_hide_secrets(till: httpx.Client) -> None:
    assert till.post("/_sim/config", json={"retries": []}).json()["retries"] == []
    assert "secret" not in till.get("/_sim/config").json()
    assert till.post("/_sim/config", json={"retry": []}).status_code == 422


def test_state_clock_dials_switches_and_jobs_survive_kill_9(tmp_path: Path) -> None:
    config = tmp_path / "partners.json"
    ports = tmp_path / "ports.json"
    settings = {"state_dir": str(tmp_path / "state"), "partners": {"wangdiantong": {"port": 0}}}
    config.write_text(json.dumps(settings), encoding="utf-8")

    def run() -> tuple[subprocess.Popen[bytes], str]:
        ports.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "local.partners",
            "--config",
            str(config),
            "--ports-file",
            str(ports),
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(ports.exists)
        return process, json.loads(ports.read_text(encoding="utf-8"))["wangdiantong"]

    process, url = run()
    try:
        stock = [{"spec_no": "ZP-2026-01", "warehouse_no": "WH01", "stock_num": 7}]
        assert httpx.post(f"{url}/_sim/stock", json=stock).status_code == 200
        httpx.post(f"{url}/_sim/clock", json={"advance_ms": 5_000, "speed": 2})
        httpx.post(f"{url}/_sim/faults", json={"kind": "status", "times": -1})
        httpx.post(f"{url}/_sim/config", json={"per_minute": 600})
        before = httpx.get(f"{url}/_sim/state").json()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
        process, url = run()
        assert httpx.get(f"{url}/_sim/state").json() == before
        clock = httpx.get(f"{url}/_sim/clock").json()
        assert (clock["advanced_ms"], clock["speed"]) == (5_000, 2)
        assert [fault["kind"] for fault in httpx.get(f"{url}/_sim/faults").json()] == ["status"]
        assert httpx.get(f"{url}/_sim/config").json()["per_minute"] == 600
    finally:
        process.terminate()
        process.wait(timeout=20)
