"""Route events on the real store: one commit a parcel, each fact once, whatever order they come in (R3, R36)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import pytest

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of
from orderhub.domain.parcel_zone import Zone, redirect_asked, zone_of
from orderhub.domain.records import WaybillReference
from orderhub.ports.orders import Change, Origin
from orderhub.ports.partners import PickupNotice, RouteEvent
from orderhub.services.follow_parcels import apply_pickups, apply_routes, ask_for_routes
from tests.kit.orders import ORDER_ID, T0, order
from tests.kit.world import World, order_id

NUMBER = "SF7444000000001"
M = Milestone


def event(kind: str, minute: int, number: str = NUMBER, code: str = "x") -> RouteEvent:
    return RouteEvent(f"{number}-{kind}-{minute}", number, "", kind, code, T0 + 60_000 * minute)


class Followed:
    """One order whose parcel travels under a number, and what its carrier says."""

    def __init__(self, store: DynamoOrders) -> None:
        self.store = store
        made = order(M.PLACED, M.PAID, M.LABELLED, M.SHIPPED, carrier="sf", waybill_number=NUMBER)
        self.store.commit(Change(None, made, T0, records=(WaybillReference("sf", NUMBER),)))

    def hear(self, *events: RouteEvent) -> tuple[str, ...]:
        return apply_routes(events, self.store, Origin("c", "c"), "sf", T0)

    @property
    def order(self) -> Order:
        found = self.store.load(ORDER_ID)
        assert found
        return found

    @property
    def zone(self) -> Zone:
        return zone_of(self.order, parcel_of(self.order, 1))

    def facts(self) -> list[tuple[str, Any]]:
        rows = sorted(self.store.facts_of(ORDER_ID), key=lambda f: (f.revision, f.number))
        return [(f.type.removeprefix("Fulfillment"), f.data.get("zone") or f.data.get("code", "")) for f in rows]


@pytest.fixture
def parcel(table: tuple[Any, str]) -> Iterator[Followed]:
    yield Followed(DynamoOrders(*table))


WAY = (event("picked_up", 1), event("out_for_delivery", 2), event("exception", 3), event("delivered", 9))


def test_each_zone_and_the_delivery_are_facts_once_however_often_the_carrier_says_it(parcel: Followed) -> None:
    for told in WAY:
        assert parcel.hear(told) == ("applied",)
        assert parcel.hear(told, told) == ("repeated",)
    assert parcel.facts() == [
        ("ZoneChanged", "in_transit"),
        ("ZoneChanged", "delivering"),
        ("ZoneChanged", "in_transit"),
        ("Delivered", ""),
    ]
    assert parcel.order.revision == 1 + len(WAY)


def test_a_whole_push_is_one_commit(parcel: Followed) -> None:
    assert parcel.hear(*WAY[:3], event("unknown", 4)) == ("applied",)
    assert (parcel.order.revision, parcel.zone) == (2, Zone.IN_TRANSIT)
    assert parcel.facts() == [("ZoneChanged", "in_transit")]


@pytest.mark.parametrize("order_of_arrival", list(permutations(WAY))[::5])
def test_any_order_of_arrival_is_the_same_order_in_the_end(
    parcel: Followed, order_of_arrival: Sequence[RouteEvent]
) -> None:
    for told in order_of_arrival:
        parcel.hear(told)
    assert parcel.zone is Zone.DELIVERED
    assert {m: parcel.order.when(m) for m in (M.PICKED_UP, M.OUT_FOR_DELIVERY, M.MOVED, M.DELIVERED)} == {
        M.PICKED_UP: T0 + 60_000,
        M.OUT_FOR_DELIVERY: T0 + 120_000,
        M.MOVED: T0 + 180_000,
        M.DELIVERED: T0 + 540_000,
    }
    assert [kind for kind, _ in parcel.facts()].count("Delivered") == 1


def test_a_parcel_taken_back_is_never_delivered(parcel: Followed) -> None:
    parcel.hear(WAY[0], event("turned", 5, code="648"), event("delivered", 9))
    assert parcel.facts() == [("Turned", "648"), ("BackAtSender", ""), ("ZoneChanged", "returning")]
    assert (parcel.zone, parcel.order.has(M.DELIVERED)) == (Zone.RETURNING, False)


def test_a_redirected_parcel_is_turned_and_delivered(parcel: Followed) -> None:
    before = parcel.order
    parcel.store.commit(Change(before, redirect_asked(before, 1, T0), T0))
    parcel.hear(event("turned", 5, code="99"))
    parcel.hear(event("delivered", 9))
    assert parcel.facts() == [("Turned", "99"), ("ZoneChanged", "in_transit"), ("Delivered", "")]
    assert parcel.zone is Zone.DELIVERED


def test_a_parcel_nobody_knows_keeps_no_other(parcel: Followed) -> None:
    assert parcel.hear(event("picked_up", 1, "SF0000000000000"), event("picked_up", 1)) == ("unknown", "applied")
    assert parcel.zone is Zone.IN_TRANSIT


def test_codes_nobody_explained_change_nothing(parcel: Followed) -> None:
    assert parcel.hear(event("unknown", 1)) == ("ignored",)
    assert parcel.order.revision == 1


def test_a_courier_who_is_sent_is_a_fact_once_for_each_time_by_which_he_comes(parcel: Followed) -> None:
    def told(due_at: int, number: str = NUMBER) -> tuple[str, ...]:
        return apply_pickups([PickupNotice(number, T0, due_at)], parcel.store, Origin("c", "c"), "sf", T0)

    outcomes = [told(T0 + 1), told(T0 + 1), told(T0 + 2), told(0), told(T0, "SF0")]
    assert outcomes == [("applied",), ("repeated",), ("applied",), ("applied",), ("unknown",)]
    scheduled = [f for f in parcel.store.facts_of(ORDER_ID) if f.type == "PickupScheduled"]
    assert sorted(f.data.get("due_at", 0) for f in scheduled) == [0, T0 + 1, T0 + 2]
    parcel.hear(event("picked_up", 1))
    assert told(T0 + 9) == ("ignored",)


def test_what_pushes_lost_is_asked_for_and_what_they_told_is_not_told_again(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    number = hub.known(tid).waybill_number
    hub.near.control("sf", "courier", {"waybill_no": number, "does": "go_out"})
    asked = [ask_for_routes([number], hub.clients.sf, hub.orders, Origin("c", "c"), hub.clock()) for _ in range(2)]
    assert asked == [("applied",), ("repeated",)]
    hub.receive()
    found = hub.known(tid)
    assert zone_of(found, parcel_of(found, 1)) is Zone.DELIVERING
    zones = [f.data["zone"] for f in hub.orders.facts_of(order_id(tid)) if f.type == "FulfillmentZoneChanged"]
    assert zones == ["delivering"]
