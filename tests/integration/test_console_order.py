"""The order page over a whole hub in one process: a life from order to settlement, and what each role sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.console.handler import handler
from orderhub.adapters.dynamodb.read_models import DynamoReadModels
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.contracts import api_order_page
from orderhub.domain.order import Milestone
from orderhub.ports.world import RunHistory, StateVisit
from orderhub.runtime import reading, wiring
from orderhub.services.project_orders import project
from pages import door
from pages.catalogue import PAGES
from pages.page import Answer
from tests.kit.console import KEY, People, event, signed_in, text_of
from tests.kit.tables import create_read_table
from tests.kit.world import World, order_id

HOSTILE = "<script>alert('张')</script>\u202e\"'" + "长" * 200


class Log:
    """ExecutionLog of one run."""

    run: RunHistory | None = RunHistory(
        "RUNNING", 1000, 0, (StateVisit("Reserve", 1000, 1500), StateVisit("Odd", 1500))
    )

    def history(self, execution: str) -> RunHistory | None:
        return self.run

    def arn_of(self, execution: str) -> str:
        return f"arn:aws-none:states:cn-north-1:0:execution:m:{execution}"


type Told = Callable[[str], None]


@pytest.fixture
def told(hub: World, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Brings the rows of the read side up to date with an order's facts."""
    rows = DynamoReadModels(hub.clients.dynamodb, create_read_table(hub.clients.dynamodb))
    monkeypatch.setattr(reading, "rows", lambda: rows)
    monkeypatch.setattr(wiring, "digest", lambda: KeyedDigest(lambda: "key-of-the-tests"))

    def bring(tid: str) -> None:
        batch = [(fact.event_id, lambda fact=fact: fact) for fact in hub.orders.facts_of(order_id(tid))]
        assert project(batch, hub.orders, rows, lambda record, error: None) == []  # type: ignore[arg-type]

    return bring


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture(autouse=True)
def wired(hub: World, people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, made in {
        "orders": lambda: hub.orders, "executions": Log, "staff": lambda: people, "session_key": lambda: KEY,
        "now_ms": hub.clock, "is_allowed": lambda headers: True,
    }.items():  # fmt: skip
        monkeypatch.setattr(wiring, name, made)
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    yield


def opened(path: str, who: str = "customer_service", query: str = "") -> Answer:
    cookie, _ = signed_in(who)
    for page in PAGES:
        wanted, given = page.path.strip("/").split("/"), path.strip("/").split("/")
        pairs = list(zip(wanted, given, strict=False))
        if page.method == "GET" and len(wanted) == len(given) and all(w in (g, f"{{{w[1:-1]}}}") for w, g in pairs):
            named = {w[1:-1]: g for w, g in pairs if w.startswith("{")}
            return door.open_page(page, event("GET", path, query=query, cookies=(cookie,)), named)
    raise AssertionError(path)


def dispatched(hub: World, **wishes: Any) -> str:
    tid = hub.place(**wishes)
    hub.receive()
    hub.play()
    return tid


def test_a_life_is_told_whole_and_each_system_stands_beside_the_others(hub: World) -> None:
    tid = dispatched(hub)
    hub.ship()
    hub.receive()
    hub.play()
    known = hub.known(tid)
    assert known.has(Milestone.SHIPPED)
    text = text_of(opened(f"/orders/{order_id(tid)}"))
    for word in ("各系统并排", "全部一致", "有赞", "旺店通", "金蝶", "时间线", "出库", known.waybill_number):
        assert word in text
    only_calls = text_of(opened(f"/orders/{order_id(tid)}", query="timeline=calls"))
    assert "旺店通: 推单" in only_calls
    assert "锁定库存</span>" not in only_calls


def test_hostile_words_of_a_shop_run_nothing_and_a_held_order_says_what_frees_it(hub: World) -> None:
    tid = dispatched(hub, lines=[{"sku": "NO-SUCH", "title": HOSTILE, "price_fen": 100, "num": 1}])
    text = text_of(opened(f"/orders/{order_id(tid)}"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    head = text_of(opened(f"/orders/{order_id(tid)}/head"))
    assert "库存池不足" in head
    assert f"/decisions?card={order_id(tid)}.stock_mismatch" in head


def test_an_order_of_another_shop_is_none_of_theirs(hub: World, people: People) -> None:
    tid = dispatched(hub)
    one = people.known["customer_service"]
    people.known["customer_service"] = replace(one, shops=("99",))
    for path in ("", "/head", "/execution"):
        assert opened(f"/orders/{order_id(tid)}{path}").status == 404


@pytest.mark.parametrize("asked", ["platform", "order", "waybill"])
def test_what_people_have_at_hand_leads_straight_to_the_order(hub: World, told: Told, asked: str) -> None:
    tid = dispatched(hub)
    told(tid)
    words = {"platform": tid, "order": order_id(tid), "waybill": hub.known(tid).waybill_number}
    found = opened("/find", query=f"q={words[asked]}")
    assert (found.status, found.headers["location"]) == (303, f"/orders/{order_id(tid)}")
    assert "没有找到" in text_of(opened("/find", query="q=zzzz"))
    assert "请写要找什么" in text_of(opened("/find"))


def test_the_list_shows_a_state_and_only_the_shops_of_who_asks(hub: World, told: Told, people: People) -> None:
    tid = dispatched(hub)
    told(tid)
    assert order_id(tid) in text_of(opened("/orders", query="state=AwaitShipment"))
    assert order_id(tid) not in text_of(opened("/orders", query="state=Settle"))
    assert opened("/orders", query="state=Nowhere").status == 422
    people.known["customer_service"] = replace(people.known["customer_service"], shops=("99",))
    assert order_id(tid) not in text_of(opened("/orders", query="state=AwaitShipment"))
    assert opened("/find", query=f"q={tid}").status == 200


def test_two_versions_of_a_waybill_are_compared_and_a_strange_one_is_refused(hub: World) -> None:
    tid = dispatched(hub)
    query = "one=pushed-1-1&other=cached-1-1"
    assert "＝ 相同" in text_of(opened(f"/orders/{order_id(tid)}", query=query))
    assert opened(f"/orders/{order_id(tid)}", query="one=pushed-1-1&other=x").status == 404


def test_the_settlement_is_for_those_who_may_see_money(hub: World) -> None:
    tid = dispatched(hub)
    assert "结算只给财务看" in text_of(opened(f"/orders/{order_id(tid)}"))
    assert "结算只给财务看" not in text_of(opened(f"/orders/{order_id(tid)}", "finance"))


def test_a_run_is_shown_state_by_state_and_one_no_longer_kept_says_so(
    hub: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/orders/{order_id(dispatched(hub))}/execution"
    text = text_of(opened(path))
    assert "锁定库存" in text
    assert "500 ms" in text
    assert "AWS" not in text
    monkeypatch.setenv("AWS_CONSOLE_URL", "https://console.example")
    assert "https://console.example/states/home?region=cn-north-1" in text_of(opened(path))
    monkeypatch.setattr(Log, "run", None)
    assert "已不保留" in text_of(opened(path))
    assert opened(path, query="epoch=99").status == 404


def test_the_api_answers_as_it_promises(hub: World) -> None:
    tid = dispatched(hub)
    base = f"/api/orders/{order_id(tid)}"
    for route, query in zip(api_order_page.ROUTES, ("", "one=pushed-1-1&other=cached-1-1", "epoch=1"), strict=True):
        path = route.path.replace("/api/orders/{order_id}", base)
        answer = handler({**event("GET", path, query=query), "headers": {}}, None)
        assert answer["statusCode"] == 200, answer["body"]
        assert route.answers is not None
        route.answers.model_validate(json.loads(answer["body"]))
    for query in ("", "one=pushed-1-1", "one=pushed-1-1&other=/etc"):
        wrong = handler({**event("GET", f"{base}/waybills/compare", query=query), "headers": {}}, None)
        assert wrong["statusCode"] == 422
    assert handler({**event("GET", "/api/orders/nobody/systems"), "headers": {}}, None)["statusCode"] == 404
