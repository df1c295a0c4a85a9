"""Stock as buyers meet it: short, unknown, and the last piece raced by two (R12, P5, P6)."""

import pytest

from tests.scenario.books import assert_cancelled_cleanly, assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import OWN_SKUS, World

LAST_ONE, SCARCE, MANY = OWN_SKUS[0], OWN_SKUS[1], OWN_SKUS[2]


def goods(sku: str, num: int = 1) -> dict[str, object]:
    return {"sku": sku, "title": "测试货品", "price_fen": 5_000, "num": num}


@pytest.fixture(scope="module", autouse=True)
def stocked(world: World) -> None:
    """One piece of one SKU, two of another, ten of a third; the hub has learnt it from the warehouse."""
    counts = {LAST_ONE: 1, SCARCE: 2, MANY: 10}
    world.wms.ask("stock", [{"spec_no": sku, "warehouse_no": "WH01", "stock_num": num} for sku, num in counts.items()])
    until(lambda: all(world.stock(sku) for sku in counts), "the hub knows the new goods")


def test_of_two_who_race_for_the_last_piece_one_gets_it_and_the_other_becomes_a_card(world: World) -> None:
    tids = [order["tid"] for order in world.shop.ask("orders", [_paid(world, LAST_ONE), _paid(world, LAST_ONE)])]
    until(lambda: sum(bool(world.row(tid).get("holds")) for tid in tids) == 1, "one of them is held")
    (loser,) = [tid for tid in tids if world.row(tid).get("holds")]
    (winner,) = [tid for tid in tids if tid != loser]
    world.completed(winner)
    assert_completed_once(world, winner)
    card = world.held(loser, "stock_mismatch")
    shown = {name: card["evidence"][name] for name in ("sku", "warehouse", "wanted", "available", "missing")}
    assert shown == {"sku": LAST_ONE, "warehouse": "WH01", "wanted": "1", "available": "0", "missing": "1"}
    world.decide(card, "cancel")
    world.reached(loser, "closed")
    assert_cancelled_cleanly(world, loser)


def test_an_order_for_more_than_there_is_takes_nothing_and_goes_on_once_there_is(world: World) -> None:
    tid = world.place(goods(MANY, 2), goods(SCARCE, 3))
    card = world.held(tid, "stock_mismatch")
    assert (card["evidence"]["wanted"], card["evidence"]["available"]) == ("3", "2")
    assert {row["status"] for row in world.order(tid)["reservations"]} <= {"released"}
    world.wms.ask("stock", [{"spec_no": SCARCE, "warehouse_no": "WH01", "stock_num": 5}])
    until(lambda: world.stock(SCARCE)["stocked"] == 5, "the delivery to the warehouse is booked", 120)
    world.completed(tid)  # by itself: nobody has decided
    assert_completed_once(world, tid)
    assert world.stock(SCARCE)["sold"] == 3


def test_goods_that_nobody_knows_become_a_card(world: World) -> None:
    tid = world.place(goods("NO-SUCH-SKU"))
    card = world.held(tid, "stock_mismatch")
    assert card["evidence"]["available"] == "unknown SKU"
    world.decide(card, "cancel")
    world.reached(tid, "closed")


def _paid(world: World, sku: str) -> dict[str, object]:
    return {"lines": [goods(sku)], "buyer": world.buyer()}
