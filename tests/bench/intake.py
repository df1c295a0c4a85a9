"""How many paid orders a second the hub takes in on this machine, and how many it brings to the warehouse.

    {"intake_per_s": {"accepted", "completed", "orders", "lost"}}

All orders are placed and paid at once. `accepted`: webhooks acknowledged a second, from the first to the last
(each order sends three). `completed`: orders whose trade the warehouse has and whose stock is sold, a second,
from the first acknowledgement to the last dispatch. The warehouse's limit is out of the way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.hub import ask, hub, wait_until
from tests.bench.to_wms import PACKED_AFTER_MS, dispatched

ORDERS, WARM_UP, AT_ONCE, PER_MINUTE = 150, 10, 8, 60_000
SETTLE_SECONDS = 240.0


def measure() -> dict[str, Any]:
    """The document above."""
    words = ("--speed", "1", "--tick", "60", "--parameter", f"WangdiantongCallsPerMinute={PER_MINUTE}")
    with hub(*words, environ={"HUB_SAVE_SECONDS": "600"}) as running:
        wms = {"per_minute": PER_MINUTE, "pack_ms": PACKED_AFTER_MS}
        ask(f"{running.run.partners['wangdiantong']}/_sim/config", wms)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda number: running.place(number, pay=True), range(WARM_UP)))
            wait_until(lambda: len(dispatched(running)) >= WARM_UP, SETTLE_SECONDS, every=2.0)
            tids = set(pool.map(lambda number: running.place(number, pay=True), range(ORDERS)))
        wait_until(lambda: len(dispatched(running)) >= ORDERS + WARM_UP, SETTLE_SECONDS, every=3.0)
        told = [
            call["at_ms"]
            for event in ("trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay")
            for call in running.calls("youzan", event)
            if call["ref"] in tids and call["outcome"] == "accepted"
        ]
        ended = [at for order_id, at in dispatched(running).items() if order_id.removeprefix("youzan-") in tids]
    return {
        "intake_per_s": {
            "accepted": round(len(told) / (max(told) - min(told)) * 1000, 1),
            "completed": round(len(ended) / (max(ended) - min(told)) * 1000, 1),
            "orders": ORDERS,
            "lost": ORDERS - len(ended),
        }
    }
