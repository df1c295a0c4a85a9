"""Runs that die, an emulator that is killed: orders go on where they were, and nothing happens twice (R73)."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from local.cloud.run_file import read_run
from tests.scenario.books import assert_cancelled_cleanly, assert_completed_once
from tests.scenario.stack import STACK
from tests.scenario.waiting import until
from tests.scenario.world import World

NEVER = 864_000_000
AWAIT_AUDIT = 30
SLOWLY = 4_800_000  # 40 s here, at the speed of this hub's world
STAGES = ["await_payment", "await_shipment", "await_delivery", "await_release"]


@pytest.fixture(scope="module")
def stopped(world: World) -> dict[str, str]:
    """Four orders, each asleep in another wait, whose runs somebody stops by hand; then the world goes on."""
    with world.wms.switched(pack_ms=SLOWLY), world.sf.switched(transit_ms=NEVER):
        tids = {
            "await_payment": world.place(pay=False, expires_in_ms=NEVER),
            "await_shipment": world.place(),
        }
        for stage, tid in tids.items():
            world.waits_in(tid, stage)
        until(lambda: _trade(world, tids["await_shipment"]).get("state") == 55, "it is being packed, slowly")
        with world.wms.switched(audit_ms=NEVER):
            tids["await_release"] = world.place()
            until(lambda: _only_misses_its_audit(world, tids["await_release"]), "only the audit is missing")
        world.buys(tids["await_release"], "refund", apply_only=True)
        world.waits_in(tids["await_release"], "await_release")
        with world.wms.switched(pack_ms=5_000):
            tids["await_delivery"] = world.place()
            world.waits_in(tids["await_delivery"], "await_delivery")
        for tid in tids.values():
            _stop_run(world, tid)
        for tid in tids.values():
            until(lambda tid=tid: world.row(tid)["driver"]["epoch"] > 1, f"{tid} has another run")  # type: ignore[misc]
    return tids


def test_an_order_stopped_before_a_decision_still_waits_for_it(world: World, stopped: dict[str, str]) -> None:
    tid = stopped["await_release"]
    world.waits_in(tid, "await_release")
    world.decide(world.held(tid, "unhandled_event"), "cancel")
    world.reached(tid, "closed")
    assert_cancelled_cleanly(world, tid)


def test_an_order_stopped_before_payment_is_paid_and_completes(world: World, stopped: dict[str, str]) -> None:
    world.buys(stopped["await_payment"], "pay")
    world.completed(stopped["await_payment"])
    assert_completed_once(world, stopped["await_payment"])


def test_a_run_that_ended_without_a_word_is_found_when_everything_is_looked_at(world: World) -> None:
    tid = world.place(pay=False, expires_in_ms=NEVER)
    world.waits_in(tid, "await_payment")
    _stop_run(world, tid)
    world.invoke("sweep", {"task": "recover_all"})
    until(lambda: world.row(tid)["driver"]["epoch"] == 2, "it has another run")
    world.buys(tid, "cancel")
    world.reached(tid, "closed")
    assert_cancelled_cleanly(world, tid)


def test_after_kill_minus_nine_of_the_emulator_interrupted_orders_go_on_and_nothing_happens_twice(
    world: World,
) -> None:
    before = read_run(STACK.home).emulator_restarts
    with world.wms.switched(pack_ms=SLOWLY):
        packing = [world.place() for _ in range(2)]
        unpaid = world.place(pay=False, expires_in_ms=NEVER)
        for tid in packing:
            world.waits_in(tid, "await_shipment")
        world.waits_in(unpaid, "await_payment")
        under_way = [world.place() for _ in range(3)]
        until(lambda: all(_is_saved(tid) for tid in (*packing, *under_way, unpaid)), "the orders are on disk")
        os.kill(read_run(STACK.home).pids["emulator"], signal.SIGKILL)
        until(lambda: read_run(STACK.home).emulator_restarts > before, "the emulator runs again")
    world.buys(unpaid, "pay")
    world.completed(*packing, *under_way, unpaid)
    for tid in (*packing, *under_way, unpaid):
        assert_completed_once(world, tid)


@pytest.mark.parametrize("stage", ["await_shipment", "await_delivery"])
def test_an_order_whose_run_was_stopped_goes_on_where_it_was(world: World, stopped: dict[str, str], stage: str) -> None:
    if stage == "await_delivery":
        world.reached(stopped[stage], "confirmed")
        world.buys(stopped[stage], "receive")
    world.completed(stopped[stage])
    shown = assert_completed_once(world, stopped[stage])
    assert shown["executions"]["epoch"] >= 2


def _stop_run(world: World, tid: str) -> None:
    """Stop the order's run as a person at the console would."""
    execution = world.row(tid)["driver"]["execution"]
    arn = world.run.state_machine.replace(":stateMachine:", ":execution:") + ":" + execution
    world.aws("stepfunctions").stop_execution(executionArn=arn, error="ByHand", cause="scenario")


def _trade(world: World, tid: str) -> dict[str, Any]:
    trade: dict[str, Any] = world.wms.truth()["trades"].get(tid, {})
    return trade


def _only_misses_its_audit(world: World, tid: str) -> bool:
    """Its number is there, and it was handed over: from now on its audit is planned as it was when that was so."""
    trade = _trade(world, tid)
    return "运单号" in trade.get("seller_memo", "") and trade["state"] == AWAIT_AUDIT


def _is_saved(tid: str) -> bool:
    file: Path = STACK.home / "emulator" / "state" / "dynamodb.json"
    return f"ORDER#youzan-{tid}" in file.read_text(encoding="utf-8")
