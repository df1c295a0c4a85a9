"""待决策: the pending-decision queue, keyboard first (R24, R29, R43)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.runtime import reading, wiring
from orderhub.services import decide, decide_in_bulk, decision_queue, show_row, undo_decision
from orderhub.services.card_evidence import evidence_lines
from orderhub.services.decide import Rejected
from orderhub.services.decision_plan import Asked
from orderhub.services.scope import theirs
from pages.frame import show
from pages.page import Answer, fields_of, redirect
from pages.text import ZONE
from pages.visit import Visit

PAGE = 50
_READS = 10
"""Stretches of the queue that one page for some shops may take."""
_FILTERS = ("class", "owner", "cause", "order_id")


def queue(visit: Visit) -> Answer:
    """GET /decisions: the list, and the card of ``?card=``, or the most urgent one."""
    found = _listed(visit)
    rows = found["rows"]
    wanted = visit.query.get("card") or (rows[0]["decision_id"] if rows else "")
    card = _card(visit, wanted) if wanted else None
    return show("queue.html", visit, **found, card=card, here="decisions")


def listing(visit: Visit) -> Answer:
    """GET /decisions/list: the left pane, asked for every few seconds."""
    return show("_queue_list.html", visit, **_listed(visit))


def card(visit: Visit) -> Answer:
    """GET /decisions/{decision_id}: whoever opens a card is shown to the others."""
    found = _card(visit, visit.named["decision_id"])
    if not visit.is_part:
        return redirect(f"/decisions?{urlencode({'card': visit.named['decision_id']})}")
    return show("_card.html", visit, card=found)


def made(visit: Visit) -> Answer:
    """POST /decisions/{decision_id}. Raises Rejected: what ``decide`` refuses, with who was quicker."""
    decision_id, option = visit.named["decision_id"], visit.form.get("option", "")
    _must_be_theirs(visit, decision_id)
    done = decide.decide_and_wake(
        decision_id, option, visit.person.staff_id, visit.form.get("note", "")[:500],
        wiring.orders(), wiring.executions(), visit.now,
        parameters=_parameters(visit, option), request_id=visit.form.get("request_id", "")[:64], desk=wiring.desk(),
    )  # fmt: skip
    if not visit.is_part:
        return redirect(f"/decisions?{urlencode({'card': decision_id})}")
    return show("_made.html", visit, done=done, card=_card(visit, decision_id))


def undone(visit: Visit) -> Answer:
    """POST /decisions/{decision_id}/undo"""
    decision_id = visit.named["decision_id"]
    _must_be_theirs(visit, decision_id)
    undo_decision.undo_and_wake(
        decision_id, visit.person.staff_id, "", wiring.orders(), wiring.executions(), visit.now
    )  # fmt: skip
    if not visit.is_part:
        return redirect(f"/decisions?{urlencode({'card': decision_id})}")
    return show("_card.html", visit, card=_card(visit, decision_id))


def previewed(visit: Visit) -> Answer:
    """POST /decisions/bulk/preview: every effect, nothing done."""
    ids, option = visit.many.get("decision", ()), visit.form.get("option", "")
    for decision_id in ids:
        _must_be_theirs(visit, decision_id)
    first = decision_queue.one(ids[0], wiring.orders()) if ids else None
    commands = first["commands"] if first else []
    told = decide_in_bulk.preview(_bulk(visit, ids, option), wiring.desk(), visit.now) if option else None
    return show("_bulk.html", visit, ids=ids, option=option, commands=commands, told=told, carried=None)


def carried(visit: Visit) -> Answer:
    """POST /decisions/bulk: apply; what failed is said order by order."""
    ids, option = visit.many.get("decision", ()), visit.form.get("option", "")
    for decision_id in ids:
        _must_be_theirs(visit, decision_id)
    done = decide_in_bulk.carry_out(_bulk(visit, ids, option), wiring.desk(), wiring.executions(), visit.now)
    return show("_bulk.html", visit, ids=ids, option=option, commands=[], told=None, carried=done)


def _bulk(visit: Visit, ids: Sequence[str], option: str) -> decide_in_bulk.Bulk:
    asked = Asked(
        "", option, visit.person.staff_id, visit.form.get("note", "")[:500],
        _parameters(visit, option), visit.form.get("request_id", "")[:64],
    )  # fmt: skip
    return decide_in_bulk.Bulk(ids, asked)


def _parameters(visit: Visit, option: str) -> dict[str, Any]:
    return {name: _instant(text) for name, text in fields_of(visit, option).items()}


def _instant(text: str) -> str:
    """What a date-time field holds (Shanghai time) as ms UTC; anything else as it is."""
    try:
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=ZONE)
    except ValueError:
        return text
    return str(int(when.timestamp() * 1000))


def _listed(visit: Visit) -> dict[str, Any]:
    wanted = _asked(visit)
    rows, cursor = theirs_of(visit, filter_of(visit))
    on_it = wiring.presence().lookers((row["decision_id"] for row in rows), visit.now)
    names = {one.staff_id: one.name for one in wiring.staff().listed()} if on_it else {}
    others = {
        decision_id: ", ".join(names.get(one, one) for one in who if one != visit.person.staff_id)
        for decision_id, who in on_it.items() if set(who) != {visit.person.staff_id}
    }  # fmt: skip
    return {
        "rows": rows, "orders": orders_of(rows), "others": others, "cursor": cursor, "filters": wanted,
        "query": urlencode(wanted), "selected": visit.query.get("card", ""),
    }  # fmt: skip


def _asked(visit: Visit) -> dict[str, str]:
    return {name: visit.query[name] for name in _FILTERS if visit.query.get(name)}


def filter_of(visit: Visit) -> decision_queue.Filter:
    """What the list is narrowed to, and where it begins."""
    wanted = _asked(visit)
    return decision_queue.Filter(
        decision_class=wanted.get("class", ""), owner=wanted.get("owner", ""), cause=wanted.get("cause", ""),
        order_id=wanted.get("order_id", ""), limit=PAGE, cursor=visit.query.get("cursor", "")[:400],
    )  # fmt: skip


def _card(visit: Visit, decision_id: str) -> Mapping[str, Any]:
    _must_be_theirs(visit, decision_id)
    found = decision_queue.one(decision_id, wiring.orders())
    told = {**found, "lines": evidence_lines(found), "order": orders_of([found]).get(found["order_id"])}
    if found["status"] == "requested":
        wiring.presence().look(decision_id, visit.person.staff_id, visit.now)
        return {**told, "effects": _effects(visit, found)}
    return {**told, "effects": {}}


def orders_of(cards: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Order id → what is ordered, for how much, where to: what is at stake on a card."""
    ids = list(dict.fromkeys(card["order_id"] for card in cards if "-" in card["order_id"]))
    return {row.order_id: show_row.shown(row) for row in reading.rows().rows(ids)} if ids else {}


