"""Interception over HTTP (R21, R22, R25): what holds an order, what the API says of it, and what frees it."""

from __future__ import annotations

from typing import Any

from tests.scenario.world import World


def why(world: World, tid: str) -> dict[str, Any]:
    (only,) = world.order(tid)["why"]
    found: dict[str, Any] = only
    return found


def test_l1_an_address_that_cannot_be_matched_is_held_says_why_and_goes_on_when_released(world: World) -> None:
    tid = world.place(buyer={**world.buyer(), "detail": "请填写街道门牌"})
    card = world.held(tid, "address_unmatched")
    said = why(world, tid)
    assert said["zh"].startswith(
        "收货地址无法匹配：详细地址不是地址、看不出在哪条路、哪个小区或村、地址分太低（地址分 40"
    )
    assert said["condition"]["field"] == "address.passes"
    assert (said["decision_id"], said["action"]) == (card["decision_id"], "correct_address")
    assert card["evidence"]["found"] == "detail_placeholder, no_detail, low_score"
    assert "dispatched" not in world.row(tid)["at"]
    world.decide(card, "continue")
    world.reached(tid, "dispatched")
    assert world.order(tid)["why"] == []


def test_l2_the_sixth_order_of_a_phone_is_held_and_the_fifth_is_not(world: World) -> None:
    buyer = world.buyer()
    five = [world.place(buyer=buyer) for _ in range(5)]
    for tid in five:
        world.reached(tid, "assessed")
        assert world.order(tid)["why"] == []
    sixth = world.place(buyer=buyer)
    card = world.held(sixth, "phone_velocity")
    assert (card["evidence"]["rank"], card["evidence"]["level"]) == ("6", "2")
    assert why(world, sixth)["condition"] == {
        "field": "phone.rank", "zh": "24小时内第几单", "en": "rank of this order in its phone's trailing 24 h, from 1",
        "cell": "> 5", "actual": "6",
    }  # fmt: skip
    world.decide(card, "continue")
    world.reached(sixth, "dispatched")


def test_a_refused_decision_says_why_in_the_same_shape(world: World) -> None:
    tid = world.place(buyer={**world.buyer(), "detail": "请填写街道门牌"})
    card = world.held(tid, "address_unmatched")
    refused = world.try_decide(card["decision_id"], {"option": "fly", "by": "li"})
    assert refused.status_code == 422
    assert set(refused.json()["error"]["why"]) == {"zh", "en", "condition", "smallest_change", "action"}
    world.decide(card, "cancel")
