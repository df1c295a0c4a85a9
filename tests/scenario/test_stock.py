"""Stock as buyers meet it: short, unknown, and the last piece raced by two (R12, P5, P6)."""

import pytest

from tests.scenario.books import assert_cancelled_cleanly, assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import OWN_SKUS, World

LAST_ONE = OWN_SKUS[0]


def goods(sku: str, num: int = 1) -> dict[str, object]:
    return {"sku": sku, "title": "测试货品", "price_fen": 5_000, "num": num}


@pytest.fixture(scope="module", autouse=True)
def stocked(world: World) -> None:
    """One piece; the hub has learnt it from the warehouse."""
    world.wms.ask("stock", [{"spec_no": LAST_ONE, "warehouse_no": "WH01", "stock_num": 1}])
    until(lambda: world.stock(LAST_ONE), "the hub knows the new goods")


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


def test_goods_that_nobody_knows_become_a_card(world: World) -> None:
    tid = world.place(goods("NO-SUCH-SKU"))
    card = world.held(tid, "stock_mismatch")
    assert card["evidence"]["available"] == "unknown SKU"
    world.decide(card, "cancel")
    world.reached(tid, "closed")


def _paid(world: World, sku: str) -> dict[str, object]:
    return {"lines": [goods(sku)], "buyer": world.buyer()}
