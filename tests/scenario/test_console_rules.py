"""规则 and 数据表 in a browser: operations writes a gift, tries it, switches it on, takes it back (R20, R30, R45)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.screen import PHONE, Screens
from tests.scenario.waiting import until
from tests.scenario.world import World

MAIN = {"sku": "ZP-2026-02", "title": "智能饮水机", "price_fen": 29_900, "num": 1}
GIFT = {"main_sku": "ZP-2026-02", "least": "288", "code": "FP-WEB", "name": "滤芯"}
BAD = "编号,省 [region.province],承运商 [out:carrier],附加费(元) [out:surcharge_fen],附加费承担方 [out:bearer]\n"
BAD += "remote,西藏,EMS,十五,品牌\nusual,,顺丰,0,品牌\nfar,青海,韵达,1,品牌\n"


@pytest.fixture(scope="module", autouse=True)
def shipped_again(world: World) -> Iterator[None]:
    """Whatever was switched on, the shipped gifts are given afterwards."""
    yield
    live = world.get("rules/gifts")["live"]
    if live:
        world.rules("gifts/0/switch", {"replaces": live, "by": "demo-ops", "reason": "end of the scenario"})


def test_operations_writes_a_gift_tries_it_and_the_next_order_gets_it_until_it_is_rolled_back(
    world: World, screens: Screens
) -> None:
    world.reached(world.place(MAIN), "assessed")
    with screens.at("ops01") as screen:
        page = screen.open("/rules")
        page.click("text=赠品")  # 1
        page.click("text=新增规则")  # 2
        for name, text in GIFT.items():
            page.fill(f"#f-{name}", text)
        page.select_option("#f-place", "面单左上角")
        assert page.input_value("#f-waybill_line") == "赠品:滤芯×1"
        assert page.get_attribute("#spot", "cx") == "15"
        page.click("text=先回测, 不保存")
        page.wait_for_selector("#bench .figures")
        page.click("text=存为草稿并回测")  # 3
        page.wait_for_selector("#bench .figures")  # it is tried by itself
        assert "新增 FP-WEB: 当 主商品 = ZP-2026-02" in page.inner_text(".changes")
        assert screen.faults() == []
        page.click("#bench button:has-text('启用')")  # 4
        page.wait_for_selector("h1 .chip.moving")
        version = world.get("rules/gifts")["live"]
        assert page.url.endswith(f"/rules/gifts/{version}")

        def given() -> dict[str, Any]:
            tid = world.place(MAIN)
            world.reached(tid, "assessed")
            return next((gift for gift in world.order(tid)["gifts"] if gift["code"] == "FP-WEB"), {})

        gift = until(given, "the next order gets the gift")
        assert gift["sticker"] == {"position": "面单左上角", "x_mm": 15, "y_mm": 15}

        page = screen.open("/rules/gifts/0")
        page.fill("#bench input[name=reason]", "场景结束")
        page.click("#bench button:has-text('回滚')")
        page.wait_for_selector("h1 .chip.moving")
        assert world.get("rules/gifts")["live"] == 0


def test_a_file_with_two_bad_rows_is_refused_naming_their_lines(world: World, screens: Screens) -> None:
    before = world.get("rules/carrier")
    with screens.at("ops01", PHONE) as screen:
        page = screen.open("/tables/carrier/0/import")
        page.set_input_files(
            "input[name=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": BAD.encode("gb18030")}
        )
        page.click("text=检查并存为草稿")
        page.wait_for_selector(".problems")
        assert page.locator(".problems tbody tr td:first-child").all_inner_texts() == ["2", "4"]
        assert "十五" in page.input_value("#text")
        assert not screen.is_wider_than_the_window()
        assert screen.faults() == []
        screen.complaints.clear()  # the browser says that it was answered 422
    assert world.get("rules/carrier") == before


PATHS = ["/rules", "/rules/interception/0", "/rules/gifts/0/new", "/tables/address_change/0", "/tables/carrier/0/new"]


def test_every_editor_can_be_used_by_everybody_on_a_phone(screens: Screens) -> None:
    with screens.at("admin01", PHONE) as screen:
        for path in [*PATHS, "/staff"]:
            screen.open(path)
            assert (path, screen.faults()) == (path, [])
            assert (path, screen.is_wider_than_the_window()) == (path, False)
