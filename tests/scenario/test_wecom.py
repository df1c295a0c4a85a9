"""People are told by WeCom, press a button, and the order goes on; the queue stays the place that decides (R26)."""

import hashlib
import time
from typing import Any

import httpx

from local.partners.wecom import callback
from tests.scenario.waiting import until
from tests.scenario.world import World

NOBODY_HAS_IT = {"sku": "UNKNOWN-SKU", "title": "无此货品", "price_fen": 100, "num": 1}
BUYER = "buy01"


def shown(world: World, tid: str) -> dict[str, Any]:
    """The newest card about the order that arrived; empty while there is none."""
    found = [
        message
        for message in world.wecom.truth()["messages"]
        if message["kind"] == "template_card"
        and not message["dropped"]
        and message["content"]["main_title"]["desc"] == f"youzan-{tid}"
    ]
    return found[-1] if found else {}


def listed(world: World, tid: str) -> bool:
    messages = world.wecom.truth()["messages"]
    return any(
        f"youzan-{tid}" in str(m["content"].get("content", "")) for m in messages if m["to"] == f"member:{BUYER}"
    )


def card_of_a_held_order(world: World) -> tuple[str, dict[str, Any]]:
    """An order that is held, and its card; where others used up this person's share, another one is tried."""
    for _ in range(6):
        tid = world.place(NOBODY_HAS_IT)
        world.held(tid, "stock_mismatch")
        until(lambda tid=tid: shown(world, tid) or listed(world, tid), f"somebody is told of {tid}")  # type: ignore[misc]
        if card := shown(world, tid):
            return tid, card
    raise AssertionError("every order was told of in a list")


def replaced(world: World, tid: str) -> str:
    return str(shown(world, tid)["replaced"])


def test_the_address_of_callbacks_passes_wecoms_check(world: World) -> None:
    assert world.wecom.ask("verify") == {"status": 200, "verified": True}


def test_a_pressed_button_decides_the_order_goes_on_and_the_card_says_so(world: World) -> None:
    tid, card = card_of_a_held_order(world)
    assert card["to"] == f"member:{BUYER}"
    assert card["content"]["card_action"]["url"] == f"{world.run.origin}/orders/youzan-{tid}"
    world.wecom.ask("press", {"user": BUYER, "task_id": card["task_id"], "button": "取消订单", "times": 2})
    world.reached(tid, "cancelled", "closed")
    until(lambda: replaced(world, tid) == f"已由 {BUYER} 处理：取消订单", "the card is closed")
    made = next(c for c in world.order(tid)["decisions"] if c["class"] == "stock_mismatch")
    assert (made["option"], made["made_by"]) == ("cancel", f"wecom:{BUYER}")
    facts = [fact["type"] for fact in world.order(tid)["timeline"]]
    assert (facts.count("AlertRaised"), facts.count("AlertAcknowledged"), facts.count("DecisionMade")) == (1, 1, 1)


def test_a_card_whose_decision_was_made_in_the_queue_says_who_made_it(world: World) -> None:
    tid, card = card_of_a_held_order(world)
    world.decide(world.held(tid, "stock_mismatch"), "cancel")
    until(lambda: replaced(world, tid) == "已由 demo-clerk 处理：取消订单", "the card is closed")
    late = {"user": BUYER, "task_id": card["task_id"], "button": "重试", "even_if_closed": True}
    world.wecom.ask("press", late)
    world.reached(tid, "closed")
    made = [c for c in world.order(tid)["decisions"] if c["class"] == "stock_mismatch"]
    assert [(c["option"], c["made_by"]) for c in made] == [("cancel", "demo-clerk")]


def test_a_callback_replayed_later_decides_nothing_not_even_the_orders_next_card(world: World) -> None:
    tid, card = card_of_a_held_order(world)
    world.wecom.ask("press", {"user": BUYER, "task_id": card["task_id"], "button": "重试"})
    until(lambda: [c["status"] for c in mismatches(world, tid)] == ["made", "requested"], "it is asked again")
    replay(world, next(p for p in world.wecom.truth()["presses"] if p["task_id"] == card["task_id"]))
    until(lambda: not waiting(world, "InboundQueue"), "the replay was heard")
    first, second = mismatches(world, tid)
    assert (first["option"], first["made_by"], second["status"]) == ("retry", f"wecom:{BUYER}", "requested")
    assert [fact["type"] for fact in world.order(tid)["timeline"]].count("DecisionMade") == 1
    world.decide(second, "cancel")


def mismatches(world: World, tid: str) -> list[dict[str, Any]]:
    """The order's cards of this class, the one asked first before the other."""
    found = [card for card in world.order(tid)["decisions"] if card["class"] == "stock_mismatch"]
    return sorted(found, key=lambda card: len(card["decision_id"]))


def replay(world: World, press: dict[str, Any]) -> None:
    """The bytes of this press once more, as somebody who overheard them sends them."""
    corp = world.run.credentials["wecom"]
    sealed = callback.seal(
        press["message"].encode(), corp["encoding_aes_key"], corp["corp_id"], press["random"].encode()
    )
    asked = callback.query(corp["token"], press["timestamp"], press["nonce"], sealed)
    answer = httpx.post(
        f"{world.run.origin}/webhooks/wecom?{asked}",
        content=callback.body(sealed, corp["corp_id"], int(corp["agent_id"]), "xml"),
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


def waiting(world: World, queue: str) -> int:
    """Messages in a queue, those being worked on included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = world.aws("sqs").get_queue_attributes(QueueUrl=world.run.stack[queue], AttributeNames=names)
    return sum(int(asked["Attributes"][name]) for name in names)


def test_a_forged_callback_is_refused(world: World) -> None:
    stamp = str(int(time.time()))
    forged = hashlib.sha1("".join(sorted(["guess", stamp, "1", "QUI="])).encode(), usedforsecurity=False).hexdigest()
    answer = httpx.post(
        f"{world.run.origin}/webhooks/wecom?msg_signature={forged}&timestamp={stamp}&nonce=1",
        content=b"<xml><Encrypt>QUI=</Encrypt></xml>",
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 401


def test_while_wecom_is_down_decisions_wait_in_the_queue_and_are_told_afterwards(world: World) -> None:
    world.wecom.break_down()
    try:
        tid = world.place(NOBODY_HAS_IT)
        card = world.held(tid, "stock_mismatch")
        until(lambda: world.wecom.calls("message/send") or world.wecom.calls("gettoken"), "WeCom is tried")
        assert not shown(world, tid)
        open_cards = [c["decision_id"] for c in world.get("decisions")["decisions"]]
        assert card["decision_id"] in open_cards
    finally:
        world.wecom.turn_back()
    until(lambda: shown(world, tid) or listed(world, tid), f"somebody is told of {tid}")
    world.decide(card, "cancel")
