"""Changes of address over HTTP that are longer than one (R15, R34-R36); each kind for itself is a row of
``test_address_change_cells``."""

from typing import Any

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import World

LATE = 3_600_000  # half a minute of the wall
NEVER = 864_000_000
CITY = {"province": "浙江省", "city": "宁波市", "district": "海曙区", "detail": "演示街8号"}


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
    with world.warehouse_in_a_hurry():
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
    with world.warehouse_in_a_hurry():
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
