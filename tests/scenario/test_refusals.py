"""A partner says no, or something else than the hub: a person decides, and the order goes on."""

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import World


def test_a_trade_the_warehouse_refuses_becomes_a_card_and_is_taken_after_retry(world: World) -> None:
    with world.wms.switched(shop_no="closed-shop"):
        tid = world.place()
        card = world.held(tid, "warehouse_rejected")
        assert card["evidence"]["partner"] == "wangdiantong"
        assert card["evidence"]["code"]
    world.decide(card, "retry")
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_parcel_the_carrier_refuses_becomes_a_card_and_is_taken_after_retry(world: World) -> None:
    buyer = {**world.buyer(), "province": "云南省", "city": "昆明市", "district": "五华区"}
    with world.sf.switched(partner_id="SOMEBODY-ELSE"):
        tid = world.place(buyer=buyer)
        card = world.held(tid, "carrier_rejected")
    world.decide(card, "retry")
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_receivable_the_ledger_refuses_becomes_a_card_and_is_booked_after_retry(world: World) -> None:
    known = world.kingdee.config()["customers"]
    world.kingdee.ask("config", {"customers": []})
    try:
        tid = world.place()
        card = world.held(tid, "ledger_rejected")
        assert card["owner"] == "finance"
    finally:
        world.kingdee.ask("config", {"customers": known})
    world.decide(card, "retry")
    world.completed(tid)
    assert_completed_once(world, tid)


def test_a_trade_stuck_at_the_warehouse_waits_and_completes_once_somebody_has_put_it_right(world: World) -> None:
    """The address is not in the warehouse's library: taken, and never handed over until the library knows it."""
    tid = world.place(buyer={**world.buyer(), "province": "不存在省"})
    until(lambda: world.wms.truth()["trades"].get(tid, {}).get("freeze_reason"), "the trade is stuck")
    world.waits_in(tid, "await_shipment")
    with world.wms.switched(address_library=False):
        world.completed(tid)
    assert_completed_once(world, tid)


def test_another_number_than_the_label_s_is_a_card_and_the_order_goes_on_with_what_a_person_says(world: World) -> None:
    with world.wms.switched(number_mismatch=True):
        tid = world.place()
        card = world.held(tid, "number_mismatch")
    ours, theirs = card["evidence"]["hub_number"], card["evidence"]["warehouse_number"]
    assert ours == world.order(tid)["waybill_number"]
    assert theirs == world.wms.truth()["trades"][tid]["reported_waybills"][-1] != ours
    world.decide(card, "continue")
    world.reached(tid, "shipped", "confirmed")
    assert world.order(tid)["waybill_number"] == theirs
    assert world.shop.truth()["orders"][tid]["waybills"] == [theirs]
    assert world.wms.truth()["trades"][tid]["packed"] == 1
