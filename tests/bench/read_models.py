"""From a paid order to its row: the payment's webhook acknowledged → the row that lists and figures read says paid;
and from a placed order to the screen of somebody who looks at the health board in a browser.

    {"event_to_screen_ms": {"p50", "p95", "p99", "n", "missing"}, "event_to_row_ms": {…}, "fact_to_row_ms": {…},
     "board_ms": {…}}

A whole hub at real speed; buyers place and pay 5 orders a second for 60 s. One reader looks at all rows that are
awaited every 100 ms, which is the figures' grain. `fact_to_row_ms` begins when the fact `OrderPaid` was recorded.
`board_ms`: how long `GET /api/health` takes meanwhile, asked every 5 s.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

import httpx

from local import brand
from tests.bench.hub import Hub, ask, hub, percentile, wait_until
from tests.bench.on_screen import Screen, from_event_to_screen
from tests.bench.to_wms import PACKED_AFTER_MS

PER_SECOND, SECONDS, WARM_UP, GRAIN, BOARD_EVERY = 5, 60, 10, 0.1, 5.0
SETTLE_SECONDS = 60.0
BATCH = 100


def measure() -> dict[str, Any]:
    """The document above."""
    words = ("--speed", "1", "--tick", "60", "--parameter", "WangdiantongCallsPerMinute=600")
    with hub(*words, environ={"HUB_SAVE_SECONDS": "600"}) as running:
        ask(f"{running.run.partners['wangdiantong']}/_sim/config", {"per_minute": 600, "pack_ms": PACKED_AFTER_MS})
        watch, screen = Watch(running), Screen(running.run.origin)
        with screen, watch:
            _buy(running, watch, WARM_UP, 2)
            wait_until(lambda: len(watch.seen) >= WARM_UP, SETTLE_SECONDS)
            tids = _buy(running, watch, PER_SECOND * SECONDS, PER_SECOND)
            wait_until(lambda: all(tid in watch.seen for tid in tids), SETTLE_SECONDS)
            wait_until(lambda: screen.shows >= WARM_UP + len(tids), SETTLE_SECONDS)
        told = {call["ref"]: call["at_ms"] for call in running.calls("youzan", "trade_TradeBuyerPay")}
        done = [tid for tid in tids if tid in watch.seen]
        recorded = {tid: _paid_fact_at(running, tid) for tid in done}
        return {
            "event_to_screen_ms": from_event_to_screen(running, screen, WARM_UP),
            "event_to_row_ms": _figure([watch.seen[tid] - told[tid] for tid in done if tid in told])
            | {"missing": len(tids) - len(done)},
            "fact_to_row_ms": _figure([watch.seen[tid] - recorded[tid] for tid in done]),
            "board_ms": _figure(watch.board_ms),
        }


class Watch:
    """Reads the awaited rows again and again, and the health board now and then."""

    def __init__(self, running: Hub) -> None:
        self._running = running
        self._awaited: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._rows, self._board)]
        self.seen: dict[str, float] = {}
        self.board_ms: list[float] = []

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, tid: str) -> None:
        with self._lock:
            self._awaited.add(tid)

    def _rows(self) -> None:
        client, table = self._running.aws("dynamodb"), self._running.run.tables["ReadModelsTable"]
        while not self._stopping.wait(GRAIN):
            with self._lock:
                awaited = list(self._awaited)
            for some in batched(awaited, BATCH, strict=False):
                keys = [{"pk": {"S": f"ROW#youzan-{tid}"}, "sk": {"S": "ROW"}} for tid in some]
                answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})
                now = time.time() * 1000
                paid = {row["platform_id"]["S"] for row in answer["Responses"][table] if "paid_at" in row}
                with self._lock:
                    self._awaited -= paid
                self.seen |= dict.fromkeys(paid, now)

    def _board(self) -> None:
        headers = {"authorization": f"Bearer {json.loads(brand.secrets()['HubSecret'])['api_token']}"}
        with httpx.Client(base_url=self._running.run.api, timeout=60, trust_env=False, headers=headers) as http:
            while not self._stopping.wait(BOARD_EVERY):
                started = time.monotonic()
                http.get("/api/health").raise_for_status()
                self.board_ms.append((time.monotonic() - started) * 1000)


def _buy(running: Hub, watch: Watch, count: int, per_second: float) -> list[str]:
    """Paid orders at an even pace; late is said so, not made up for."""

    def one(number: int) -> str:
        tid = running.place(number, pay=True)
        watch.wait_for(tid)
        return tid

    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        calls = []
        for number in range(count):
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
            calls.append(pool.submit(one, number))
        tids = [call.result() for call in calls]
    print(f"  {count} orders in {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    return tids


def _paid_fact_at(running: Hub, tid: str) -> float:
    """When the hub recorded that the order is paid, epoch ms."""
    answer = running.aws("dynamodb").query(
        TableName=running.run.tables["OrdersTable"],
        KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
        ExpressionAttributeValues={":p": {"S": f"ORDER#youzan-{tid}"}, ":s": {"S": "FACT#"}},
    )
    return float(next(item["updated_at"]["N"] for item in answer["Items"] if item["type"]["S"] == "OrderPaid"))


def _figure(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"p50": None, "p95": None, "p99": None, "n": 0}
    figures = {name: round(percentile(values, share)) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return figures | {"n": len(values)}
