"""The order page over a whole hub in one process: a life from order to settlement, and what each role sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.console.handler import handler
from orderhub.adapters.dynamodb.read_models import DynamoReadModels
from orderhub.contracts import api_order_page
from orderhub.domain.order import Milestone
from orderhub.runtime import reading
from orderhub.services.project_orders import project
from tests.kit.console import event, text_of
from tests.kit.console_hub import Console, Log
from tests.kit.leaks import leaks
from tests.kit.tables import create_read_table
from tests.kit.world import BUYER, World, order_id

HOSTILE = "<script>alert('张')</script>\u202e\"'" + "长" * 200


type Told = Callable[[str], None]


@pytest.fixture
def told(hub: World, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Brings the rows of the read side up to date with an order's facts."""
    rows = DynamoReadModels(hub.clients.dynamodb, create_read_table(hub.clients.dynamodb))
    monkeypatch.setattr(reading, "rows", lambda: rows)

    def bring(tid: str) -> None:
        batch = [(fact.event_id, lambda fact=fact: fact) for fact in hub.orders.facts_of(order_id(tid))]
        assert project(batch, hub.orders, rows, lambda record, error: None) == []  # type: ignore[arg-type]

    return bring


@pytest.fixture(autouse=True)
def console(hub: World, monkeypatch: pytest.MonkeyPatch) -> Console:
    return Console(hub, monkeypatch)


def dispatched(hub: World, **wishes: object) -> str:
    tid = hub.place(**wishes)
    hub.receive()
    hub.play()
    return tid


def test_a_life_is_told_whole_and_each_system_stands_beside_the_others(hub: World, console: Console) -> None:
    tid = dispatched(hub)
    hub.ship()
    hub.receive()
    hub.play()
    known = hub.known(tid)
    assert known.has(Milestone.SHIPPED)
    text = text_of(console.get(f"/orders/{order_id(tid)}"))
    for word in ("各系统并排", "全部一致", "有赞", "旺店通", "金蝶", "时间线", "出库", known.waybill_number):
        assert word in text
    assert leaks(of_order(text)) == []
    only_calls = text_of(console.get(f"/orders/{order_id(tid)}", query="timeline=calls"))
    assert "旺店通: 推单" in only_calls
    assert "锁定库存</span>" not in only_calls


def of_order(text: str) -> str:
    """The page's own part, without the frame around it."""
    return text[text.index('class="order-top"') - 8 : text.index("</main>")]


def test_a_corrected_address_and_an_order_paid_back_in_full_are_told_in_words(hub: World, console: Console) -> None:
    tid = dispatched(hub, buyer={**BUYER, "detail": "测试路"})
    where = {"province": "浙江省", "city": "杭州市", "district": "余杭区", "detail": "演示街8号2幢301室"}
    hub.decide(tid, "address_unmatched", "correct_address", **where)
    hub.play()
    text = text_of(console.get(f"/orders/{order_id(tid)}"))
    changes = text[text.index('id="address-changes"') : text.index('id="verdicts-title"')]
    for word in ("更正地址", "现在的地址", "来自卡片", "地址无法匹配", "改为 浙江省 杭州市 余杭区 ***"):
        assert word in changes
    assert "演示街" not in text
    assert "没有改过地址" not in text
    assert leaks(of_order(text)) == []
    hub.shop(tid, "refund", amount_fen=30_900)
    hub.receive()
    hub.play()
    text = text_of(console.get(f"/orders/{order_id(tid)}"))
    assert "退款" in text
    assert leaks(of_order(text)) == []


