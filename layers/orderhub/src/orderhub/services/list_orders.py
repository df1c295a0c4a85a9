"""The orders behind a state of the lifecycle or a figure of the health board, page by page (R40)."""

import base64
import binascii
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from orderhub.domain.day import days_before
from orderhub.domain.decision_kinds import DecisionClass
from orderhub.domain.errors import Rejected
from orderhub.domain.health import BUCKETS, bucket_of
from orderhub.domain.order_row import FINAL, Agreement, DayEntry, Defect, OrderRow, State
from orderhub.ports.read_models import Rows
from orderhub.services.show_health import checked_day
from orderhub.services.show_row import shown

MOST = 200
MOST_WHOLE = 9_000  # orders that fit into one answer
ANY = "any"
LONGEST_DAYS = 31
READS = 20  # stretches that one page of a state may take


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which orders. ``state`` alone: those in it now (of a final state those that ended on ``day``, today when empty).
    Else those placed or shipped (``by``) on ``day``, or from ``since`` to it, the newest first, narrowed by the others;
    ``exception`` and ``defect`` may be ``any``. ``took``: those that left within a part of payment-to-outbound's
    distribution, named by its upper bound in hours, or ``over``."""

    state: str = ""
    exception: str = ""
    defect: str = ""
    agreement: str = ""
    took: str = ""
    day: str = ""
    since: str = ""
    by: str = "placed"
    limit: int = 50
    cursor: str = ""


def listed(wanted: ListFilter, rows: Rows, now: int, shops: Collection[str] = ()) -> dict[str, Any]:
    """``{"orders": [row …], "total", "cursor", "filter"}``; the cursor is empty at the end. ``shops``: only orders of
    these, all when empty. Raises Rejected (``bad_filter``) naming the field."""
    _check(wanted)
    day = checked_day(wanted.day, now)
    narrows = any((wanted.exception, wanted.defect, wanted.agreement, wanted.took))
    if wanted.state and not narrows and not wanted.since:
        state = State(wanted.state)
        on = day if state in FINAL else ""
        found, cursor = _in_state(state, on, wanted, rows, shops)
        total = rows.count(state, on, shops)
    else:
        entries = [entry for entry in _narrowed(wanted, day, rows) if not shops or entry.shop_id in shops]
        ids, cursor = _slice([entry.order_id for entry in reversed(entries)], wanted)
        found, total = list(rows.rows(ids)), len(entries)
    return {
        "orders": [shown(row) for row in found],
        "total": total,
        "cursor": cursor,
        "filter": {name: value for name, value in asdict(wanted).items() if value and name not in ("cursor", "limit")},
    }


def whole(wanted: ListFilter, rows: Rows, now: int, shops: Collection[str] = ()) -> list[dict[str, Any]]:
    """Every order of the list, for an export. Raises Rejected (``bad_filter``, ``too_many``): whole or refused."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = listed(replace(wanted, limit=MOST, cursor=cursor), rows, now, shops)
        found += page["orders"]
        cursor = page["cursor"]
        if len(found) > MOST_WHOLE:
            raise Rejected("too_many", f"more than {MOST_WHOLE} orders; narrow the list", {"orders": len(found)})
        if not cursor:
            return found


def _in_state(
    state: State, day: str, wanted: ListFilter, rows: Rows, shops: Collection[str]
) -> tuple[list[OrderRow], str]:
    """One page; of some shops' orders as many stretches are read as it takes, so that a page is full or the last."""
    found: list[OrderRow] = []
    cursor = wanted.cursor
    for _ in range(READS):
        try:
            page = rows.in_state(state, cursor, wanted.limit - len(found), day)
        except ValueError:
            raise _bad_cursor() from None
        cursor = page.cursor
        found += [row for row in rows.rows(page.order_ids) if not shops or row.shop_id in shops]
        if len(found) >= wanted.limit or not cursor:
            break
    return found, cursor


def _check(wanted: ListFilter) -> None:
    allowed: dict[str, Iterable[str]] = {
        "state": State,
        "exception": (ANY, *DecisionClass),
        "defect": (ANY, *Defect),
        "agreement": Agreement,
        "took": BUCKETS,
        "by": ("placed", "shipped"),
    }
    for name, values in allowed.items():
        if (said := getattr(wanted, name)) and said not in set(values):
            raise Rejected("bad_filter", f"{name} must be one of: {', '.join(values)}")
    if not 1 <= wanted.limit <= MOST:
        raise Rejected("bad_filter", f"limit must be from 1 to {MOST}")


def _narrowed(wanted: ListFilter, day: str, rows: Rows) -> list[DayEntry]:
    is_shipped = wanted.by == "shipped" or wanted.defect or wanted.agreement or wanted.took
    read = rows.shipped_on if is_shipped else rows.placed_on
    found = [entry for each in _days(wanted.since, day) for entry in read(each)]
    return [entry for entry in found if _fits(entry, wanted)]


def _days(since: str, day: str) -> tuple[str, ...]:
    if not since or since == day:
        return (day,)
    known = (*days_before(day, LONGEST_DAYS - 1), day)
    if since not in known:
        raise Rejected("bad_filter", f"since must be a day within the {LONGEST_DAYS} days up to day")
    return known[known.index(since) :]


def _fits(entry: DayEntry, wanted: ListFilter) -> bool:
    agrees = (entry.agrees or Agreement.UNKNOWN).value
    return (
        wanted.state in ("", entry.state.value)
        and _has(entry.exceptions, wanted.exception)
        and _has(tuple(defect.value for defect in entry.defects), wanted.defect)
        and wanted.agreement in ("", agrees)
        and wanted.took in ("", _took(entry))
    )


def _took(entry: DayEntry) -> str:
    return bucket_of(max(0, entry.shipped_at - entry.paid_at)) if entry.paid_at else "unpaid"


def _has(values: tuple[str, ...], wanted: str) -> bool:
    return not wanted or (bool(values) if wanted == ANY else wanted in values)


def _slice(ids: list[str], wanted: ListFilter) -> tuple[list[str], str]:
    """From behind the order that the cursor names, so that newcomers shift nothing."""
    start = 0
    if wanted.cursor:
        try:
            last = base64.urlsafe_b64decode(wanted.cursor.encode()).decode()
            start = ids.index(last) + 1
        except (binascii.Error, ValueError):
            raise _bad_cursor() from None
    page = ids[start : start + wanted.limit]
    is_over = start + wanted.limit >= len(ids)
    return page, "" if is_over or not page else base64.urlsafe_b64encode(page[-1].encode()).decode()


def _bad_cursor() -> Rejected:
    return Rejected("bad_filter", "cursor is none that the hub gave, or its order is not in this list any more")
