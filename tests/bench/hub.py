"""A hub of its own for one measurement, and the eyes of whoever measures: simulators' books, logs, histories."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.aws import client
from local.cloud.detached import start_detached
from local.cloud.run_file import Run, write_json
from local.cloud.supervisor import PORTS, free_ports, stop

BUYER = {"name": "张三", "province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "测试路1号3栋201"}
PRICE_FEN, FREIGHT_FEN, DISCOUNT_FEN = 29_900, 1_000, 500
SKU = "ZP-2026-01"


@dataclass(frozen=True)
class Hub:
    """One running hub."""

    run: Run
    home: Path

    def place(self, number: int, *, pay: bool) -> str:
        """A buyer orders one piece; returns the shop's order number."""
        order = {
            "lines": [{"sku": SKU, "title": "智能喂食器", "price_fen": PRICE_FEN, "num": 1}],
            "buyer": {**BUYER, "phone": f"1380013{number % 10_000:04d}"},
            "freight_fen": FREIGHT_FEN,
            "discount_fen": DISCOUNT_FEN,
            "pay": pay,
        }
        return str(ask(f"{self.run.partners['youzan']}/_sim/orders", order)["tid"])

    def pay(self, tid: str) -> None:
        ask(f"{self.run.partners['youzan']}/_sim/orders/{tid}/pay", {})

    def calls(self, partner: str, method: str) -> list[dict[str, Any]]:
        """What this simulator asked or was asked, oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["id"] if found else 0
            url = f"{self.run.partners[partner]}/_sim/calls?method={method}&after_id={after}"
            page = ask(url)
            rows = page["calls"] if isinstance(page, dict) else page
            if not rows:
                return found
            found += rows

    def aws(self, service: str) -> Any:
        """A client of the emulator."""
        return client(service, self.run.endpoint)

    def log_lines(self, folder: str) -> list[dict[str, Any]]:
        """The canonical lines of one function, with their time as `at`, epoch ms."""
        found = []
        for event in self.log_events(folder):
            if event["message"].startswith('{"_aws"'):
                line = json.loads(event["message"])
                found.append({**line, "at": line["_aws"]["Timestamp"]})
        return found

    def log_events(self, folder: str) -> list[dict[str, Any]]:
        """Everything in one function's log group, Lambda's own lines too."""
        group = self.run.stack["".join(word.capitalize() for word in folder.split("_")) + "Log"]
        logs, found, token = self.aws("logs"), [], ""
        while True:
            page = logs.filter_log_events(logGroupName=group, limit=10_000, **({"nextToken": token} if token else {}))
            found += page["events"]
            if page.get("nextToken", token) == token:
                return found
            token = page["nextToken"]


@contextlib.contextmanager
def hub(*words: str, ports: Mapping[str, int] | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Hub]:
    """`hub up <words>` in a folder of its own, gone afterwards. `ports` (`emulator`, …) fixes addresses before."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    home = folder / "hub"
    home.mkdir()
    kept = {name: os.environ.get(name) for name in environ or {}}
    os.environ.update(environ or {})
    try:
        write_json(home / PORTS, dict(ports or {}))
        try:
            yield Hub(start_detached(home, ["--port", "0", *words]), home)
        finally:
            stop(home)
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        shutil.rmtree(folder, ignore_errors=True)


def ask(url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
    """GET, or POST when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def wait_until(holds: Callable[[], bool], seconds: float, every: float = 0.5) -> bool:
    """Whether it held before the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def cpu_seconds(running: Hub) -> float:
    """User and system time of this hub's processes so far: emulator, its workers, simulators, proxy. Linux only."""
    roots = set(running.run.pids.values())
    rows: dict[int, tuple[int, int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            rows[int(file.parent.name)] = (int(fields[1]), sum(int(ticks) for ticks in fields[11:15]))
    total = 0
    for pid, (_, ticks) in rows.items():
        above = pid
        while above > 1 and above not in roots:
            above = rows.get(above, (0, 0))[0]
        total += ticks if above in roots else 0
    return total / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all are not above (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * int(share * 100) // 100) - 1)]


__all__ = ["Hub", "ask", "cpu_seconds", "free_ports", "hub", "percentile", "wait_until"]
