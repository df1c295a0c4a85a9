"""Goods that lie in two warehouses, as everybody outside sees them: several parcels by rule, or brought together first
by rule (R13, R19, R30)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.test_rules_in_use import one_row_more, until_followed
from tests.scenario.test_sourcing import OTHER, USUAL, counted, goods, level
from tests.scenario.waiting import until
from tests.scenario.world import LINE, OWN_SKUS, World

FAR, BROUGHT = OWN_SKUS[9], OWN_SKUS[10]
PROVINCE = "广东省"
GIFT = "赠品:智能饮水机滤芯×1[贴纸:面单右上角 85,15mm]"
SHORT = {"region.province": f'"{PROVINCE}"', "sourcing.preferred_is_enough": "false"}
A_WHILE = 600_000  # five seconds of the wall


@pytest.fixture(scope="module", autouse=True)
def stocked(world: World) -> None:
    """Two kinds of goods that only the other warehouse has."""
    for sku in (FAR, BROUGHT):
        counted(world, sku, USUAL, 0)
        counted(world, sku, OTHER, 5)
    until(lambda: all(level(world, sku, at) for sku in (FAR, BROUGHT) for at in (USUAL, OTHER)), "the hub knows them")


@pytest.fixture
def says(world: World, request: pytest.FixtureRequest) -> Iterator[str]:
    """What the first row of the sourcing pack says for orders to one province."""
    with one_row_more(world, "sourcing", SHORT, {"action": request.param}, is_first=True):
        until_followed()
        yield request.param


def buys(world: World, *lines: dict[str, Any], **wishes: Any) -> str:
    """Somebody of the province orders."""
    return world.place(*lines, buyer={**world.buyer(), "province": PROVINCE, "city": "广州市", "district": "天河区"},
                       **wishes)  # fmt: skip


@pytest.mark.parametrize("says", ["split"], indirect=True)
def test_an_order_split_by_rule_goes_as_two_parcels_and_its_gift_in_that_of_its_main_goods(
    world: World, says: str
) -> None:
    tid = buys(world, LINE, goods(FAR, 2), freight_fen=1_001)
    world.reached(tid, "settled", "confirmed")
    shown = world.order(tid)
    assert shown["decisions"] == []
    near, far = shown["parcels"]
    assert [(p["number"], p["warehouse"]) for p in (near, far)] == [(1, USUAL), (2, OTHER)]
    line_of = {line["sku"]: line["line_id"] for line in shown["lines"]}
    assert [p["line_ids"] for p in (near, far)] == [[line_of[LINE["sku"]]], [line_of[FAR]]]
    (verdict,) = [v for v in shown["verdicts"] if v["evaluations"][0]["kind"] == "sourcing"]
    assert verdict["reasons"] == [f"{says}:{USUAL}+{OTHER}"]
    assert_sent_once(world, tid, near, tid, gift_line=line_of[LINE["sku"]])
    assert_sent_once(world, tid, far, f"{tid}-2")
    at_shop = world.shop.truth()["orders"][tid]
    assert (at_shop["confirms_accepted"], sorted(at_shop["waybills"])) == (
        2, sorted([near["waybill_number"], far["waybill_number"]]))  # fmt: skip
    bill = world.kingdee.truth()["bills"][f"youzan-{tid}"]
    assert (bill["status"], bill["saves"], bill["total_fen"]) == ("C", 1, at_shop["paid_fen"])
    assert shown["settlement"]["receivable_fen"] == at_shop["paid_fen"]
    assert [gift["main_sku"] for gift in shown["gifts"]] == [LINE["sku"]]
    rows = {row["sku"]: (row["warehouse"], row["status"]) for row in shown["reservations"]}
    assert rows == {LINE["sku"]: (USUAL, "committed"), FAR: (OTHER, "committed")}
    assert (level(world, FAR, OTHER)["available"], level(world, FAR, OTHER)["sold"]) == (3, 2)
    facts = [fact["type"] for fact in shown["timeline"]]
    assert [facts.count(f"{what}") for what in ("FulfillmentDispatched", "WaybillIssued", "FulfillmentShipped")] == [
        2
    ] * 3
    assert facts.count("OrderSettled") == 1


def assert_sent_once(world: World, tid: str, parcel: dict[str, Any], trade_id: str, gift_line: str = "") -> None:
    """What is physically true of one parcel: packed once where it should be, under one label, with its gift or none."""
    trade, number = world.wms.truth()["trades"][trade_id], parcel["waybill_number"]
    assert (trade["warehouse_no"], trade["packed"], trade["waybills"]) == (parcel["warehouse"], 1, [number])
    assert trade["seller_memo"] == (f"{GIFT};运单号:{number}" if gift_line else f"运单号:{number}")
    assert trade["remarks"] == ({gift_line: GIFT} if gift_line else {})
    labels, reference = world.sf.truth(), f"youzan-{tid}-{parcel['number']}"
    assert labels["parcels"][reference]["max_live"] == 1
    label = labels["orders"][f"{reference}-1"]
    assert (label["labels_issued"], label["waybill_no"]) == (1, number)


@pytest.mark.parametrize("says", ["transfer"], indirect=True)
def test_goods_of_another_warehouse_are_brought_by_rule_and_the_order_leaves_once_they_are_received(
    world: World, says: str
) -> None:
    with world.wms.switched(transfer_ms=A_WHILE):
        tid = buys(world, goods(BROUGHT, 2))
        until(lambda: world.row(tid), f"{tid} is known")
        until(lambda: status(world, tid) == "under_way", lambda: world.order(tid)["transfers"])
    waiting = world.order(tid)
    assert (waiting["decisions"], waiting["parcels"][0]["at"]) == ([], {})
    assert waiting["reservations"][0]["status"] == "transferring"
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert (shown["warehouse"], status(world, tid)) == (USUAL, "received")
    (moved,) = [each for each in world.wms.truth()["transfers"] if each["outer_no"] == f"youzan-{tid}-T1"]
    assert (moved["from"], moved["to"], moved["items"]) == (OTHER, USUAL, {BROUGHT: 2})
    assert world.wms.truth()["trades"][tid]["warehouse_no"] == USUAL
    facts = [fact["type"] for fact in shown["timeline"] if fact["type"].startswith("Transfer")]
    assert facts == ["TransferRequested", "TransferReceived"]
    first = next(v for v in shown["verdicts"] if v["evaluations"][0]["kind"] == "sourcing")
    assert first["reasons"] == [f"{says}:{OTHER}"]
    assert (level(world, BROUGHT, OTHER)["available"], level(world, BROUGHT, USUAL)["sold"]) == (3, 2)


def status(world: World, tid: str) -> str:
    """Where the order's only transfer stands; empty while it has none."""
    transfers = world.order(tid)["transfers"]
    return str(transfers[0]["status"]) if transfers else ""
