"""The rule pages on the real stores: a gift in one sentence, back-test, switch, two people at once, thresholds."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.rule_packs import DynamoRulePacks
from orderhub.adapters.dynamodb.verdicts import DynamoVerdicts
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Evaluation, RuleKind
from orderhub.ports.orders import Change
from orderhub.rules.rows import row
from orderhub.runtime import wiring
from orderhub.services.rules_desk import Desk
from pages import door
from pages.catalogue import PAGES
from pages.page import Answer
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.orders import T0, order

GIFT = {
    "main_sku": "ZP-2026-01", "basis": "amounts.paid_goods_fen", "least": "199", "code": "FP-002", "name": "备用滤芯",
    "quantity": "2", "waybill_line": "赠品:备用滤芯×2", "sticker_position": "面单左上角", "sticker_x_mm": "15",
    "sticker_y_mm": "15", "quota": "0", "priority": "0", "exclusive": "false",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script>'\u202e" + "长" * 100


class Console:
    """Somebody's browser: forms in, pages out."""

    def __init__(self, desk: Desk, people: People) -> None:
        self.desk, self.people = desk, people

    def ask(self, path: str, form: dict[str, Any] | None = None, who: str = "operations", **headers: str) -> Answer:
        cookie, token = signed_in(who)
        method = "GET" if form is None else "POST"
        path, _, query = path.partition("?")
        for page in PAGES:
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", page.path), path)
            if found and page.method == method:
                body = None if form is None else {**form, "csrf": token}
                asked = event(method, path, body, query, (cookie,), headers)
                return door.open_page(page, asked, found.groupdict())
        raise AssertionError(f"no page: {method} {path}")

    def read(self, path: str, **how: Any) -> str:
        answer = self.ask(path, **how)
        assert answer.status == 200, text_of(answer)
        return text_of(answer)

    def post(self, path: str, form: dict[str, Any] | None = None, **how: Any) -> str:
        """Where it leads."""
        answer = self.ask(path, form or {}, **how)
        assert answer.status == 303, text_of(answer)
        return answer.headers["location"]

    def live(self, kind: RuleKind = RuleKind.GIFTS) -> int:
        mark = self.desk.packs.live_mark(kind)
        return mark.version if mark else 0


@pytest.fixture
def console(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    desk = Desk(DynamoRulePacks(*table), DynamoVerdicts(*table), DynamoOrders(*table), lambda: T0)
    people = People()
    monkeypatch.setattr(wiring, "rule_desk", lambda: desk)
    monkeypatch.setattr(wiring, "staff", lambda: people)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: T0 + 5)
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    yield Console(desk, people)


def judged_once(table: tuple[Any, str], **amounts: int) -> None:
    main = {"main_sku": "ZP-2026-01", "main_quantity": 1, "main_paid_fen": 20_000, "line_id": "1"}
    given = {"amounts": {"paid_fen": 20_000, "paid_goods_fen": 20_000, **amounts}, "mains": [main]}
    verdict = Verdict(given, (Evaluation(RuleKind.GIFTS, 0, ()),), "pass", (), T0)
    DynamoOrders(*table).commit(Change(None, order(), T0, records=(verdict,)))


