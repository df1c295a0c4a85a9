"""Where a parcel is, as its carrier's pushes tell, over HTTP: any order of arrival ends in the same place (R36)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.waiting import until
from tests.scenario.world import World

NEVER_MS = 864_000_000
# A first delivery fails, the second is under way.
STEPS = (
    ("50", "2026-11-20 10:00:00"),
    ("36", "2026-11-20 11:00:00"),
    ("204", "2026-11-20 12:00:00"),
    ("70", "2026-11-20 13:00:00"),
    ("44", "2026-11-20 14:00:00"),
)
ARRIVALS = ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0, 3, 2), (4, 0, 2, 2, 3, 1))
COURIER = "13800130077"


@pytest.fixture(autouse=True)
def couriers_who_wait(world: World) -> Iterator[None]:
    """No parcel moves by itself."""
    with world.sf.switched(pickup_ms=NEVER_MS, transit_ms=NEVER_MS, delivery_ms=NEVER_MS):
        yield


def parcel(world: World, tid: str) -> dict[str, Any]:
    (only,) = world.order(tid)["parcels"]
    shown: dict[str, Any] = only
    return shown


def in_zone(world: World, tid: str, zone: str) -> dict[str, Any]:
    """Wait until the order's parcel is there; the parcel as the API shows it."""
    until(lambda: parcel(world, tid)["zone"] == zone, lambda: f"{tid} in {zone}: {parcel(world, tid)}")
    return parcel(world, tid)


def finished(world: World, *tids: str) -> None:
    for tid in tids:
        world.buys(tid, "receive")
    world.completed(*tids)


def test_routes_in_any_order_end_in_the_same_zone(world: World) -> None:
    tids = [world.place() for _ in ARRIVALS]
    numbers = [world.reached(tid, "shipped", "confirmed")["waybill_number"] for tid in tids]
    assert {parcel(world, tid)["zone"] for tid in tids} == {"not_picked_up"}
    for number, arrival in zip(numbers, ARRIVALS, strict=True):
        for step in arrival:
            world.push_route(number, *STEPS[step])
    expected = {"picked_up": 0, "moved": 3, "out_for_delivery": 4}

    def hours(tid: str) -> dict[str, int]:
        at = parcel(world, tid)["at"]
        return {name: (at[name] // 3_600_000 + 8) % 24 - 10 for name in expected if name in at}

    for tid in tids:
        until(lambda tid=tid: hours(tid) == expected, lambda tid=tid: f"{tid}: {parcel(world, tid)}")
        assert parcel(world, tid)["zone"] == "delivering"
    for tid, number in zip(tids, numbers, strict=True):
        world.push_route(number, "80", "2026-11-20 15:00:00")
        assert in_zone(world, tid, "delivered")["at"]["delivered"]
    finished(world, *tids)


def test_the_courier_is_followed_to_the_door_and_away_again(world: World) -> None:
    with world.sf.switched(order_state_push=False):
        tid = world.place()
        number = world.reached(tid, "shipped", "confirmed")["waybill_number"]
        for does, zone in (("pick_up", "in_transit"), ("go_out", "delivering"), ("fail", "in_transit"),
                           ("go_out", "delivering"), ("sign", "delivered")):  # fmt: skip
            world.sf.ask("courier", {"waybill_no": number, "does": does})
            in_zone(world, tid, zone)
    told = [fact for fact in world.order(tid)["timeline"] if fact["type"].startswith("Fulfillment")]
    zones = [fact["data"]["zone"] for fact in told if fact["type"] == "FulfillmentZoneChanged"]
    assert zones == ["in_transit", "delivering", "in_transit", "delivering"]
    assert [fact["type"] for fact in told].count("FulfillmentDelivered") == 1
    finished(world, tid)


def test_a_parcel_the_buyer_refuses_goes_back_and_is_not_delivered(world: World) -> None:
    tid = world.place()
    number = world.reached(tid, "shipped", "confirmed")["waybill_number"]
    for does in ("go_out", "refuse"):
        world.sf.ask("courier", {"waybill_no": number, "does": does})
    in_zone(world, tid, "returning")
    world.sf.ask("courier", {"waybill_no": number, "does": "sign"})
    until(lambda: "back_at_sender" in parcel(world, tid)["at"], lambda: f"{tid}: {parcel(world, tid)}")
    assert parcel(world, tid)["zone"] == "returning"
    assert "delivered" not in parcel(world, tid)["at"]
    finished(world, tid)


def test_a_courier_who_is_sent_is_on_the_timeline_and_his_phone_nowhere(world: World) -> None:
    tid = world.place()
    number = world.reached(tid, "labelled")["waybill_number"]
    state = {"waybillNo": number, "orderStateCode": "04-40001", "orderStateDesc": "调度成功",
             "lastTime": "2026-11-20 18:00:00", "empPhone": COURIER}  # fmt: skip
    for _ in range(2):
        assert world.push_sf({"orderState": [state]}, "order-state").json() == {"head": "OK", "code": "OK"}

    def scheduled() -> list[dict[str, Any]]:
        return [fact for fact in world.order(tid)["timeline"] if fact["type"] == "PickupScheduled"]

    until(scheduled, f"{tid} hears of its courier")
    assert scheduled()[0]["data"]["due_at"] == 1_795_168_800_000
    world.reached(tid, "shipped", "confirmed")
    finished(world, tid)
    assert len(scheduled()) == 1
    assert COURIER not in json.dumps(world.items("OrdersTable"))
