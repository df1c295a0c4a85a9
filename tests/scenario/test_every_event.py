"""Every trade event of the contract sheet is handled, or kept with a card `unhandled_event`; none is dropped (R3)."""

from pathlib import Path

import pytest

from tests.scenario.samples import FILES, new_tid, sample
from tests.scenario.waiting import until
from tests.scenario.world import World

PROBE = "trade_TradeCreate.test"
HANDLED = {
    "trade_TradeCreate": "placed",
    "trade_TradePaid": "placed",  # only a fact: trade_TradeBuyerPay is what starts fulfilment (design §4)
    "trade_TradeBuyerPay": "paid",
    "trade_TradeSellerShip": "shop_shipped",
    "trade_TradeSuccess": "received",
    "trade_TradeClose": "cancelled",
}
PAID_BACK = {"trade_refund_RefundSuccess", "youzan_trade_RefundSuccess", "trade_refund_RefundSellerAgree"}
ADDRESS_CHANGED = {"trade_MessagesTheChangeAddresses", "youzan_trade_MessagesTheChangeAddressesByBuyer"}
NEW_FAMILY_AGREES = "youzan_trade_RefundSellerAgree"


@pytest.fixture(scope="module")
def sent(world: World) -> dict[str, str]:
    """Every sample, sent once, each about an order of its own: file → order number."""
    tids = {file.stem: new_tid() for file in FILES}
    for file in FILES:
        answer = world.push_signed(sample(file, tids[file.stem]))
        assert (answer.status_code, "success" in answer.text) == (200, True)
    return tids


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_event_ends_handled_or_kept_with_a_card(world: World, sent: dict[str, str], file: Path) -> None:
    tid, event = sent[file.stem], file.stem.partition(".")[0]
    if file.stem == PROBE:
        assert world.row(tid) == {}
    elif event in HANDLED:
        assert world.reached(tid, HANDLED[event])["versions"][event] > 0
    elif event in ADDRESS_CHANGED:  # of an order that nobody knows yet: it is judged once the order is known
        change = world.changed(tid, "requested")
        assert (change["source"], change["scope"]) == ("shop_event", "")
    elif event in PAID_BACK:
        until(lambda: world.row(tid).get("refunds"), f"{file.stem}: the refund is on the order")
    else:
        assert event == NEW_FAMILY_AGREES or "Success" not in event
        until(lambda: world.row(tid), f"{file.stem} is known")
        shown = world.order(tid)
        assert "PlatformEventKept" in [fact["type"] for fact in shown["timeline"]]
        (card,) = [card for card in shown["decisions"] if card["class"] == "unhandled_event"]
        assert card["status"] == "requested"
        assert card["evidence"]["event_type"] == event


def test_a_kept_event_is_sealed_whole_with_its_card(world: World, sent: dict[str, str]) -> None:
    kept = [item for item in world.items("OrdersTable") if item["sk"]["S"].startswith("DECISION#") and "sealed" in item]
    orders = {item["order_id"]["S"] for item in kept}
    assert f"youzan-{sent['trade_TradePartlySellerShip']}" in orders
