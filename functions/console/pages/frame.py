"""Every page's frame: templates, words of both languages, the rail, headers that keep a page to itself."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orderhub.contracts.words import OUTCOMES, STATES, STEPS, ZONES, fact_word
from orderhub.services.staff import Action
from pages import text
from pages.assets import asset
from pages.page import Answer, redirect
from pages.shops import choices
from pages.state_colour import row_colour
from pages.visit import Visit

HERE = Path(__file__).resolve().parent.parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}

RAIL: tuple[tuple[str, str, str, str, Action], ...] = (
    ("health", "/health", "健康", "Health", Action.SEE_HEALTH),
    ("decisions", "/decisions", "待决策", "Decisions", Action.SEE_DECISIONS),
    ("orders", "/orders", "订单", "Orders", Action.SEE_ORDERS),
    ("packing", "/packing", "打包", "Packing", Action.PACK),
    ("rules", "/rules", "规则", "Rules", Action.SEE_RULES),
    ("tables", "/tables", "数据表", "Tables", Action.SEE_RULES),
    ("inspection", "/inspection", "巡检", "Inspection", Action.SEE_INSPECTION),
)
"""The left rail: name, path, words, leave. What a person may not see is not on it."""


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "yuan": text.yuan, "duration": text.duration, "iso": text.iso, "day": text.day, "evidence": text.evidence,
    }  # fmt: skip
    made.globals |= {
        "asset": asset, "STEPS": STEPS, "STATES": STATES, "ZONES": ZONES, "OUTCOMES": OUTCOMES, "Action": Action,
        "row_colour": row_colour,
    }  # fmt: skip
    return made


def render(template: str, visit: Visit, **values: Any) -> str:
    """A template with the visit's language: ``t(zh, en)``, ``w(words)``, ``at(ms)``, ``fact(type)``."""

    def pick(words: Any) -> str:
        if isinstance(words, dict):
            return str(words["en" if visit.language == "en" else "zh"])
        return visit.say(*words)

    return (
        _templates()
        .get_template(template)
        .render(
            visit=visit,
            t=visit.say,
            w=pick,
            at=lambda ms: text.instant(ms, visit.now),
            fact=lambda name: pick(fact_word(name)),
            rail=[row for row in RAIL if visit.may(row[4])],
            shops_to_choose=choices(visit.staff) if visit.staff else (),
            **values,
        )
    )


def show(template: str, visit: Visit, status: int = 200, **values: Any) -> Answer:
    """A page, or a piece of one, as an answer."""
    return Answer(render(template, visit, **values), status)


def home(visit: Visit) -> Answer:
    """GET /: the first page of the rail that the role opens."""
    return redirect(next(path for _, path, _, _, action in RAIL if visit.may(action)))


def trouble(visit: Visit, status: int, what: tuple[str, str], then: tuple[str, str]) -> Answer:
    """What happened and what to do, as a page or, for a piece of one, as a notice."""
    name = "_notice.html" if visit.is_part else "trouble.html"
    return show(name, visit, status, code=status, what=visit.say(*what), then=visit.say(*then), here="")
