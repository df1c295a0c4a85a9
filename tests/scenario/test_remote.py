"""A parcel to a remote area goes by EMS, and what that costs more stands on the order with who bears it (R31)."""

from tests.scenario.world import World


def test_a_remote_order_goes_the_whole_way_by_ems(world: World) -> None:
    far = {"province": "西藏自治区", "city": "拉萨市", "district": "城关区"}
    tid = world.place(buyer={**world.buyer(), **far})
    world.completed(tid)
    world.reached(tid, "settled", "confirmed")
    shown, post = world.order(tid), world.ems.truth()
    (label,) = [one for reference, one in post["orders"].items() if reference.startswith(f"youzan-{tid}-")]
    assert (label["state"], label["waybill_no"]) == ("delivered", shown["waybill_number"])
    assert (label["handovers"], label["receiver"]["prov"]) == (1, "西藏自治区")
    assert post["parcels"][f"youzan-{tid}-1"]["max_live"] == 1
    assert f"youzan-{tid}-1" not in world.sf.truth()["parcels"]
    assert world.shop.truth()["orders"][tid]["waybills"] == [shown["waybill_number"]]
