"""Whoever looks after some shops sees figures, counts and cards of these only; what is kept never crosses (R47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.domain.day import DAY_MS, day_of
from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.health import DayFigures, summed
from orderhub.domain.order_row import Agreement, State
from orderhub.runtime import reading, wiring
from orderhub.services.day_figures import close_days, closed, computed
from orderhub.services.inspection import inspection
from orderhub.services.inspection_findings import Wanted, ask, asked, lines_of, overdue_line
from orderhub.services.open_decisions import open_decisions
from orderhub.services.park import decision_for
from orderhub.services.scope import theirs
from orderhub.services.show_health import Source, health
from orderhub.services.show_lifecycle import lifecycle
from pages import door
from pages.catalogue import PAGES
from pages.page import Answer
from pages.pulse import oldest_of
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.orders import T0
from tests.kit.rows import RowsInMemory, SignaturesInMemory, order_row

HOUR_MS = 3_600_000
NOW = T0 + 5 * HOUR_MS
TODAY, YESTERDAY = day_of(NOW), day_of(T0 - DAY_MS)
MACHINE = {"StartAt": "AwaitDelivery", "States": {"AwaitDelivery": {"Type": "Task", "End": True}}}


def left(number: int, shop: str, hours: int, at: int = T0) -> Any:
    """An order that left so many hours after it was paid."""
    return order_row(
        number, State.AWAIT_DELIVERY, shop_id=shop, placed_at=at, paid_at=at, shipped_at=at + hours * HOUR_MS,
        agreement={"shop": Agreement.AGREES}, exceptions=("overdue",) if shop == "B" else (),
    )  # fmt: skip


@pytest.fixture
def rows() -> RowsInMemory:
    """Today and yesterday: A sends two orders after 1 and 3 hours, B one after 5, C has none."""
    made = RowsInMemory()
    for day, at in enumerate((T0, T0 - DAY_MS)):
        made.add(left(day * 10 + 1, "A", 1, at), left(day * 10 + 2, "A", 3, at), left(day * 10 + 3, "B", 5, at))
    return made


# --- figures ---------------------------------------------------------------------------------------------------


def test_figures_of_a_shop_are_those_of_its_orders_whatever_the_day(rows: RowsInMemory) -> None:
    close_days(rows, NOW)  # type: ignore[arg-type]
    for day in (TODAY, YESTERDAY):
        board = health(rows, (), NOW, day, ("B",))  # type: ignore[arg-type]
        outbound, exceptions = board["tiles"][:2]
        assert (outbound["n"], outbound["median_ms"]) == (1, 5 * HOUR_MS)
        assert (exceptions["count"], exceptions["n"]) == (1, 1)
    assert outbound["trend"][-1] == {"day": YESTERDAY, "value": 5 * HOUR_MS, "n": 1, "shown": ""}


def test_of_several_shops_counts_add_up_and_a_median_is_known_of_the_day_that_is_shown_only(rows: RowsInMemory) -> None:
    close_days(rows, NOW)  # type: ignore[arg-type]
    today = health(rows, (), NOW, "", ("A", "B", "C"))["tiles"]  # type: ignore[arg-type]
    assert today[0]["trend"][-2] == {"day": YESTERDAY, "value": None, "n": 3, "shown": ""}
    assert today[1]["trend"][-2]["shown"] == "33.33 %"
    shown = health(rows, (), NOW, YESTERDAY, ("A", "B", "C"))["tiles"]  # type: ignore[arg-type]
    assert (shown[0]["n"], shown[0]["median_ms"]) == (3, 3 * HOUR_MS)


def test_added_up_shops_are_all_shops_but_for_the_median(rows: RowsInMemory) -> None:
    whole = computed(TODAY, rows)  # type: ignore[arg-type]
    parts = [computed(TODAY, rows, (shop,)) for shop in ("A", "B", "C")]  # type: ignore[arg-type]
    assert summed(parts) == replace(whole, median_ms=None, p90_ms=None)
    assert summed(parts[:1] + parts[2:]) == parts[0]
    assert summed([]) == DayFigures()


def test_a_day_closed_before_days_were_kept_by_shop_is_unknown_until_it_is_closed_anew(rows: RowsInMemory) -> None:
    rows.put_summary(YESTERDAY, computed(YESTERDAY, rows).as_values(), NOW)  # type: ignore[arg-type]
    assert closed([YESTERDAY], rows, ("A",)) == {}  # type: ignore[arg-type]
    assert health(rows, (), NOW, YESTERDAY, ("A",))["tiles"][0]["n"] == 2  # type: ignore[arg-type]
    close_days(rows, NOW)  # type: ignore[arg-type]
    assert closed([YESTERDAY], rows, ("A",))[YESTERDAY].shipped == 2  # type: ignore[arg-type]
    assert closed([YESTERDAY], rows, ("C",))[YESTERDAY] == DayFigures()  # type: ignore[arg-type]


def test_the_lifecycle_counts_a_shops_orders(rows: RowsInMemory) -> None:
    counts = [lifecycle(MACHINE, rows, NOW, shops)["states"][0]["count"] for shops in ((), ("A",), ("A", "B"), ("C",))]  # type: ignore[arg-type]
    assert counts == [6, 4, 6, 0]


def test_nobody_gets_what_was_kept_for_another_scope(rows: RowsInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def sources(shops: tuple[str, ...] = ()) -> list[Source]:
        asked.append(shops)
        return []

    for name, made in {"_kept": {}, "rows": lambda: rows, "sources": sources, "now_ms": lambda: NOW}.items():
        monkeypatch.setattr(reading, name, made)
    monkeypatch.setattr(wiring, "orders", Queue)
    monkeypatch.setenv("LIFECYCLE_ARN", "x")
    monkeypatch.setattr("orderhub.adapters.aws.definition.deployed_definition", lambda client, arn: MACHINE)
    monkeypatch.setattr(reading, "aws", lambda service: None)
    scopes: tuple[tuple[str, ...], ...] = ((), ("A",), ("B",), ("A", "B"), ("B", "A"), ("A B",))
    for _ in range(2):
        assert [reading.health("", shops)["tiles"][0]["n"] for shops in scopes] == [3, 2, 1, 3, 3, 0]
        assert [reading.lifecycle(shops)["states"][0]["count"] for shops in scopes] == [6, 4, 2, 6, 6, 0]
        assert [reading.open_decisions(shops)["n"] for shops in scopes] == [3, 2, 2, 3, 3, 1]
        assert [reading.source_ages(shops) for shops in scopes] == [[]] * 6
    assert sorted(set(asked)) == [(), ("A",), ("A", "B"), ("A B",), ("B",)]


# --- decisions -------------------------------------------------------------------------------------------------


class Queue:
    """Cards past their deadline: of A's first order, of B's, and of no order."""

    def __init__(self) -> None:
        of = ("youzan-E0001", "youzan-E0003", "unreadable")
        self.cards = {
            made.decision_id: made
            for made in (decision_for(order_id, DecisionClass.OVERDUE, "", {}, T0 - 40 * DAY_MS) for order_id in of)
        }

    def open_page(self, classes: Any, after: str, limit: int) -> Any:
        return SimpleNamespace(cards=[("", card) for card in self.cards.values()][:limit], is_last=True)

    def made_before(self, groups: Any) -> dict[Any, Any]:
        return {}

    def load(self, order_id: str) -> Any:
        return SimpleNamespace(shop_id="A") if order_id == "youzan-new" else None

    def decision(self, order_id: str, decision_id: str) -> Any:
        return self.cards.get(decision_id)

    def request_alone(self, decision: Any, facts: Any, now: int) -> bool:
        is_new = decision.decision_id not in self.cards
        self.cards.setdefault(decision.decision_id, decision)
        return is_new


def test_an_order_whose_row_is_not_there_yet_is_its_shops_all_the_same(rows: RowsInMemory) -> None:
    ids = ["youzan-E0001", "youzan-E0003", "youzan-new", "unreadable"]
    assert theirs(ids, (), rows, Queue()) == set(ids)  # type: ignore[arg-type]
    assert theirs(ids, ("A",), rows, Queue()) == {"youzan-E0001", "youzan-new", "unreadable"}  # type: ignore[arg-type]
    assert theirs(ids, ("B",), rows, Queue()) == {"youzan-E0003", "unreadable"}  # type: ignore[arg-type]


def test_the_inspection_of_a_shop_counts_what_is_over_time_and_who_is_waited_for_there(rows: RowsInMemory) -> None:
    rows.add(*(order_row(50 + n, State.AWAIT_RELEASE, shop_id=shop, waiting_for="sf") for n, shop in enumerate("AAB")))
    paper = {
        shops: inspection(rows, Queue(), SignaturesInMemory(), NOW, "", shops)  # type: ignore[arg-type]
        for shops in ((), ("A",), ("B",))
    }
    assert [found["overdue"]["count"] for found in paper.values()] == [3, 2, 2]
    assert [found["waiting"][0]["orders"] for found in paper.values()] == [3, 2, 1]
    assert [found["figures"][0]["today"]["n"] for found in paper.values()] == [3, 2, 1]


def test_each_decision_over_time_can_be_handed_over_and_a_shops_lines_are_others_than_all_shops(
    rows: RowsInMemory,
) -> None:
    queue, signatures = Queue(), SignaturesInMemory()
    line = overdue_line("youzan-E0001.overdue.")
    assert line in lines_of(inspection(rows, queue, signatures, NOW))  # type: ignore[arg-type]

    def hand(line: str, *shops: str) -> tuple[str, bool]:
        made = ask(Wanted("boss", line, "buyer", "", "", shops), rows, queue, signatures, NOW)  # type: ignore[arg-type]
        return made["decision_id"], made["is_new"]

    one, is_new = hand(line)
    assert (is_new, hand(line, "A")) == (True, (one, False))
    assert len({hand("exceptions")[0], hand("exceptions", "A")[0], hand("exceptions", "B")[0]}) == 3
    evidence = queue.cards[hand("exceptions", "A")[0]].evidence
    assert evidence["finding"].startswith("店铺 A: 异常订单占比")
    assert set(asked(TODAY, ["exceptions", line], queue, ("B",))) == {"exceptions", line}  # type: ignore[arg-type]
    with pytest.raises(Exception, match="line must be one of"):
        hand(line, "B")


def test_the_number_of_open_decisions_says_when_there_are_more_than_were_looked_through(
    rows: RowsInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Queue()
    queue.open_page = lambda *_: SimpleNamespace(cards=[("", c) for c in queue.cards.values()], is_last=False)  # type: ignore[method-assign]
    monkeypatch.setattr("orderhub.services.open_decisions.MOST", 3)
    found = open_decisions(queue, rows)  # type: ignore[arg-type]
    assert (found["n"], found["is_cut"]) == (3, True)
    assert found["nearest_at"] < NOW


# --- at the console --------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """Somebody at the console with a browser that keeps cookies of its own."""

    people: People = field(default_factory=People)

    def ask(self, path: str, staff_id: str, cookie: str = "", form: Any = None) -> Answer:
        method = "GET" if form is None else "POST"
        page = next(one for one in PAGES if (one.method, one.path) == (method, path))
        session, token = signed_in(staff_id)
        body = None if form is None else {**form, "csrf": token}
        return door.open_page(page, event(method, path, body, "state=AwaitDelivery", (session, cookie)), {})

    def listed(self, staff_id: str, cookie: str = "") -> str:
        return text_of(self.ask("/orders", staff_id, cookie))


@pytest.fixture
def desk(rows: RowsInMemory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk()
    made.people.known["only-a"] = replace(made.people.known["operations"], staff_id="only-a", shops=("A",))
    made.people.known["a-and-c"] = replace(made.people.known["operations"], staff_id="a-and-c", shops=("A", "C"))
    for name, value in {"staff": lambda: made.people, "session_key": lambda: KEY, "now_ms": lambda: NOW}.items():
        monkeypatch.setattr(wiring, name, value)
    monkeypatch.setattr(wiring, "orders", Queue)
    monkeypatch.setattr(reading, "_kept", {})
    monkeypatch.setattr(reading, "now_ms", lambda: NOW)
    monkeypatch.setattr(reading, "rows", lambda: rows)
    monkeypatch.setattr(reading, "sources", lambda shops=(): [Source("wangdiantong", NOW - 41_000, 300_000)])
    monkeypatch.setenv("SHOPS", '{"A": "旗舰店", "B": "小程序店"}')
    yield made


def test_a_chosen_shop_narrows_what_somebody_sees_and_is_offered_where_there_is_a_choice(desk: Desk) -> None:
    everything = desk.listed("owner")
    assert '<option value="A">旗舰店</option>' in everything
    assert "youzan-E0001" in everything and "youzan-E0003" in everything
    narrowed = desk.listed("owner", "shop=A")
    assert '<option value="A" selected>旗舰店</option>' in narrowed
    assert "youzan-E0001" in narrowed and "youzan-E0003" not in narrowed
    assert 'id="shop-switch"' not in desk.listed("only-a")


@pytest.mark.parametrize("said", ["旗舰店", "{", "[]", "null", '{"A": "旗舰店"'])
def test_shop_names_that_cannot_be_read_keep_no_page_from_anybody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("SHOPS", said)
    assert "youzan-E0001" in desk.listed("owner")
    assert '<option value="C">C</option>' in desk.listed("a-and-c")


@pytest.mark.parametrize("forged", ["shop=B", "shop=", "shop=A B", "shop=*", "shop=A; shop=B", 'shop="A"'])
def test_a_forged_cookie_shows_nobody_more_than_their_shops(desk: Desk, forged: str) -> None:
    for who in ("only-a", "a-and-c"):
        shown = desk.listed(who, forged)
        assert "youzan-E0001" in shown
        assert "youzan-E0003" not in shown


def test_choosing_a_shop_is_kept_by_the_browser_and_leaving_forgets_it(desk: Desk) -> None:
    chosen = desk.ask("/shop", "owner", form={"shop": "B", "after": "/orders/youzan-E0001"})
    assert (chosen.headers["location"], chosen.cookies[0].split(";")[0]) == ("/orders", "shop=B")
    for other in ("C", "", "B; Path=/x"):
        assert desk.ask("/shop", "owner", form={"shop": other, "after": "//e.org"}).cookies[0].startswith("shop=;")
    assert desk.ask("/shop", "only-a", form={"shop": "B", "after": ""}).cookies[0].startswith("shop=;")
    assert any(one.startswith("shop=;") for one in desk.ask("/sign-out", "owner", form={}).cookies)


def test_looking_at_one_shop_takes_nobodys_leave_to_change_rules_of_all() -> None:
    from pages.rules import ONE_SHOP, may_not
    from pages.visit import Visit

    boss = replace(People().known["administrator"])
    visit = Visit(
        "GET", "/", {}, {}, {}, {}, is_part=False, takes_gzip=False, language="zh", now=NOW, staff=boss, shop="A"
    )
    assert may_not(visit) is None
    assert may_not(replace(visit, staff=replace(boss, shops=("A",)), shop="")) == ONE_SHOP


def test_the_frame_tells_the_age_of_the_oldest_source_and_how_many_decisions_wait_for_this_person(desk: Desk) -> None:
    told = text_of(desk.ask("/pulse", "owner"))
    assert ">旺店通</span> <span>41 s 前<" in told
    assert '<b class="urgent">3</b>' in told
    assert '<b class="urgent">2</b>' in text_of(desk.ask("/pulse", "only-a"))
    assert 'id="count"' not in text_of(desk.ask("/pulse", "packer"))


def test_the_oldest_source_is_one_that_was_never_heard_of_then_a_stale_one_and_never_the_hub_itself() -> None:
    def source(name: str, age: int | None, usual: int = 300_000) -> dict[str, Any]:
        return Source(name, None if age is None else NOW - age, usual).shown(NOW)

    hub, stale, old = (
        source("orderhub", 9 * HOUR_MS),
        source("wangdiantong", HOUR_MS),
        source("youzan", 2 * HOUR_MS, HOUR_MS),
    )
    assert oldest_of([hub, old, stale]) == stale
    assert oldest_of([hub, old, source("x", 5)]) == old
    assert oldest_of([source("x", None), stale]) == source("x", None)
    assert oldest_of([hub]) is None
