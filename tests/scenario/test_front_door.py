"""What is let in, what is not, and what becomes of what nobody can read (R1, R3, P11)."""

import hashlib
import json
import secrets
from typing import Any

import httpx
import pytest

from orderhub.adapters.aws.seal import KmsSeal
from tests.scenario.books import assert_completed_once
from tests.scenario.samples import new_tid, sample
from tests.scenario.waiting import until
from tests.scenario.world import World, wire

BROKEN = b'{"client_id":"f0e1d2c3b4a5968778","type":"trade_TradePaid","kdt_id":12345678,"msg":"%7B%22full_order'
NEW_APP = {"client_id": "aa11bb22cc33dd44ee", "client_secret": "ffeeddccbbaa99887766554433221100"}


def test_a_forged_message_is_refused_and_leaves_no_trace(world: World) -> None:
    forged, damaged, unsigned = new_tid(), new_tid(), new_tid()
    body = wire(sample("trade_TradeBuyerPay", forged))
    _assert_refused(world.push(body, event_sign=secrets.token_hex(16), client_id=NEW_APP["client_id"]))
    signed = wire(sample("trade_TradeBuyerPay", damaged))
    app = world.run.credentials["youzan"]
    sign = hashlib.md5(app["client_id"].encode() + signed + app["client_secret"].encode()).hexdigest()
    _assert_refused(world.push(signed.replace(b"TradeBuyerPay", b"TradeSuccess_"), event_sign=sign))
    _assert_refused(world.push(wire(sample("trade_TradeBuyerPay", unsigned))))
    _after_a_good_message(world)
    everything = json.dumps(world.items("OrdersTable"))
    assert not any(tid in everything for tid in (forged, damaged, unsigned))


def test_a_replayed_message_changes_nothing(world: World) -> None:
    tid = new_tid()
    message = sample("trade_TradeMemoModified", tid)
    assert world.push_signed(message).status_code == 200
    until(lambda: world.row(tid), "the message is known")
    before = _without_alerts(world, tid)
    for _ in range(3):
        assert world.push_signed(message).status_code == 200
    _after_a_good_message(world)
    assert _without_alerts(world, tid) == before


def _without_alerts(world: World, tid: str) -> tuple[dict[str, Any], list[str]]:
    """The order and its facts, but for what telling staff adds beside it: a fact, with a revision and its instant."""
    row = {name: value for name, value in world.row(tid).items() if name not in ("revision", "updated_at")}
    return row, [fact["type"] for fact in world.order(tid)["timeline"] if fact["type"] != "AlertRaised"]


def test_the_older_sign_inside_the_body_is_not_trusted_by_default(world: World) -> None:
    tid = new_tid()
    _assert_refused(world.push(_signed_in_body(world, sample("trade_TradeBuyerPay", tid))))
    _after_a_good_message(world)
    assert world.row(tid) == {}


def test_where_the_shop_allows_the_older_sign_the_order_is_read_again_before_anything_acts(world: World) -> None:
    """The message says paid; the shop says not: what the shop says when asked is what counts."""
    kdt_id = world.run.credentials["youzan"]["kdt_id"]
    tid = world.place(pay=False, push=False, expires_in_ms=36_000_000)
    lie = _signed_in_body(world, sample("trade_TradeBuyerPay", tid))
    before = world.change_secret("YouzanSecret", body_sign_shops=[kdt_id])
    try:
        until(lambda: world.push(lie).status_code == 200, "the setting is known to the door")
        row = world.waits_in(tid, "await_payment")
        assert "paid" not in row["at"]
        assert row["snapshot"]["amounts"]["paid_fen"] == 0
        until(lambda: _was_read_again(world), "the shop was asked for the order")
    finally:
        world.change_secret("YouzanSecret", **before)
    world.buys(tid, "cancel")
    world.reached(tid, "closed")


def test_two_client_apps_are_trusted_while_keys_are_rotated(world: World) -> None:
    before = world.change_secret("YouzanSecret")
    tid = new_tid()
    message = sample("trade_TradeMemoModified", tid)
    assert world.push_signed(message, NEW_APP).status_code == 401
    world.change_secret("YouzanSecret", apps=[*before["apps"], NEW_APP])
    try:
        until(lambda: world.push_signed(message, NEW_APP).status_code == 200, "the new app is trusted")
        assert world.push_signed(sample("trade_TradeMemoModified", new_tid())).status_code == 200
        until(lambda: world.row(tid), "the new app's message is known")
    finally:
        world.change_secret("YouzanSecret", **before)


def test_a_key_version_nobody_knows_yet_is_fetched_and_the_message_is_not_lost(world: World) -> None:
    keys = {"1": "MDEyMzQ1Njc4OWFiY2RlZg==", "2": "ZmVkY2JhOTg3NjU0MzIxMA=="}
    world.shop.ask("config", {"keys": keys, "key_version": "2"})
    try:
        tid = world.place()
    finally:
        world.shop.ask("config", {"key_version": "1"})
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["receiver"]["name"] == "张*"


def test_what_cannot_be_read_becomes_a_card_with_the_whole_message_kept_and_others_flow_on(world: World) -> None:
    broken = [BROKEN + str(number).encode() for number in range(3)]
    for body in broken:
        assert world.push_signed(body).status_code == 200
    tid = world.place()
    seal = KmsSeal(world.aws("kms"), world.run.stack["DataKey"])
    until(lambda: set(broken) <= _kept(world, seal), "every unreadable message is kept byte for byte")
    cards = [card for card in world.get("decisions")["decisions"] if card["class"] == "unreadable_message"]
    assert len(cards) >= len(broken)
    assert all(card["evidence"]["partner"] for card in cards)
    world.completed(tid)
    assert_completed_once(world, tid)


@pytest.mark.parametrize(
    "path", ["/webhooks/sf/guessed-token", "/webhooks/nobody", "/webhooks/youzan/more"], ids=["sf", "nobody", "more"]
)
def test_no_other_door_is_open(world: World, path: str) -> None:
    answer = httpx.post(world.run.origin + path, content=b"{}", timeout=30, trust_env=False)
    assert 400 <= answer.status_code < 500


def _assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert "success" not in answer.text


def _after_a_good_message(world: World) -> None:
    """Whatever was sent before has had its turn."""
    tid = new_tid()
    assert world.push_signed(sample("trade_TradeMemoModified", tid)).status_code == 200
    until(lambda: world.row(tid), "a message sent afterwards is known")


def _signed_in_body(world: World, message: dict[str, Any]) -> bytes:
    app = world.run.credentials["youzan"]
    signed = app["client_id"] + message["msg"] + app["client_secret"]
    return wire({**message, "sign": hashlib.md5(signed.encode()).hexdigest()})


def _was_read_again(world: World) -> bool:
    group = world.run.stack["ShopLog"]
    found = world.aws("logs").filter_log_events(logGroupName=group, filterPattern="ReadAgainQueue")["events"]
    return any('"outcome":"read"' in event["message"] for event in found)


def _kept(world: World, seal: KmsSeal) -> set[bytes]:
    items = [item for item in world.items("OrdersTable") if item["pk"]["S"] == "ORDER#unreadable" and "sealed" in item]
    return {seal.open(item["sealed"]["S"]).encode() for item in items}
