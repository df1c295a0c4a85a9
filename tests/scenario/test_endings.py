"""Orders that do not end with the buyer's parcel: expired, cancelled, refunded, closed too late."""

from typing import Any

import pytest

from tests.scenario.books import assert_cancelled_cleanly, assert_completed_once
from tests.scenario.waiting import until
from tests.scenario.world import World

NEVER = 864_000_000  # ten days of the shop's and the warehouse's own clock
NO_PULL = {"replica_lag_ms": 36_000_000}


@pytest.fixture(scope="module")
def unpaid(world: World) -> dict[str, str]:
    """Two unpaid orders that expire; of one, the shop's own message about it is lost."""
    silent = world.place(pay=False, expires_in_ms=1_200_000)
    world.shop.turn("lost_push", "trade_TradeClose", silent, times=-1)
    return {"told": world.place(pay=False, expires_in_ms=1_200_000), "silent": silent}


@pytest.mark.parametrize("kind", ["told", "silent"])
def test_an_order_nobody_pays_gives_its_stock_back_and_closes(world: World, unpaid: dict[str, str], kind: str) -> None:
    world.reached(unpaid[kind], "reserved", "closed")
    shown = assert_cancelled_cleanly(world, unpaid[kind])
    assert [row["status"] for row in shown["reservations"]] == ["released"]
    assert unpaid[kind] not in world.wms.truth()["trades"]


def test_a_payment_that_becomes_known_after_expiry_makes_the_order_live_again(world: World) -> None:
    with world.shop.switched(**NO_PULL):
        tid = world.place(pay=False, expires_in_ms=600_000)
        world.waits_in(tid, "await_payment")
        world.buys(tid, "pay", push=False)
        world.reached(tid, "closed")
        assert world.order(tid)["close_reason"] == "expired"
        world.shop.ask(f"orders/{tid}/repush", {"types": ["trade_TradeBuyerPay"]})
        world.completed(tid)
    shown = assert_completed_once(world, tid)
    assert shown["executions"]["epoch"] == 2


def test_cancelled_while_it_waits_for_payment(world: World) -> None:
    tid = world.place(pay=False, expires_in_ms=NEVER)
    world.waits_in(tid, "await_payment")
    world.buys(tid, "cancel")
    world.reached(tid, "closed")
    assert_cancelled_cleanly(world, tid)


def test_cancelled_before_the_warehouse_audits_it(world: World) -> None:
    with world.wms.switched(audit_ms=NEVER):
        tid = world.place()
        world.reached(tid, "labelled")
        world.buys(tid, "cancel")
        world.reached(tid, "closed")
    shown = assert_cancelled_cleanly(world, tid)
    assert _pushed(shown) == ["voided"]
    assert {"WaybillVoided", "StockReleased", "OrderCancelled"} <= _facts(shown)
    assert shown["amounts"]["refunded_fen"] == shown["amounts"]["paid_fen"]


def test_cancelled_after_the_warehouse_audited_it_needs_a_person_and_then_closes(world: World) -> None:
    with world.wms.switched(pack_ms=NEVER):
        tid = world.place()
        _until_trade(world, tid, 55)
        world.buys(tid, "cancel")
        card = world.held(tid, "warehouse_cannot_cancel")
        assert _live_labels(world, tid) == 1
        world.wms.ask("clerk", {"tid": tid, "action": "cancel"})
        world.decide(card, "retry")
        world.reached(tid, "closed")
    shown = assert_cancelled_cleanly(world, tid)
    assert _pushed(shown) == ["voided"]


def test_a_refund_asked_before_shipment_stops_the_order_and_paid_back_ends_it(world: World) -> None:
    with world.wms.switched(audit_ms=NEVER):
        tid = world.place()
        world.reached(tid, "labelled")
        world.buys(tid, "refund", apply_only=True)
        world.held(tid, "unhandled_event")
        refund_id = world.shop.truth()["orders"][tid]["refunds"][0]["refund_id"]
        world.buys(tid, "refund", refund_id=refund_id, step="agree")
        if world.shop.truth()["orders"][tid]["refunds"][0]["status"] != "SUCCESS":
            world.buys(tid, "refund", refund_id=refund_id, step="success")
        world.reached(tid, "closed")
    shown = assert_cancelled_cleanly(world, tid)
    assert "RefundPaid" in _facts(shown)
    assert all(card["status"] == "made" for card in shown["decisions"])


@pytest.mark.parametrize("option", ["continue", "close"])
def test_closed_by_the_shop_after_it_was_shipped_is_decided_by_a_person(world: World, option: str) -> None:
    with world.sf.switched(transit_ms=NEVER):
        tid = world.place()
        world.reached(tid, "confirmed")
        world.buys(tid, "refund")
        card = world.held(tid, "cancelled_after_shipping")
        world.decide(card, option)
        if option == "close":
            world.reached(tid, "closed")
        else:
            world.decide(world.held(tid, "unhandled_event"), "continue")  # the refund itself is another question
            world.waits_in(tid, "await_delivery")
    shown = world.order(tid)
    assert not shown["holds"]
    assert shown["outcome"] == ("cancelled" if option == "close" else "open")
    assert _pushed(shown) == ["live"]
    assert [row["status"] for row in shown["reservations"]] == ["committed"]


def _pushed(shown: dict[str, Any]) -> list[str]:
    """The statuses of what the carrier was told; what the hub wants stands beside it."""
    return [row["status"] for row in shown["waybills"] if row["track"] == "pushed"]


def _facts(shown: dict[str, Any]) -> set[str]:
    return {fact["type"] for fact in shown["timeline"]}


def _until_trade(world: World, tid: str, state: int) -> None:
    until(
        lambda: world.wms.truth()["trades"].get(tid, {}).get("state") == state, f"{tid} is in state {state} at the WMS"
    )


def _live_labels(world: World, tid: str) -> int:
    live: int = world.sf.truth()["parcels"][f"youzan-{tid}-1"]["live"]
    return live
