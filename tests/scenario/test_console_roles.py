"""Each role's own work in a browser where no other scenario shows it, at a desk and on a phone (R46, R47)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario.screen import DESKTOP, PHONE, Screens, whole
from tests.scenario.world import World

UNKNOWN = {"sku": "NO-SUCH-SKU", "title": "x", "price_fen": 100, "num": 1}
on_both = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@on_both
def test_finance_books_what_the_ledger_refused_and_reads_the_settlement(
    world: World, screens: Screens, size: Any
) -> None:
    known = world.kingdee.config()["customers"]
    world.kingdee.ask("config", {"customers": []})
    try:
        tid = world.place()
        card = world.held(tid, "ledger_rejected")
    finally:
        world.kingdee.ask("config", {"customers": known})
    with screens.at("fin01", size) as screen:
        page = screen.open(f"/decisions?card={card['decision_id']}")
        page.check("#card input[value=retry]")
        page.click("#card button.primary")
        page.wait_for_selector("[data-made]")
        world.completed(tid)
        screen.open(f"/orders/youzan-{tid}")
        settlement = page.locator("table", has=page.locator("caption", has_text="结算"))
        receivable = settlement.locator("tr", has_text="应收").locator("b").inner_text()
        assert receivable == f"¥{world.order(tid)['settlement']['receivable_fen'] / 100:,.2f}"
        whole(screen)


@on_both
def test_the_administrator_adds_a_packer_and_switches_them_off_with_their_next_click(
    screens: Screens, size: Any
) -> None:
    staff_id = f"temp{size[0]}"
    with screens.at("admin01", size) as screen:
        page = screen.open("/staff")
        page.click("details.add summary")
        page.fill("#id-new", staff_id)
        page.fill("#name-new", "陈临时 <b>")
        page.check("details.add input[name=roles][value=packer]")
        page.click("details.add button.primary")
        row = page.locator("ul.staff > li", has_text=staff_id)
        row.wait_for()
        whole(screen)
        with screens.at(staff_id, size) as theirs:
            theirs.open("/packing").locator("#who", has_text="陈临时 <b>").wait_for(state="attached")
            row.locator("summary").click()
            row.locator("input[name=is_active]").uncheck()
            row.locator("button.primary").click()
            page.locator("ul.staff > li.off", has_text=staff_id).wait_for()
            assert "/sign-in" in theirs.open("/orders").url
            theirs.complaints.clear()  # the station's own questions were answered 401 meanwhile


@pytest.mark.parametrize("staff_id", ["cs01", "buy01"])
def test_a_card_is_decided_by_thumb(world: World, screens: Screens, staff_id: str) -> None:
    tid = world.place(UNKNOWN)
    decision_id = world.held(tid, "stock_mismatch")["decision_id"]
    with screens.at(staff_id, PHONE) as screen:
        page = screen.open("/decisions?class=stock_mismatch")
        page.locator(f"#queue li[data-card='{decision_id}'] a").first.tap()
        page.wait_for_selector(f"#card article[data-card='{decision_id}']")
        page.locator("#card label", has=page.locator("input[value=cancel]")).tap()
        page.locator("#card button.primary").tap()
        page.wait_for_selector("[data-made]")
        made = world.get(f"decisions/{decision_id}")
        assert (made["option"], made["made_by"]) == ("cancel", staff_id)
        whole(screen)
    world.reached(tid, "closed")
