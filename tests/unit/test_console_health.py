"""健康 as its page shows it: unknown is a dash with its reason, stale is marked, every figure leads to its orders."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from orderhub.contracts.health_csv import health_csv
from orderhub.domain.day import day_of, days_before
from orderhub.domain.order_row import Agreement, Defect, State
from orderhub.runtime import reading, wiring
from orderhub.services import decision_queue
from orderhub.services.show_health import Source, health
from orderhub.services.show_lifecycle import lifecycle
from orderhub.services.staff import Action
from pages import door
from pages import health as page
from pages.flow import flow_of
from pages.page import Answer, Page
from pages.sparkline import sparkline
from pages.tiles import ranges_of
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.orders import T0
from tests.kit.rows import RowsInMemory, order_row

HOUR_MS = 3_600_000
NOW = T0 + 5 * HOUR_MS
HOSTILE = '"><script>alert(1)</script>\u202e' + "长" * 200
MACHINE = {
    "StartAt": "FindNextStep",
    "States": {
        "AwaitShipment": {"Type": "Task", "Resource": "x.waitForTaskToken", "Next": "AwaitDelivery"},
        "AwaitDelivery": {"Type": "Task", "Resource": "x.waitForTaskToken", "Next": "OrderCompleted"},
        "OrderCompleted": {"Type": "Succeed"},
        "FindNextStep": {"Type": "Task", "Next": "IsNextStep", "Catch": [{"Next": "RunEnded"}]},
        "IsNextStep": {"Type": "Choice", "Choices": [{"Next": "AwaitShipment"}], "Default": "AwaitRelease"},
        "AwaitRelease": {"Type": "Task"},
        "RunEnded": {"Type": "Succeed"},
    },
}


@dataclass
class Board:
    """The hub behind the page: rows, sources, open cards."""

    rows: RowsInMemory = field(default_factory=RowsInMemory)
    sources: list[Source] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    people: People = field(default_factory=People)

    def open(self, query: str = "", staff_id: str = "owner") -> str:
        cookie, _ = signed_in(staff_id)
        return text_of(self.asked(query, cookie))

    def asked(self, query: str, cookie: str) -> Answer:
        route = Page("GET", "/health", Action.SEE_HEALTH, page.page)
        return door.open_page(route, event("GET", "/health", query=query, cookies=(cookie,)), {})


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    made = Board()
    monkeypatch.setattr(wiring, "staff", lambda: made.people)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: NOW)
    monkeypatch.setattr(wiring, "orders", lambda: None)
    monkeypatch.setattr(reading, "health", lambda day="", shops=(): health(made.rows, made.sources, NOW, day, shops))  # type: ignore[arg-type]
    monkeypatch.setattr(reading, "lifecycle", lambda shops=(): lifecycle(MACHINE, made.rows, NOW, shops))  # type: ignore[arg-type]
    monkeypatch.setattr(
        decision_queue, "listed", lambda wanted, orders: {"decisions": made.cards[: wanted.limit], "cursor": ""}
    )
    yield made


def tile(html: str, key: str) -> str:
    found = re.search(rf'<section class="tile[^"]*" data-tile="{key}".*?</section>', html, re.S)
    assert found, key
    return re.sub(r"\s+", " ", found[0])


def test_an_unknown_figure_is_a_dash_with_its_reason_and_never_a_zero(board: Board) -> None:
    html = board.open()
    for key in ("payment_to_outbound", "exceptions", "consistency", "accuracy"):
        shown = tile(html, key)
        assert re.search(r'<b title="[^"]+">—</b>', shown), key
        assert "n 0" in shown
        assert "0.00 %" not in shown


def test_every_figure_says_its_value_its_n_and_leads_to_its_orders(board: Board) -> None:
    board.rows.add(
        order_row(1, State.AWAIT_DELIVERY, shipped_at=T0 + 3 * HOUR_MS, agreement={"shop": Agreement.AGREES}),
        order_row(2, State.AWAIT_DELIVERY, shipped_at=T0 + 4 * HOUR_MS, agreement={"shop": Agreement.DIFFERS},
                  exceptions=("stock_mismatch",), defects=(Defect.WRONG,)),
    )  # fmt: skip
    html = board.open()
    outbound = tile(html, "payment_to_outbound")
    assert ">3 h</b>" in outbound and "p90 4 h" in outbound and "n 2" in outbound
    assert re.search(r'took=4">2–4 h</a> <b>2</b>', outbound)
    assert "50.00 %" in tile(html, "exceptions") and "1 / 2" in tile(html, "exceptions")
    assert "/orders?day=20" in tile(html, "exceptions")
    assert "exception=stock_mismatch" in tile(html, "exceptions")
    assert "1 单不一致 · 0 单未知" in tile(html, "consistency")
    assert "5000 / 10,000" in tile(html, "accuracy") and "defect=wrong" in tile(html, "accuracy")


def test_a_source_that_was_not_heard_for_long_marks_the_figures_made_of_it(board: Board) -> None:
    board.sources = [
        Source("orderhub", NOW - 2_000, 600_000),
        Source("wangdiantong", NOW - 2 * HOUR_MS, 300_000),
        Source("youzan", None, 600_000),
    ]
    html = board.open()
    assert 'class="tile stale"' in tile(html, "consistency")
    assert 'class="tile"' in tile(html, "exceptions")
    assert "旺店通 2 h 前 (过期)" in tile(html, "consistency")
    assert "有赞 — 还没有听到过" in tile(html, "exceptions")
    assert "订单中枢 2 s 前" in tile(html, "exceptions")


def test_the_flow_is_the_definitions_and_each_state_leads_to_its_orders(board: Board) -> None:
    board.rows.add(order_row(1), order_row(2), order_row(3, State.AWAIT_RELEASE))
    html = board.open()
    assert re.search(r'href="/orders\?state=AwaitShipment"[^>]*>.*?<b>2</b>', html)
    assert re.search(r'href="/orders\?state=AwaitRelease"[^>]*>.*?<b>1</b>', html)
    flow = flow_of(lifecycle(MACHINE, board.rows, NOW), _zh())  # type: ignore[arg-type]
    assert [place.state for place in flow.way] == ["AwaitShipment", "AwaitDelivery", "OrderCompleted"]
    assert [place.state for place in flow.beside] == ["AwaitRelease"]


def _zh() -> Any:
    from pages.visit import Visit

    return Visit("GET", "/health", {}, {}, {}, {}, is_part=False, takes_gzip=False, language="zh", now=NOW)


def test_hostile_words_on_a_card_are_only_words(board: Board) -> None:
    board.cards = [
        {"decision_id": f"x{HOSTILE}", "order_id": "-", "nearest_at": NOW, "name": {"zh": HOSTILE, "en": HOSTILE},
         "why": {"zh": HOSTILE, "en": HOSTILE}}
    ]  # fmt: skip
    html = board.open()
    assert "<script>alert" not in html
    assert 'card=x"' not in html


def test_what_charts_draw_cannot_end_its_script() -> None:
    tiles = [
        {"key": key, "name": {"zh": "</script><script>", "en": "x"}, "parts": [], "trend": []}
        for key in ("payment_to_outbound", "exceptions", "consistency", "accuracy")
    ]
    drawn = page._charts({"tiles": tiles}, _zh())
    assert "<" not in drawn
    assert json.loads(drawn)["exceptions"]["name"] == "</script><script> (%)"


def test_a_day_that_is_none_is_refused_and_a_day_that_is_over_is_shown(board: Board) -> None:
    cookie, _ = signed_in("owner")
    assert board.asked("day=20269999", cookie).status == 422
    before = days_before("20251125", 1)[0]
    assert "回到今天" in board.open(f"day={before}")


def test_the_csv_has_every_day_and_leaves_empty_what_is_not_known(board: Board) -> None:
    board.rows.add(order_row(1, State.AWAIT_DELIVERY, shipped_at=T0 + 3 * HOUR_MS))
    head, *rows = health_csv(health(board.rows, (), NOW)).removeprefix("\ufeff").splitlines()  # type: ignore[arg-type]
    assert head == "日期,指标,值,单位,n"
    assert len(rows) == 4 * 15
    assert f"{day_of(NOW)},支付→出库,10800,秒 (中位),1" in rows
    assert f"{days_before(day_of(NOW), 1)[0]},支付→出库,,秒 (中位)," in rows


def test_a_distribution_says_what_each_of_its_parts_holds() -> None:
    assert ranges_of([{"key": key} for key in ("≤ 1 h", "≤ 2 h", "≤ 4 h", "> 4 h")]) == [
        "≤ 1 h",
        "1–2 h",
        "2–4 h",
        "> 4 h",
    ]
    assert ranges_of([]) == []


def point(value: int | None, n: int | None = 10) -> dict[str, Any]:
    return {"day": "20251125", "value": value, "n": n, "shown": f"{value}"}


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    line = sparkline("exceptions", [point(1), point(2), point(None, None), point(3), point(0, 0)])
    assert len(line.lines) == 1
    assert len(line.dots) == 1
    assert line.last is None
    assert (line.low, line.high, line.n_known) == ("1", "3", 3)


def test_a_line_of_equal_days_is_level_and_one_of_none_is_empty() -> None:
    level = sparkline("payment_to_outbound", [point(5_000)] * 3)
    assert len({xy.split(",")[1] for xy in level.lines[0].split()}) == 1
    assert sparkline("exceptions", [point(None)]).is_empty
