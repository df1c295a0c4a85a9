"""A label that shows something else now: overwritten in place or voided and made again, never two live (R33, R34)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.order import Milestone, Region
from orderhub.domain.waybill_content import compare
from orderhub.domain.waybill_track import wants_label
from orderhub.ports.orders import Change
from orderhub.services.drive import advance
from orderhub.services.waybill_silence import SILENT_MS
from tests.kit.relabel import change, want
from tests.kit.world import World, order_id

pytestmark = pytest.mark.usefixtures("late_audit")

M = Milestone
FAR = Region("上海市", "上海市", "黄浦区")


def labelled(hub: World) -> str:
    tid = hub.place()
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.LABELLED)
    return tid


def labels(hub: World, tid: str) -> dict[str, Any]:
    """The carrier's truth: reference → label."""
    every = hub.near.truth("sf")["orders"]
    return {reference: label for reference, label in every.items() if reference.startswith(order_id(tid))}


def versions(hub: World, tid: str) -> dict[int, Any]:
    return {one.version: one for one in hub.orders.waybills_of(order_id(tid)) if one.track == "pushed"}


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def test_a_door_number_is_overwritten_in_place_and_the_number_stays(hub: World) -> None:
    tid = labelled(hub)
    number = hub.known(tid).waybill_number
    change(hub, tid, "overwrite", "测试路1号9单元")
    after = hub.known(tid)
    (label,) = labels(hub, tid).values()
    assert (label["state"], label["consignee"]["address"]) == ("created", "测试路1号9单元")
    assert (after.waybill_number, after.relabel, after.push_due) == (number, "", False)
    assert f"运单号:{number}" in hub.trade(tid)["seller_memo"]
    assert [fact for fact in hub.fact_types(tid) if fact.startswith("Waybill")] == [
        "WaybillIssued",
        "WaybillOverwritten",
    ]
    hub.ship()
    assert hub.trade(tid)["waybills"] == [number]


def test_another_city_gets_another_waybill_and_the_warehouse_only_the_one_that_lives(hub: World) -> None:
    tid = labelled(hub)
    old = hub.known(tid).waybill_number
    change(hub, tid, "reissue", "测试路2号", FAR)
    after, made = hub.known(tid), labels(hub, tid)
    assert [label["state"] for label in made.values()] == ["cancelled", "created"]
    assert made[f"{order_id(tid)}-1-2"]["consignee"]["city"] == "上海市"
    assert hub.parcel(tid)["max_live"] == 1
    assert after.waybill_number not in ("", old)
    assert after.relabel == ""
    memo = hub.trade(tid)["seller_memo"]
    assert after.waybill_number in memo
    assert old not in memo
    was, now = versions(hub, tid)[1], versions(hub, tid)[2]
    assert (was.status, now.status, compare(was, now)) == ("voided", "live", ("receiver", "region", "number"))
    hub.ship()
    assert hub.trade(tid)["waybills"] == [after.waybill_number]


def test_the_warehouse_is_told_first_and_holds_no_number_while_the_carrier_is_silent(hub: World) -> None:
    tid = labelled(hub)
    old = hub.known(tid).waybill_number
    hub.near.fault("sf", "drop_before", "EXP_RECE_UPDATE_ORDER", times=-1)
    change(hub, tid, "reissue", "测试路2号", FAR)
    assert hub.known(tid).waiting_for == "sf"
    assert old not in hub.trade(tid)["seller_memo"]
    hub.clock.advance(SILENT_MS)
    hub.drain("sf")
    hub.play()
    assert cards(hub, tid) == ["carrier_silent"]
    hub.near.calm()
    hub.clock.advance(21_000)
    hub.decide(tid, "carrier_silent", "retry")
    hub.play()
    assert [label["state"] for label in labels(hub, tid).values()] == ["cancelled", "created"]
    assert hub.known(tid).waybill_number in hub.trade(tid)["seller_memo"]


def test_a_carrier_that_takes_no_change_gets_the_old_one_cancelled_and_the_new_one_made(hub: World) -> None:
    hub.near.switch("sf", auto_confirmed="8252")
    tid = labelled(hub)
    change(hub, tid, "overwrite", "测试路1号9单元")
    made = labels(hub, tid)
    assert [label["state"] for label in made.values()] == ["cancelled", "created"]
    assert made[f"{order_id(tid)}-1-2"]["consignee"]["address"] == "测试路1号9单元"
    assert hub.parcel(tid)["max_live"] == 1
    assert hub.known(tid).waybill_number in hub.trade(tid)["seller_memo"]
    assert cards(hub, tid) == []


def test_changed_and_changed_back_before_anything_was_done_keeps_the_waybill(hub: World) -> None:
    tid = labelled(hub)
    number, before = hub.known(tid).waybill_number, hub.known(tid).snapshot
    want(hub, tid, "reissue", "测试路2号", FAR)
    order = hub.known(tid)
    back = replace(order, snapshot=before, content_version=order.content_version + 1)
    hub.orders.commit(Change(order, wants_label(back, "reissue"), hub.clock(), wakes=True))
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    assert [label["state"] for label in labels(hub, tid).values()] == ["created"]
    assert (hub.known(tid).waybill_number, hub.known(tid).relabel) == (number, "")
    assert number in hub.trade(tid)["seller_memo"]


def test_a_parcel_that_is_picked_up_meanwhile_is_a_persons_question_and_may_go_as_it_is(hub: World) -> None:
    tid = labelled(hub)
    number = hub.known(tid).waybill_number
    hub.near.control("sf", "handover", {"waybill_no": number})
    hub.near.advance("sf", 3_000)
    change(hub, tid, "reissue", "测试路2号", FAR)
    assert cards(hub, tid) == ["carrier_cannot_cancel"]
    assert len(labels(hub, tid)) == 1
    hub.decide(tid, "carrier_cannot_cancel", "continue")
    hub.play()
    assert (hub.known(tid).waybill_number, hub.known(tid).relabel, cards(hub, tid)) == (number, "", [])
    assert number in hub.trade(tid)["seller_memo"]


def test_cancelling_voids_the_waybill_that_lives_whatever_its_version(hub: World) -> None:
    tid = labelled(hub)
    change(hub, tid, "reissue", "测试路2号", FAR)
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.CLOSED), (dict(hub.known(tid).at), cards(hub, tid))
    assert (hub.parcel(tid)["live"], hub.parcel(tid)["labels"], hub.parcel(tid)["max_live"]) == (0, 2, 1)
    assert [one.status for one in versions(hub, tid).values()] == ["voided", "voided"]
