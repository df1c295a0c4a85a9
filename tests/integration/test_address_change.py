"""Changes of address in one process: judged, wanted, brought along, decided, superseded (R15, R34-R36)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone
from orderhub.domain.parcel import reach_in
from orderhub.ports.orders import Change
from orderhub.services.receiver import open_receiver
from orderhub.services.request_address_change import request_address_change
from orderhub.services.sweep import recover_one
from tests.kit.changes import DIGEST
from tests.kit.world import BUYER, World, order_id

pytestmark = pytest.mark.usefixtures("late_audit", "rows_follow")

DOOR = {"detail": "测试路1号5单元"}
STREET = {"detail": "演示大道88号3幢"}
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
MINUTE_MS = 60_000


def placed(hub: World, **asked: Any) -> str:
    tid = hub.place(**asked)
    hub.receive()
    hub.play()
    return tid


def ask(hub: World, tid: str, request_id: str = "", **parts: str) -> dict[str, Any]:
    """Customer service asks."""
    address = {name: BUYER[name] for name in ("province", "city", "district")} if "detail" in parts else {}
    asked = {**address, **parts}
    return dict(
        request_address_change(order_id(tid), asked, "li", request_id, hub.orders, hub.clients.kms, DIGEST, hub.clock())
    )


def changes(hub: World, tid: str) -> tuple[ChangeOfAddress, ...]:
    return hub.orders.address_changes_of(order_id(tid))


def labels(hub: World, tid: str) -> list[dict[str, Any]]:
    """Every label the carrier ever gave for the order, as it stands there."""
    orders = hub.near.truth("sf")["orders"]
    return [one for name, one in sorted(orders.items()) if name.startswith(order_id(tid))]


def detail(hub: World, tid: str) -> str:
    return open_receiver(hub.known(tid), hub.clients.kms).detail


def test_a_change_before_the_payment_is_wanted_at_once_and_everybody_who_must_know_knows(hub: World) -> None:
    tid = placed(hub, pay=False)
    hub.shop(tid, "address", by="buyer", **DOOR)
    hub.receive()
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.scope, change.way, change.zone) == ("brought", "door", "overwrite", "not_picked_up")
    assert dict(change.systems) == dict.fromkeys(("wms", "carrier", "shop", "finance"), "not_needed")
    assert detail(hub, tid) == DOOR["detail"]
    assert hub.known(tid).change_open == 0
    assert [f for f in hub.fact_types(tid) if f.startswith("Address")] == [
        "AddressChangeRequested", "AddressChangeJudged", "AddressChanged",
    ]  # fmt: skip
    hub.shop(tid, "pay")
    hub.receive()
    hub.play()
    assert hub.trade(tid)["receiver"]["receiver_address"] == DOOR["detail"]


def test_a_change_goes_no_way_but_into_the_order_the_events_and_the_cards_show_nothing_of_it(hub: World) -> None:
    tid = placed(hub, pay=False)
    hub.shop(tid, "address", by="seller", **CITY, name="李四", phone="13800138099")
    hub.receive()
    hub.play()
    shown = repr([(f.type, f.data) for f in hub.orders.facts_of(order_id(tid))])
    shown += repr(hub.orders.records_of(order_id(tid)))
    assert not any(word in shown for word in ("演示街", "李四", "13800138099"))
    (change,) = changes(hub, tid)
    assert (change.scope, change.changed) == ("region", ("name", "phone", "address"))


@pytest.mark.parametrize(
    ("late_ms", "status"), [(120 * MINUTE_MS, "brought"), (120 * MINUTE_MS + 1, "asked")], ids=["in", "over"]
)
def test_the_window_ends_exactly_two_hours_after_the_payment(hub: World, late_ms: int, status: str) -> None:
    tid = placed(hub, lines=[{"sku": "ZP-2026-99", "title": "无货", "price_fen": 100, "num": 1}])
    assert hub.open_cards(tid)  # short: it stays in the house
    paid = hub.known(tid).when(Milestone.PAID) or 0
    hub.clock.advance(paid + late_ms - hub.clock() + 5_000)
    asked_at = paid + late_ms
    request_address_change(order_id(tid), {"name": "李四"}, "li", "", hub.orders, hub.clients.kms, DIGEST, asked_at)
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.scope) == (status, "street")
    assert change.reasons == (() if status == "brought" else ("window_over",))


def test_the_same_request_twice_is_one_change(hub: World) -> None:
    tid = placed(hub, pay=False)
    first = ask(hub, tid, **DOOR)
    assert ask(hub, tid, **DOOR) == first
    assert ask(hub, tid, "r1", **STREET)["change"] == 2
    hub.play()
    assert ask(hub, tid, "r1", **STREET)["change"] == 2
    assert [c.status for c in changes(hub, tid)] == ["superseded", "brought"]
    assert detail(hub, tid) == STREET["detail"]


def test_back_to_the_original_is_a_change_like_any_other(hub: World) -> None:
    tid = placed(hub, pay=False)
    ask(hub, tid, **CITY)
    hub.play()
    ask(hub, tid, detail=BUYER["detail"])
    hub.play()
    assert [c.scope for c in changes(hub, tid)] == ["region", "region"]
    assert detail(hub, tid) == BUYER["detail"]
    assert hub.known(tid).region.city == "杭州市"


def test_an_order_that_ended_takes_no_change(hub: World) -> None:
    tid = placed(hub, pay=False)
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    with pytest.raises(Rejected, match="order_ended"):
        ask(hub, tid, **DOOR)


def on_its_way(hub: World, **asked: Any) -> str:
    """An order whose parcel was picked up by its carrier."""
    hub.near.switch("sf", transit_ms=10**9)
    tid = placed(hub, **asked)
    hub.near.advance("wangdiantong", 250_000)
    hub.poll()
    hub.play()
    hub.near.advance("sf", 700_000)
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.SHIPPED, Milestone.PICKED_UP)
    return tid


def test_in_transit_the_carrier_is_asked_once_and_its_scan_brings_the_change(hub: World) -> None:
    tid = on_its_way(hub)
    ask(hub, tid, **CITY)
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.way, change.zone) == ("intercepting", "intercept", "in_transit")
    assert change.systems["carrier"] == "wanted"
    assert [label["interceptions"][0]["state"] for label in labels(hub, tid)] == ["asked"]
    assert detail(hub, tid) == BUYER["detail"]
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.systems["carrier"]) == ("brought", "done")
    assert detail(hub, tid) == CITY["detail"]
    assert "AddressChanged" in hub.fact_types(tid)


def test_a_second_change_in_transit_is_a_persons(hub: World) -> None:
    tid = on_its_way(hub)
    ask(hub, tid, **CITY)
    hub.play()
    ask(hub, tid, **STREET)
    hub.play()
    first, second = changes(hub, tid)
    assert (first.status, second.status, second.outcome) == ("intercepting", "refused", "intercept_under_way")
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["reasons"]) == ("address_too_late", "intercept_under_way")
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()
    assert [c.status for c in changes(hub, tid)] == ["brought", "refused"]
    ask(hub, tid, **STREET)
    hub.play()
    assert (changes(hub, tid)[2].status, changes(hub, tid)[2].reasons) == ("asked", ("intercepted_before",))
    with pytest.raises(Rejected, match="cannot_be_done"):
        hub.decide(tid, "address_change", "approve_address")
    hub.decide(tid, "address_change", "refuse_address")
    hub.play()
    assert changes(hub, tid)[2].status == "refused"
    assert (hub.known(tid).change_open, hub.known(tid).holds) == (0, {})


def test_a_carrier_that_does_not_confirm_becomes_a_decision(hub: World) -> None:
    hub.near.switch("sf", intercept_ms=10**9)
    tid = on_its_way(hub)
    ask(hub, tid, **CITY)
    hub.play()
    hub.clock.advance(4 * 60 * MINUTE_MS + 1)
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["reasons"]) == ("address_change", "carrier_silent")
    hub.near.switch("sf", intercept_ms=600_000)


def test_before_pickup_another_door_is_written_into_the_label_and_read_back_at_the_warehouse(hub: World) -> None:
    tid = placed(hub)
    hub.shop(tid, "address", by="buyer", **DOOR)
    hub.receive()
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.way) == ("brought", "overwrite")
    assert dict(change.systems) == {"wms": "done", "carrier": "done", "shop": "not_needed", "finance": "not_needed"}
    (label,) = labels(hub, tid)
    assert (label["creates"], label["consignee"]["address"]) == (1, DOOR["detail"])
    assert hub.trade(tid)["receiver"]["receiver_address"] == DOOR["detail"]
    hub._read_again("12345678", tid)  # the shop's own order shows it, too: nothing new
    hub.play()
    assert (len(changes(hub, tid)), hub.open_cards(tid)) == (1, [])


def test_another_city_is_another_label_and_a_task_until_the_courier_has_scanned_it(hub: World) -> None:
    tid = placed(hub)
    ask(hub, tid, **CITY)
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.way, change.systems["shop"]) == ("brought", "reissue", "done")
    old, new = labels(hub, tid)
    assert (old["state"], new["consignee"]["city"]) == ("cancelled", "宁波市")
    assert hub.parcel(tid)["max_live"] == 1
    (task,) = hub.open_cards(tid)
    assert (task.decision_class, task.evidence["waybill"]) == ("repeat_pickup", new["waybill_no"])
    assert "PickupRequested" in hub.fact_types(tid)
    hub.receive()  # the shop repeats what it was told
    hub.play()
    assert len(changes(hub, tid)) == 1
    hub.near.advance("wangdiantong", 250_000)
    hub.poll()
    hub.play()
    hub.near.advance("sf", 700_000)
    hub.receive()
    hub.play()
    assert hub.known(tid).has(Milestone.PICKED_UP)
    assert hub.open_cards(tid) == []


def test_the_shop_shows_another_receiver_before_its_event_and_the_event_changes_nothing_more(hub: World) -> None:
    tid = placed(hub)
    hub.near.advance("youzan", 2_000)  # the shop dates its orders to the second
    hub.shop(tid, "address", by="buyer", **CITY)
    event = hub.pushes()
    hub._read_again("12345678", tid)
    hub.play()
    assert [c.scope for c in changes(hub, tid)] == ["region"]
    for push in event:
        hub.take(push)
    hub.play()
    assert [(c.status, c.scope) for c in changes(hub, tid)] == [("brought", "region")]
    assert (hub.open_cards(tid)[0].decision_class, hub.parcel(tid)["labels"]) == ("repeat_pickup", 2)


def test_what_the_warehouse_keeps_for_a_clerk_is_asked_about_after_fifteen_minutes(hub: World) -> None:
    hub.near.switch("wangdiantong", audit_ms=0, pack_ms=10**9)
    tid = placed(hub)
    hub.near.advance("wangdiantong", 10_000)
    ask(hub, tid, **DOOR)
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.systems["wms"], change.notes["wms"]) == ("applied", "wanted", "clerk_must_look")
    hub.clock.advance(15 * MINUTE_MS + 1)
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["behind"]) == ("address_not_brought", "wms: clerk_must_look")
    assert hub.known(tid).holds == {}
    hub.decide(tid, "address_not_brought", "retry")
    hub.play()
    assert changes(hub, tid)[0].systems["wms"] == "wanted"
    hub.near.control("wangdiantong", "clerk", {"tid": hub.trade(tid) and tid, "action": "accept"})
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    assert (changes(hub, tid)[0].status, changes(hub, tid)[0].systems["wms"]) == ("brought", "done")


def test_who_was_told_by_hand_knows(hub: World) -> None:
    hub.near.switch("wangdiantong", audit_ms=0, pack_ms=10**9)
    tid = placed(hub)
    hub.near.advance("wangdiantong", 10_000)
    ask(hub, tid, **DOOR)
    hub.play()
    hub.clock.advance(15 * MINUTE_MS + 1)
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    hub.decide(tid, "address_not_brought", "done_by_hand")
    hub.play()
    assert changes(hub, tid)[0].status == "brought"
    assert changes(hub, tid)[0].notes["wms"] == "by_hand"


def test_a_run_that_is_lost_is_followed_by_another(hub: World) -> None:
    tid = placed(hub)
    ask(hub, tid, **DOOR)
    hub.tell_neighbours()
    assert hub.changes.runs
    hub.changes.die()
    recover_one(order_id(tid), hub.orders, hub.executions, hub.clock(), hub.changes)  # as the rule on ended runs has it
    hub.play()
    assert changes(hub, tid)[0].status == "brought"
    assert hub.known(tid).change_epoch == 2


def test_a_change_that_nobody_can_judge_stops_the_order_and_is_tried_again(hub: World) -> None:
    tid = placed(hub)
    rules, hub.rules = hub.rules, None
    ask(hub, tid, **DOOR)
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["step"]) == ("step_failed", "change_address")
    hub.rules = rules
    hub.decide(tid, "step_failed", "retry")
    hub.play()
    assert (changes(hub, tid)[0].status, hub.open_cards(tid)) == ("brought", [])


def test_approved_after_the_window_it_goes_the_usual_way(hub: World) -> None:
    tid = placed(hub)
    paid = hub.known(tid).when(Milestone.PAID) or 0
    request_address_change(
        order_id(tid), {"name": "李四"}, "li", "", hub.orders, hub.clients.kms, DIGEST, paid + 120 * MINUTE_MS + 1
    )
    hub.play()
    (card,) = hub.open_cards(tid)
    assert (card.decision_class, card.evidence["reasons"]) == ("address_change", "window_over")
    hub.decide(tid, "address_change", "approve_address")
    hub.play()
    assert (changes(hub, tid)[0].status, changes(hub, tid)[0].way) == ("brought", "reissue")
    assert [label["consignee"]["contact"] for label in labels(hub, tid)][-1] == "李四"


def test_an_address_that_the_gate_stops_is_never_taken_without_a_person(hub: World) -> None:
    tid = placed(hub)
    ask(hub, tid, detail="详细地址见备注")
    hub.play()
    (change,) = changes(hub, tid)
    assert change.status == "asked"
    assert "detail_placeholder" in change.reasons
    assert detail(hub, tid) == BUYER["detail"]


def test_a_carrier_that_refuses_to_turn_the_parcel_is_a_persons_and_the_address_stays(hub: World) -> None:
    tid = on_its_way(hub)
    hub.near.switch("sf", transit_ms=1)
    hub.near.control("sf", "courier", {"waybill_no": hub.known(tid).waybill_number, "does": "sign"})
    ask(hub, tid, **CITY)  # the hub has not heard of the delivery
    hub.play()
    (change,) = changes(hub, tid)
    assert (change.status, change.outcome, change.reasons[0]) == ("asked", "carrier_refused", "carrier_refused")
    assert not hub.known(tid).has(Milestone.REDIRECT_ASKED)
    assert detail(hub, tid) == BUYER["detail"]
    hub.decide(tid, "address_change", "refuse_address")
    hub.play()
    assert (hub.known(tid).holds, hub.known(tid).change_open) == ({}, 0)


def test_the_buyer_who_mends_an_address_that_nobody_could_deliver_to_frees_the_order(hub: World) -> None:
    tid = placed(hub, buyer={**BUYER, "detail": "无"})
    (held,) = hub.open_cards(tid)
    assert held.decision_class == "address_unmatched"
    hub.shop(tid, "address", by="buyer", **STREET)
    hub.receive()
    hub.play()
    assert (changes(hub, tid)[0].status, hub.open_cards(tid)) == ("brought", [])
    assert hub.trade(tid)["receiver"]["receiver_address"] == STREET["detail"]


def test_a_parcel_that_left_with_its_old_label_can_still_be_turned_by_a_person(hub: World) -> None:
    tid = placed(hub)
    hub.near.fault("sf", "status", "EXP_RECE_UPDATE_ORDER", status=503, times=-1)
    ask(hub, tid, **CITY)
    hub.play()
    assert changes(hub, tid)[0].systems["carrier"] == "wanted"
    number = hub.known(tid).waybill_number
    left = replace(reach_in(hub.known(tid), 1, Milestone.SHIPPED, hub.clock()), push_due=False)
    hub.by_hand.add(tid)
    hub.orders.commit(Change(hub.known(tid), left, hub.clock()))
    hub.near.calm()
    hub.near.switch("sf", transit_ms=10**9)
    hub.near.control("sf", "courier", {"waybill_no": number, "does": "pick_up"})
    hub.near.advance("sf", 10_000)
    hub.receive()
    for run in list(hub.changes.runs.values()):
        hub.changes.time_out(run)
    hub.play()
    card = next(card for card in hub.open_cards(tid) if card.decision_class == "address_not_brought")
    assert "carrier: left" in card.evidence["behind"]
    hub.decide(tid, "address_not_brought", "turn_parcel")
    hub.play()
    hub.near.advance("sf", 3_600_000)
    hub.receive()
    hub.play()
    change = changes(hub, tid)[0]
    assert (change.status, change.way, change.outcome) == ("brought", "intercept", "intercepted")
