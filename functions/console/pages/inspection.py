"""巡检: a day's figures, what got worse and why, what is over time; signed, and what is wrong made a card (R48)."""

from collections.abc import Mapping
from typing import Any

from orderhub.contracts.inspection_csv import inspection_csv
from orderhub.contracts.words import PARTNERS
from orderhub.runtime import reading, wiring
from orderhub.services import inspection, inspection_findings
from orderhub.services.decide import Rejected
from orderhub.services.staff import Action
from pages import text
from pages.frame import show
from pages.orders import names_of_staff
from pages.page import Answer, download, redirect
from pages.tiles import link_to
from pages.visit import Visit

OUTBOUND, ACCURACY = "payment_to_outbound", "accuracy"
_DAYS = ("today", "yesterday", "last_week")


def page(visit: Visit) -> Answer:
    """GET /inspection, ``?day=YYYYMMDD`` for one that is over."""
    found = _found(visit)
    lines, overdue = inspection_findings.lines_of(found), found["overdue"]["cards"]
    people = wiring.staff().listed() if visit.may(Action.SIGN_INSPECTION) else ()
    return show(
        "inspection.html", visit, found=found, figures=[_figure(one) for one in found["figures"]],
        causes=[{**one, "link": link_to({**one["filter"], "day": found["day"]})} for one in found["causes"]],
        cards=[{**card, "line": inspection_findings.overdue_line(card["decision_id"])} for card in overdue],
        waiting=[{**one, "name": PARTNERS.get(one["partner"], (one["partner"],) * 2)} for one in found["waiting"]],
        names=names_of_staff(),
        asked=inspection_findings.asked(found["day"], lines, wiring.orders(), visit.person.shops),
        people=[one for one in people if one.is_active], here="inspection",
    )  # fmt: skip


def exported(visit: Visit) -> Answer:
    """GET /inspection.csv"""
    found = _found(visit)
    return download(f"inspection-{found['day']}.csv", "text/csv; charset=utf-8", inspection_csv(found).encode())


def sign(visit: Visit) -> Answer:
    """POST /inspection/sign: who looked (at which shops), and what there is to say; never changed afterwards."""
    day, note = visit.form.get("day", ""), visit.form.get("note", "").strip()
    if len(note) > 500:
        raise Rejected("bad_request", "note must not be longer than 500 signs")
    if visit.person.shops:  # what they saw is not all there is
        note = f"[{visit.say('店铺', 'shops')} {', '.join(visit.person.shops)}] {note}".strip()
    signed = inspection.sign(day, visit.person.staff_id, note, reading.signatures(), visit.now)
    return redirect(f"/inspection?day={signed['day']}#sign")


def ask(visit: Visit) -> Answer:
    """POST /inspection/findings: a line becomes a card with an owner; asked for again, it is the same card."""
    day, assignee = visit.form.get("day", ""), visit.form.get("assignee", "")
    known = wiring.staff().read(assignee)
    if known is None or not known.is_active:
        raise Rejected("bad_request", "assignee must be somebody who works here")
    wanted = inspection_findings.Wanted(
        visit.person.staff_id,
        visit.form.get("line", "")[:240],
        assignee,
        day,
        visit.form.get("note", "").strip(),
        visit.person.shops,
    )
    inspection_findings.ask(wanted, reading.rows(), wiring.orders(), reading.signatures(), visit.now)
    return redirect(f"/inspection?day={day}")


def _found(visit: Visit) -> dict[str, Any]:
    day = visit.query.get("day", "").replace("-", "")[:8]
    shops = visit.person.shops
    return inspection.inspection(reading.rows(), wiring.orders(), reading.signatures(), visit.now, day, shops)


def _figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    """With each day's value as people read it."""
    days = {name: {**figure[name], "text": _text(figure["key"], figure[name])} for name in _DAYS}
    return {**figure, **days}


def _text(key: str, value: Mapping[str, Any]) -> str:
    if not value["n"]:
        return text.UNKNOWN
    if key == OUTBOUND:
        return text.duration(value["value"])
    return f"{value['shown']} / 10,000" if key == ACCURACY else str(value["shown"])
