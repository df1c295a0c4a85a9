"""The time to the warehouse: from the shop's sending of the push that was accepted, to the recorded fact."""

from typing import Any

from local.stories.evidence import Evidence
from local.stories.speed import Spread, spread, to_wms_ms
from local.stories.world import Placed

PLACED = Placed("E1", "usual", "", "completed", ())


def seen(pushes: list[dict[str, Any]], timeline: list[dict[str, Any]]) -> Evidence:
    order = {"timeline": timeline, "effects": []}
    return Evidence({PLACED.order_id: order}, [], {}, {}, {}, {}, {}, pushes, {}, {}, [], {})


def push(outcome: str, at_ms: int, method: str = "trade_TradeBuyerPay") -> dict[str, Any]:
    return {"ref": "E1", "method": method, "outcome": outcome, "at_ms": at_ms, "duration_ms": 40.0}


DISPATCHED = {"type": "FulfillmentDispatched", "recorded_at": 2_000}


def test_the_clock_starts_when_the_shop_sent_the_push_that_was_accepted() -> None:
    pushes = [push("refused:503", 500), push("accepted", 1_040), push("accepted", 9_000)]
    assert to_wms_ms(seen(pushes, [DISPATCHED]), PLACED) == 1_000


def test_an_order_whose_paid_push_never_came_has_no_such_time() -> None:
    assert to_wms_ms(seen([push("accepted", 1_000, "trade_TradeCreate")], [DISPATCHED]), PLACED) is None


def test_an_order_that_never_reached_the_warehouse_has_no_such_time() -> None:
    assert to_wms_ms(seen([push("accepted", 1_000)], []), PLACED) is None


def test_percentiles_are_times_that_were_measured() -> None:
    assert spread(list(range(1, 101))) == Spread(100, 50, 99, 100)
    assert spread([7]) == Spread(1, 7, 7, 7)
    assert spread([]) is None
