"""From the paid webhook to the warehouse: the webhook accepted → trade_push accepted and the stock committed.

    {"to_wms_ms": {"p50", "p99", "n", …}, "to_wms_hub_ms": {…}, "to_wms_ms_60_a_minute": {…}, …}

A whole hub at real speed, schedules at their AWS rates; parcels are packed an hour later, as in a warehouse, and
the emulator's snapshots of its own state, which AWS has no counterpart of, wait until the end. Buyers place 5
orders a second for 60 s and pay 3 s later. Per order:
start  the shop has the acknowledgement of `trade_TradeBuyerPay` (the shop simulator's call log);
end    the task `dispatch` has ended (the function's log line): the warehouse has accepted, the stock is sold.
`to_wms_hub_ms` is the same without the milliseconds the warehouse simulator worked on the order's trade_push.
`stages_ms` are medians of where the time goes.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.hub import Hub, ask, cpu_seconds, hub, percentile, wait_until

PER_SECOND, SECONDS, WARM_UP, PAY_AFTER = 5, 60, 20, 3.0
LIMITS = {"to_wms_ms": (600, "4"), "to_wms_ms_60_a_minute": (60, "16")}
"""Name of the figure → calls a minute, and workers a function may have: at 60 most of them stand in line."""
SETTLE_SECONDS = 60.0
PACKED_AFTER_MS = 3_600_000


def measure() -> dict[str, Any]:
    """The document above."""
    fast = _at(*LIMITS["to_wms_ms"])
    slow = _at(*LIMITS["to_wms_ms_60_a_minute"])
    return {
        "to_wms_ms": fast["all"],
        "to_wms_hub_ms": fast["hub"],
        "to_wms_stages_ms": fast["stages"],
        "to_wms_ms_60_a_minute": slow["all"],
        "to_wms_hub_ms_60_a_minute": slow["hub"],
    }


def _at(per_minute: int, workers: str) -> dict[str, Any]:
    words = ("--speed", "1", "--tick", "60", "--parameter", f"WangdiantongCallsPerMinute={per_minute}")
    wms = {"per_minute": per_minute, "pack_ms": PACKED_AFTER_MS}
    with hub(*words, environ={"HUB_WORKERS": workers, "HUB_SAVE_SECONDS": "600"}) as running:
        ask(f"{running.run.partners['wangdiantong']}/_sim/config", wms)
        _buy(running, WARM_UP, 2)
        wait_until(lambda: len(dispatched(running)) >= WARM_UP, SETTLE_SECONDS, every=2)
        before, cpu = set(dispatched(running)), cpu_seconds(running)
        tids = _buy(running, PER_SECOND * SECONDS, PER_SECOND)
        wait_until(lambda: len(set(dispatched(running)) - before) >= len(tids), SETTLE_SECONDS, every=3)
        used = cpu_seconds(running) - cpu
        found = _times(running, tids, per_minute)
        found["all"]["cpu_ms_per_order"] = round(used / len(tids) * 1000)
        return found


def _buy(running: Hub, count: int, per_second: float) -> list[str]:
    """Orders at an even pace, each paid a moment later; late is said so, not made up for."""
    timers: list[threading.Timer] = []
    started = time.monotonic()
    tids: list[str] = []

    def one(number: int) -> str:
        tid = running.place(number, pay=False)
        timer = threading.Timer(PAY_AFTER, running.pay, (tid,))
        timers.append(timer)
        timer.start()
        return tid

    with ThreadPoolExecutor(8) as pool:
        running_calls = []
        for number in range(count):
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
            running_calls.append(pool.submit(one, number))
        tids = [call.result() for call in running_calls]
    for timer in timers:
        timer.join()
    print(f"  {count} orders in {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    return tids


def dispatched(running: Hub) -> dict[str, int]:
    """Order id → when its task `dispatch` ended, epoch ms."""
    return {
        line["order_id"]: line["at"]
        for line in running.log_lines("warehouse")
        if line.get("task") == "dispatch" and line.get("outcome") == "done"
    }


def _times(running: Hub, tids: list[str], per_minute: int) -> dict[str, Any]:
    paid = {call["ref"]: call["at_ms"] for call in running.calls("youzan", "trade_TradeBuyerPay")}
    pushes = running.calls("wangdiantong", "trade_push")
    worked = {tid: call["duration_ms"] for call in pushes for tid in call["ref"].split(",") if call["outcome"] == "ok"}
    ended = dispatched(running)
    done = [tid for tid in tids if f"youzan-{tid}" in ended and tid in paid]
    all_ms = [float(ended[f"youzan-{tid}"] - paid[tid]) for tid in done]
    hub_ms = [ms - worked.get(tid, 0.0) for ms, tid in zip(all_ms, done, strict=True)]
    extra = {"wms_calls_a_minute": per_minute, "trade_pushes": len(pushes), "missing": len(tids) - len(done)}
    return {"all": _figure(all_ms) | extra, "hub": _figure(hub_ms), "stages": _stages(running, tids)}


def _figure(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"p50": None, "p99": None, "n": 0}
    return {"p50": round(percentile(values, 0.50)), "p99": round(percentile(values, 0.99)), "n": len(values)}


def _stages(running: Hub, tids: list[str]) -> dict[str, Any]:
    """Medians: acknowledged → taken in (SQS and ingest's commit), the tasks, and what lies between them."""
    wanted = {f"youzan-{tid}" for tid in tids}
    stages: dict[str, Any] = {}
    for folder, tasks in (("orders", ("assess",)), ("warehouse", ("dispatch",))):
        for task in tasks:
            lines = [line for line in running.log_lines(folder) if line.get("task") == task]
            took = [line["TaskMs"] for line in lines if line.get("order_id") in wanted]
            stages[task] = {"p50": round(percentile(took, 0.5)), "p99": round(percentile(took, 0.99))} if took else {}
    lines = [line for line in running.log_lines("ingest") if "TaskMs" in line]
    took = [line["TaskMs"] for line in lines]
    stages["ingest"] = {"p50": round(percentile(took, 0.5)), "p99": round(percentile(took, 0.99))} if took else {}
    return stages
