"""订单: the list of orders, one order whole, and the run that drives it (R42)."""

import re
from typing import Any
from urllib.parse import urlencode

from orderhub.contracts.orders_csv import orders_csv
from orderhub.runtime import reading, wiring
from orderhub.runtime.settings import optional
from orderhub.services import (
    compare_waybills,
    find_orders,
    headline,
    list_orders,
    show,
    show_execution,
    side_by_side,
)
from orderhub.services.decide import Rejected
from orderhub.services.staff import Action
from pages.filter_words import words_of
from pages.frame import show as shown
from pages.order_timeline import FILTERS, chosen, code_words, entries_of
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
    asked = " ".join(visit.query.get("q", "").split())[:64]
    found: dict[str, Any] = {"orders": [], "is_cut": False}
    if asked:
        found = find_orders.find(asked, reading.rows(), wiring.digest(), visit.person.shops)
    hits = found["orders"]
    if len(hits) == 1 and not found["is_cut"]:
        return redirect(f"/orders/{hits[0]['order_id']}")
    return shown("find.html", visit, asked=asked, rows=hits, is_cut=found["is_cut"], here="orders")


def page(visit: Visit) -> Answer:
    """GET /orders/{order_id}. ``?timeline=`` filters, ``?one=&other=`` compares two versions of its waybills."""
    order_id = visit.named["order_id"]
    order = show.order(order_id, wiring.orders(), visit.now)
    must_see(visit, order_id, order["shop_id"])
    kind = visit.query.get("timeline", "")
    if not visit.may(Action.SEE_MONEY):
        order |= _without_books(order)
    entries = entries_of(order["timeline"], order["effects"])
    return shown(
        "order.html", visit, order=order, head=order["headline"], table=_systems(visit, order_id),
        versions=_versions(order["waybills"]), compared=_compared(visit, order_id), entries=chosen(entries, kind),
        kind=kind if kind in FILTERS else "", filters=FILTERS, n_entries=len(entries), names=names_of_staff(),
        codes=code_words(order["decisions"]), sees_money=visit.may(Action.SEE_MONEY), here="orders",
    )  # fmt: skip


def head(visit: Visit) -> Answer:
    """GET /orders/{order_id}/head: the sentence on top, asked for every few seconds."""
    order_id = visit.named["order_id"]
    told = headline.headline(order_id, wiring.orders(), visit.now)
    must_see(visit, order_id, told["shop_id"])
    return shown("_order_head.html", visit, head=told, order_id=order_id)


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


def _systems(visit: Visit, order_id: str) -> dict[str, Any]:
    """The comparison, without what the ledger booked for whom money is not the business of."""
    table = side_by_side.systems_of(order_id, wiring.orders())
    if visit.may(Action.SEE_MONEY):
        return table
    for row in table["fields"]:
        cell = row["cells"]["ledger"]
        if row["field"] in ("money", "goods") and cell["value"]:
            hidden = {"zh": "您的角色不看财务", "en": "not for your role"}
            row["cells"]["ledger"] = {**cell, "value": None, "differs": None, "unknown": hidden}
    return table


def _without_books(order: dict[str, Any]) -> dict[str, Any]:
    """What was split and booked is for those who may see money; that it was booked is for everybody."""
    timeline = [
        {**fact, "data": {"bill_number": fact["data"].get("bill_number", "")}}
        if fact["type"] == "OrderSettled"
        else fact
        for fact in order["timeline"]
    ]
    others = [
        verdict
        for verdict in order["verdicts"]
        if not any(one["kind"] == "settlement_bearer" for one in verdict["evaluations"])
    ]
    return {"timeline": timeline, "verdicts": others, "settlement": None}


def _versions(waybills: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Versions by parcel, what the carrier holds first, the newest first."""
    named = [{**row, "name": f"{row['track']}-{row['fulfillment']}-{row['version']}"} for row in waybills]
    return sorted(named, key=lambda row: (row["fulfillment"], row["track"] != "pushed", -row["version"]))


def _compared(visit: Visit, order_id: str) -> dict[str, Any] | None:
    one, other = visit.query.get("one", ""), visit.query.get("other", "")
    return compare_waybills.compared(order_id, one, other, wiring.orders()) if one and other else None


def _aws_console(arn: str) -> str:
    """Where AWS shows this run; empty where there is no AWS console (a laptop)."""
    origin, parts = optional("AWS_CONSOLE_URL", "").rstrip("/"), arn.split(":")
    if not origin.startswith("https://") or len(parts) < 4:
        return ""
    return f"{origin}/states/home?region={parts[3]}#/v2/executions/details/{arn}"
