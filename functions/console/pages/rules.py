"""规则: the brand's rules as people read, try and switch them (R20, R27, R45)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from orderhub.runtime import wiring
from orderhub.services.decide import Rejected
from orderhub.services.staff import Action
from pages.frame import show, trouble
from pages.page import Answer, redirect
from pages.visit import Visit

DAY_MS = 86_400_000
TRIED_DAYS = 30
SENTENCES = ("gifts", "interception")
"""Kinds that have pages of their own; the others are grids."""
ONE_SHOP = (
    "规则对所有店铺生效, 您只管部分店铺: 请负责全部店铺的运营来改",
    "Rules hold for every shop, and you look after some of them only: ask somebody of operations for every shop",
)
UNCHANGED = ("没有任何改动", "Nothing was changed")
LOOKS = ("您的角色只能查看规则, 由运营来改", "Your role only looks at rules; operations change them")


def editors(serve: Callable[[Visit], Answer]) -> Callable[[Visit], Answer]:
    """Only for who may change rules of every shop; the others are told why not."""

    @wraps(serve)
    def guarded(visit: Visit) -> Answer:
        reason = may_not(visit)
        return trouble(visit, 403, reason, UNCHANGED) if reason else serve(visit)

    return guarded


def listing(visit: Visit) -> Answer:
    """GET /rules"""
    kinds = sorted(wiring.rule_desk().overview(), key=lambda one: one["kind"] not in SENTENCES)
    return show("rules.html", visit, kinds=kinds, names=names(), may_not=may_not(visit), here="rules")


def live(visit: Visit) -> Answer:
    """GET /rules/{kind}: the version that judges now."""
    kind = visit.named["kind"]
    return redirect(f"/rules/{kind}/{wiring.rule_desk().versions(kind)['live']}")


def version(visit: Visit) -> Answer:
    """GET /rules/{kind}/{version}: what it says, what it would have done, its history."""
    kind = visit.named["kind"]
    if kind not in SENTENCES and wiring.rule_desk().versions(kind):
        return redirect(f"/tables/{kind}/{visit.named['version']}")
    return shown(visit, "rule_version.html", "rules", kind)


def shown(
    visit: Visit, template: str, here: str, kind: str, found: Any = None, status: int = 200, **more: Any
) -> Answer:
    """A version's page, with what a back-test just found."""
    desk, number = wiring.rule_desk(), visit.named["version"]
    sheet = desk.sheet(kind, number)
    saved = desk.versions(kind)
    live_number = str(sheet["live"])
    changes = desk.difference(kind, number, live_number)["sentences"] if sheet["version"] != sheet["live"] else []
    lost = []
    if sheet["is_outdated"]:
        lost = desk.difference(kind, live_number, str(sheet["based_on"]))["sentences"]
    return show(
        template, visit, status, sheet=sheet, saved=saved, changes=changes, lost=lost, found=found, names=names(),
        may_not=may_not(visit), here=here, title=words_of(kind), tries=visit.query.get("try") == "1",
        **{"said": {}, **more},
    )  # fmt: skip


def difference(visit: Visit) -> Answer:
    """GET /rules/{kind}/{version}/against/{other}"""
    kind, new, old = (visit.named[name] for name in ("kind", "version", "other"))
    found = wiring.rule_desk().difference(kind, new, old)
    return show("rule_difference.html", visit, found=found, title=words_of(kind), here="rules")


@editors
def tested(visit: Visit) -> Answer:
    """POST /rules/{kind}/{version}/backtest: over the last 30 days; what it finds stays with the version."""
    kind, number = visit.named["kind"], visit.named["version"]
    found = wiring.rule_desk().test(kind, number, visit.now - TRIED_DAYS * DAY_MS, visit.now, visit.person.staff_id)
    if visit.is_part:
        return shown(visit, "_bench.html", "rules", kind, found)
    if kind not in SENTENCES:
        return redirect(f"/tables/{kind}/{number}")
    return shown(visit, "rule_version.html", "rules", kind, found)


@editors
def switched(visit: Visit) -> Answer:
    """POST /rules/{kind}/{version}/switch. Raises Rejected: who was quicker, what is missing."""
    kind, number = visit.named["kind"], visit.named["version"]
    reason, replaces = visit.form.get("reason", "").strip()[:500], visit.form.get("replaces", "")
    desk = wiring.rule_desk()
    if not (replaces.isascii() and replaces.isdigit() and len(replaces) < 7):
        raise Rejected("bad_parameter", "replaces")
    if not reason and not desk.sheet(kind, number)["is_draft"]:
        raise Rejected("no_reason", number)
    desk.switch(kind, number, int(replaces), visit.person.staff_id, reason)
    return redirect(f"/rules/{kind}/{number}")


@editors
def thresholds(visit: Visit) -> Answer:
    """POST /rules/{kind}/{version}/thresholds: other numbers in the rows, as a draft."""
    kind, number, desk = visit.named["kind"], visit.named["version"], wiring.rule_desk()
    said = {name.removeprefix("n:"): text for name, text in visit.form.items() if name.startswith("n:")}
    try:
        made = desk.write_thresholds(kind, number, said, visit.person.staff_id, note(visit))
    except Rejected as refused:
        return shown(visit, "rule_version.html", "rules", kind, None, 422, said=said, problems=problems_of(refused))
    return redirect(f"/rules/{kind}/{made['version']}?try=1")


def may_not(visit: Visit) -> tuple[str, str] | None:
    """Why this person may not change rules; None: they may."""
    if not visit.may(Action.EDIT_RULES):
        return LOOKS
    return ONE_SHOP if visit.staff and visit.staff.shops else None


def problems_of(refused: Rejected) -> Mapping[str, Any]:
    """What is wrong by field; what is wrong elsewhere in the pack by ``· row column``. Raises any other refusal."""
    problems = getattr(refused, "problems", None)
    if not problems:
        raise refused
    if isinstance(problems, dict):
        return problems
    return {f"· {one.row_id or one.table} {one.column}".rstrip(): one for one in problems}


def note(visit: Visit) -> str:
    return visit.form.get("note", "").strip()[:500]


def names() -> Mapping[str, str]:
    """Staff id → name."""
    return {one.staff_id: one.name for one in wiring.staff().listed()}


def words_of(kind: str) -> tuple[str, str]:
    from orderhub.services.rule_words import KINDS

    return next((words for known, words in KINDS.items() if known.value == kind), (kind, kind))
