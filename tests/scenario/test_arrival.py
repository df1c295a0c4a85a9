"""However the shop's messages arrive, the order ends the same, once (R2, P9, P10)."""

from typing import Any

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.samples import new_tid, sample
from tests.scenario.waiting import until
from tests.scenario.world import World

CREATED, PAID, BUYER_PAID = "trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"
NO_PULL = {"replica_lag_ms": 36_000_000}
WAYS = {
    "in order": [CREATED, PAID, BUYER_PAID],
    "reversed": [BUYER_PAID, PAID, CREATED],
    "paid before created": [PAID, CREATED, BUYER_PAID],
    "each twice": [CREATED, CREATED, PAID, PAID, BUYER_PAID, BUYER_PAID],
    "all again after all": [CREATED, PAID, BUYER_PAID, CREATED, PAID, BUYER_PAID],
    "created never": [PAID, BUYER_PAID],
}


@pytest.fixture(scope="module")
def arrived(world: World) -> dict[str, str]:
    """One order for each way its messages can arrive; the pull cannot help, because the shop's search lags."""
    with world.shop.switched(**NO_PULL):
        tids = {way: world.place(push=False) for way in WAYS}
        for way, messages in WAYS.items():
            for message in messages:
                world.shop.ask(f"orders/{tids[way]}/repush", {"types": [message]})
        world.completed(*tids.values())
    return tids


@pytest.mark.parametrize("way", [way for way in WAYS if way != "in order"])
def test_any_arrival_ends_in_the_same_order(world: World, arrived: dict[str, str], way: str) -> None:
    assert _essence(world.order(arrived[way])) == _essence(world.order(arrived["in order"]))
    assert_completed_once(world, arrived[way])


def test_an_older_version_after_a_newer_one_changes_nothing(world: World) -> None:
    tid = new_tid()
    assert world.push_signed(sample("trade_TradeBuyerPay", tid)).status_code == 200
    before = world.reached(tid, "paid")
    assert world.push_signed(sample("trade_TradeCreate", tid)).status_code == 200
    until(lambda: "trade_TradeCreate" in world.row(tid)["versions"], "the older message was heard")
    after = world.row(tid)
    assert after["snapshot"] == before["snapshot"]
    assert after["at"]["paid"] == before["at"]["paid"]
    assert after["content_version"] == before["content_version"]


def test_a_push_the_shop_doubles_by_itself_changes_nothing(world: World) -> None:
    world.shop.turn("duplicate", BUYER_PAID)
    tid = world.place()
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_lost_push_is_found_by_the_pull_and_shown_as_found_late(world: World) -> None:
    tid = world.place(push=False)
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    placed = next(fact for fact in shown["timeline"] if fact["type"] == "OrderPlaced")
    assert placed["data"]["found_late"] is True


def _essence(shown: dict[str, Any]) -> dict[str, Any]:
    """What may not depend on how the messages came: everything but instants and the ids of this very order. How many of
    the carrier's scans one push tells at once is the carrier's matter."""
    return {
        "outcome": shown["outcome"],
        "milestones": sorted(shown["at"].keys() - {"moved", "out_for_delivery"}),
        "amounts": shown["amounts"],
        "lines": [(line["sku"], line["quantity"], line["payable_fen"]) for line in shown["lines"]],
        "facts": sorted(fact["type"] for fact in shown["timeline"] if fact["type"] != "FulfillmentZoneChanged"),
        "effects": sorted((effect["verb"], effect["status"]) for effect in shown["effects"]),
        "entries": [(entry["kind"], entry["amount_fen"]) for entry in shown["settlement"]["entries"]],
        "verdicts": [verdict["outcome"] for verdict in shown["verdicts"]],
        "decisions": [card["class"] for card in shown["decisions"]],
    }
