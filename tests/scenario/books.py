"""The truth of all partners about one order, side by side: exactly once everywhere."""

from typing import Any

from tests.scenario.world import World


def assert_completed_once(world: World, tid: str) -> dict[str, Any]:
    """The order is settled, and at every partner what belongs to it happened exactly once; the shown order.

    The shop is told of the parcel beside the order's own way, so that may be the last to be done.
    """
    world.reached(tid, "settled", "confirmed")
    shown = world.order(tid)
    assert shown["outcome"] == "completed", shown["step"]
    number = shown["waybill_number"]
    trade = world.wms.truth()["trades"][tid]
    assert trade["packed"] == 1
    assert trade["waybills"] == [number]
    assert world.sf.truth()["parcels"][f"youzan-{tid}-1"]["max_live"] == 1
    *void, label = world.labels(tid)
    assert all(one["state"] == "cancelled" for one in void)
    assert (label["labels_issued"], label["waybill_no"]) == (1, number)
    at_shop = world.shop.truth()["orders"][tid]
    assert at_shop["waybills"] == [number]
    assert at_shop["confirms_accepted"] == 1
    bill = world.kingdee.truth()["bills"][f"youzan-{tid}"]
    assert (bill["status"], bill["saves"]) == ("C", 1)
    assert bill["total_fen"] == at_shop["paid_fen"] - at_shop["refunded_fen"]
    assert shown["settlement"]["receivable_fen"] == bill["total_fen"]
    assert [row["status"] for row in shown["reservations"]] == ["committed"] * len(shown["lines"])
    # The number that a crash kept from being written matters no more once the parcel has left with it.
    unfinished = [e for e in shown["effects"] if e["status"] != "done" and e["verb"] != "write_number"]
    assert not unfinished, shown["decisions"]
    assert not shown["holds"]
    return shown


def assert_cancelled_cleanly(world: World, tid: str) -> dict[str, Any]:
    """The order ended without delivery: nothing packed, no live label, no receivable, no stock held; the order."""
    shown = world.order(tid)
    assert shown["outcome"] == "cancelled", shown["step"]
    trade = world.wms.truth()["trades"].get(tid)
    assert trade is None or (trade["state"], trade["packed"]) == (5, 0)
    parcel = world.sf.truth()["parcels"].get(f"youzan-{tid}-1", {"live": 0})
    assert parcel["live"] == 0
    assert f"youzan-{tid}" not in world.kingdee.truth()["bills"]
    assert {row["status"] for row in shown["reservations"]} <= {"released"}
    assert not shown["holds"]
    assert shown["executions"]["waits_in"] == ""
    return shown
