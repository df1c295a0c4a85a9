"""What people do with an order's receiver: change the address, see whom it goes to, send the buyer a link (R6, R15)."""

from typing import Any

from orderhub.contracts.words import said
from orderhub.runtime import opened, wiring
from orderhub.runtime.buyer_links import made_for
from orderhub.services import headline
from orderhub.services.decide import Rejected
from orderhub.services.request_address_change import Source, ask_for_change
from orderhub.services.show import order as whole
from orderhub.services.tell_person import Reason
from orderhub.services.understand_address import understand
from pages.frame import show
from pages.orders import must_see
from pages.page import Answer, redirect
from pages.visit import Visit

PARTS = ("name", "phone", "province", "city", "district", "detail")
MOST_TRIES = 60  # of a person, an hour
REASONS = {reason.value: said("reason", reason.value) for reason in Reason}


def typed(visit: Visit) -> dict[str, str]:
    """What was entered; a pasted address fills what was left empty."""
    fields = {name: visit.form.get(name, "").strip()[:200] for name in PARTS}
    pasted = visit.form.get("pasted", "").strip()
    if pasted and not any(fields.values()):
        return understand(pasted)
    return fields


def asked_of(fields: dict[str, str]) -> dict[str, str]:
    """What is to be changed: what was left empty stays as it is."""
    return {name: text for name, text in fields.items() if text}


def address_form(visit: Visit) -> Answer:
    """GET /orders/{order_id}/address"""
    return _address_page(visit, dict.fromkeys(PARTS, ""), None)


def address_tried(visit: Visit) -> Answer:
    """POST /orders/{order_id}/address: what it would do, before it is confirmed; ``confirm`` does it.

    The same form twice is one change (its ``request_id``). Raises Rejected: what ``request_address_change`` refuses.
    """
    order_id = visit.named["order_id"]
    _seen(visit)
    fields = typed(visit)
    if visit.form.get("step") == "confirm":
        request_id = visit.form.get("request_id", "")[:64]
        ask_for_change(
            order_id, asked_of(fields), visit.person.staff_id, request_id,
            wiring.orders(), wiring.seal(), wiring.digest(), visit.now,
        )  # fmt: skip
        return redirect(f"/orders/{order_id}#address-changes")
    if not wiring.tallies().take("preview", visit.person.staff_id, MOST_TRIES, visit.now):
        raise Rejected("too_many_tries", f"{MOST_TRIES} within an hour")
    try:
        told = opened.ask(
            "preview_address", order_id=order_id, asked=asked_of(fields), source=Source.CUSTOMER_SERVICE.value
        )  # fmt: skip
    except Rejected as refused:
        if refused.code != "bad_parameter":
            raise
        return _address_page(visit, fields, None, str(refused.evidence.get("parameter", "detail")))
    return _address_page(visit, fields, told)


def _address_page(visit: Visit, fields: dict[str, str], told: Any, wrong: str = "") -> Answer:
    order = whole(visit.named["order_id"], wiring.orders(), visit.now)
    must_see(visit, order["order_id"], order["shop_id"])
    request_id = visit.form.get("request_id", "")[:64] or f"console-{visit.person.staff_id}-{visit.now}"
    return show(
        "order_address.html", visit, 422 if wrong else 200, order=order, fields=fields, told=told, wrong=wrong,
        request_id=request_id, refusal=order["actions"]["change_address"], here="orders",
    )  # fmt: skip


def reveal_form(visit: Visit) -> Answer:
    """GET /orders/{order_id}/reveal: the reason is asked for first."""
    _seen(visit)
    return show(
        "order_reveal.html", visit, order_id=visit.named["order_id"], reasons=REASONS, person=None, here="orders"
    )


def revealed(visit: Visit) -> Answer:
    """POST /orders/{order_id}/reveal: shown once, after it is on the timeline. Raises Rejected: no such reason, too
    many within this hour."""
    _seen(visit)
    person = opened.ask(
        "reveal", order_id=visit.named["order_id"], by=visit.person.staff_id, reason=visit.form.get("reason", "")
    )
    return show(
        "order_reveal.html", visit, order_id=visit.named["order_id"], reasons=REASONS, person=person, here="orders"
    )  # fmt: skip


def label(visit: Visit) -> Answer:
    """GET /orders/{order_id}/label: the place of the picture, which ``labels`` answers."""
    _seen(visit)
    parcel = visit.query.get("parcel", "1")
    number = parcel if parcel.isascii() and parcel.isdigit() and len(parcel) < 3 else "1"
    return show("order_label.html", visit, order_id=visit.named["order_id"], parcel=number, here="orders")


def buyer_link(visit: Visit) -> Answer:
    """POST /orders/{order_id}/buyer-link: a link for the buyer, shown once; who got it is on the timeline."""
    _seen(visit)
    order_id = visit.named["order_id"]
    by = visit.person.staff_id
    link = made_for(order_id, by, "console", wiring.orders(), wiring.session_key(), visit.now)
    return show("order_buyer_link.html", visit, link=link, here="orders")


def _seen(visit: Visit) -> None:
    order_id = visit.named["order_id"]
    must_see(visit, order_id, headline.headline(order_id, wiring.orders(), visit.now)["shop_id"])
