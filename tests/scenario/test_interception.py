"""Interception over HTTP (R21, R22, R25): what holds an order, what the API says of it, and what frees it."""

from __future__ import annotations

from typing import Any

from tests.scenario.waiting import until
from tests.scenario.world import World

NEVER = 864_000_000  # ten days of the shop's own clock
NO_PULL = {"replica_lag_ms": 36_000_000}


def why(world: World, tid: str) -> dict[str, Any]:
    (only,) = world.order(tid)["why"]
    found: dict[str, Any] = only
    return found


def outcomes(world: World, tid: str) -> list[str]:
    """What the interception pack said of the order, each time it was asked."""
    verdicts = world.order(tid)["verdicts"]
    return [one["outcome"] for one in verdicts if one["evaluations"][0]["kind"] == "interception"]


def test_l1_an_address_that_cannot_be_matched_is_held_says_why_and_goes_on_when_released(world: World) -> None:
    tid = world.place(buyer={**world.buyer(), "detail": "请填写街道门牌"})
    card = world.held(tid, "address_unmatched")
    said = why(world, tid)
    assert said["zh"].startswith("收货地址无法匹配：详细地址不是地址（地址分 40")
    assert said["condition"]["field"] == "address.passes"
    assert (said["decision_id"], said["action"]) == (card["decision_id"], "correct_address")
    assert card["evidence"]["found"] == "detail_placeholder"
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


def test_l2_an_order_heard_of_late_makes_the_one_that_had_passed_the_sixth(world: World) -> None:
    """The late one is the first of the day; the sixth waits for its number, because the carrier does not answer."""
    buyer = world.buyer()
    with world.shop.switched(**NO_PULL):
        late = world.place(buyer=buyer, push=False)
        four = [world.place(buyer=buyer) for _ in range(4)]
        sixth = world.place(buyer=buyer, push=False)
        world.sf.turn("status", "EXP_RECE_CREATE_ORDER", sixth, status=503, times=-1)
        try:
            world.shop.ask(f"orders/{sixth}/repush")
            until(lambda: world.row(sixth).get("waiting_for") == "sf", f"{sixth} waits for the carrier")
            assert {"assessed", "dispatched"} <= set(world.row(sixth)["at"])
            world.shop.ask(f"orders/{late}/repush")
            card = world.held(sixth, "phone_velocity")
        finally:
            world.sf.turn_back()
    assert card["evidence"]["rank"] == "6"
    assert outcomes(world, sixth) == ["pass", "hold"]
    for tid in (late, *four):
        world.reached(tid, "labelled")
        assert world.order(tid)["why"] == []
    assert "labelled" not in world.row(sixth)["at"]
    world.decide(card, "continue")
    world.reached(sixth, "labelled")


def test_l2_the_siblings_that_can_still_be_held_are_held_when_a_person_says_so(world: World) -> None:
    buyer = world.buyer()
    gone = [world.place(buyer=buyer) for _ in range(4)]
    for tid in gone:
        world.reached(tid, "labelled")
    waits = world.place(buyer={**buyer, "detail": "请填写街道门牌"})
    world.held(waits, "address_unmatched")
    sixth = world.place(buyer=buyer)
    card = world.held(sixth, "phone_velocity")
    assert card["evidence"]["siblings"] == f"youzan-{waits}"
    world.decide(card, "hold_siblings")
    sibling = world.held(waits, "phone_velocity")
    assert (sibling["evidence"]["with_order"], sibling["evidence"]["held_by"]) == (f"youzan-{sixth}", "demo-clerk")
    for tid in gone:
        assert not world.order(tid)["decisions"]
    world.decide(world.held(sixth, "phone_velocity"), "continue")  # holding others decides nothing about this one
    world.reached(sixth, "dispatched")
    world.decide(sibling, "cancel")
    world.reached(waits, "closed")


def test_l2_a_hold_goes_by_itself_when_an_earlier_order_is_closed_unpaid(world: World) -> None:
    buyer = world.buyer()
    unpaid = world.place(buyer=buyer, pay=False, expires_in_ms=NEVER)
    world.waits_in(unpaid, "await_payment")
    for _ in range(4):
        world.place(buyer=buyer)
    sixth = world.place(buyer=buyer)
    held = world.held(sixth, "phone_velocity")["decision_id"]
    world.buys(unpaid, "cancel")
    world.reached(sixth, "dispatched")
    assert "closed" in world.row(unpaid)["at"]
    (card,) = [one for one in world.order(sixth)["decisions"] if one["decision_id"] == held]
    assert (card["option"], card["made_by"]) == ("moot", "hub")


def test_a_refused_decision_says_why_in_the_same_shape(world: World) -> None:
    tid = world.place(buyer={**world.buyer(), "detail": "请填写街道门牌"})
    card = world.held(tid, "address_unmatched")
    refused = world.try_decide(card["decision_id"], {"option": "fly", "by": "li"})
    assert refused.status_code == 422
    assert set(refused.json()["error"]["why"]) == {"zh", "en", "condition", "smallest_change", "action"}
    world.decide(card, "cancel")
