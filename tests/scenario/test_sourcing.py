"""Where goods come from, as the shop and the warehouses see it (R13, R23)."""

from typing import Any

import pytest

from orderhub.adapters.dynamodb.items import values_of
from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import LINE, OWN_SKUS, World

ELSEWHERE, NOWHERE, PRESOLD = OWN_SKUS[6], OWN_SKUS[7], OWN_SKUS[8]
SCARCE, MANY = OWN_SKUS[1], OWN_SKUS[2]
USUAL, OTHER = "WH01", "WH02"


def goods(sku: str, num: int = 1, **more: object) -> dict[str, object]:
    return {"sku": sku, "title": "测试货品", "price_fen": 5_000, "num": num, **more}


def counted(world: World, sku: str, warehouse: str, num: int) -> None:
    """So many lie in the warehouse now."""
    world.wms.ask("stock", [{"spec_no": sku, "warehouse_no": warehouse, "stock_num": num}])


def level(world: World, sku: str, warehouse: str) -> dict[str, Any]:
    key = {"pk": {"S": f"STOCK#{sku}#{warehouse}"}, "sk": {"S": "STOCK"}}
    table = world.run.tables["StockTable"]
    return values_of(world.aws("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))


@pytest.fixture(scope="module", autouse=True)
def stocked(world: World) -> None:
    """One piece in the usual warehouse and five in the other; nothing of two other SKUs, two and ten of the last."""
    for sku, warehouse, num in (
        (ELSEWHERE, USUAL, 1), (ELSEWHERE, OTHER, 5), (NOWHERE, USUAL, 0), (NOWHERE, OTHER, 0), (PRESOLD, USUAL, 0),
        (SCARCE, USUAL, 2), (MANY, USUAL, 10),
    ):  # fmt: skip
        counted(world, sku, warehouse, num)
    known = ((ELSEWHERE, OTHER), (ELSEWHERE, USUAL), (SCARCE, USUAL), (MANY, USUAL))
    until(lambda: all(level(world, *one) for one in known), "the hub knows both warehouses")


def test_what_the_usual_warehouse_is_short_of_is_shipped_whole_from_the_other(world: World) -> None:
    tid = world.place(goods(ELSEWHERE, 2))
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["warehouse"] == OTHER
    assert world.wms.truth()["trades"][tid]["warehouse_no"] == OTHER
    assert (level(world, ELSEWHERE, USUAL)["available"], level(world, ELSEWHERE, OTHER)["sold"]) == (1, 2)
    (verdict,) = [v for v in shown["verdicts"] if v["evaluations"][0]["kind"] == "sourcing"]
    assert verdict["reasons"] == [f"source_elsewhere:{OTHER}"]


def test_goods_that_lie_in_two_warehouses_are_brought_together_when_a_person_says_so(world: World) -> None:
    """The shipped rules split no order and move no goods by themselves."""
    tid = world.place(LINE, goods(ELSEWHERE, 2))
    card = world.held(tid, "stock_mismatch")
    assert card["evidence"]["sku"] == ELSEWHERE
    told = world.try_decide(
        card["decision_id"], {"option": "transfer", "by": "li", "parameters": {"from_warehouse": USUAL}}
    )
    assert (told.status_code, told.json()["error"]["code"]) == (422, "bad_parameter")
    world.decide(card, "transfer", from_warehouse=OTHER)
    world.completed(tid)
    assert assert_completed_once(world, tid)["warehouse"] == USUAL
    (transfer,) = [t for t in world.wms.truth()["transfers"] if t["outer_no"].startswith(f"youzan-{tid}")]
    assert (transfer["from"], transfer["to"], transfer["items"]) == (OTHER, USUAL, {ELSEWHERE: 2})


@pytest.fixture(scope="module")
def frozen(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """Orders that wait for goods, with their cards; then the goods come, all at once: what is counted is believed
    after half a minute, so they wait together."""
    tids = {
        "nowhere": world.place(goods(NOWHERE, 3)),
        "presold": world.place(goods(PRESOLD, presale=True), pay=False),
        "too many": world.place(goods(MANY, 2), goods(SCARCE, 3)),
    }
    world.waits_in(tids["presold"], "await_payment")
    assert world.order(tids["presold"])["decisions"] == []
    world.buys(tids["presold"], "pay")
    cards = {name: (tid, world.held(tid, "stock_mismatch")) for name, tid in tids.items()}
    assert {row["status"] for row in world.order(tids["too many"])["reservations"]} <= {"released"}
    for sku, warehouse, num in ((NOWHERE, OTHER, 4), (PRESOLD, USUAL, 1), (SCARCE, USUAL, 5)):
        counted(world, sku, warehouse, num)
    return cards


def test_short_everywhere_is_frozen_with_the_figures_and_goes_on_by_itself_when_goods_come(
    world: World, frozen: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    tid, card = frozen["nowhere"]
    assert card["owner"] == "purchasing"
    wanted = {"sku": NOWHERE, "wanted": "3", "available": "0", "missing": "3", "orders_waiting": "1"}
    assert {name: card["evidence"].get(name) for name in wanted} == wanted
    assert card["evidence"]["at_risk_fen"] == "15000"
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["warehouse"] == OTHER
    (made,) = [c for c in shown["decisions"] if c["class"] == "stock_mismatch"]
    assert (made["option"], made["made_by"]) == ("retry", "hub")


def test_a_presale_order_without_stock_is_no_mismatch_before_it_is_paid(
    world: World, frozen: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    tid, card = frozen["presold"]
    assert card["evidence"]["sku"] == PRESOLD
    world.completed(tid)
    assert_completed_once(world, tid)


def test_an_order_for_more_than_there_is_takes_nothing_and_goes_on_once_there_is(
    world: World, frozen: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    tid, card = frozen["too many"]
    assert (card["evidence"]["wanted"], card["evidence"]["available"]) == ("3", "2")
    world.completed(tid)  # by itself: nobody has decided
    assert_completed_once(world, tid)
    assert world.stock(SCARCE)["sold"] == 3
