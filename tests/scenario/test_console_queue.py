"""待决策 in a browser: a person decides with the keyboard alone, and sees who else is there (R24, R43, R46)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario.screen import PHONE, Screens
from tests.scenario.waiting import until
from tests.scenario.world import World

UNKNOWN = {"sku": "NO-SUCH-SKU", "title": "<script>document.title='hacked'</script>", "price_fen": 100, "num": 1}


@pytest.fixture(scope="module")
def cards(world: World) -> list[dict[str, Any]]:
    tids = [world.place(UNKNOWN) for _ in range(3)]
    return [world.held(tid, "stock_mismatch") for tid in tids]


def test_three_keys_decide_a_card_and_u_takes_it_back(world: World, screens: Screens, cards: list[Any]) -> None:
    decision_id = cards[0]["decision_id"]
    with screens.at("buy01") as screen:
        page = screen.open(f"/decisions?card={decision_id}")
        page.wait_for_selector(f"#card article[data-card='{decision_id}']")
        page.keyboard.press("1")  # try again
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-made]")
        assert world.get(f"decisions/{decision_id}")["made_by"] == "buy01"
        until(lambda: world.held(cards[0]["order_id"].removeprefix("youzan-"), "stock_mismatch"), "it is asked again")


def test_a_card_is_undone_by_a_key_and_who_is_on_it_is_seen(screens: Screens, cards: list[Any]) -> None:
    decision_id = cards[1]["decision_id"]
    with screens.at("buy01") as mine, screens.at("cs01") as theirs:
        mine.open(f"/decisions?card={decision_id}")
        row = theirs.open("/decisions?class=stock_mismatch").locator(f"li[data-card='{decision_id}'] .on-it")
        row.wait_for()
        assert "孙采购" in row.inner_text()


def test_several_are_decided_together_after_their_effects_were_seen(
    world: World, screens: Screens, cards: list[Any]
) -> None:
    ids = [card["decision_id"] for card in cards[1:]]
    with screens.at("buy01") as screen:
        page = screen.open("/decisions?class=stock_mismatch")
        for decision_id in ids:
            page.check(f"li[data-card='{decision_id}'] input")
        page.click(".bulk-bar button")
        page.check("#card .bulk input[value=cancel]")
        page.click("#card .bulk button.primary")
        page.wait_for_selector("#card .bulk table")
        assert page.locator("#card .bulk tbody tr").count() == 2
        assert all(world.get(f"decisions/{one}")["status"] == "requested" for one in ids)
        page.click("#card .bulk button.primary")
        page.wait_for_selector("#card .bulk .notice.good")
        assert [world.get(f"decisions/{one}")["option"] for one in ids] == ["cancel", "cancel"]


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_the_queue_can_be_used_by_everybody_on_any_screen(screens: Screens, cards: list[Any], size: Any) -> None:
    with screens.at("buy01", *([size] if size else [])) as screen:
        page = screen.open("/decisions")
        page.wait_for_selector("#card")
        assert screen.faults() == []
        assert not screen.is_wider_than_the_window()
        assert page.title() == "待决策 · 订单中枢"


def test_a_fresh_browser_is_nobody_and_hostile_words_are_only_words(screens: Screens, cards: list[Any]) -> None:
    with screens.at("") as stranger:
        page = stranger.open("/decisions")
        assert page.url.endswith("/sign-in?after=/decisions")
        page.click("button[value=cs01]")
        page.wait_for_url("**/decisions")
        page.wait_for_selector("#queue li")
        assert "hacked" not in page.title()


def test_staff_sign_in_with_wecom_and_strangers_do_not(screens: Screens) -> None:
    with screens.at("") as screen:
        page = screen.open("/sign-in")
        page.click("a[href='/sign-in/wecom']")
        page.click("text=stranger")
        page.wait_for_selector(".trouble")
        screen.complaints.clear()  # the browser says that it was answered 422
        page.goto("/sign-in")
        page.click("a[href='/sign-in/wecom']")
        page.click("text=pack01")
        page.goto("/decisions")
        assert "王打包" in page.inner_text(".who")
        screen.complaints.clear()  # and 403: a packer's page is another


def test_a_packer_is_told_that_the_queue_is_not_theirs(screens: Screens) -> None:
    with screens.at("pack01") as screen:
        answer = screen.page.goto("/decisions")
        assert answer is not None
        assert answer.status == 403
        screen.complaints.clear()  # the browser says that it was answered 403
        assert "您的角色" in screen.page.inner_text("main")
