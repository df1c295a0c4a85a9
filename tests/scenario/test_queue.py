"""The pending-decision queue over HTTP: listed, decided with parameters, put off, taken back, in bulk (R24, R29)."""

import time
from typing import Any

import httpx

from tests.scenario.waiting import until
from tests.scenario.world import TOKEN, World

STOCKED = "ZP-2026-01"


def order_of(world: World, sku: str, **wishes: Any) -> tuple[str, dict[str, Any]]:
    """An order of goods nobody knows, and its card."""
    tid = world.place({"sku": sku, "title": "无此货品", "price_fen": 100, "num": 1}, **wishes)
    return tid, world.held(tid, "stock_mismatch")


def post(world: World, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.post(f"{world.run.api}/api/decisions/{path}", json=body, headers=headers, timeout=60, trust_env=False)


def made(world: World, path: str, body: dict[str, Any]) -> Any:
    answer = post(world, path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(world: World, path: str, body: dict[str, Any], status: int = 409) -> Any:
    answer = post(world, path, body)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def test_the_queue_is_sorted_filtered_and_read_page_by_page(world: World) -> None:
    wanted = {order_of(world, "QUEUE-A", pay=False)[1]["decision_id"] for _ in range(3)}
    until(lambda: len(world.get("decisions?class=stock_mismatch&cause=QUEUE-A")["decisions"]) == 3, "three cards")
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = world.get(f"decisions?owner=purchasing&cause=QUEUE-A&limit=2&cursor={cursor}")
        found += page["decisions"]
        cursor = page["cursor"]
        if not cursor:
            break
    assert {card["decision_id"] for card in found} == wanted
    assert [card["nearest_at"] for card in found] == sorted(card["nearest_at"] for card in found)
    one = found[0]
    assert one["evidence_words"]["sku"] == {"zh": "商品编码", "en": "SKU"}
    assert world.get(f"decisions/{one['decision_id']}")["order_id"] == one["order_id"]


def test_another_sku_is_sent_and_the_order_goes_on_to_the_warehouse(world: World) -> None:
    tid, card = order_of(world, "QUEUE-B")
    path = card["decision_id"]
    told = refused(world, path, {"option": "change_sku", "by": "li", "parameters": {"sku": "A B"}}, 422)
    assert (told["code"], told["evidence"]["parameter"]) == ("bad_parameter", "sku")
    made(world, path, {"option": "change_sku", "by": "li", "parameters": {"sku": STOCKED}})
    world.reached(tid, "dispatched")
    assert [line["sku"] for line in world.order(tid)["lines"]] == [STOCKED]
    late = refused(world, f"{path}/undo", {"by": "li"})
    assert late["code"] == "left_the_house"


def test_the_second_of_two_is_told_who_decided_what_and_when(world: World) -> None:
    _, card = order_of(world, "QUEUE-C")
    first = made(world, card["decision_id"], {"option": "cancel", "by": "li"})
    told = refused(world, card["decision_id"], {"option": "retry", "by": "wang"})
    assert told["code"] == "already_made"
    assert told["evidence"] == {
        "decision_id": card["decision_id"], "option": "cancel", "made_by": "li", "made_at": first["made_at"],
    }  # fmt: skip


def test_a_decision_is_taken_back_and_the_order_held_again(world: World) -> None:
    tid, card = order_of(world, "QUEUE-D", pay=False)
    path = card["decision_id"]
    made(world, path, {"option": "change_sku", "by": "li", "parameters": {"sku": STOCKED}})
    world.waits_in(tid, "await_payment")
    made(world, f"{path}/undo", {"by": "li", "note": "wrong line"})
    world.waits_in(tid, "await_release")
    shown = world.order(tid)
    assert shown["holds"] == {path: "stock_mismatch"}
    assert [line["sku"] for line in shown["lines"]] == ["QUEUE-D"]
    assert "DecisionUndone" in [fact["type"] for fact in shown["timeline"]]
    assert refused(world, f"{path}/undo", {"by": "li"})["code"] == "not_made"


def test_money_goes_back_by_decision_once_and_the_order_ends_with_it(world: World) -> None:
    tid, card = order_of(world, "QUEUE-H")
    path, paid_fen = card["decision_id"], world.order(tid)["amounts"]["paid_fen"]
    wish = {"option": "refund", "by": "li", "parameters": {"amount_fen": paid_fen + 1, "reason": "缺货退款"}}
    assert refused(world, path, wish, 422)["evidence"]["parameter"] == "amount_fen"
    wish["parameters"] = {"amount_fen": paid_fen, "reason": "缺货退款"}
    made(world, path, wish)
    assert refused(world, path, wish)["code"] == "already_made"
    world.reached(tid, "closed")
    until(lambda: world.row(tid).get("refunds"), "the shop's refund is on the order")
    assert [(one["fee_fen"], one["status"]) for one in world.shop.truth()["orders"][tid]["refunds"]] == [
        (paid_fen, "SUCCESS")
    ]
    shown = world.order(tid)
    assert (shown["close_reason"], "refunds_due" in world.row(tid)) == ("refunded", False)
    made_facts = [fact for fact in shown["timeline"] if fact["type"] == "DecisionMade"]
    (decided,) = [fact for fact in made_facts if fact["data"]["decision_id"] == path]
    assert (decided["data"]["option"], decided["data"]["made_by"]) == ("refund", "li")
    assert [fact["type"] for fact in shown["timeline"]].count("RefundRequested") == 1


def test_a_card_put_off_is_asked_again_then(world: World) -> None:
    tid, card = order_of(world, "QUEUE-E", pay=False)
    path, wanted = card["decision_id"], int(time.time() * 1000) + 2_000
    put_off = made(world, path, {"option": "wait_until", "by": "li", "parameters": {"until": wanted}})
    assert (put_off["status"], put_off["due_at"]) == ("requested", wanted)
    assert world.order(tid)["holds"]

    def asked_again() -> bool:
        world.invoke("sweep", {"task": "deadlines"})
        return bool(world.get(f"decisions/{path}")["due_at"] > wanted + 3_600_000)

    until(asked_again, "the card is asked again")
    told = [fact["type"] for fact in world.order(tid)["timeline"]]
    assert told.count("DecisionRequested") == 2
    assert told.index("DecisionDeferred") > told.index("DecisionRequested")


def test_a_card_of_an_order_that_was_cancelled_meanwhile_decides_nothing(world: World) -> None:
    tid, card = order_of(world, "QUEUE-F", pay=False)
    world.buys(tid, "cancel")
    world.reached(tid, "cancelled")
    told = refused(world, card["decision_id"], {"option": "change_sku", "by": "li", "parameters": {"sku": STOCKED}})
    assert told["code"] in ("order_cancelled", "already_made")
    world.reached(tid, "closed")
    assert refused(world, card["decision_id"], {"option": "retry", "by": "li"})["evidence"]["made_by"] == "hub"


def test_many_of_one_cause_are_previewed_and_decided_and_one_refused_keeps_no_other(world: World) -> None:
    cards = [order_of(world, "QUEUE-G", pay=False) for _ in range(3)]
    gone = cards[1][0]
    world.buys(gone, "cancel")
    world.reached(gone, "closed")
    wanted = {
        "decision_ids": [card["decision_id"] for _, card in cards],
        "option": "change_sku",
        "by": "li",
        "parameters": {"sku": STOCKED},
    }
    preview = made(world, "bulk/preview", wanted)
    assert (preview["would"], preview["refused"]) == (2, 1)
    assert [row["next_step"] for row in preview["results"]] == ["reserve", "", "reserve"]
    assert world.order(cards[0][0])["holds"]
    done = made(world, "bulk", {**wanted, "request_id": f"queue-{cards[0][0]}"})
    assert [row["done"] for row in done["results"]] == [True, False, True]
    assert done["results"][1]["error"]["code"] == "already_made"
    again = made(world, "bulk", {**wanted, "request_id": f"queue-{cards[0][0]}"})
    assert again["done"] == 2
    for tid, _ in (cards[0], cards[2]):
        world.waits_in(tid, "await_payment")
        assert [fact["type"] for fact in world.order(tid)["timeline"]].count("DecisionMade") == 1


def test_the_hub_describes_its_api(world: World) -> None:
    document = world.get("openapi.json")
    assert document["paths"]["/api/decisions/{decision_id}"]["post"]["operationId"] == "make_decision"
