"""健康: four figures, the orders in every state, the most urgent decisions (R40, R41)."""

import json
from collections.abc import Mapping
from typing import Any

from orderhub.contracts.health_csv import health_csv
from orderhub.runtime import reading
from orderhub.services import decision_queue
from pages.flow import flow_of
from pages.frame import show
from pages.page import Answer, download
from pages.queue import theirs_of
from pages.sparkline import value_of
from pages.tiles import ranges_of, short_day, tiles_of
from pages.visit import Visit

URGENT = 5


def page(visit: Visit) -> Answer:
    """GET /health, ``?day=YYYYMMDD`` for a day that is over."""
    return show("health.html", visit, **_board(visit), here="health")


def board(visit: Visit) -> Answer:
    """GET /health/board: what changes by itself, asked for every few seconds."""
    return show("_health_board.html", visit, **_board(visit))


def exported(visit: Visit) -> Answer:
    """GET /health.csv: every figure of every day that is shown."""
    found = reading.health(_day(visit), visit.person.shops)
    return download(f"health-{found['day']}.csv", "text/csv; charset=utf-8", health_csv(found).encode())


def _day(visit: Visit) -> str:
    return visit.query.get("day", "").replace("-", "")[:8]


def _board(visit: Visit) -> dict[str, Any]:
    day = _day(visit)
    found, shops = reading.health(day, visit.person.shops), visit.person.shops
    return {
        "board": found, "tiles": tiles_of(found, visit), "flow": flow_of(reading.lifecycle(shops), visit),
        "urgent": _urgent(visit), "day": day, "charts": _charts(found, visit),
    }  # fmt: skip


def _urgent(visit: Visit) -> list[Mapping[str, Any]]:
    """The next decisions of this person's shops."""
    return theirs_of(visit, decision_queue.Filter(limit=URGENT))[0]


def _charts(found: Mapping[str, Any], visit: Visit) -> str:
    """What the large charts draw, as JSON that stands safely within a page."""
    tiles = {tile["key"]: tile for tile in found["tiles"]}
    outbound = tiles["payment_to_outbound"]
    data = {
        "distribution": {
            "name": visit.say("支付→出库: 订单数", "Payment to outbound: orders"),
            "bounds": ranges_of(outbound["parts"]),
            "counts": [part["count"] for part in outbound["parts"]],
        },
        "days": [short_day(point["day"]) for point in outbound["trend"]],
        "median": {
            "name": visit.say("支付→出库 中位 (小时)", "Payment to outbound, median (h)"),
            "values": [_hours(value_of("payment_to_outbound", point)) for point in outbound["trend"]],
        },
        **{
            key: {"name": f"{tiles[key]['name'][visit.say('zh', 'en')]} (%)",
                  "values": [_percent(value_of(key, point)) for point in tiles[key]["trend"]]}
            for key in ("exceptions", "consistency")
        },
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hours(ms: float | None) -> float | None:
    return None if ms is None else round(ms / 3_600_000, 2)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 2)
