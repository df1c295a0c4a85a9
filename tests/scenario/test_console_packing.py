"""打包台 on a packer's phone: a scan shows the label, wrong items and changes stop, offline nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.scenario.screen import PHONE, Screens
from tests.scenario.waiting import until
from tests.scenario.world import LINE, World

NEVER = 864_000_000  # nothing leaves the warehouse meanwhile
SKU = str(LINE["sku"])
NONSENSE = {"staff": "pack01", "asked": {"result_id": "00000000-nonsense", "order_id": "no such id", "parcel": 1}}


@pytest.fixture(scope="module")
def parcels(world: World) -> Iterator[list[tuple[str, str]]]:
    """Four orders with their labels, which nobody ships: (the shop's number, the waybill's)."""
    with world.wms.switched(audit_ms=NEVER):
        tids = [world.place() for _ in range(4)]
        yield [(tid, world.reached(tid, "labelled")["waybill_number"]) for tid in tids]


def scan(page: Page, code: str) -> None:
    """As a scanner does: fast keys and Enter, wherever the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def pack(page: Page, number: str) -> None:
    scan(page, number)
    scan(page, SKU)
    page.keyboard.press("Space")  # the gift is in
    page.locator("#prompt", has_text=f"已打包 {number}").wait_for()


def facts(world: World, tid: str, fact: str) -> list[Any]:
    return [one["data"] for one in world.order(tid)["timeline"] if one["type"] == fact]


def opened(screen: Any, *numbers: str) -> Page:
    """The station with these parcels on its list."""
    page: Page = screen.open("/packing")
    for number in numbers:
        page.locator("#wave .tail", has_text=number).wait_for()
    page.locator("body[data-line=moving]").wait_for()
    return page


def test_a_scan_shows_the_label_with_its_sticker_and_the_wrong_item_keeps_the_parcel_open(
    world: World, screens: Screens, parcels: list[tuple[str, str]]
) -> None:
    tid, number = parcels[0]
    with screens.at("pack01", PHONE) as screen:
        page = opened(screen, number)
        scan(page, number)
        ring = page.locator("#picture .sticker")
        assert (ring.get_attribute("cx"), ring.get_attribute("cy")) == ("85", "15")
        assert "智能饮水机滤芯 × 1" in page.inner_text("#gifts")
        assert (screen.faults(), screen.is_wider_than_the_window()) == ([], False)
        scan(page, "ZP-NOT-THIS")
        page.locator("body[data-edge=wrong]").wait_for()
        scan(page, SKU)
        page.keyboard.press("Space")
        assert "拿错了" in page.inner_text("#prompt")
        page.get_by_role("button", name="已取出").click()
        pack(page, number)
        until(lambda: facts(world, tid, "ParcelPacked"), "the result has arrived")
        assert (screen.faults(), page.title()) == ([], "打包 · 订单中枢")
    (packed,) = facts(world, tid, "ParcelPacked")
    assert (packed["packed_by"], packed["problems"], packed["gifts"]) == ("pack01", [], 1)
    (wrong,) = facts(world, tid, "PackingStopped")
    assert (wrong["outcome"], wrong["scanned"]) == ("wrong_item", "ZP-NOT-THIS")


def test_two_parcels_packed_without_a_connection_are_each_counted_once(
    world: World, screens: Screens, parcels: list[tuple[str, str]]
) -> None:
    two = parcels[1:3]
    with screens.at("pack01", PHONE) as screen:
        page = opened(screen, *(number for _, number in two))
        page.locator("body[data-offline=ready]").wait_for()
        page.context.set_offline(True)
        page.locator("body[data-line=held]").wait_for()
        for _, number in two:
            pack(page, number)
        page.locator("body[data-unsynced='2']").wait_for()
        page.reload()  # the browser was closed meanwhile: page, list and results are on the device
        page.locator("body[data-unsynced='2'][data-line=held]").wait_for()
        assert page.locator("#wave .tail", has_text=two[0][1]).count() == 0
        assert all(not facts(world, tid, "ParcelPacked") for tid, _ in two)
        page.evaluate(f"PackingStore.keepResult({json.dumps(NONSENSE)})")
        page.context.set_offline(False)
        page.locator("body[data-unsynced='0']").wait_for()
        page.locator("#trouble-list li", has_text="未能登记").wait_for()  # and it keeps no other
        assert all("ERR_INTERNET_DISCONNECTED" in text or "422" in text for text in screen.complaints)
        screen.complaints.clear()  # the browser says that it was offline, and that one was refused
    assert [len(facts(world, tid, "ParcelPacked")) for tid, _ in two] == [1, 1]
    waiting = {row["waybill_number"] for row in world.get("packing/wave")["parcels"]}
    assert waiting.isdisjoint(number for _, number in two)


def test_another_address_stops_the_packer_who_has_the_parcel_at_hand(
    world: World, screens: Screens, parcels: list[tuple[str, str]]
) -> None:
    tid, number = parcels[3]
    with screens.at("pack01", PHONE) as screen:
        page = opened(screen, number)
        scan(page, number)
        page.locator("body[data-edge=right]").wait_for()
        assert world.change_address(tid, name="张四").status_code == 200
        page.locator("#stop[open]").wait_for()
        assert "停! 地址已改, 换新面单" in page.inner_text("#stop-what")
        assert screen.faults() == []
        page.get_by_role("button", name="知道了").click()
        until(lambda: facts(world, tid, "PackingStopped"), "that it stopped somebody is on the order")
        world.changed(tid, "brought")
        new = world.row(tid)["waybill_number"]
        page.locator("#wave li", has_text=new).locator(".chip").wait_for()
        scan(page, number)
        page.locator("#prompt", has_text="停! 换新面单").wait_for()
        scan(page, new)
        page.get_by_role("button", name="已是新面单").click()
        pack(page, new)
        until(lambda: facts(world, tid, "ParcelPacked"), "the result has arrived")
    assert facts(world, tid, "PackingStopped")[0]["reason"] in ("changing", "address")
