"""The real state machine on the local cloud: how runs go, wait, wake, give way and recover (design §1, §6)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import OWN_SKUS, World

NEVER = 864_000_000
SLOWLY = 1_080_000  # 9 s here, at the speed of this hub's world
LATE_SKU = OWN_SKUS[-1]
USUAL_WAY = [
    "Reserve", "AwaitPayment", "Assess", "Dispatch", "IssueWaybill", "AwaitShipment", "AwaitDelivery", "Settle",
    "OrderCompleted",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def name_taken(world: World) -> str:
    """An order whose first run's name is taken already; that it is undriven shows a minute later."""
    with world.shop.switched(replica_lag_ms=36_000_000):
        tid = world.place(push=False)
        taken = world.aws("stepfunctions").start_execution(
            stateMachineArn=world.run.state_machine,
            name=f"youzan-{tid}-1",
            input=json.dumps({"order_id": f"youzan-{tid}", "epoch": 1}),
        )["executionArn"]
        until(lambda: _describe(world, taken)["status"] == "FAILED", "a run of an order that is not there ends")
    world.shop.ask(f"orders/{tid}/repush")
    return tid


def test_the_usual_way_is_nine_states_in_order(world: World) -> None:
    tid = world.place(pay=False, expires_in_ms=NEVER)
    world.waits_in(tid, "await_payment")
    world.buys(tid, "pay")
    world.completed(tid)
    run = _run_of(world, tid)
    until(lambda: _describe(world, run)["status"] == "SUCCEEDED", "the run has ended")
    assert _states(world, run) == USUAL_WAY


def test_a_run_gets_and_gives_ids_only(world: World) -> None:
    tid = world.place()
    world.completed(tid)
    run = _run_of(world, tid)
    until(lambda: _describe(world, run)["status"] == "SUCCEEDED", "the run has ended")
    described = _describe(world, run)
    assert json.loads(described["input"]) == {"order_id": f"youzan-{tid}", "epoch": 1}
    assert set(json.loads(described["output"])) <= {"seq", "due_at", "next", "step", "function"}


def test_a_token_answered_twice_moves_the_order_once(world: World) -> None:
    tid = world.place(pay=False, expires_in_ms=NEVER)
    token = world.waits_in(tid, "await_payment")["wait"]["token"]
    world.buys(tid, "pay")
    world.completed(tid)
    with pytest.raises(ClientError) as refused:
        world.aws("stepfunctions").send_task_success(taskToken=token, output='{"seq":99,"step":"assess"}')
    assert refused.value.response["Error"]["Code"] in ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")
    assert_completed_once(world, tid)


def test_an_answer_out_of_turn_does_not_carry_an_order_past_what_is_true(world: World) -> None:
    """Somebody answers the wait for payment although nothing was paid: the order is not assessed."""
    tid = world.place(pay=False, expires_in_ms=NEVER)
    token = world.waits_in(tid, "await_payment")["wait"]["token"]
    world.aws("stepfunctions").send_task_success(taskToken=token, output='{"seq":1,"step":"assess"}')

    def waits_again() -> bool:
        wait = world.row(tid).get("wait") or {}
        return wait.get("step") == "await_payment" and wait["token"] != token

    until(waits_again, "the order waits for payment with another token")
    assert "assessed" not in world.row(tid)["at"]
    world.buys(tid, "pay")
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_token_nobody_answers_wakes_by_its_timeout(world: World) -> None:
    """The wake is lost: the token on the order is not the one the run waits with."""
    tid = world.place(pay=False, expires_in_ms=NEVER)
    world.waits_in(tid, "await_payment")
    _write(world, tid, "SET #w.#t = :lost", {"#w": "wait", "#t": "token"}, {":lost": {"S": "no-such-token"}})
    world.buys(tid, "pay")
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["executions"]["epoch"] == 1


def test_what_came_before_the_run_waited_for_it_is_not_missed(world: World) -> None:
    tids = [world.place(pay=False, expires_in_ms=NEVER) for _ in range(6)]
    for tid in tids:
        world.buys(tid, "pay")
    world.completed(*tids)
    for tid in tids:
        assert world.order(tid)["executions"]["epoch"] == 1


