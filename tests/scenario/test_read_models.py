"""What people read of orders follows the orders by itself, and can be made anew from their facts (R40, R48)."""

import json
from typing import Any

import pytest

from orderhub.adapters.dynamodb.items import values_of
from tests.scenario.waiting import until
from tests.scenario.world import LINE, World


@pytest.fixture(scope="module")
def buyer(world: World) -> dict[str, str]:
    return world.buyer()


@pytest.fixture(scope="module")
def sold(world: World, buyer: dict[str, str]) -> str:
    """An order of two pieces that goes the whole way."""
    tid = world.place({**LINE, "num": 2}, buyer=buyer)
    world.completed(tid)
    until(lambda: row_of(world, tid).get("state") == "OrderCompleted", lambda: row_of(world, tid))
    return tid


def row_of(world: World, tid: str) -> dict[str, Any]:
    key = {"pk": {"S": f"ROW#youzan-{tid}"}, "sk": {"S": "ROW"}}
    found = world.aws("dynamodb").get_item(TableName=world.run.tables["ReadModelsTable"], Key=key)
    return values_of(found.get("Item", {}))


def test_an_order_is_found_by_every_number_somebody_may_have(world: World, sold: str, buyer: dict[str, str]) -> None:
    waybill = world.order(sold)["waybill_number"]
    for asked in (f"youzan-{sold}", sold, waybill, buyer["phone"], buyer["phone"][-4:], f"买家{int(sold[-9:]):09d}"):
        found = world.get(f"find?q={asked}")["orders"]
        assert f"youzan-{sold}" in [row["order_id"] for row in found], asked
    assert buyer["phone"] not in json.dumps(world.items("ReadModelsTable"))


def test_its_row_says_what_the_order_says(world: World, sold: str) -> None:
    (row,) = world.get(f"find?q={sold}")["orders"]
    order = world.order(sold)
    assert (row["pieces"], row["paid_fen"]) == (2, order["amounts"]["paid_fen"])
    assert (row["waybills"], row["carriers"]) == ([order["waybill_number"]], [order["carrier"]])
    assert (row["paid_at"], row["shipped_at"]) == (order["at"]["paid"], order["at"]["shipped"])
    agreed = until(lambda: (row := row_of(world, sold)) and "shop" in row["agreement"] and row, "the shop was told")
    assert agreed["agreement"] == dict.fromkeys(("warehouse", "carrier", "shop", "finance"), "agrees")


def test_the_board_and_the_picture_count_it(world: World, sold: str) -> None:
    tiles = {tile["key"]: tile for tile in world.get("health")["tiles"]}
    assert tiles["payment_to_outbound"]["n"] >= 1
    listed = world.get("orders/list?by=shipped&agreement=agrees&limit=200")
    assert f"youzan-{sold}" in [row["order_id"] for row in listed["orders"]]
    states = {state["name"]: state["count"] for state in world.get("lifecycle")["states"]}
    assert states["OrderCompleted"] >= 1
    assert states["FindNextStep"] is None


def test_an_unpaid_order_waits_for_its_payment_in_every_list(world: World) -> None:
    tid = world.place(pay=False)
    until(lambda: row_of(world, tid).get("state") == "AwaitPayment", lambda: row_of(world, tid))
    waiting = world.get("orders/list?state=AwaitPayment&limit=200")
    assert f"youzan-{tid}" in [row["order_id"] for row in waiting["orders"]]
    assert waiting["total"] >= 1


def test_a_row_that_was_lost_is_made_anew_as_it_was(world: World, sold: str) -> None:
    before = row_of(world, sold)
    client, table = world.aws("dynamodb"), world.run.tables["ReadModelsTable"]
    client.delete_item(TableName=table, Key={"pk": {"S": before["pk"]}, "sk": {"S": "ROW"}})
    assert world.get(f"find?q={sold}")["orders"] == []
    done: dict[str, Any] = {"is_done": False}
    asked = {"task": "rebuild", "restart": True}
    while not done["is_done"]:
        answer = world.aws("lambda").invoke(FunctionName=world.run.functions["project"], Payload=json.dumps(asked))
        done, asked = json.loads(answer["Payload"].read()), {"task": "rebuild"}
        assert done["failed"] == 0
    assert row_of(world, sold) == before
