"""The brand's own rules at work, over HTTP: switched while orders are on their way, a hold, a gift's last unit."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from orderhub.services.rulebook import FRESH_MS
from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import OWN_SKUS, World

CROWD, HELD, WITH_GIFT = OWN_SKUS[3], OWN_SKUS[4], OWN_SKUS[5]
HALF = 50
ZH = "新品首发，请人工核对"
GIFT = {
    "code": "FP-LAST",
    "name": "滤芯",
    "quantity": 1,
    "waybill_line": "赠品:滤芯×1",
    "sticker_position": "面单右上角",
    "sticker_x_mm": 85,
    "sticker_y_mm": 15,
    "quota": 1,
}


@pytest.fixture(scope="module", autouse=True)
def stocked(world: World) -> None:
    """Enough of goods that no other scenario sells; the hub has learnt it from the warehouse."""
    skus = (CROWD, HELD, WITH_GIFT)
    world.wms.ask("stock", [{"spec_no": sku, "warehouse_no": "WH01", "stock_num": 1_000} for sku in skus])
    until(lambda: all(world.stock(sku) for sku in skus), "the hub knows the new goods")


@contextmanager
def one_row_more(
    world: World, kind: str, cells: Mapping[str, str], says: Mapping[str, Any], *, is_first: bool = False
) -> Iterator[int]:
    """The shipped pack with one row more, the last or the first, is live for the time of the block; its version."""
    graph = world.get(f"rules/{kind}/0")["graph"]
    table = next(node for node in graph["nodes"] if node["type"] == "decisionTableNode")["content"]
    asked = {column["field"]: column["id"] for column in table["inputs"]}
    for field in cells.keys() - asked.keys():
        asked[field] = f"scenario-{field}"
        table["inputs"].append({"id": asked[field], "field": field, "name": field})
    said = {column["field"]: column["id"] for column in table["outputs"]}
    row = {asked[field]: cell for field, cell in cells.items()}
    row |= {said[field]: json.dumps(value, ensure_ascii=False) for field, value in says.items()}
    place = 0 if is_first else len(table["rules"])
    table["rules"].insert(place, {"_id": f"scenario-{time.time_ns()}", **row})
    saved = world.rules(kind, {"graph": graph, "owner": "demo-ops", "by": "demo-ops", "note": "scenario"})
    assert saved.status_code == 200, saved.text
    version: int = saved.json()["version"]
    switch(world, kind, version, replaces=world.get(f"rules/{kind}")["live"] or 0)
    try:
        yield version
    finally:
        switch(world, kind, 0, replaces=version)


def switch(world: World, kind: str, version: int, replaces: int) -> None:
    answer = world.rules(f"{kind}/{version}/switch", {"replaces": replaces, "by": "demo-ops", "reason": "scenario"})
    assert answer.status_code == 200, answer.text


def until_followed() -> None:
    """Every function that judges has read its rules after this call: what it has read serves for 5 s."""
    switched_at = time.monotonic()
    until(lambda: time.monotonic() - switched_at > FRESH_MS / 1000, "everybody follows the switch")


def hold_on(sku: str) -> tuple[dict[str, str], dict[str, Any]]:
    """A row of the brand's own that holds orders with this SKU."""
    says = {"level": 0, "class": "rule_hold", "reason": "new_goods", "zh": ZH, "en": "New goods: look at the order"}
    return {"lines.skus": f'contains($, "{sku}")'}, says


def orders_at_once(world: World, sku: str, count: int) -> list[str]:
    line = {"sku": sku, "title": "测试货品", "price_fen": 5_000, "num": 1}
    placed = world.shop.ask("orders", [{"lines": [line], "buyer": world.buyer()} for _ in range(count)])
    return [order["tid"] for order in placed]


def judged_by(world: World, tid: str) -> set[int]:
    """The versions of the interception pack that the order's verdicts name."""
    verdicts = world.order(tid)["verdicts"]
    return {one["version"] for verdict in verdicts for one in verdict["evaluations"] if one["kind"] == "interception"}


def test_a_pack_switched_while_orders_are_on_their_way_is_named_by_each_verdict(world: World) -> None:
    before = orders_at_once(world, CROWD, HALF)
    until(lambda: any("assessed" in world.row(tid).get("at", {}) for tid in before), "the first of them is judged")
    with one_row_more(world, "interception", *hold_on("NOBODY-SELLS-IT")) as version:
        tids = [*before, *orders_at_once(world, CROWD, HALF)]
        for tid in tids:
            world.reached(tid, "assessed")
        until_followed()
        (last,) = orders_at_once(world, CROWD, 1)
        world.reached(last, "assessed")
    named = [judged_by(world, tid) for tid in [*tids, last]]
    assert all(len(versions) == 1 for versions in named), named
    assert set.union(*named) == {0, version}
    assert named[-1] == {version}


def test_the_brands_own_row_holds_an_order_in_its_own_words_until_somebody_releases_it(world: World) -> None:
    with one_row_more(world, "interception", *hold_on(HELD)) as version:
        until_followed()
        (tid,) = orders_at_once(world, HELD, 1)
        card = world.held(tid, "rule_hold")
        (why,) = world.order(tid)["why"]
        assert why["zh"].startswith(f"{ZH}：")
        assert (why["condition"]["field"], why["condition"]["actual"]) == ("lines.skus", HELD)
        assert card["evidence"]["pack"] == f"interception v{version}"
        assert "dispatched" not in world.row(tid)["at"]
        world.decide(card, "continue")
        world.completed(tid)
    assert_completed_once(world, tid)
    assert judged_by(world, tid) == {version}


def test_of_two_orders_that_race_for_a_gifts_last_unit_one_gets_it_and_a_person_gives_the_other_another(
    world: World,
) -> None:
    with one_row_more(world, "gifts", {"gift.main_sku": f'"{WITH_GIFT}"'}, GIFT):
        until_followed()
        tids = orders_at_once(world, WITH_GIFT, 2)
        until(lambda: [tid for tid in tids if world.row(tid).get("holds")], "one of them is held")
        (loser,) = [tid for tid in tids if world.row(tid).get("holds")]
        (winner,) = [tid for tid in tids if tid != loser]
        card = world.held(loser, "gift_quota_used")
        assert (card["evidence"]["gift"], card["evidence"]["quota"]) == ("FP-LAST", "1")
        world.decide(card, "other_gift", gift="FP-001")
        world.completed(winner, loser)
    assert [gift["code"] for gift in assert_completed_once(world, winner)["gifts"]] == ["FP-LAST"]
    assert [gift["code"] for gift in assert_completed_once(world, loser)["gifts"]] == ["FP-001"]
    memos = [world.wms.truth()["trades"][tid]["seller_memo"] for tid in (winner, loser)]
    assert ["赠品:滤芯×1" in memo for memo in memos] == [True, False]
