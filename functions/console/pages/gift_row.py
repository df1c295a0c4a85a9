"""The gift rule as one sentence with fields (R30, R45): at most six clicks, and what is wrong stands at its field."""

from collections.abc import Mapping
from typing import Any

from orderhub.runtime import wiring
from orderhub.services.decide import Rejected
from pages import rules
from pages.frame import show
from pages.page import Answer, redirect
from pages.visit import Visit

MOST = 600
FIELDS = (
    "main_sku", "shop", "province", "channel", "basis", "least", "begins", "ends", "code", "name", "quantity",
    "waybill_line", "sticker_position", "sticker_x_mm", "sticker_y_mm", "quota", "priority", "exclusive",
)  # fmt: skip


@rules.editors
def ask(visit: Visit) -> Answer:
    """GET /rules/gifts/{version}/new, /rules/gifts/{version}/rows/{row_id}"""
    sentence = wiring.rule_desk().gift(visit.named["version"], _row(visit))
    return _form(visit, sentence.form, sentence.beyond)


@rules.editors
def save(visit: Visit) -> Answer:
    """POST to the same: a new draft, or the form again with what is wrong."""
    desk, form = wiring.rule_desk(), _said(visit)
    try:
        made = desk.write_gift(visit.named["version"], _row(visit), form, visit.person.staff_id, rules.note(visit))
    except Rejected as refused:
        problems = rules.problems_of(refused)
        beyond = desk.gift(visit.named["version"], _row(visit)).beyond
        return _form(visit, form, beyond, problems, 422)
    return redirect(f"/rules/gifts/{made['version']}?try=1")


@rules.editors
def tried(visit: Visit) -> Answer:
    """POST …/try: what this sentence would have done in the last 30 days; nothing is kept."""
    since = visit.now - rules.TRIED_DAYS * rules.DAY_MS
    row_id = visit.form.get("row_id", "")[:60]
    try:
        found = wiring.rule_desk().try_gift(visit.named["version"], row_id, _said(visit), since, visit.now)
    except Rejected as refused:
        return show("_tried.html", visit, found=None, problems=rules.problems_of(refused))
    return show("_tried.html", visit, found=found, problems={})


@rules.editors
def remove(visit: Visit) -> Answer:
    """POST /rules/{kind}/{version}/rows/{row_id}/remove: a draft without the row."""
    kind = visit.named["kind"]
    made = wiring.rule_desk().drop_row(
        kind, visit.named["version"], visit.named["row_id"], visit.person.staff_id, rules.note(visit)
    )
    where = "tables" if visit.form.get("from") == "tables" else "rules"
    return redirect(f"/{where}/{kind}/{made['version']}?try=1")


def _row(visit: Visit) -> str:
    return visit.named.get("row_id", "")


def _said(visit: Visit) -> Mapping[str, str]:
    return {**dict.fromkeys(FIELDS, ""), **{name: text[:MOST] for name, text in visit.form.items()}}


def _form(
    visit: Visit, form: Mapping[str, str], beyond: Mapping[str, str], problems: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Answer:  # fmt: skip
    from orderhub.services.rule_words import BASIS_WORDS, PLACES, beyond_words

    desk, number = wiring.rule_desk(), visit.named["version"]
    sheet = desk.sheet("gifts", number)
    return show(
        "gift_row.html", visit, status, form=form, row_id=_row(visit), sheet=sheet, problems=problems or {},
        beyond=beyond_words(beyond), bases=BASIS_WORDS, places=PLACES, here="rules",
        spot=(_mm(form.get("sticker_x_mm", ""), 100), _mm(form.get("sticker_y_mm", ""), 150)),
        newer=[one for one in desk.versions("gifts")["versions"] if _is_newer_draft(one, sheet["version"])],
        names=rules.names(),
    )  # fmt: skip


def _is_newer_draft(one: Mapping[str, Any], version: int) -> bool:
    return bool(one["version"] > version and one["status"] in ("draft", "tested"))


def _mm(text: str, most: int) -> int:
    """Where the sticker is drawn, whatever was typed."""
    return min(most, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 0
