"""A parcel to a remote area goes by EMS, and what that costs more stands on the order with who bears it (R31)."""

from tests.scenario.waiting import until
from tests.scenario.world import World

PUSHED = ["203", "305", "389", "954", "702", "704"]


def test_a_remote_order_goes_the_whole_way_by_ems_and_is_delivered_by_ems_s_own_pushes(world: World) -> None:
    far = {"province": "西藏自治区", "city": "拉萨市", "district": "城关区"}
    tid = world.place(buyer={**world.buyer(), **far})
    number = world.reached(tid, "shipped", "delivered", "confirmed")["waybill_number"]
    world.completed(tid)
    shown, post = world.order(tid), world.ems.truth()
    (label,) = [one for reference, one in post["orders"].items() if reference.startswith(f"youzan-{tid}-")]
    assert (label["state"], label["waybill_no"]) == ("delivered", shown["waybill_number"])
    assert (label["handovers"], label["receiver"]["prov"]) == (1, "西藏自治区")
    assert post["parcels"][f"youzan-{tid}-1"]["max_live"] == 1
    assert f"youzan-{tid}-1" not in world.sf.truth()["parcels"]
    assert world.shop.truth()["orders"][tid]["waybills"] == [number]
    # Nobody asked EMS for the parcel's way: each step came by itself, and was acknowledged the first time.
    assert world.ems.calls("040001", number) == []
    until(lambda: len(world.ems.calls("040002", number)) == len(PUSHED), f"every step of {number} is pushed")
    assert {call["outcome"] for call in world.ems.calls("040002", number)} == {"accepted"}
    told = [fact for fact in shown["timeline"] if fact["data"].get("waybill_number") == number]
    (delivered,) = [fact for fact in told if fact["type"] == "FulfillmentDelivered"]
    assert delivered["data"] == {"fulfillment": 1, "carrier": "ems", "waybill_number": number}
    assert shown["parcels"][0]["zone"] == "delivered"
    assert {"picked_up", "moved", "out_for_delivery"} <= set(shown["parcels"][0]["at"])
