"""Decisions over the API: who may, what may be chosen, and only once (R24)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.scenario.waiting import until
from tests.scenario.world import World

GOOD = {"option": "cancel", "by": "demo-clerk", "note": "scenario"}


@pytest.fixture(scope="module")
def cards(world: World) -> list[dict[str, Any]]:
    """Cards of orders whose goods nobody knows."""
    tids = [world.place({"sku": "UNKNOWN-SKU", "title": "无此货品", "price_fen": 100, "num": 1}) for _ in range(3)]
    return [world.held(tid, "stock_mismatch") for tid in tids]


def test_a_card_says_what_why_until_when_and_what_may_be_chosen(world: World, cards: list[dict[str, Any]]) -> None:
    card = next(c for c in world.get("decisions")["decisions"] if c["decision_id"] == cards[0]["decision_id"])
    assert card["name"] == {"zh": "库存不匹配", "en": "Stock mismatch"}
    assert card["evidence"]["sku"] == "UNKNOWN-SKU"
    assert card["due_at"] > card["requested_at"]
    assert (card["owner"], card["options"][:2]) == ("purchasing", ["retry", "cancel"])


@pytest.mark.parametrize("token", ["", "wrong-token", "demo-api-token-and-more"])
def test_nobody_decides_without_the_token(world: World, cards: list[dict[str, Any]], token: str) -> None:
    assert world.try_decide(cards[0]["decision_id"], GOOD, token).status_code == 401
    assert world.order(cards[0]["order_id"].removeprefix("youzan-"))["holds"]


@pytest.mark.parametrize("decision_id", ["nothing", "youzan-E20260101000000000000001.stock_mismatch.NO"])
def test_an_unknown_card_is_not_found(world: World, cards: list[dict[str, Any]], decision_id: str) -> None:
    assert world.try_decide(decision_id, GOOD).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        {"option": "cancel"},
        {"by": "demo-clerk"},
        {**GOOD, "by": "  "},
        {**GOOD, "option": 1},
        {**GOOD, "surplus": "field"},
        {**GOOD, "note": "x" * 501},
        {**GOOD, "option": "continue"},
    ],
    ids=["empty", "no json", "list", "no by", "no option", "blank by", "number", "surplus", "long note", "not offered"],
)
def test_a_decision_that_makes_no_sense_is_refused_and_decides_nothing(
    world: World, cards: list[dict[str, Any]], body: Any
) -> None:
    answer = world.try_decide(cards[0]["decision_id"], body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["message"]
    assert world.order(cards[0]["order_id"].removeprefix("youzan-"))["holds"]


def test_what_is_not_offered_is_refused_with_what_is(world: World, cards: list[dict[str, Any]]) -> None:
    message = world.try_decide(cards[0]["decision_id"], {**GOOD, "option": "continue"}).json()["error"]["message"]
    assert "retry, cancel" in message


def test_what_was_decided_cannot_be_decided_again_and_it_is_told_by_whom(
    world: World, cards: list[dict[str, Any]]
) -> None:
    tid = cards[1]["order_id"].removeprefix("youzan-")
    assert world.try_decide(cards[1]["decision_id"], {**GOOD, "by": "first-clerk"}).status_code == 200
    again = world.try_decide(cards[1]["decision_id"], {**GOOD, "by": "second-clerk"})
    assert again.status_code == 409
    assert "first-clerk" in again.json()["error"]["message"]
    assert "cancel" in again.json()["error"]["message"]
    world.reached(tid, "closed")
    (card,) = world.order(tid)["decisions"]
    assert (card["status"], card["option"], card["made_by"]) == ("made", "cancel", "first-clerk")


def test_of_two_who_decide_at_once_one_wins(world: World, cards: list[dict[str, Any]]) -> None:
    clerks = [f"clerk-{number}" for number in range(6)]
    decision_id, tid = cards[2]["decision_id"], cards[2]["order_id"].removeprefix("youzan-")
    with ThreadPoolExecutor(len(clerks)) as pool:
        answers = list(pool.map(lambda by: world.try_decide(decision_id, {**GOOD, "by": by}), clerks))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (len(clerks) - 1)
    winner = clerks[[answer.status_code for answer in answers].index(200)]
    assert all(winner in answer.text for answer in answers if answer.status_code == 409)
    facts = [fact["data"] for fact in world.order(tid)["timeline"] if fact["type"] == "DecisionMade"]
    assert [fact["made_by"] for fact in facts if fact["decision_id"] == decision_id] == [winner]
    world.reached(tid, "closed")


def test_a_decided_card_leaves_the_queue(world: World, cards: list[dict[str, Any]]) -> None:
    def is_open(decision_id: str) -> bool:
        return decision_id in {card["decision_id"] for card in world.get("decisions")["decisions"]}

    until(lambda: not is_open(cards[2]["decision_id"]), "the decided card has left the queue")
    assert is_open(cards[0]["decision_id"])
