"""Warehouse and carrier in one process: a parcel goes from one to the other, also over a `kill -9`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.simulators import sf_client, wangdiantong_client


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "condition not reached"
        time.sleep(0.01)


class World:
    """The simulators' process, which can be killed and started again on the same state."""

    def __init__(self, folder: Path) -> None:
        self._config, self._ports = folder / "partners.json", folder / "ports.json"
        partners = {"wangdiantong": wangdiantong_client.SETTINGS, "sf": sf_client.SETTINGS}
        document = {"state_dir": str(folder / "state"), "partners": partners}
        self._config.write_text(json.dumps(document), encoding="utf-8")

    def start(self) -> None:
        self._ports.unlink(missing_ok=True)
        files = ["--config", str(self._config), "--ports-file", str(self._ports)]
        self.process = subprocess.Popen([sys.executable, "-m", "local.partners", *files], stdout=subprocess.DEVNULL)
        until(self._ports.exists)
        ports = json.loads(self._ports.read_text(encoding="utf-8"))
        self.wdt = wangdiantong_client.Client(ports["wangdiantong"])
        self.sf = sf_client.Client(ports["sf"])

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.process.terminate()
            self.process.wait(timeout=20)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    with one.running():
        yield one


def pushed(world: World, tid: str) -> str:
    number = world.sf.number(f"{tid}-1-1")
    answer = world.wdt.push(wangdiantong_client.trade(tid, seller_memo=f"运单号:{number}"))
    assert answer["new_count"] == "1"
    return number


def test_a_parcel_goes_from_the_warehouse_to_the_buyer_once_over_two_crashes(world: World) -> None:
    world.wdt.stock(ZP=10)
    number = pushed(world, "T1")
    world.wdt.advance(6)
    world.kill()
    world.start()
    assert world.wdt.one("T1")["trade_status"] == "55"
    world.wdt.advance(20)
    until(lambda: world.sf.truth("T1-1-1")["handovers"] == 1)
    world.sf.advance(5)
    assert world.sf.truth("T1-1-1")["state"] == "picked"
    world.kill()
    world.start()
    world.sf.advance(120)
    truth = world.wdt.truth("T1")
    assert (truth["packed"], truth["waybills"]) == (1, [number])
    assert truth["handovers"] == [{"waybill_no": number, "outcome": "accepted"}]
    carried = world.sf.truth("T1-1-1")
    assert (carried["state"], carried["labels_issued"], carried["billed_labels"]) == ("delivered", 1, 1)
    assert world.wdt.state()["stock"]["ZP@WH01"]["stock_num"] == 9


def test_a_cancelled_label_is_left_by_the_courier(world: World) -> None:
    world.wdt.stock(ZP=10)
    number = pushed(world, "T1")
    assert world.sf.cancel("T1-1-1") == "S0000"
    world.wdt.advance(30)
    until(lambda: bool(world.wdt.truth("T1")["handovers"]))
    assert world.wdt.truth("T1")["handovers"] == [{"waybill_no": number, "outcome": "refused:409"}]
    assert world.sf.truth("T1-1-1")["billed_labels"] == 0


def test_on_a_fast_clock_the_story_plays_without_a_hand(world: World) -> None:
    for clock in (world.wdt, world.sf):
        clock.control("clock", {"speed": 60})
    world.wdt.stock(ZP=10)
    tids = [f"T{n}" for n in range(5)]
    for tid in tids:
        pushed(world, tid)
    until(lambda: {order["state"] for order in world.sf.state()["orders"].values()} == {"delivered"})
    assert [world.wdt.truth(tid)["packed"] for tid in tids] == [1] * 5
    assert {parcel["max_live"] for parcel in world.sf.state()["parcels"].values()} == {1}
