"""What the daily inspection found wrong, as cards that somebody is to put right (R48).

A line of a day makes one card, however often it is asked for: its cause is the day and the line.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.decision import DecisionClass, decision_id_of
from orderhub.domain.errors import Rejected
from orderhub.ports.orders import OrderStore
from orderhub.ports.read_models import Rows, Signatures
from orderhub.services.inspection import inspection
from orderhub.services.park import decision_facts, decision_for, without_numbers

NOBODY = "inspection"
"""Cards of inspections belong to no order and are kept under this id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who asks whom to put which line of a day right; ``day`` empty: today. ``shops``: whose figures they see, all when
    empty."""

    by: str
    line: str
    assignee: str
    day: str = ""
    note: str = ""
    shops: tuple[str, ...] = ()


def lines_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The lines of a day's inspection that may become a card: key → what is wrong, in numbers."""
    lines = {figure["key"]: _figure(figure) for figure in found["figures"]}
    lines |= {f"cause-{one['class']}": f"{one['name']['zh']} {one['count']}, +{one['more']}" for one in found["causes"]}
    if found["overdue"]["count"]:
        lines["overdue"] = f"超时决策 {found['overdue']['count']}"
    lines |= {
        overdue_line(card["decision_id"]): f"超时决策 {card['name']['zh']} {card['order_id']}"
        for card in found["overdue"]["cards"]
    }
    lines |= {
        f"hand-{one['class']}-{one['option']}": f"{one['name']['zh']}: {one['words']['zh']} {one['count']}"
        for one in found["by_hand"]
    }
    lines |= {f"waiting-{one['partner']}": f"{one['partner']}: {one['orders']} 单等待" for one in found["waiting"]}
    return lines


def overdue_line(decision_id: str) -> str:
    """The line of one decision past its deadline."""
    return f"overdue-{decision_id}"


def ask(wanted: Wanted, rows: Rows, orders: OrderStore, signatures: Signatures, now: int) -> dict[str, Any]:
    """``{"decision_id", "is_new"}``. Raises Rejected (``bad_filter``) for a line that this day's inspection has not."""
    found = inspection(rows, orders, signatures, now, wanted.day, wanted.shops)
    lines = lines_of(found)
    if wanted.line not in lines:
        raise Rejected("bad_filter", f"line must be one of: {', '.join(lines)}")
    whose = _whose(wanted.line, wanted.shops)
    finding = f"店铺 {', '.join(whose)}: {lines[wanted.line]}" if whose else lines[wanted.line]
    evidence = {"finding": finding, "day": found["day"], "assignee": wanted.assignee, "asked_by": wanted.by}
    decision = decision_for(
        NOBODY, DecisionClass.INSPECTION_FINDING, _cause(found["day"], wanted.line, wanted.shops), evidence, now
    )
    if wanted.note:
        decision = replace(decision, evidence={**decision.evidence, "note": without_numbers(wanted.note)[:200]})
    is_new = orders.request_alone(decision, decision_facts(decision, now), now)
    return {"decision_id": decision.decision_id, "is_new": is_new}


def asked(day: str, lines: Iterable[str], orders: OrderStore, shops: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """The cards that lines of this day, as these shops have them, have: line → ``{decision_id, status, assignee}``."""
    made: dict[str, dict[str, Any]] = {}
    for line in lines:
        decision_id = decision_id_of(NOBODY, DecisionClass.INSPECTION_FINDING, _cause(day, line, shops))
        if card := orders.decision(NOBODY, decision_id):
            assignee = card.evidence.get("assignee", "")
            made[line] = {"decision_id": decision_id, "status": card.status.value, "assignee": assignee}
    return made


def _cause(day: str, line: str, shops: Collection[str]) -> str:
    """Lines with figures of some shops are others than the same lines of all; one order's is the same for everybody."""
    return "-".join((day, line, *_whose(line, shops)))


def _whose(line: str, shops: Collection[str]) -> list[str]:
    """The shops whose figures a line is about; nobody's where it is one order."""
    return [] if line.startswith(overdue_line("")) else sorted(shops)


def _figure(figure: Mapping[str, Any]) -> str:
    today, before = figure["today"], figure["yesterday"]
    shown = today["shown"] or f"{(today['value'] or 0) // 60_000} min"
    was = before["shown"] or f"{(before['value'] or 0) // 60_000} min"
    return f"{figure['name']['zh']} {shown} (n {today['n']}), 昨天 {was} (n {before['n']})"