def test_the_open_page_follows_what_happens_and_what_is_unchanged_costs_two_reads(
    hub: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    tid = dispatched(hub)
    page = f"/orders/{order_id(tid)}"
    seen = seen_in(text_of(console.get(page)))
    reads: list[str] = []
    for name in ("load", "effects_of", "decisions_of", "facts_of", "records_of"):
        read = getattr(hub.orders, name)
        monkeypatch.setattr(hub.orders, name, lambda *a, name=name, read=read: reads.append(name) or read(*a))
    same = console.get(f"{page}/head", query=f"seen={seen}")
    assert (same.status, text_of(same), reads) == (204, "", ["load", "effects_of"])
    hub.ship()
    hub.receive()
    hub.play()
    news = console.get(f"{page}/head", query=f"seen={seen}")
    assert (news.status, news.headers["hx-trigger"], seen_in(text_of(news)) != seen) == (200, "order-changed", True)
    body = text_of(console.get(f"{page}/body", query="timeline=parcel&one=pushed-1-1&other=cached-1-1"))
    for word in ('id="about" hx-swap-oob="true"', "出库", "＝ 相同", 'id="timeline-parcel"'):
        assert word in body
    assert "<html" not in body
    assert 'timeline=parcel#timeline" aria-current="true"' in body
    assert console.get(f"{page}/head", query=f"seen={seen_in(text_of(news))}").status == 204


def seen_in(text: str) -> str:
    return text.partition('id="seen" name="seen" value="')[2].partition('"')[0]


def test_hostile_words_of_a_shop_run_nothing_and_a_held_order_says_what_frees_it(hub: World, console: Console) -> None:
    tid = dispatched(hub, lines=[{"sku": "NO-SUCH", "title": HOSTILE, "price_fen": 100, "num": 1}])
    text = text_of(console.get(f"/orders/{order_id(tid)}"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    head = text_of(console.get(f"/orders/{order_id(tid)}/head"))
    assert "库存池不足" in head
    assert f"/decisions?card={order_id(tid)}.stock_mismatch" in head


def test_an_order_of_another_shop_is_none_of_theirs(hub: World, console: Console) -> None:
    tid = dispatched(hub)
    one = console.people.known["customer_service"]
    console.people.known["customer_service"] = replace(one, shops=("99",))
    for path in ("", "/head", "/body", "/execution"):
        assert console.get(f"/orders/{order_id(tid)}{path}").status == 404


@pytest.mark.parametrize("asked", ["platform", "order", "waybill"])
def test_what_people_have_at_hand_leads_straight_to_the_order(
    hub: World, console: Console, told: Told, asked: str
) -> None:
    tid = dispatched(hub)
    told(tid)
    words = {"platform": tid, "order": order_id(tid), "waybill": hub.known(tid).waybill_number}
    found = console.get("/find", query=f"q={words[asked]}")
    assert (found.status, found.headers["location"]) == (303, f"/orders/{order_id(tid)}")
    assert "没有找到" in text_of(console.get("/find", query="q=zzzz"))
    assert "请写要找什么" in text_of(console.get("/find"))


def test_the_list_shows_a_state_and_only_the_shops_of_who_asks(hub: World, console: Console, told: Told) -> None:
    tid = dispatched(hub)
    told(tid)
    assert order_id(tid) in text_of(console.get("/orders", query="state=AwaitShipment"))
    assert order_id(tid) not in text_of(console.get("/orders", query="state=Settle"))
    assert console.get("/orders", query="state=Nowhere").status == 422
    console.people.known["customer_service"] = replace(console.people.known["customer_service"], shops=("99",))
    assert order_id(tid) not in text_of(console.get("/orders", query="state=AwaitShipment"))
    assert console.get("/find", query=f"q={tid}").status == 200


def test_two_versions_of_a_waybill_are_compared_and_a_strange_one_is_refused(hub: World, console: Console) -> None:
    tid = dispatched(hub)
    query = "one=pushed-1-1&other=cached-1-1"
    text = text_of(console.get(f"/orders/{order_id(tid)}", query=query))
    assert "＝ 相同" in text
    assert f'id="label-pushed-1-1" href="/orders/{order_id(tid)}/label?parcel=1"' in text
    assert "label-cached-1-1" not in text
    assert console.get(f"/orders/{order_id(tid)}", query="one=pushed-1-1&other=x").status == 404


def test_the_settlement_is_for_those_who_may_see_money(hub: World, console: Console) -> None:
    tid = dispatched(hub)
    hub.ship()
    hub.receive()
    hub.play()
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.SETTLED)
    mine, theirs = (
        text_of(console.get(f"/orders/{order_id(tid)}", who=who)) for who in ("finance", "customer_service")
    )
    for word in ("平台扣点", "费用承担规则"):
        assert word in mine
        assert word not in theirs
    assert "结算只给财务看" in text_of(console.get(f"/orders/{order_id(tid)}"))
    assert "结算只给财务看" not in text_of(console.get(f"/orders/{order_id(tid)}", who="finance"))


def test_a_run_is_shown_state_by_state_and_one_no_longer_kept_says_so(
    hub: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/orders/{order_id(dispatched(hub))}/execution"
    text = text_of(console.get(path))
    assert "锁定库存" in text
    assert "500 ms" in text
    assert "AWS" not in text
    monkeypatch.setenv("AWS_CONSOLE_URL", "https://console.example")
    assert "https://console.example/states/home?region=cn-north-1" in text_of(console.get(path))
    monkeypatch.setattr(Log, "run", None)
    assert "已不保留" in text_of(console.get(path))
    assert console.get(path, query="epoch=99").status == 404


def test_the_api_answers_as_it_promises(hub: World, console: Console) -> None:
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
