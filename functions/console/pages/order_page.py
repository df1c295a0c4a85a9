"""One order whole (R42): the page, its head that asks for news, and its body that follows when there is some.

The head is asked for every few seconds with the version that was seen; what is unchanged answers 204 and costs two
reads. What changed answers the head and the event ``order-changed``, on which the page asks for its body.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from orderhub.contracts.words import (
    CARRIERS,
    CHANGE_SOURCES,
    CHANGE_STATUSES,
    WAYS,
    pack_words,
    reason_words,
)
from orderhub.runtime import wiring
from orderhub.services import compare_waybills, headline, show, side_by_side
from orderhub.services.staff import Action
from pages.frame import show as shown
from pages.order_timeline import FILTERS, chosen, entries_of
from pages.orders import must_see, names_of_staff
from pages.page import Answer
from pages.visit import Visit

CHANGED = "order-changed"
_NOBODY: Mapping[str, tuple[str, str]] = {
    "buyer": ("买家", "the buyer"),
    "seller": ("商家", "the shop"),
    "hub": ("订单中枢", "the hub"),
}
_KEPT = ("timeline", "one", "other")
_WORDS: Mapping[str, Any] = {
    "change_sources": CHANGE_SOURCES, "change_statuses": CHANGE_STATUSES, "ways": WAYS, "reason_words": reason_words,
    "pack_words": pack_words, "carriers": CARRIERS, "filters": FILTERS,
}  # fmt: skip


def page(visit: Visit) -> Answer:
    """GET /orders/{order_id}. ``?timeline=`` filters, ``?one=&other=`` compares two versions of its waybills."""
    return shown("order.html", visit, **whole(visit, is_news=False), here="orders")


def body(visit: Visit) -> Answer:
    """GET /orders/{order_id}/body: all below the head, with the same filter and comparison."""
    return shown("_order_body.html", visit, **whole(visit, is_news=True))


def head(visit: Visit) -> Answer:
    """GET /orders/{order_id}/head?seen=: the sentence on top; 204 where this version was seen."""
    order_id = visit.named["order_id"]
    told = headline.news(order_id, visit.query.get("seen", ""), wiring.orders(), visit.now)
    must_see(visit, order_id, told["shop_id"])
    if "mood" not in told:
        return Answer("", 204)
    answer = shown("_order_head.html", visit, head=told, version=told["version"], order_id=order_id)
    answer.headers["hx-trigger"] = CHANGED
    return answer


def whole(visit: Visit, *, is_news: bool = True) -> dict[str, Any]:
    """All that the page and its body show."""
    from orderhub.services.verdict_words import told  # the rule desk's words: not for every page's cold start

    order_id = visit.named["order_id"]
    order = show.order(order_id, wiring.orders(), visit.now)
    must_see(visit, order_id, order["shop_id"])
    if not visit.may(Action.SEE_MONEY):
        order |= _without_books(order)
    kind, entries = visit.query.get("timeline", ""), entries_of(order["timeline"], order["effects"])
    kept = {name: visit.query[name][:40] for name in _KEPT if visit.query.get(name)}
    return {
        "order": order, "order_id": order_id, "head": order["headline"], "version": order["version"],
        "table": _systems(visit, order_id), "versions": _versions(order), "compared": _compared(visit, order_id),
        "entries": chosen(entries, kind), "kind": kind if kind in FILTERS else "", "n_entries": len(entries),
        "verdicts": told(order["verdicts"]), "person": _person(visit), "query": urlencode(kept),
        "sees_money": visit.may(Action.SEE_MONEY), "is_news": is_news, **_WORDS,
    }  # fmt: skip


def _person(visit: Visit) -> Callable[[str], str]:
    """Who a staff id is: the name; the hub, a buyer and who pressed a card's button in WeCom by what they are."""
    names = names_of_staff()

    def name_of(by: str) -> str:
        if by in _NOBODY:
            return visit.say(*_NOBODY[by])
        own = by.removeprefix("wecom:")
        return names.get(own, own)

    return name_of


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


def _versions(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Versions by parcel, what the carrier holds first, the newest first; ``is_drawn``: the label page draws this one,
    for it draws each parcel's newest."""
    rows = [{**row, "name": f"{row['track']}-{row['fulfillment']}-{row['version']}"} for row in order["waybills"]]
    rows.sort(key=lambda row: (row["fulfillment"], row["track"] != "pushed", -row["version"]))
    drawn: dict[int, str] = {}
    for row in rows:
        drawn.setdefault(row["fulfillment"], row["name"])
    parcels = {parcel["number"] for parcel in order["parcels"]}
    return [row | {"is_drawn": drawn[row["fulfillment"]] == row["name"] and row["fulfillment"] in parcels}
            for row in rows]  # fmt: skip


def _compared(visit: Visit, order_id: str) -> dict[str, Any] | None:
    one, other = visit.query.get("one", ""), visit.query.get("other", "")
    return compare_waybills.compared(order_id, one, other, wiring.orders()) if one and other else None