def _effects(visit: Visit, found: Mapping[str, Any]) -> dict[str, str]:
    """Option → the step the order would take with it, for options that ask for nothing."""
    steps = {}
    for command in found["commands"]:
        if any(form["is_required"] for form in command["parameters"]):
            continue
        bulk = decide_in_bulk.Bulk([found["decision_id"]], Asked("", command["option"], visit.person.staff_id, "", {}))
        (row,) = decide_in_bulk.preview(bulk, wiring.desk(), visit.now)["results"]
        steps[command["option"]] = row["next_step"] if row["would"] else "refused"
    return steps


def theirs_of(visit: Visit, wanted: decision_queue.Filter) -> tuple[list[Mapping[str, Any]], str]:
    """A page of the cards of this person's shops, and where the next begins: as many stretches of the queue are read as
    it takes, so that a page is full or the last."""
    shops, orders = visit.person.shops, wiring.orders()
    rows: list[Mapping[str, Any]] = []
    cursor = wanted.cursor
    for _ in range(_READS):
        found = decision_queue.listed(replace(wanted, cursor=cursor, limit=wanted.limit - len(rows)), orders)
        cards, cursor = found["decisions"], found["cursor"]
        own = theirs((card["order_id"] for card in cards), shops, reading.rows(), orders) if shops else None
        rows += [card for card in cards if own is None or card["order_id"] in own]
        if not shops or len(rows) >= wanted.limit or not cursor:
            break
    return rows, cursor


def _must_be_theirs(visit: Visit, decision_id: str) -> None:
    """Whether the order is of a shop this person looks after; what belongs to no order is everybody's."""
    if not visit.person.shops:
        return
    found = wiring.orders().load(decision_id.partition(".")[0])
    if found is not None and not visit.person.sees_shop(found.shop_id):
        raise Rejected("no_such_decision", decision_id)
