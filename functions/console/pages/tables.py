"""数据表: the decision tables as grids: a form for each row, paste and CSV, history (R8, R45)."""

from typing import Any

from orderhub.runtime import wiring
from orderhub.services.address_gate import divisions_version
from orderhub.services.decide import Rejected
from pages import rules
from pages.frame import show
from pages.page import Answer, download, redirect
from pages.visit import Visit

MOST = 600
OWN_PAGES = ("gifts", "interception")


def listing(visit: Visit) -> Answer:
    """GET /tables"""
    kinds = sorted(wiring.rule_desk().overview(), key=lambda one: one["kind"] in OWN_PAGES)
    divisions = divisions_version()
    return show(
        "tables.html", visit, kinds=kinds, names=rules.names(), divisions=divisions,
        may_not=rules.may_not(visit), here="tables",
    )  # fmt: skip


def live(visit: Visit) -> Answer:
    """GET /tables/{kind}"""
    kind = visit.named["kind"]
    return redirect(f"/tables/{kind}/{wiring.rule_desk().versions(kind)['live']}")


def version(visit: Visit) -> Answer:
    """GET /tables/{kind}/{version}: the grid."""
    return _grid(visit)


@rules.editors
def window(visit: Visit) -> Answer:
    """POST /tables/address_change/{version}/window: how long an address may be changed, by shop; a draft."""
    shop, minutes = visit.form.get("shop", "")[:40], visit.form.get("minutes", "")[:10]
    try:
        made = wiring.rule_desk().write_window(
            visit.named["version"], shop, minutes, visit.person.staff_id, rules.note(visit)
        )
    except Rejected as refused:
        problems = rules.problems_of(refused)
        return _grid(visit, 422, window_form={"shop": shop, "minutes": minutes}, problems=problems)
    return redirect(f"/tables/address_change/{made['version']}?try=1")


def _grid(visit: Visit, status: int = 200, **more: Any) -> Answer:
    kind = visit.named.get("kind", "address_change")
    found = wiring.rule_desk().windows(visit.named["version"]) if kind == "address_change" else {}
    given = {"windows": found, "window_form": {"shop": "", "minutes": ""}, "problems": {}, **more}
    return rules.shown(visit, "table_version.html", "tables", kind, status=status, **given)


def csv(visit: Visit) -> Answer:
    """GET /tables/{kind}/{version}/csv: in the words of people; no cell is a formula."""
    kind, number = visit.named["kind"], visit.named["version"]
    data = wiring.rule_desk().plain_csv(kind, number)
    return download(f"{kind}-v{number}.csv", "text/csv; charset=utf-8", data)


@rules.editors
def ask_row(visit: Visit) -> Answer:
    """GET /tables/{kind}/{version}/new, …/rows/{row_id}"""
    sheet = wiring.rule_desk().sheet(visit.named["kind"], visit.named["version"])
    row = next((one for one in sheet["rows"] if one["row_id"] == _row(visit)), None)
    if row is None and _row(visit):
        raise Rejected("no_such_row", _row(visit))
    return _row_form(visit, sheet, row["cells"] if row else {}, row["place"] if row else len(sheet["rows"]) + 1)


@rules.editors
def save_row(visit: Visit) -> Answer:
    """POST to the same: a draft, or the form again with what is wrong."""
    desk, kind, number = wiring.rule_desk(), visit.named["kind"], visit.named["version"]
    cells = {name.removeprefix("c:"): text[:MOST] for name, text in visit.form.items() if name.startswith("c:")}
    more = visit.form.get("more", "")
    if more and visit.form.get("more_cell", "").strip():
        cells[more] = visit.form["more_cell"][:MOST]
    place = visit.form.get("place", "")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 5 else None
    try:
        made = desk.write_row(
            kind, number, _row(visit), cells, visit.person.staff_id, rules.note(visit), at, visit.form.get("wish", "")
        )
    except Rejected as refused:
        problems = rules.problems_of(refused)
        return _row_form(visit, desk.sheet(kind, number), cells, at or 1, problems, 422)
    return redirect(f"/tables/{kind}/{made['version']}?try=1")


@rules.editors
def ask_file(visit: Visit) -> Answer:
    """GET /tables/{kind}/{version}/import"""
    return _file_form(visit, "", ())


@rules.editors
def take_file(visit: Visit) -> Answer:
    """POST /tables/{kind}/{version}/import: every bad row with line and reason, or a draft; nothing in half."""
    kind, number = visit.named["kind"], visit.named["version"]
    text = visit.form.get("file", "") or visit.form.get("text", "")
    try:
        made = wiring.rule_desk().take_file(kind, number, text, visit.person.staff_id, rules.note(visit))
    except Rejected as refused:
        problems = getattr(refused, "problems", None)
        if problems is None:
            raise
        return _file_form(visit, text, problems, 422)
    return redirect(f"/tables/{kind}/{made['version']}?try=1")


def _row(visit: Visit) -> str:
    return visit.named.get("row_id", "")


def _row_form(visit: Visit, sheet: Any, cells: Any, place: int, problems: Any = None, status: int = 200) -> Answer:
    return show(
        "table_row.html", visit, status, sheet=sheet, cells=cells, place=place, row_id=_row(visit),
        wish=visit.form.get("wish", ""), problems=problems or {}, here="tables", title=rules.words_of(sheet["kind"]),
    )  # fmt: skip


def _file_form(visit: Visit, text: str, problems: Any, status: int = 200) -> Answer:
    sheet = wiring.rule_desk().sheet(visit.named["kind"], visit.named["version"])
    return show(
        "table_import.html", visit, status, sheet=sheet, text=text, problems=problems, here="tables",
        title=rules.words_of(sheet["kind"]),
    )  # fmt: skip
