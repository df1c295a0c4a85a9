"""健康, 发货清单, 巡检 in a browser: the owner sees how it stands, operations signs that they looked (R40, R48)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from tests.scenario.screen import PHONE, Screens, whole
from tests.scenario.waiting import until
from tests.scenario.world import World

UNKNOWN = {"sku": "NO-SUCH-SKU", "title": "x", "price_fen": 100, "num": 1}
TILES = ("payment_to_outbound", "exceptions", "consistency", "accuracy")


def test_the_owner_sees_on_a_phone_how_the_orders_stand(world: World, screens: Screens) -> None:
    world.held(world.place(UNKNOWN), "stock_mismatch")
    with screens.at("boss01", PHONE) as screen:
        page = screen.open("/health")
        for key in TILES:
            shown = page.inner_text(f"[data-tile={key}]")
            assert re.search(r"n [\d,]+", shown), shown
            assert re.search(r"订单中枢 .*前", shown), shown
        page.wait_for_selector(".urgent li")
        whole(screen)
        tid = world.place(pay=False)
        count = page.locator("[data-state=AwaitPayment] b")
        until(lambda: int(count.inner_text().replace(",", "")) >= 1, "the board counts the new order by itself")
        until(lambda: tid in screen.open("/orders?state=AwaitPayment").inner_text("main"), "it is listed")
        whole(screen)


def test_large_charts_are_drawn_when_somebody_opens_them(screens: Screens) -> None:
    with screens.at("boss01") as screen:
        page = screen.open("/health")
        page.click("#large summary")
        page.wait_for_selector("[data-chart=distribution] canvas")
        page.click("#formula-exceptions summary")
        with page.expect_response("**/health/board*"):
            pass
        page.wait_for_function("document.getElementById('formula-exceptions').open")
        whole(screen)


def test_operations_reads_the_shipping_list_and_its_csv_has_the_same_totals(world: World, screens: Screens) -> None:
    world.completed(world.place())
    with screens.at("ops01") as screen:
        day = screen.open("/inspection").get_attribute("input[name=day]", "value")
        until(lambda: screen.open(f"/shipping-list?day={day}").query_selector("tfoot"), "a parcel that left is listed")
        page = screen.page
        orders = page.locator("table.list tbody tr").count()
        assert f"合计 {orders:,} 单" in page.inner_text("tfoot")
        with page.expect_download() as got:
            page.click("a[download]")
        rows = list(csv.reader(io.StringIO(got.value.path().read_text(encoding="utf-8-sig"))))
        listed = int(next(row for row in rows if row[0] == "合计")[1].removesuffix(" 单"))
        assert listed >= orders  # others may have left meanwhile
        whole(screen)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_operations_signs_the_inspection(screens: Screens, size: Any) -> None:
    with screens.at("ops01", *([size] if size else [])) as screen:
        page = screen.open("/inspection")
        note = f"都看过了 <b>{size}</b>"
        page.fill("#sign input[name=note]", note)
        page.click("#sign button")
        signed = page.locator(".signed li", has_text=note)
        signed.wait_for()
        assert f"赵运营 {page.input_value('.choose input[name=day]')}" in signed.inner_text()
        whole(screen)


def test_a_line_of_the_inspection_becomes_a_decision_that_somebody_owns(world: World, screens: Screens) -> None:
    world.held(world.place(UNKNOWN), "stock_mismatch")
    with screens.at("ops01") as screen:
        line = screen.page.locator(".findings li", has_text="库存不匹配").first
        until(lambda: screen.open("/inspection") and line.count(), "the class has grown since yesterday")
        line.locator("summary").click()
        line.locator("select").select_option("buy01")
        line.locator("button").click()
        line.locator("text=孙采购 负责").wait_for()
        card = screen.open("/decisions?class=inspection_finding").locator("#card article")
        assert "负责人 buy01" in card.inner_text()
