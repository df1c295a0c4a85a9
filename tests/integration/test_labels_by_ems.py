"""An order whose carrier is EMS is labelled, changed, cancelled and waited for at EMS, and SF hears nothing of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Region
from orderhub.domain.waybill_track import wants_label
from orderhub.ports.orders import Change
from orderhub.services.drive import advance
from orderhub.services.find_next_step import Trouble, find_next_step
from orderhub.services.tasks import TaskCommand
from tests.kit.relabel import change
from tests.kit.world import BUYER, World, order_id

pytestmark = pytest.mark.usefixtures("late_audit", "rows_follow")

M = Milestone
FAR = Region("新疆维吾尔自治区", "乌鲁木齐市", "天山区")
OTHER = Region("新疆维吾尔自治区", "伊犁哈萨克自治州", "伊宁市")


def goes_over(hub: World, tid: str) -> None:
    """The order is to be carried by EMS from now on."""
    order = hub.known(tid)
    after = replace(order, carrier_wish="ems", content_version=order.content_version + 1)
    hub.orders.commit(Change(order, wants_label(after, "reissue"), hub.clock(), wakes=True))


def placed(hub: World) -> str:
    """An order to a remote area, which the shipped carrier pack sends by EMS."""
    far = {"province": FAR.province, "city": FAR.city, "district": FAR.district}
    tid = hub.place(buyer={**BUYER, **far})
    hub.receive()
    return tid


def labels(hub: World, tid: str, carrier: str = "ems") -> dict[str, Any]:
    """The carrier's truth: reference → label."""
    every = hub.near.truth(carrier)["orders"]
    return {reference: label for reference, label in every.items() if reference.startswith(order_id(tid))}


def test_it_is_bought_at_ems_told_to_the_warehouse_and_travels_with_it(hub: World) -> None:
    tid = placed(hub)
    hub.play()
    (label,) = labels(hub, tid).values()
    number = hub.known(tid).waybill_number
    assert (label["state"], label["waybill_no"], label["receiver"]["name"]) == ("created", number, "张三")
    assert hub.orders.order_of_waybill("ems", number) == order_id(tid)
    assert labels(hub, tid, "sf") == {}
    hub.ship()
    assert hub.trade(tid)["waybills"] == [number]
    assert {entry["outcome"] for entry in hub.trade(tid)["handovers"]} == {"accepted"}
    assert labels(hub, tid)[f"{order_id(tid)}-1-1"]["handovers"] == 1


@pytest.mark.parametrize("way", ["overwrite", "reissue"])
def test_another_address_is_another_label_because_ems_changes_none(hub: World, way: str) -> None:
    """Also at an account that shows no number by reference and wants it for a cancel: the hub knows it."""
    hub.near.switch("ems", duplicate="refused", freight_shows="accepted", cancel_number="needed")
    tid = placed(hub)
    hub.play()
    hub.clients.ems._numbers.clear()  # another instance of the function
    change(hub, tid, way, "测试路2号", OTHER)
    made = labels(hub, tid)
    assert [label["state"] for label in made.values()] == ["cancelled", "created"]
    assert hub.near.truth("ems")["parcels"][f"{order_id(tid)}-1"]["max_live"] == 1
    assert made[f"{order_id(tid)}-1-2"]["waybill_no"] == hub.known(tid).waybill_number
    assert hub.open_cards(tid) == []


def test_from_sf_to_ems_the_old_label_is_void_before_the_new_one_is_bought(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    goes_over(hub, tid)
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    (old,) = labels(hub, tid, "sf").values()
    (new,) = labels(hub, tid).values()
    assert (old["state"], new["state"]) == ("cancelled", "created")
    assert new["waybill_no"] == hub.known(tid).waybill_number
    assert [one["state"] for one in old["states"]] == ["created", "cancelled"]
    assert old["states"][-1]["at_ms"] <= new["states"][0]["at_ms"]


def test_while_sf_does_not_void_the_old_label_the_order_waits_for_sf_and_buys_none_at_ems(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.play()
    goes_over(hub, tid)
    hub.near.fault("sf", "drop_before", "EXP_RECE_UPDATE_ORDER", times=-1)
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    assert hub.known(tid).waiting_for == "sf"
    assert labels(hub, tid) == {}
    hub.near.calm()


@pytest.mark.parametrize(
    ("cause", "partner"),
    [('{"errorMessage": "sf: timed out"}', "sf"), ('{"errorMessage": "ems"}', "ems"), ("", "ems"), ('{"err', "ems")],
)
def test_who_did_not_answer_is_read_from_the_error_and_else_it_is_the_carrier_wanted(
    hub: World, cause: str, partner: str
) -> None:
    tid = placed(hub)
    hub.near.fault("ems", "drop_before", "020003", times=-1)
    hub.near.fault("ems", "drop_before", "050001", times=-1)
    hub.play()
    order = hub.known(tid)
    assert order.driver is not None
    hub.orders.commit(Change(order, replace(order, waiting_for=""), hub.clock()))
    assert hub.step(tid) is Step.ISSUE_WAYBILL
    command = TaskCommand(order_id(tid), order.driver.epoch)
    trouble = Trouble(Step.ISSUE_WAYBILL.value, "Sandbox.Timedout", cause)
    assert find_next_step(command, trouble, hub.orders, hub.room, hub.clock())["next"] == "await_release"
    assert hub.known(tid).waiting_for == partner
    hub.near.calm()


def test_a_cancelled_order_has_no_live_label_at_ems(hub: World) -> None:
    tid = placed(hub)
    hub.play()
    hub.shop(tid, "refund")
    hub.receive()
    hub.play()
    assert [label["state"] for label in labels(hub, tid).values()] == ["cancelled"]
    assert hub.known(tid).has(M.CLOSED)


def test_who_waits_for_ems_stands_in_its_line_and_an_answer_that_was_lost_is_no_second_label(hub: World) -> None:
    tid = placed(hub)
    hub.near.fault("ems", "timeout_after", "020003", times=1)
    hub.near.fault("ems", "drop_before", "050001", times=-1)
    hub.play()
    assert hub.known(tid).waiting_for == "ems"
    assert hub.drain("sf") == {}
    hub.near.calm()
    hub.clock.advance(21_000)
    hub.drain("ems")
    hub.play()
    (label,) = labels(hub, tid).values()
    assert hub.known(tid).waybill_number == label["waybill_no"]
    assert hub.known(tid).waiting_for == ""
