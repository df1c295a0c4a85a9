"""Figures over a period, as shares with exact intervals (R41): what changes of address came to (R34-R36)."""

from dataclasses import asdict
from typing import Any

from orderhub.domain.address_measures import measured
from orderhub.domain.errors import Rejected
from orderhub.domain.interval import exact_interval
from orderhub.domain.ratio import NOTHING_COUNTED, basis_points, percent, percent_of_points
from orderhub.ports.measures import CountedFacts

MAX_DAYS = 92
_DAY_MS = 86_400_000
_NAMES = {
    "requested": ("申请改址", "changes asked for"),
    "overwritten": ("原单覆盖", "overwritten in place"),
    "reissued": ("重新出单", "made again"),
    "intercepted": ("在途拦截", "intercepted"),
    "manual": ("人工处理", "decided by people"),
    "too_late": ("来不及", "too late"),
    "returned": ("改址后退回", "came back after a change"),
}


def address_changes(since: int, until: int, facts: CountedFacts) -> dict[str, Any]:
    """What was asked for and what became of it from ``since`` (in) to ``until`` (out), epoch ms; shares are of the
    orders placed in that time.

    Raises Rejected (``bad_period``) for a period that is empty or longer than 92 days.
    """
    if not since < until <= since + MAX_DAYS * _DAY_MS:
        raise Rejected("bad_period", f"from … to …, at most {MAX_DAYS} days")
    orders = facts.orders_placed(since, until)
    counts = asdict(measured(facts.counted(since, until)))
    figures = [_figure(code, counts[code], orders) for code in _NAMES]
    return {"since": since, "until": until, "orders": orders, "figures": figures}


def _figure(code: str, count: int, orders: int) -> dict[str, Any]:
    """Changes may be of orders that were placed before: more of them than orders are no share, and have no interval."""
    zh, en = _NAMES[code]
    bounds = exact_interval(count, orders) if count <= orders else ()
    low, high = (percent_of_points(bound) for bound in bounds) if bounds else (NOTHING_COUNTED, NOTHING_COUNTED)
    return {
        "code": code,
        "name": {"zh": zh, "en": en},
        "count": count,
        "per_10_000": basis_points(count, orders) if orders else None,
        "percent": percent(count, orders) if orders else NOTHING_COUNTED,
        "low": low,
        "high": high,
    }
