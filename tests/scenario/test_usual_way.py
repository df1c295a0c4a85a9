"""A paid order goes the whole way by itself, and everything happens once."""

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.world import LINE, World

GIFT = {"sku": "FP-001", "title": "智能饮水机滤芯", "price_fen": 0, "num": 1, "is_gift": True}


@pytest.fixture(scope="module")
def paid(world: World) -> dict[str, str]:
    """Three paid orders: plain; many lines with freight and discount; one whose money does not divide evenly."""
    return {
        "plain": world.place(),
        "mixed": world.place(
            {**LINE, "num": 2},
            {**LINE, "sku": "ZP-2026-02", "price_fen": 1_001},
            GIFT,
            freight_fen=1_000,
            discount_fen=777,
        ),
        "odd": world.place({**LINE, "price_fen": 333, "num": 3}, {**LINE, "price_fen": 1, "num": 1}, discount_fen=100),
    }


@pytest.mark.parametrize("kind", ["plain", "mixed", "odd"])
def test_a_paid_order_completes_exactly_once_everywhere(world: World, paid: dict[str, str], kind: str) -> None:
    world.completed(paid[kind])
    assert_completed_once(world, paid[kind])


def test_the_way_it_went_is_on_the_order(world: World, paid: dict[str, str]) -> None:
    world.completed(paid["plain"])
    timeline = world.order(paid["plain"])["timeline"]
    zones = [fact["data"]["zone"] for fact in timeline if fact["type"] == "FulfillmentZoneChanged"]
    assert zones in (["in_transit", "delivering"], ["in_transit"], ["delivering"])  # scans may come several at once
    told = [fact["type"] for fact in timeline if fact["type"] != "FulfillmentZoneChanged"]
    usual = [
        "OrderPlaced",
        "OrderPaid",
        "StockReserved",
        "OrderJudged",
        "GiftGranted",
        "FulfillmentDispatched",
        "WaybillIssued",
    ]
    usual += ["FulfillmentShipped", "FulfillmentDelivered", "ShipmentConfirmed", "ReceiptConfirmed", "OrderSettled"]
    assert sorted(told) == sorted(usual)
    assert told.index("FulfillmentDispatched") < told.index("WaybillIssued") < told.index("FulfillmentShipped")
    assert told.index("ReceiptConfirmed") < told.index("OrderSettled")  # the shop may be told at any time


def test_its_settlement_adds_up_to_the_fen(world: World, paid: dict[str, str]) -> None:
    world.completed(paid["mixed"])
    split = world.order(paid["mixed"])["settlement"]
    parts = dict.fromkeys(("goods", "freight", "discount", "platform_fee", "gift_cost"), 0)
    for entry in split["entries"]:
        parts[entry["kind"]] += entry["amount_fen"]
    assert parts["goods"] + parts["freight"] + parts["discount"] == split["receivable_fen"] == split["paid_fen"]
    assert parts["platform_fee"] < 0


def test_each_kind_of_rule_judged_it_once_with_its_version_and_input(world: World, paid: dict[str, str]) -> None:
    world.completed(paid["plain"])
    verdicts = world.order(paid["plain"])["verdicts"]
    judged = sorted((one["kind"], one["version"]) for verdict in verdicts for one in verdict["evaluations"])
    assert judged == [("carrier", 0), ("gifts", 0), ("interception", 0), ("settlement_bearer", 0), ("sourcing", 0)]
    assert {verdict["outcome"] for verdict in verdicts} == {"pass"}
    (assessed,) = [v for v in verdicts if "interception" in {one["kind"] for one in v["evaluations"]}]
    assert assessed["input"]["order"]["order_id"] == f"youzan-{paid['plain']}"
