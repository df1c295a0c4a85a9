"""The buyer's page: another address by a signed link, once, without signing in; written for a phone (R15)."""

from typing import Any

from orderhub.runtime import opened, wiring
from orderhub.runtime.buyer_links import BuyerLink, BuyerLinks
from orderhub.services import buyer_view
from orderhub.services.decide import Rejected
from orderhub.services.decide_in_bulk import told as why_of
from orderhub.services.request_address_change import Source, ask_for_change
from pages.frame import show
from pages.order_people import PARTS, asked_of, typed
from pages.page import Answer, redirect
from pages.visit import Visit

MOST_TRIES = 20  # of an order, an hour


def ask(visit: Visit) -> Answer:
    """GET /b/{token}"""
    link = _link(visit)
    return _page(visit, link, dict.fromkeys(PARTS, "")) if link else _over(visit)


def tried(visit: Visit) -> Answer:
    """POST /b/{token}: what it would do, then ``confirm``, which counts once for a link."""
    link = _link(visit)
    if link is None:
        return _over(visit)
    known = buyer_view.view(link.order_id, link.name, wiring.orders(), wiring.rules(), visit.now)
    if known["refusal"] or known["asked"]:
        return _page(visit, link, dict.fromkeys(PARTS, ""))
    fields = typed(visit)
    try:
        if not wiring.tallies().take("buyer", link.order_id, MOST_TRIES, visit.now):
            raise Rejected("too_many_tries", f"{MOST_TRIES} within an hour")
        if visit.form.get("step") == "confirm":
            ask_for_change(
                link.order_id, asked_of(fields), "buyer", link.name, wiring.orders(), wiring.seal(), wiring.digest(),
                visit.now, Source.BUYER_PAGE,
            )  # fmt: skip
            return redirect(f"/b/{visit.named['token']}")
        told = opened.ask(
            "preview_address", order_id=link.order_id, asked=asked_of(fields), source=Source.BUYER_PAGE.value
        )  # fmt: skip
    except Rejected as refused:
        return _page(visit, link, fields, refused=refused)
    return _page(visit, link, fields, told)


def _link(visit: Visit) -> BuyerLink | None:
    return BuyerLinks(wiring.session_key()).read(visit.named["token"])


def _page(
    visit: Visit, link: BuyerLink, fields: dict[str, str], told: Any = None, refused: Rejected | None = None
) -> Answer:
    known = buyer_view.view(link.order_id, link.name, wiring.orders(), wiring.rules(), visit.now)
    why, wrong, status = None, "", 200
    if refused is not None:
        status, why = 422, why_of(refused)["why"]
        wrong = str(refused.evidence.get("parameter", ""))
    return show(
        "buyer.html", visit, status, order=known, fields=fields, told=told, why=why, wrong=wrong,
        token=visit.named["token"], here="",
    )  # fmt: skip


def _over(visit: Visit) -> Answer:
    return show("buyer_over.html", visit, 404, here="")
