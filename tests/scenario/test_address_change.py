"""Changes of address over HTTP: what the carrier, the warehouse and the shop truly hold afterwards (R15, R34-R36)."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.scenario.books import assert_completed_once
from tests.scenario.samples import sample
from tests.scenario.waiting import until
from tests.scenario.world import World

LATE = 3_600_000  # half a minute of the wall
NEVER = 864_000_000
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}
KNOWS = {"wms": "done", "carrier": "done", "shop": "not_needed", "finance": "not_needed"}
FACTS = ["AddressChangeRequested", "AddressChangeJudged", "AddressChanged"]


def facts(world: World, tid: str) -> list[str]:
    return [fact["type"] for fact in world.order(tid)["timeline"] if fact["type"].startswith("Address")]


def labelled(world: World) -> str:
    tid = world.place()
    world.reached(tid, "labelled")
    return tid


def buyer(world: World, tid: str) -> dict[str, Any]:
    who: dict[str, Any] = world.shop.truth()["orders"][tid]["buyer"]
    return who


def warehouse(world: World, tid: str) -> dict[str, Any]:
    receiver: dict[str, Any] = world.wms.truth()["trades"][tid]["receiver"]
    return receiver


def test_another_door_before_pickup_is_overwritten_in_place_and_the_parcel_goes_there_under_one_label(
    world: World,
) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = labelled(world)
        door = buyer(world, tid)["detail"].replace("301", "502")
        world.buys(tid, "address", by="buyer", detail=door)
        change = world.changed(tid, "brought")
    assert (change["scope"], change["way"], change["systems"]) == ("door", "overwrite", KNOWS)
    (label,) = world.labels(tid)
    assert (label["creates"], len(label["updates"]), label["consignee"]["address"]) == (1, 1, door)
    assert warehouse(world, tid)["receiver_address"] == door
    assert facts(world, tid) == FACTS
    world.completed(tid)
    assert_completed_once(world, tid)


def test_another_city_voids_the_label_buys_one_and_has_it_picked_up_again_until_it_is_scanned(world: World) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = labelled(world)
        world.buys(tid, "address", by="buyer", **CITY)
        change = world.changed(tid, "brought")
        task = world.held(tid, "repeat_pickup")
    assert (change["scope"], change["way"], change["systems"]) == ("region", "reissue", KNOWS)
    old, new = world.labels(tid)
    assert (old["state"], new["consignee"]["city"]) == ("cancelled", CITY["city"])
    assert task["evidence"]["waybill"] == world.order(tid)["waybill_number"] == new["waybill_no"]
    assert (task["blocks"], task["owner"], task["due_at"] > change["requested_at"]) == (False, "operations", True)
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    (done,) = [card for card in shown["decisions"] if card["class"] == "repeat_pickup"]
    assert (done["option"], done["made_by"]) == ("moot", "hub")


def test_another_name_is_never_written_over_a_label_in_silence(world: World) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = labelled(world)
        assert world.change_address(tid, name="张四").status_code == 200
        change = world.changed(tid, "brought")
    assert (change["scope"], change["way"], change["changed"]) == ("street", "reissue", ["name"])
    assert change["systems"]["shop"] == "done"
    assert buyer(world, tid)["name"] == "张四"
    old, new = world.labels(tid)
    assert (old["state"], new["consignee"]["contact"]) == ("cancelled", "张四")
    # The shop takes one change for each order: the next stays here and says so.
    door = buyer(world, tid)["detail"].replace("301", "101")
    again = {**{part: buyer(world, tid)[part] for part in ("province", "city", "district")}, "detail": door}
    assert world.change_address(tid, **again).status_code == 200
    second = world.changed(tid, "brought", number=2)
    assert second["systems"]["shop"] == "cannot"
    assert second["notes"]["shop"].startswith("stays_in_the_hub")
    assert buyer(world, tid)["detail"] != door
    world.completed(tid)


def test_two_changes_in_flight_and_back_to_the_original_end_with_one_label_to_the_original(world: World) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = labelled(world)
        first = {part: buyer(world, tid)[part] for part in ("province", "city", "district", "detail")}
        assert world.change_address(tid, **CITY).json()["change"] == 1
        assert world.change_address(tid, **first).json()["change"] == 2
        last = world.changed(tid, "brought", number=2)
        assert world.changed(tid, "superseded", "brought")
    assert last["systems"]["wms"] in ("done", "not_needed")
    live = [label for label in world.labels(tid) if label["state"] != "cancelled"]
    assert [label["consignee"]["city"] for label in live] == [first["city"]]
    assert warehouse(world, tid)["receiver_address"] == first["detail"]
    world.completed(tid)
    assert_completed_once(world, tid)


def test_on_its_way_the_carrier_is_asked_once_to_turn_the_parcel_and_its_scan_ends_the_change(world: World) -> None:
    with world.sf.switched(transit_ms=NEVER, delivery_ms=NEVER):
        tid = world.place()
        world.reached(tid, "picked_up")
        assert world.change_address(tid, **CITY).status_code == 200
        assert world.changed(tid, "intercepting", "brought")["way"] == "intercept"
        change = world.changed(tid, "brought")
        (label,) = world.labels(tid)
        assert [one["state"] for one in label["interceptions"]] == ["done"]
        assert label["consignee"]["city"] == CITY["city"]
        assert (change["systems"]["carrier"], change["outcome"]) == ("done", "intercepted")
        # Out for delivery nothing can be done, and the hub says so.
        world.sf.ask("courier", {"waybill_no": label["waybill_no"], "does": "go_out"})
        until(lambda: "out_for_delivery" in world.row(tid)["at"], "the parcel is out for delivery")
        assert world.change_address(tid, name="张四").status_code == 200
        assert world.changed(tid, "refused", number=2)["outcome"] == "too_late"
        card = world.held(tid, "address_too_late")
    assert (card["blocks"], card["evidence"]["zone"]) == (False, "delivering")
    world.decide(card, "dismiss")
    world.buys(tid, "receive")
    world.completed(tid)


def test_a_second_after_the_window_a_person_decides_and_before_it_nobody_is_asked(world: World) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = labelled(world)
        paid_at = world.row(tid)["at"]["paid"]
        world.push_signed(changed_at(world, tid, paid_at + 7_201_000, "演示街9号"))
        card = world.held(tid, "address_change")
        assert (card["blocks"], card["evidence"]["reasons"]) == (True, "window_over")
        world.decide(card, "refuse_address")
        assert world.changed(tid, "refused")["outcome"] == "decided"
        world.push_signed(changed_at(world, tid, paid_at + 7_200_000, "演示街7号"))  # an older event, heard late
        assert world.changed(tid, "superseded", number=2)["outcome"] == "older_than_known"
    (label,) = world.labels(tid)
    assert label["consignee"]["city"] != CITY["city"]
    world.completed(tid)


def test_what_cannot_be_an_address_is_refused_with_its_reason(world: World) -> None:
    tid = world.place(pay=False)
    world.waits_in(tid, "await_payment")
    for asked, parameter in (
        ({}, "detail"),
        ({"detail": "演示街8号"}, "province"),
        ({"phone": "12"}, "phone"),
        ({"name": "\u202e张四"}, "name"),
        ({"name": "张" * 61}, "name"),
    ):
        answer = world.change_address(tid, **asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_parameter")
        assert answer.json()["error"]["evidence"]["parameter"] == parameter
    assert world.change_address(tid, street="演示街8号").json()["error"]["code"] == "bad_request"
    assert world.change_address("E20990101000000000000001", name="张四").status_code == 404
    assert world.changes(tid) == []
    world.buys(tid, "cancel")
    world.reached(tid, "closed")
    assert world.change_address(tid, name="张四").json()["error"]["code"] == "order_ended"


def changed_at(world: World, tid: str, at: int, detail: str) -> dict[str, Any]:
    """The buyer's event with this time, ms UTC to the second."""
    from datetime import UTC, datetime, timedelta

    when = (datetime.fromtimestamp(at // 1000, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    message = sample("youzan_trade_MessagesTheChangeAddressesByBuyer", tid, version=at // 1000)
    said = json.loads(dict(parse_qsl(f"msg={message['msg']}"))["msg"])
    who = buyer(world, tid)
    said |= {**CITY, "detail": detail, "user_name": who["name"], "tel": who["phone"], "update_time": when}
    return {**message, "msg": urlencode({"": json.dumps(said, ensure_ascii=False)})[1:]}
