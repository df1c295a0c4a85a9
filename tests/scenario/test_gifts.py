"""Gifts by the matrix (R30, R32), over HTTP: what the order shows, what the warehouse was told, what it packed."""

from typing import Any

import pytest

from tests.scenario.books import assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import LINE, World

NEVER = 864_000_000  # ten days of a partner's own clock
LATE = 2_400_000  # twenty seconds of the wall
OTHER = {"sku": "ZP-2026-02", "title": "智能饮水机", "price_fen": 29_900, "num": 1}
TEXT = "赠品:智能饮水机滤芯×1[贴纸:面单右上角 85,15mm]"
ORDERS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], bool]] = {
    "298.99": ([{**LINE, "price_fen": 29_899}], {}, False),
    "299.00": ([LINE], {}, True),
    "other SKU": ([OTHER], {}, False),
    "two pieces": ([{**LINE, "num": 2}], {}, True),
    "two main SKUs": ([OTHER, LINE], {}, True),
    "coupon brings it under": ([{**LINE, "price_fen": 30_000}], {"discount_fen": 101}, False),
    "freight does not bring it up": ([{**LINE, "price_fen": 29_899}], {"freight_fen": 1_000}, False),
}


@pytest.fixture(scope="module")
def placed(world: World) -> dict[str, str]:
    return {name: world.place(*lines, **wishes) for name, (lines, wishes, _) in ORDERS.items()}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_gets_its_gift_by_the_matrix_and_the_warehouse_packs_it_with_the_main_line(
    world: World, placed: dict[str, str], name: str
) -> None:
    tid, has_gift = placed[name], ORDERS[name][2]
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    trade, number = world.wms.truth()["trades"][tid], shown["waybill_number"]
    assert [gift["code"] for gift in shown["gifts"]] == ["FP-001"] * has_gift
    assert trade["seller_memo"] == (f"{TEXT};运单号:{number}" if has_gift else f"运单号:{number}")
    main = next((line["line_id"] for line in shown["lines"] if line["sku"] == LINE["sku"]), "")
    assert trade["remarks"] == ({main: TEXT} if has_gift else {})
    assert [f["type"] for f in shown["timeline"]].count("GiftGranted") == has_gift
    if has_gift:
        (gift,) = shown["gifts"]
        assert (gift["quantity"], gift["line_id"], gift["main_sku"]) == (1, main, LINE["sku"])
        assert gift["sticker"] == {"position": "面单右上角", "x_mm": 85, "y_mm": 15}


def test_a_partial_refund_before_packing_takes_the_gift_and_the_warehouse_is_told_again(world: World) -> None:
    with world.wms.switched(audit_ms=LATE):
        tid = world.place({**LINE, "price_fen": 30_000})
        until(lambda: _memo(world, tid).startswith(f"{TEXT};运单号:"), "the warehouse has the gift and the number")
        world.buys(tid, "refund", fee_fen=101)
        until(lambda: _memo(world, tid).startswith("运单号:"), "the warehouse was told again")
    world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["gifts"] == []
    assert all(card["status"] == "made" for card in shown["decisions"])
    assert [f["type"] for f in shown["timeline"] if f["type"].startswith("Gift")] == ["GiftGranted", "GiftRemoved"]
    assert world.wms.truth()["trades"][tid]["remarks"] == {}


def test_after_the_parcel_left_the_gift_stays_and_a_person_is_asked_to_get_it_back(world: World) -> None:
    with world.sf.switched(transit_ms=NEVER):
        tid = world.place({**LINE, "price_fen": 30_000})
        world.reached(tid, "confirmed")
        world.buys(tid, "refund", fee_fen=101)
        card = world.held(tid, "recover_gift")
    assert (card["blocks"], card["evidence"]["gift"]) == (False, "FP-001")
    assert [gift["code"] for gift in world.order(tid)["gifts"]] == ["FP-001"]
    world.decide(card, "dismiss")
    world.buys(tid, "receive")
    world.completed(tid)
    assert_completed_once(world, tid)


def _memo(world: World, tid: str) -> str:
    return str(world.wms.truth()["trades"].get(tid, {}).get("seller_memo", ""))
