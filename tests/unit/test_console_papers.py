"""订单, 发货清单 and 巡检 as their pages show them: totals are the rows', only one's own shops, signed for good."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.domain.day import day_of
from orderhub.domain.decision import Decision
from orderhub.domain.order_row import GiftItem, Item, OpenCard, State
from orderhub.runtime import reading, wiring
from pages import door
from pages.catalogue import PAGES
from pages.filter_words import words_of
from pages.page import Answer
from pages.visit import Visit
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.orders import T0
from tests.kit.rows import RowsInMemory, SignaturesInMemory, order_row

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOW = T0 + 5 * HOUR_MS
DAY = day_of(NOW)
HOSTILE = '"><script>alert(1)</script>\u202e' + "长" * 200
FORMULA = "=HYPERLINK(1)"


@dataclass
class Cards:
    """As much of the queue as an inspection needs."""

    made: dict[str, Decision] = field(default_factory=dict)

    def open_page(self, *_: Any) -> Any:
        return SimpleNamespace(cards=[], is_last=True)

    def made_before(self, groups: Any) -> dict[Any, Any]:
        return {}

    def decision(self, order_id: str, decision_id: str) -> Decision | None:
        return self.made.get(decision_id)

    def request_alone(self, decision: Decision, facts: Any, now: int) -> bool:
        is_new = decision.decision_id not in self.made
        self.made.setdefault(decision.decision_id, decision)
        return is_new


@dataclass
class Desk:
    """Somebody at the console, over rows in memory."""

    rows: RowsInMemory = field(default_factory=RowsInMemory)
    signatures: SignaturesInMemory = field(default_factory=SignaturesInMemory)
    cards: Cards = field(default_factory=Cards)
    people: People = field(default_factory=People)

    def ask(self, path: str, staff_id: str = "operations", query: str = "", form: Any = None) -> Answer:
        method = "GET" if form is None else "POST"
        page = next(one for one in PAGES if (one.method, one.path) == (method, path))
        cookie, token = signed_in(staff_id)
        body = None if form is None else {**form, "csrf": token}
        return door.open_page(page, event(method, path, body, query, (cookie,)), {})

    def open(self, path: str, staff_id: str = "operations", query: str = "") -> str:
        answer = self.ask(path, staff_id, query)
        assert answer.status == 200, text_of(answer)
        return re.sub(r"\s+", " ", text_of(answer))

    def table(self, path: str, query: str = "", staff_id: str = "operations") -> list[list[str]]:
        return list(csv.reader(io.StringIO(text_of(self.ask(path, staff_id, query)).removeprefix("\ufeff"))))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk()
    monkeypatch.setattr(wiring, "staff", lambda: made.people)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: NOW)
    monkeypatch.setattr(wiring, "orders", lambda: made.cards)
    monkeypatch.setattr(reading, "rows", lambda: made.rows)
    monkeypatch.setattr(reading, "signatures", lambda: made.signatures)
    yield made


# --- the orders behind a figure --------------------------------------------------------------------------------


def test_a_list_says_what_narrows_it_and_goes_on_page_by_page(desk: Desk) -> None:
    desk.rows.add(*(order_row(number, exceptions=("stock_mismatch",)) for number in range(60)), order_row(99))
    first = desk.open("/orders", query=f"day={DAY}&exception=stock_mismatch")
    assert "60 张" in first
    assert "例外: 库存不匹配" in first
    assert first.count('<tr><td class="id"><a href="/orders/youzan-') == 50
    where = re.search(r'href="/orders\?cursor=([^&"]+)', first)
    assert where
    second = desk.open("/orders", query=f"day={DAY}&exception=stock_mismatch&cursor={where[1].replace('%3D', '=')}")
    assert second.count('<tr><td class="id"><a href="/orders/youzan-') == 10


def test_the_csv_has_every_page_and_no_cell_is_a_formula(desk: Desk) -> None:
    desk.rows.add(*(order_row(number, items=(Item("L1", FORMULA, 2),)) for number in range(260)))
    head, *rows = desk.table("/orders.csv", "state=AwaitShipment")
    assert len(rows) == 260
    assert rows[0][head.index("商品")] == f"'{FORMULA}×2"
    assert rows[0][head.index("实付(元)")] == "299.00"


def test_who_looks_after_one_shop_sees_no_other_ones_orders_anywhere(desk: Desk) -> None:
    desk.people.known["operations"] = replace(desk.people.known["operations"], shops=("elsewhere",))
    desk.rows.add(order_row(1), order_row(2, shop_id="elsewhere", items=(Item("L1", "A", 1),)))
    for path in ("/orders", "/shipping-list"):
        html = desk.open(path, query="state=AwaitShipment")
        assert "youzan-E0002" in html
        assert "youzan-E0001" not in html
    assert [row[0] for row in desk.table("/orders.csv", "state=AwaitShipment")[1:]] == ["youzan-E0002"]


def test_the_slow_orders_behind_a_part_of_the_distribution_are_the_ones_it_counts(desk: Desk) -> None:
    for number, hours in enumerate((1, 3, 4, 5)):
        desk.rows.add(order_row(number, State.AWAIT_DELIVERY, shipped_at=T0 + hours * HOUR_MS))
    listed = desk.table("/orders.csv", f"day={DAY}&by=shipped&took=4")
    assert [row[0] for row in listed[1:]] == ["youzan-E0002", "youzan-E0001"]
    assert desk.ask("/orders", query="took=3").status == 422


def test_an_order_that_waits_for_a_decision_has_the_colour_of_what_is_held(desk: Desk) -> None:
    desk.rows.add(
        order_row(1, State.AWAIT_RELEASE, open_cards=(OpenCard("x", "stock_mismatch", NOW, True),)),
        order_row(2, State.AWAIT_RELEASE, waiting_for="sf"),
    )
    html = desk.open("/orders", query="state=AwaitRelease")
    assert html.count('class="chip held"') == 1
    assert html.count('class="chip waiting"') == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"state": "AwaitPayment"}, ["等待付款"]),
        ({"day": "20261128", "by": "shipped", "agreement": "differs"}, ["2026-11-28", "出库", "不一致"]),
        ({"day": "20261128", "since": "20261115", "defect": "any"}, ["2026-11-15 – 2026-11-28", "出库", "差错: 任何"]),
        ({"day": "20261128", "by": "shipped", "took": "4"}, ["2026-11-28", "出库", "支付→出库 2–4 h"]),
        ({"day": "20261128", "took": "over"}, ["2026-11-28", "出库", "支付→出库 > 48 h"]),
        ({"exception": HOSTILE}, ["下单", f"例外: {HOSTILE}"]),
    ],
)
def test_filters_are_said_in_words(wanted: dict[str, str], said: list[str]) -> None:
    visit = Visit("GET", "/orders", {}, {}, {}, {}, is_part=False, takes_gzip=False, language="zh", now=NOW)
    assert words_of(wanted, visit) == said


def test_a_filter_that_is_none_is_refused_in_words(desk: Desk) -> None:
    for query in ("state=Nowhere", f"defect={HOSTILE}", "cursor=zzz", "day=20261340"):
        answer = desk.ask("/orders", query=query)
        assert answer.status == 422, query
        assert "<script>alert" not in text_of(answer)


def test_an_order_is_one_line_with_its_platform_number_and_all_of_its_goods_in_the_title(desk: Desk) -> None:
    goods = tuple(Item(f"L{number}", f"SKU-{number}", number) for number in range(1, 9))
    desk.rows.add(order_row(1, items=goods, paid_at=0, paid_fen=0, waybills=("SF1", "SF2")))
    (line,) = re.findall(r"<tr><td.*?</tr>", desk.open("/orders", query=f"day={DAY}"))
    assert '<a href="/orders/youzan-E0001" title="youzan-E0001">E0001</a>' in line
    assert 'title="SKU-1 ×1, ' in line and "SKU-8 ×8" in line
    assert "应付 ¥299.00" in line
    assert 'title="SF1, SF2"' in line and ">SF2" not in line


# --- the shipping list -----------------------------------------------------------------------------------------


def test_the_totals_of_the_shipping_list_are_those_of_its_rows(desk: Desk) -> None:
    desk.rows.add(
        order_row(1, items=(Item("L1", "A", 2), Item("L2", "B", 1)), gifts=(GiftItem("G", 1),), parcels=2),
        order_row(2, items=(Item("L1", "A", 3),), paid_fen=10_001),
        order_row(3, State.AWAIT_DELIVERY, items=(Item("L1", "A", 9),)),
    )
    html = desk.open("/shipping-list")
    assert re.search(r"<tfoot>.*合计 2 单.*>6<.*>3<.*¥399.01", html)
    assert "youzan-E0003" not in html
    rows = desk.table("/shipping-list.csv")
    sums = [row for row in rows if row[0] == "合计"]
    assert (sums[0][10], sums[0][12]) == ("6", "399.01")
    assert sum(int(row[10]) for row in rows[1:] if row[0].startswith("youzan") and row[8] == "商品") == 6
    assert {row[9]: row[10] for row in rows if row[0] == "其中"} == {"A": "5", "B": "1", "G": "1"}


def test_an_empty_list_says_why_and_hostile_words_in_it_are_only_words(desk: Desk) -> None:
    assert "现在没有这个状态的订单" in desk.open("/shipping-list")
    hostile = order_row(
        1, items=(Item("L1", HOSTILE, 1),), warehouses=(HOSTILE,), waybills=(HOSTILE,), province=HOSTILE
    )
    desk.rows.add(hostile)
    for path in ("/shipping-list", "/orders"):
        html = desk.open(path, query="state=AwaitShipment")
        assert "youzan-E0001" in html
        assert "<script>alert" not in html


def test_a_day_of_the_shipping_list_may_be_written_as_a_date_field_writes_it(desk: Desk) -> None:
    desk.rows.add(order_row(1, State.AWAIT_DELIVERY, shipped_at=T0, items=(Item("L1", "A", 1),)))
    day = day_of(T0)
    assert "youzan-E0001" in desk.open("/shipping-list", query=f"day={day[:4]}-{day[4:6]}-{day[6:]}")
    assert desk.ask("/shipping-list", query="day=yesterday").status == 422


# --- the inspection --------------------------------------------------------------------------------------------


def test_a_signature_says_who_when_and_what_and_a_second_one_stands_beside_it(desk: Desk) -> None:
    assert "未签字" in desk.open("/inspection")
    assert desk.ask("/inspection/sign", form={"day": DAY, "note": HOSTILE[:200]}).status == 303
    desk.ask("/inspection/sign", "owner", form={"day": DAY, "note": ""})
    assert [(one.by, one.day) for one in desk.signatures.made] == [("operations", DAY), ("owner", DAY)]
    html = desk.open("/inspection")
    assert "已签字" in html
    assert "张三-operations" in html
    assert "<script>alert" not in html


def test_who_may_only_look_is_told_so_and_cannot_sign(desk: Desk) -> None:
    html = desk.open("/inspection", "finance")
    assert "您的角色只能查看" in html
    assert desk.ask("/inspection/sign", "finance", form={"day": DAY, "note": ""}).status == 403
    assert desk.signatures.made == []


def test_who_looked_at_some_shops_only_signs_for_these(desk: Desk) -> None:
    desk.people.known["operations"] = replace(desk.people.known["operations"], shops=("A", "B"))
    desk.ask("/inspection/sign", form={"day": DAY, "note": "看过"})
    assert desk.signatures.made[0].note == "[店铺 A, B] 看过"


def worse(desk: Desk) -> None:
    """More exceptions today than yesterday, and orders that wait for a partner."""
    desk.rows.add(
        *(order_row(number, placed_at=NOW - HOUR_MS, exceptions=("stock_mismatch",)) for number in range(12)),
        *(order_row(number, placed_at=NOW - DAY_MS) for number in range(20, 24)),
        order_row(30, State.AWAIT_RELEASE, waiting_for="wangdiantong", since=NOW - HOUR_MS),
    )
    desk.rows.handmade = {DAY: {("stock_mismatch", "retry"): 11, ("stock_mismatch", "cancel"): 10}}


def test_what_got_worse_says_why_who_is_waited_for_and_what_people_did_again_and_again(desk: Desk) -> None:
    worse(desk)
    html = desk.open("/inspection")
    assert re.search(r'class="worse">异常订单占比</span> 92\.31 %', html)
    assert re.search(r"库存不匹配</a> 12 单, 比昨日多 12", html)
    assert re.search(r"旺店通</b> 1 单在等", html)
    assert re.search(r"<b>库存不匹配</b> → 重试 11 次", html)
    assert html.count("值得写成规则") == 1
    assert "—" in html  # nothing left on these days: unknown, not zero


def test_a_line_becomes_one_card_with_an_owner_however_often_it_is_asked_for(desk: Desk) -> None:
    worse(desk)
    form = {
        "day": DAY,
        "line": "exceptions",
        "assignee": "purchasing",
        "note": "缺货的供应商没有按时到货, 电话 13800130001",
    }
    for _ in range(2):
        assert desk.ask("/inspection/findings", form=form).status == 303
    (card,) = desk.cards.made.values()
    assert card.decision_id == f"inspection.inspection_finding.{DAY}-exceptions"
    assert (card.evidence["assignee"], card.evidence["asked_by"]) == ("purchasing", "operations")
    assert card.evidence["finding"].startswith("异常订单占比 92.31 %")
    assert "没有按时到货" in card.evidence["note"]
    assert "13800130001" not in card.evidence["note"]
    assert "张三-purchasing 负责" in desk.open("/inspection")


@pytest.mark.parametrize("wrong", [{"line": "nothing"}, {"assignee": "nobody"}, {"day": "tomorrow"}])
def test_a_finding_of_no_line_for_nobody_or_of_no_day_makes_no_card(desk: Desk, wrong: dict[str, str]) -> None:
    worse(desk)
    form = {"day": DAY, "line": "exceptions", "assignee": "purchasing", "note": "", **wrong}
    assert desk.ask("/inspection/findings", form=form).status == 422
    assert desk.cards.made == {}


def test_the_inspections_csv_has_its_figures_and_signatures(desk: Desk) -> None:
    worse(desk)
    desk.ask("/inspection/sign", form={"day": DAY, "note": FORMULA})
    rows = desk.table("/inspection.csv")
    assert next(row for row in rows if row[1] == "异常订单占比")[2:4] == ["92.31 %", "13"]
    assert rows[-1][4] == f"'{FORMULA}"