def test_an_interrupted_wait_goes_where_the_order_wants(world: World) -> None:
    with world.wms.switched(pack_ms=SLOWLY):
        tid = world.place()
        world.waits_in(tid, "await_shipment")
        world.buys(tid, "refund", apply_only=True)
        world.waits_in(tid, "await_release")
        card = world.held(tid, "unhandled_event")
        world.decide(card, "continue")
        world.waits_in(tid, "await_shipment")
    world.reached(tid, "shipped")


def test_a_run_of_another_epoch_ends_as_superseded_and_touches_nothing(world: World) -> None:
    tid = world.place(pay=False, expires_in_ms=NEVER)
    before = world.waits_in(tid, "await_payment")
    started = world.aws("stepfunctions").start_execution(
        stateMachineArn=world.run.state_machine,
        name=f"youzan-{tid}-99",
        input=json.dumps({"order_id": f"youzan-{tid}", "epoch": 99}),
    )
    run = started["executionArn"]
    until(lambda: _describe(world, run)["status"] == "FAILED", "the stranger has ended")
    assert _describe(world, run)["error"] == "Superseded"
    assert world.row(tid)["driver"] == before["driver"]
    world.buys(tid, "cancel")
    world.reached(tid, "closed")


def test_a_partner_that_is_down_is_tried_three_times_and_then_waited_for(world: World) -> None:
    with world.shop.switched(replica_lag_ms=36_000_000):
        tid = world.place(push=False)
        world.wms.turn("status", "trade_push", tid, times=-1, status=503)
        tried_before = len(world.wms.calls("trade_push"))
        world.shop.ask(f"orders/{tid}/repush")
        until(lambda: world.row(tid).get("waiting_for") == "wangdiantong", "it stands in line")
        degraded = next(f for f in world.order(tid)["timeline"] if f["type"] == "PartnerDegraded")
        tries = [c for c in world.wms.calls("trade_push")[tried_before:] if c["at_ms"] <= degraded["recorded_at"]]
        assert 1 <= len(tries) <= 3
    world.wms.turn_back()
    world.completed(tid)
    assert_completed_once(world, tid)


def test_an_error_nobody_planned_for_parks_the_order_and_retry_goes_on(world: World) -> None:
    """The sealed receiver is damaged, so the trade cannot be written; then it is whole again."""
    tid = world.place({"sku": LATE_SKU, "title": "测试货品", "price_fen": 5_000, "num": 1})
    world.held(tid, "stock_mismatch")
    names, sealed = {"#s": "snapshot"}, world.row(tid)["snapshot"]["sealed"]
    _write(world, tid, "SET #s.sealed = :x", names, {":x": {"S": "v1.damaged.damaged"}})
    world.wms.ask("stock", [{"spec_no": LATE_SKU, "warehouse_no": "WH01", "stock_num": 5}])
    until(lambda: world.stock(LATE_SKU), "the goods have come")
    card = world.held(tid, "step_failed")
    assert card["evidence"]["step"] == "dispatch"
    assert "Unplanned" in card["evidence"]["error"]
    _write(world, tid, "SET #s.sealed = :x", names, {":x": {"S": sealed}})
    world.decide(card, "retry")
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_run_whose_name_is_taken_is_found_undriven_and_gets_the_next_epoch(world: World, name_taken: str) -> None:
    world.completed(name_taken)
    assert assert_completed_once(world, name_taken)["executions"]["epoch"] == 2


def _run_of(world: World, tid: str) -> str:
    arn: str = world.run.state_machine.replace(":stateMachine:", ":execution:")
    return f"{arn}:{world.row(tid)['driver']['execution']}"


def _describe(world: World, run: str) -> dict[str, Any]:
    described: dict[str, Any] = world.aws("stepfunctions").describe_execution(executionArn=run)
    return described


def _states(world: World, run: str) -> list[str]:
    pages = world.aws("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=run)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def _write(world: World, tid: str, update: str, names: dict[str, str], values: dict[str, Any]) -> None:
    world.aws("dynamodb").update_item(
        TableName=world.run.tables["OrdersTable"],
        Key={"pk": {"S": f"ORDER#youzan-{tid}"}, "sk": {"S": "ORDER"}},
        UpdateExpression=update,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )
