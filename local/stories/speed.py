"""How long the hub took from the shop's paid webhook to the warehouse, measured per order (R7).

From: the instant at which the shop sent the `trade_TradeBuyerPay` push that the hub accepted first (the shop's
log; so the hub's own acceptance counts). To: the fact `FulfillmentDispatched`, recorded after the warehouse
accepted the trade and the stock was committed. An order whose paid push was lost has no such time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from local.stories.evidence import Evidence
from local.stories.world import Placed

PAID = "trade_TradeBuyerPay"


@dataclass(frozen=True)
class Spread:
    """Times in ms of `n` orders; percentiles by nearest rank."""

    n: int
    p50: int
    p99: int
    longest: int


def to_wms_ms(seen: Evidence, placed: Placed) -> int | None:
    """None when the order did not reach the warehouse, or the hub got no paid push."""
    order = seen.orders.get(placed.order_id)
    dispatched = [f["recorded_at"] for f in order["timeline"] if f["type"] == "FulfillmentDispatched"] if order else []
    sent = [
        call["at_ms"] - call["duration_ms"]
        for call in seen.pushes
        if call["ref"] == placed.tid and call["method"] == PAID and call["outcome"] == "accepted"
    ]
    return round(min(dispatched) - min(sent)) if dispatched and sent else None


def wms_call_ms(seen: Evidence, placed: Placed) -> int | None:
    """The part of it that was the warehouse's own: the push of the trade, as the hub saw it."""
    order = seen.orders.get(placed.order_id)
    took = [e["duration_ms"] for e in order["effects"] if e["verb"] == "push_trade"] if order else []
    return took[0] if took else None


def spread(times: Sequence[int]) -> Spread | None:
    """None when there is nothing to measure.

    >>> spread([30, 10, 20])
    Spread(n=3, p50=20, p99=30, longest=30)
    """
    ranked = sorted(times)
    if not ranked:
        return None

    def rank(share: float) -> int:
        return ranked[max(0, ceil(share * len(ranked)) - 1)]

    return Spread(len(ranked), rank(0.50), rank(0.99), ranked[-1])
