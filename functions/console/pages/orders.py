"""订单: the list of orders, the way to one of them, and the run that drives it (R42)."""

import re
from typing import Any
from urllib.parse import urlencode

from orderhub.contracts.orders_csv import orders_csv
from orderhub.runtime import reading, wiring
from orderhub.runtime.settings import optional
from orderhub.services import find_orders, list_orders, show_execution
from orderhub.services.decide import Rejected
from pages.filter_words import words_of
from pages.frame import show as shown
from pages.page import Answer, download, redirect
from pages.visit import Visit

TABS = (
    "AwaitPayment", "AwaitRelease", "Dispatch", "IssueWaybill", "AwaitShipment", "AwaitDelivery", "Settle",
    "OrderCompleted", "OrderCancelled",
)  # fmt: skip
_NARROWS = ("state", "exception", "defect", "agreement", "took", "day", "since", "by")


def listing(visit: Visit) -> Answer:
    """GET /orders: what was placed today, or the orders behind a state or a figure (``?state=``, ``?defect=`` …)."""
    wanted = _wanted(visit)
    asked = list_orders.ListFilter(**wanted, cursor=visit.query.get("cursor", "")[:400])
    found = list_orders.listed(asked, reading.rows(), visit.now, visit.person.shops)
    return shown(
        "orders.html", visit, rows=found["orders"], total=found["total"], cursor=found["cursor"], wanted=wanted,
        tags=words_of(wanted, visit), tabs=TABS, query=urlencode(wanted), here="orders",
    )  # fmt: skip


def exported(visit: Visit) -> Answer:
    """GET /orders.csv: all orders of the list. Raises Rejected (``too_many``)."""
    wanted = _wanted(visit)
    rows = list_orders.whole(list_orders.ListFilter(**wanted), reading.rows(), visit.now, visit.person.shops)
    name = "-".join(("orders", *(re.sub(r"[^A-Za-z0-9_]", "", value) for value in wanted.values()))) + ".csv"
    return download(name, "text/csv; charset=utf-8", orders_csv(rows).encode())


def _wanted(visit: Visit) -> dict[str, Any]:
    """The filters that were asked for; days also as a date field writes them."""
    wanted = {name: visit.query[name][:64] for name in _NARROWS if visit.query.get(name)}
    return wanted | {name: wanted[name].replace("-", "") for name in ("day", "since") if name in wanted}


def find(visit: Visit) -> Answer:
    """GET /find?q=: straight to the order when there is one. What was asked is nowhere kept (R6)."""
    asked, found = found_by(visit)
    hits = found["orders"]
    if len(hits) == 1 and not found["is_cut"]:
        return redirect(f"/orders/{hits[0]['order_id']}")
    return shown("find.html", visit, asked=asked, rows=hits, is_cut=found["is_cut"], here="orders")


def found_by(visit: Visit) -> tuple[str, dict[str, Any]]:
    """What was asked for, cleaned, and ``{"orders", "is_cut"}``."""
    asked = " ".join(visit.query.get("q", "").split())[:64]
    if not asked:
        return "", {"orders": [], "is_cut": False}
    return asked, find_orders.find(asked, reading.rows(), wiring.digest(), visit.person.shops)


def execution(visit: Visit) -> Answer:
    """GET /orders/{order_id}/execution: the states of one of its runs, ``?epoch=`` or the current one."""
    order_id, epoch = visit.named["order_id"], visit.query.get("epoch", "")
    wanted = int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 6 else 0
    run = show_execution.execution_of(order_id, wanted, wiring.orders(), wiring.executions())
    must_see(visit, order_id, run["shop_id"])
    longest = max((state["duration_ms"] or 0 for state in run["states"]), default=0)
    return shown("execution.html", visit, run=run, longest=longest, link=_aws_console(run["arn"]), here="orders")


def must_see(visit: Visit, order_id: str, shop_id: str) -> None:
    """Raises Rejected (``no_such_order``): another shop's order is none of theirs."""
    if not visit.person.sees_shop(shop_id):
        raise Rejected("no_such_order", order_id)


def names_of_staff() -> dict[str, str]:
    """Staff id → name."""
    return {one.staff_id: one.name for one in wiring.staff().listed()}


def _aws_console(arn: str) -> str:
    """Where AWS shows this run; empty where there is no AWS console (a laptop)."""
    origin, parts = optional("AWS_CONSOLE_URL", "").rstrip("/"), arn.split(":")
    if not origin.startswith("https://") or len(parts) < 4:
        return ""
    return f"{origin}/states/home?region={parts[3]}#/v2/executions/details/{arn}"
