"""Changing an address from the order page and by a buyer's link, and seeing a receiver, over a whole hub."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from functions.console.handler import handler
from orderhub.contracts.api_address_changes import AddressChangePreview
from orderhub.domain.address_change import Source
from orderhub.domain.order import Milestone
from orderhub.domain.staff import Role
from orderhub.ports.orders import Change
from orderhub.runtime.buyer_links import BuyerLinks
from orderhub.services.receiver import open_receiver
from orderhub.services.tell_person import MOST_AN_HOUR
from tests.kit.console import KEY, event, text_of
from tests.kit.console_hub import Console
from tests.kit.world import BUYER, World, order_id

CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号2幢301室"}
PASTED = "张三 13800130077 浙江省宁波市海曙区演示街8号2幢301室"
HOSTILE = "<script>alert(1)</script>\u202e\"'" + "长" * 200


@pytest.fixture(autouse=True)
def console(hub: World, monkeypatch: pytest.MonkeyPatch) -> Console:
    return Console(hub, monkeypatch)


@pytest.fixture
def order(hub: World, late_audit: None) -> str:
    """The id of an order that has its label and is still in the house."""
    tid = hub.place()
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.LABELLED)
    return order_id(tid)


def changes(hub: World, of: str) -> tuple[Any, ...]:
    return hub.orders.address_changes_of(of)


# --- customer service ------------------------------------------------------------------------------------------


def test_a_pasted_address_is_compared_and_its_consequence_told_before_anything_is_changed(
    hub: World, console: Console, order: str
) -> None:
    text = text_of(console.post(f"/orders/{order}/address", step="preview", pasted=PASTED))
    for word in (
        "旧面单作废并重开: 免费",
        "宁波市",
        "海曙区",
        "演示街8号2幢301室",
        "13800130077",
        "逐段比较",
        "确认改址",
    ):
        assert word in text
    assert BUYER["detail"] not in text
    assert BUYER["phone"] not in text
    assert changes(hub, order) == ()


def test_a_confirmed_change_is_one_however_often_it_is_sent_and_each_system_tells_of_it(
    hub: World, console: Console, order: str
) -> None:
    for _ in range(2):
        done = console.post(f"/orders/{order}/address", step="confirm", request_id="r-1", **CITY)
        assert (done.status, done.headers["location"]) == (303, f"/orders/{order}#address-changes")
    hub.play()
    (change,) = changes(hub, order)
    assert (change.source, change.by) == (Source.CUSTOMER_SERVICE, Role.CUSTOMER_SERVICE)
    known = hub.orders.load(order)
    assert known is not None
    assert open_receiver(known, hub.clients.kms).detail == CITY["detail"]
    page = text_of(console.get(f"/orders/{order}"))
    assert "面单作废重开" in page
    assert "宁波市 海曙区 ***" in page


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({}, "详细地址"),
        ({"province": "浙江省"}, "市"),
        ({**CITY, "phone": "12"}, "电话"),
        ({"detail": HOSTILE}, "详细地址"),
    ],
)
def test_what_cannot_be_an_address_is_named_and_stays_in_the_form(
    console: Console, order: str, form: dict[str, str], named: str
) -> None:
    answer = console.post(f"/orders/{order}/address", step="preview", **form)
    text = text_of(answer)
    assert answer.status == 422
    assert f"这一项缺少或写法不对: {named}" in text.replace("\n", "")
    assert "<script>alert" not in text


def test_a_delivered_orders_address_is_refused_with_its_reason_under_the_button(
    hub: World, console: Console, order: str
) -> None:
    known = hub.orders.load(order)
    assert known is not None
    gone = {**known.at, Milestone.SHIPPED.value: hub.clock(), Milestone.DELIVERED.value: hub.clock()}
    hub.orders.commit(Change(known, replace(known, at=gone), hub.clock()))
    page = text_of(console.get(f"/orders/{order}"))
    assert "<button disabled>改址</button>" in page
    assert "请买家申请退换货" in page
    assert console.post(f"/orders/{order}/address", step="preview", **CITY).status == 409


# --- seeing a receiver -----------------------------------------------------------------------------------------


def reveals(hub: World, of: str) -> list[dict[str, object]]:
    return [dict(fact.data) for fact in hub.orders.facts_of(of) if fact.type == "PersonalDataRevealed"]


def test_a_receiver_is_shown_for_a_reason_which_is_on_the_timeline(hub: World, console: Console, order: str) -> None:
    assert BUYER["detail"] not in text_of(console.get(f"/orders/{order}/reveal"))
    assert console.post(f"/orders/{order}/reveal", reason="because").status == 422
    assert reveals(hub, order) == []
    shown = console.post(f"/orders/{order}/reveal", reason="call_buyer")
    assert BUYER["detail"] in text_of(shown)
    assert reveals(hub, order) == [{"revealed_by": "customer_service", "reason": "call_buyer"}]
    page = text_of(console.get(f"/orders/{order}", query="timeline=people"))
    assert "查看收件人" in page
    assert BUYER["detail"] not in page


def test_nobody_sees_what_could_not_be_put_on_the_timeline(
    hub: World, console: Console, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(change: Change) -> None:
        raise ConnectionError("the table is away")

    monkeypatch.setattr(hub.orders, "commit", lost)
    monkeypatch.setattr(hub.clients.kms, "open", lambda text: pytest.fail("opened before it is on record"))
    with pytest.raises(ConnectionError):
        console.post(f"/orders/{order}/reveal", reason="call_buyer")


def test_a_person_sees_so_many_an_hour_and_the_next_hour_again(hub: World, console: Console, order: str) -> None:
    now = hub.clock()
    taken = [console.tallies.take("reveal", "customer_service", MOST_AN_HOUR, now) for _ in range(MOST_AN_HOUR + 1)]
    assert taken == [True] * MOST_AN_HOUR + [False]
    full = console.post(f"/orders/{order}/reveal", reason="call_buyer")
    assert (full.status, BUYER["detail"] in text_of(full), reveals(hub, order)) == (422, False, [])
    hub.clock.advance(3_600_000)
    assert console.post(f"/orders/{order}/reveal", reason="call_buyer").status == 200


# --- the buyer's link ------------------------------------------------------------------------------------------


@pytest.fixture
def link(console: Console, order: str) -> str:
    return f"/b/{BuyerLinks(KEY).made(order)}"


def test_a_buyer_looks_tries_and_confirms_once(hub: World, console: Console, order: str, link: str) -> None:
    first = text_of(console.get(link, who=""))
    for word in ("现在寄往", "自助修改剩余", "粘贴整段地址"):
        assert word in first
    assert BUYER["detail"] not in first
    tried = text_of(console.post(link, who="", step="preview", pasted=PASTED))
    assert "免费" in tried
    assert BUYER["detail"] not in tried
    assert changes(hub, order) == ()
    for _ in range(2):
        console.post(link, who="", step="confirm", **CITY)
    hub.play()
    (change,) = changes(hub, order)
    assert (change.source, change.by) == (Source.BUYER_PAGE, "buyer")
    used = text_of(console.get(link, who=""))
    assert "每个链接只能提交一次" in used
    assert "<form" not in used


def test_too_late_says_so_and_offers_customer_service(hub: World, console: Console, order: str, link: str) -> None:
    known = hub.orders.load(order)
    assert known is not None
    out = {**known.at, Milestone.SHIPPED.value: hub.clock(), Milestone.OUT_FOR_DELIVERY.value: hub.clock()}
    hub.orders.commit(Change(known, replace(known, at=out), hub.clock()))
    text = text_of(console.get(link, who=""))
    assert "现在改不了了" in text
    assert "联系客服" in text
    console.post(link, who="", step="preview", **CITY)
    assert "<form" not in text_of(console.get(link, who=""))


def test_after_the_window_a_person_decides_and_the_page_says_so(
    hub: World, console: Console, order: str, link: str
) -> None:
    hub.clock.advance(121 * 60_000)
    assert "自助时间已过" in text_of(console.get(link, who=""))
    assert "需要客服确认" in text_of(console.post(link, who="", step="preview", **CITY))


def test_hostile_words_of_a_buyer_run_nothing_and_tries_are_limited(console: Console, link: str) -> None:
    for _ in range(20):
        answer = console.post(link, who="", step="preview", pasted=HOSTILE, detail=HOSTILE)
        assert "<script>alert" not in text_of(answer)
        assert answer.status == 422
    assert "提交太频繁" in text_of(console.post(link, who="", step="confirm", **CITY))


def test_the_api_tries_a_change_out_too(hub: World, order: str) -> None:
    path = f"/api/orders/{order}/address-changes/preview"
    answer = handler(event("POST", path) | {"headers": {}, "body": json.dumps(CITY)}, None)
    told = AddressChangePreview.model_validate(json.loads(answer["body"]))
    assert (told.way, told.surcharge_fen, changes(hub, order)) == ("reissue", 0, ())
    assert BUYER["detail"] not in answer["body"]
    assert handler(event("POST", path) | {"headers": {}, "body": "{}"}, None)["statusCode"] == 422


def test_the_api_makes_a_link_and_refuses_one_for_an_order_that_ended(hub: World, order: str) -> None:
    asked = event("POST", f"/api/orders/{order}/buyer-link") | {"headers": {}, "body": json.dumps({"by": "cs01"})}
    made = json.loads(handler(asked, None)["body"])
    link = BuyerLinks(KEY).read(made["url"].rpartition("/")[2])
    assert link is not None
    assert (link.order_id, made["url"].startswith("http://127.0.0.1:8000/b/")) == (order, True)
    told = [fact for fact in hub.orders.facts_of(order) if fact.type == "BuyerLinkMade"]
    assert [dict(fact.data) for fact in told] == [{"made_by": "cs01", "until": made["expires_at"], "channel": "api"}]
    known = hub.orders.load(order)
    assert known is not None
    hub.orders.commit(Change(known, known.reach(Milestone.CLOSED, hub.clock()), hub.clock()))
    assert handler(asked, None)["statusCode"] == 409
