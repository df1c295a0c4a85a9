"""Route pushes of the carrier: unsigned, on a secret path, sometimes before the hub knows the parcel."""

import json

from tests.scenario.waiting import until
from tests.scenario.world import World


def test_a_route_of_a_parcel_nobody_knows_is_tried_again_and_becomes_a_card(world: World, strange_parcel: str) -> None:
    def given_up() -> bool:
        cards = world.get("decisions")["decisions"]
        return any(card["evidence"].get("problem") == "gave_up" for card in cards)

    until(given_up, f"the route of {strange_parcel} became a card")
    (card,) = [c for c in world.get("decisions")["decisions"] if c["evidence"].get("problem") == "gave_up"]
    assert (card["class"], card["evidence"]["partner"]) == ("unreadable_message", "sf")
    (kept,) = [item for item in world.items("OrdersTable") if item["sk"]["S"] == f"DECISION#{card['decision_id']}"]
    assert strange_parcel not in json.dumps(kept)


def test_a_route_of_a_known_parcel_moves_its_order_once_however_often_it_comes(world: World) -> None:
    with world.sf.switched(pickup_ms=864_000_000):
        tid = world.place()
        number = world.reached(tid, "shipped")["waybill_number"]
        for _ in range(3):
            assert world.push_route(number, "80").json()["return_code"] == "0000"
        world.reached(tid, "delivered", "confirmed")
        world.buys(tid, "receive")
        world.completed(tid)
    told = [fact["type"] for fact in world.order(tid)["timeline"]]
    assert told.count("FulfillmentDelivered") == 1


def test_a_route_push_nobody_can_read_is_kept_and_acknowledged(world: World) -> None:
    assert world.push_route("no number at all").json()["return_code"] == "0000"
