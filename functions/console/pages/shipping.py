"""发货清单: what is to be sent now, or left on a day; on screen, printed, as CSV; totals are its rows' (R48)."""

from typing import Any
from urllib.parse import urlencode

from orderhub.contracts.shipping_csv import shipping_csv
from orderhub.runtime import reading
from orderhub.services.shipping_list import ShippingFilter, shipping_list
from pages.frame import show
from pages.page import Answer, download
from pages.visit import Visit

STATES = ("AwaitShipment", "Dispatch", "IssueWaybill", "AwaitRelease")
MOST_SHOWN = 2_000
"""Rows on one page; the CSV has all of them, and so have the totals."""


def page(visit: Visit) -> Answer:
    """GET /shipping-list, ``?day=`` or ``?state=``, and ``?warehouse=``."""
    asked = _asked(visit)
    found = _list(visit, asked)
    return show(
        "shipping_list.html", visit, found=found, rows=found["orders"][:MOST_SHOWN], asked=asked, states=STATES,
        query=urlencode({name: value for name, value in asked.items() if value}), here="orders",
        warehouses=sorted({one for row in found["orders"] for one in row["warehouses"]} | {asked["warehouse"]} - {""}),
    )  # fmt: skip


def exported(visit: Visit) -> Answer:
    """GET /shipping-list.csv: all rows, then the totals."""
    asked = _asked(visit)
    name = f"shipping-{asked['day'] or asked['state']}.csv"
    return download(name, "text/csv; charset=utf-8", shipping_csv(_list(visit, asked)).encode())


def _asked(visit: Visit) -> dict[str, str]:
    day = visit.query.get("day", "").replace("-", "")[:8]
    state = visit.query.get("state", "")
    return {
        "day": day if day.isascii() and (day.isdigit() or not day) else "x",  # what is no day is refused by its name
        "state": state if state in STATES else STATES[0],
        "warehouse": visit.query.get("warehouse", "")[:64],
    }


def _list(visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
    return shipping_list(ShippingFilter(**asked), reading.rows(), visit.now, visit.person.shops)
