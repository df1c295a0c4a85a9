"""The daily inspection (巡检): a day's figures against the day and the week before, and what is over time (R48).

Signing is append-only: a signature names who, when, and what was said, and is never changed.
"""

from collections.abc import Collection, Mapping
from typing import Any

from orderhub.domain import health_words as words
from orderhub.domain.by_hand import MANY
from orderhub.domain.day import days_before
from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.decision_options import OPTIONS
from orderhub.domain.health import CONSISTENCY, EXCEPTIONS, OUTBOUND, TILES, DayFigures, per_10_000
from orderhub.domain.order_row import State
from orderhub.domain.ratio import percent
from orderhub.domain.signature import Signature
from orderhub.ports.orders import OrderStore
from orderhub.ports.read_models import Rows, Signatures
from orderhub.services.day_figures import figures_on
from orderhub.services.decision_card import cards
from orderhub.services.scope import theirs
from orderhub.services.show_health import checked_day

SHOWN_CARDS = 20
COUNTED_CARDS = 500
COUNTED_WAITING = 1_000


def inspection(
    rows: Rows, orders: OrderStore, signatures: Signatures, now: int, day: str = "", shops: Collection[str] = ()
) -> dict[str, Any]:
    """``{"day", "figures": [{key, name, formula, today, yesterday, last_week, change}], "worse": [key …], "overdue":
    {count, is_cut, cards}, "waiting": [{partner, orders, since}], "by_hand", "signatures"}``. ``shops``: of
    the orders of these, of all when empty. Raises Rejected (``bad_filter``)."""
    shown = checked_day(day, now)
    before = days_before(shown, 7)
    days = {"today": shown, "yesterday": before[-1], "last_week": before[0]}
    known = figures_on([*dict.fromkeys(days.values())], rows, now, shops)
    held = {name: known[each] for name, each in days.items()}
    figures = [_figure(key, held) for key in TILES]
    return {
        "day": shown,
        "days": days,
        "figures": figures,
        "worse": [figure["key"] for figure in figures if "worse" in figure["change"].values()],
        "causes": _causes(held["today"], held["yesterday"]),
        "overdue": _overdue(rows, orders, now, shops),
        "waiting": _waiting(rows, shops),
        "by_hand": _by_hand(rows, shown, shops),
        "signatures": [_signed(each) for each in signatures.of_day(shown)],
        "computed_at": now,
    }


def sign(day: str, by: str, note: str, signatures: Signatures, now: int) -> dict[str, Any]:
    """Sign the day off; again is another signature beside the first. Raises Rejected (``bad_filter``)."""
    signature = Signature(checked_day(day, now), by, note, now)
    signatures.add(signature)
    return {"day": signature.day, "signatures": [_signed(each) for each in signatures.of_day(signature.day)]}


def _signed(signature: Signature) -> dict[str, Any]:
    return {"by": signature.by, "note": signature.note, "signed_at": signature.signed_at}


def _figure(key: str, held: Mapping[str, DayFigures]) -> dict[str, Any]:
    values = {name: _value(key, figures) for name, figures in held.items()}
    return {
        "key": key,
        "name": dict(words.NAMES[key]),
        "formula": dict(words.FORMULAS[key]),
        **{name: {"value": value, "n": n, "shown": text} for name, (value, n, text) in values.items()},
        "change": {name: _change(key, values["today"], values[name]) for name in ("yesterday", "last_week")},
    }


def _value(key: str, figures: DayFigures) -> tuple[int | None, int, str]:
    """(value, n, as it is shown): ms, or how many of n."""
    match key:
        case _ if key == OUTBOUND:
            return figures.median_ms, figures.outbound, ""
        case _ if key == EXCEPTIONS:
            return figures.exceptional, figures.placed, percent(figures.exceptional, figures.placed)
        case _ if key == CONSISTENCY:
            return figures.agrees, figures.shipped, percent(figures.agrees, figures.shipped)
    return figures.defective, figures.shipped, per_10_000(figures.defective, figures.shipped)


def _change(key: str, now: tuple[int | None, int, str], then: tuple[int | None, int, str]) -> str:
    """``worse``, ``better``, ``same``, or ``unknown`` where one of the days has nothing to count. Exact: shares are
    compared as fractions."""
    (value, n, _), (before, m, _) = now, then
    if value is None or before is None or not n or not m:
        return "unknown"
    more = value - before if key == OUTBOUND else value * m - before * n
    if key == CONSISTENCY:
        more = -more
    return "worse" if more > 0 else "better" if more < 0 else "same"


def _causes(today: DayFigures, yesterday: DayFigures) -> list[dict[str, Any]]:
    """The classes of exceptions that grew most since yesterday, at most four."""
    grown = {each: count - yesterday.exceptions.get(each, 0) for each, count in today.exceptions.items()}
    worst = sorted((each for each, more in grown.items() if more > 0), key=lambda each: (-grown[each], each))[:4]
    return [
        {
            "class": each,
            "name": dict(words.class_words(each)),
            "count": today.exceptions[each],
            "more": grown[each],
            "filter": {"exception": each, "by": "placed"},
        }
        for each in worst
    ]


def _overdue(rows: Rows, orders: OrderStore, now: int, shops: Collection[str]) -> dict[str, Any]:
    """Open decisions past their nearest deadline, the longest over time first."""
    page = orders.open_page(tuple(DecisionClass), "", COUNTED_CARDS)
    over = [card for _, card in page.cards if card.nearest_at < now]
    is_cut = len(over) == len(page.cards) and not page.is_last
    own = theirs((card.order_id for card in over), shops, rows, orders)
    over = [card for card in over if card.order_id in own]
    return {"count": len(over), "is_cut": is_cut, "cards": cards(over[:SHOWN_CARDS], orders)}


def _by_hand(rows: Rows, day: str, shops: Collection[str]) -> list[dict[str, Any]]:
    """What people chose more than ten times on the day: perhaps a rule could."""
    often = [(count, *what) for what, count in rows.handmade_on(day, shops).items() if count > MANY]
    return [
        {
            "class": kind,
            "name": dict(words.class_words(kind)),
            "option": option,
            "words": {"zh": OPTIONS[option].words.zh, "en": OPTIONS[option].words.en}
            if option in OPTIONS
            else {"zh": option, "en": option},
            "count": count,
        }
        for count, kind, option in sorted(often, key=lambda each: (-each[0], each[1:]))
    ]


def _waiting(rows: Rows, shops: Collection[str]) -> list[dict[str, Any]]:
    """Partners that orders wait for: who does not answer, how many wait, since when."""
    page = rows.in_state(State.AWAIT_RELEASE, "", COUNTED_WAITING)
    held: dict[str, list[int]] = {}
    for row in rows.rows(page.order_ids):
        if row.waiting_for and (not shops or row.shop_id in shops):
            held.setdefault(row.waiting_for, []).append(row.since)
    return [
        {"partner": name, "orders": len(since), "since": min(since)}
        for name, since in sorted(held.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