def test_a_gift_rule_is_written_tried_and_switched_on_in_six_clicks(console: Console, table: tuple[Any, str]) -> None:
    judged_once(table)
    page = console.read("/rules")
    assert "赠品" in page
    page = console.read("/rules/gifts/0")
    assert "当 主商品 = ZP-2026-01 且 实付货款 ≥ ¥299.00 → 赠送 FP-001" in html.unescape(page)
    assert 'value=""' in console.read("/rules/gifts/0/new")
    where = console.post("/rules/gifts/0/new", GIFT)  # click 1 and 2
    assert where == "/rules/gifts/1?try=1"
    page = console.read(where)
    assert "新增 FP-002" in page
    assert "先回测, 才能启用" in page
    found = text_of(console.ask("/rules/gifts/1/backtest", {}, **{"hx-request": "true"}))  # by itself, or click 3
    assert "<b>1</b> / 1" in found
    assert "¥200.00" in found
    assert "边缘订单" in found  # ¥200 is within ¥1.99 of ¥199
    assert console.post("/rules/gifts/1/switch", {"replaces": "0"}) == "/rules/gifts/1"  # click 4
    assert console.live() == 1
    assert console.desk.packs.versions(RuleKind.GIFTS)[0].based_on == 0
    assert "启用中" in console.read("/rules/gifts/1")
    assert '<td class="number" data-label="命中">1 <span' in console.read("/rules")  # hits of the live version


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(console: Console) -> None:
    bad = {**GIFT, "least": "二百", "quantity": "0", "sticker_y_mm": "151", "ends": "yesterday", "name": HOSTILE}
    answer = console.ask("/rules/gifts/0/new", bad)
    page = text_of(answer)
    assert answer.status == 422
    assert set(re.findall(r'id="wrong-(\w+)"', page)) == {"least", "quantity", "sticker_y_mm", "ends"}
    assert 'value="二百"' in page
    assert "<script>alert" not in page
    assert html.escape(HOSTILE, quote=False)[:20] in page
    assert console.desk.packs.versions(RuleKind.GIFTS) == ()


def test_a_cell_that_the_check_refuses_is_told_at_its_field(console: Console) -> None:
    answer = console.ask("/rules/gifts/0/new", {**GIFT, "main_sku": "=lines.nowhere > 5"})
    assert (answer.status, re.findall(r'id="wrong-(\w+)"', text_of(answer))) == (422, ["main_sku"])


def test_hostile_text_is_kept_and_shown_as_text(console: Console) -> None:
    console.post("/rules/gifts/0/new", {**GIFT, "name": HOSTILE, "note": HOSTILE, "code": "<b>'x"})
    for path in ("/rules", "/rules/gifts/1", "/rules/gifts/1/against/0", "/rules/gifts/1/rows/b-x"):
        page = console.read(path)
        assert "<script>alert" not in page
        assert "<b>'x" not in page


def test_a_row_is_changed_and_removed_each_as_a_draft(console: Console) -> None:
    row_id = "filter-from-299"
    page = console.read(f"/rules/gifts/0/rows/{row_id}")
    assert 'value="299.00"' in page
    console.post(f"/rules/gifts/0/rows/{row_id}", {**GIFT, "least": "199.5", "begins": "2026-11-01T00:00"})
    pack = console.desk.packs.load(RuleKind.GIFTS, 1)
    assert pack is not None
    cells = row(pack.graph, row_id).cells
    assert (cells["amounts.paid_goods_fen"], cells["order.placed_at"]) == (">= 19950", ">= 1793462400000")
    assert "实付货款 由「≥ ¥299.00」改为「≥ ¥199.50」" in console.read("/rules/gifts/1")
    assert console.post(f"/rules/gifts/1/rows/{row_id}/remove") == "/rules/gifts/2?try=1"
    assert "没有规则: 不送赠品" in console.read("/rules/gifts/2")
    assert console.ask("/rules/gifts/2/rows/nowhere").status == 404


def test_trying_keeps_nothing(console: Console, table: tuple[Any, str]) -> None:
    judged_once(table)
    found = text_of(console.ask("/rules/gifts/0/try", GIFT, **{"hx-request": "true"}))
    assert "<b>1</b> / 1" in found
    assert "先更正这些字段" in text_of(console.ask("/rules/gifts/0/try", {**GIFT, "least": "x"}))
    assert console.desk.packs.versions(RuleKind.GIFTS) == ()


def test_of_two_people_the_second_is_told_what_would_be_lost_and_overwrites_nothing_silently(console: Console) -> None:
    console.post("/rules/gifts/0/new", GIFT, who="operations")
    console.post("/rules/gifts/0/new", {**GIFT, "code": "FP-003"}, who="administrator")
    assert "还有更新的草稿" in console.read("/rules/gifts/1")
    console.post("/rules/gifts/1/switch", {"replaces": "0", "reason": "先上"})
    quick = console.ask("/rules/gifts/2/switch", {"replaces": "0", "reason": "也上"}, who="administrator")
    assert (quick.status, "刚刚启用了 v1" in text_of(quick)) == (409, True)
    page = console.read("/rules/gifts/2")
    assert "启用会丢掉其间的改动" in page
    assert "删除 FP-002" in page
    silent = console.ask("/rules/gifts/2/switch", {"replaces": "1"}, who="administrator")
    assert silent.status in (409, 422)
    assert console.live() == 1
    console.post("/rules/gifts/2/switch", {"replaces": "1", "reason": "FP-002 停产"}, who="administrator")
    assert console.live() == 2


def test_a_roll_back_needs_a_reason_and_brings_the_older_version_back(console: Console) -> None:
    console.post("/rules/gifts/0/new", GIFT)
    console.post("/rules/gifts/1/switch", {"replaces": "0", "reason": "先上"})
    assert "回滚到这个版本" in console.read("/rules/gifts/0")
    assert console.ask("/rules/gifts/0/switch", {"replaces": "1"}).status == 422
    console.post("/rules/gifts/0/switch", {"replaces": "1", "reason": "赠品断货"})
    assert console.live() == 0


def test_a_threshold_of_interception_is_changed_with_its_words(console: Console) -> None:
    page = console.read("/rules/interception/0")
    assert 'name="n:phone_velocity|phone.rank" value="5"' in page
    form = {"n:phone_velocity|phone.rank": "8", "n:paid_in_full|amounts.unpaid_fen": "0.00"}
    assert console.post("/rules/interception/0/thresholds", form) == "/rules/interception/1?try=1"
    pack = console.desk.packs.load(RuleKind.INTERCEPTION, 1)
    assert pack is not None
    cells = row(pack.graph, "phone_velocity").cells
    assert (cells["phone.rank"], cells["out:zh"]) == ("> 8", '"同一号码24小时内下单超过8单"')
    bad = console.ask("/rules/interception/0/thresholds", {"n:phone_velocity|phone.rank": "many"})
    assert bad.status == 422
    assert 'value="many"' in text_of(bad)


def test_who_only_looks_sees_no_form_and_who_has_one_shop_is_told_why(console: Console) -> None:
    page = console.read("/rules/gifts/0", who="finance")
    assert "您的角色只能查看规则" in page
    assert '<form method="post" action="/rules' not in page
    known = console.people.known
    known["operations"] = replace(known["operations"], shops=("123",))
    page = console.read("/rules/gifts/0")
    assert page.count("规则对所有店铺生效") == 3  # on top, and next to each button it disables
    assert "<button disabled" in page and "新增规则" in page
    assert "规则对所有店铺生效" in console.read("/rules")
    assert "规则对所有店铺生效" in console.read("/tables")
    assert console.ask("/rules/gifts/0/new", GIFT).status == 403


def test_a_cell_that_is_too_long_is_told_and_the_form_is_kept(console: Console) -> None:
    long = {**GIFT, "name": "长" * 490}
    answer = console.ask("/rules/gifts/0/new", {**long, "waybill_line": "x" * 501})
    page = text_of(answer)
    assert answer.status == 422
    assert 'id="wrong-waybill_line"' in page
    assert "长" * 490 in page


@pytest.mark.parametrize(
    ("path", "status"),
    [("/rules/astrology/0", 404), ("/rules/gifts/9", 404), ("/rules/gifts/x", 404), ("/rules/gifts/0/against/7", 404)],
)
def test_what_is_not_there_is_told(console: Console, path: str, status: int) -> None:
    assert console.ask(path).status == status
