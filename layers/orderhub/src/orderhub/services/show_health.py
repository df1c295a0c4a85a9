"""The health board (订单健康度看板): four figures with n, formula, ages, trend and the way to the orders (R40)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.domain import health_words as words
from orderhub.domain.day import day_of, days_before, start_of
from orderhub.domain.errors import Rejected
from orderhub.domain.health import (
    ACCURACY,
    BUCKET_HOURS,
    BUCKETS,
    CONSISTENCY,
    EXCEPTIONS,
    OUTBOUND,
    DayFigures,
    interval_text,
    per_10_000,
    together,
)
from orderhub.domain.order_row import Agreement
from orderhub.domain.ratio import percent
from orderhub.ports.read_models import Rows
from orderhub.services.day_figures import TREND_DAYS, closed, figures_on

type Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from, and when it was last heard of (ms UTC; None: not known). ``usual_ms``: its normal age
    while orders come in; older than three times that is stale."""

    name: str
    at: int | None
    usual_ms: int

    def shown(self, now: int) -> dict[str, Any]:
        age = None if self.at is None else max(0, now - self.at)
        return {"name": self.name, "at": self.at, "age_ms": age, "is_stale": age is None or age > 3 * self.usual_ms}


@dataclass(frozen=True, slots=True)
class Days:
    """The day that is shown and the days before it, oldest first; None: it has no summary."""

    day: str
    figures: DayFigures
    before: Sequence[tuple[str, DayFigures | None]]

    @property
    def known(self) -> list[DayFigures]:
        return [figures for _, figures in self.before if figures is not None]


def health(
    rows: Rows, sources: Sequence[Source], now: int, day: str = "", shops: Collection[str] = ()
) -> dict[str, Any]:
    """``{"day", "is_today", "computed_at", "tiles": [payment_to_outbound, exceptions, consistency, accuracy],
    "sources"}``. ``day``: a Shanghai day (YYYYMMDD), today when empty; ``shops``: of the orders of these, of all when
    empty. Raises Rejected (``bad_filter``)."""
    days = days_shown(rows, now, day, shops)
    tiles = [_outbound(days), _exceptions(days), _consistency(days), _accuracy(days)]
    return {
        "day": days.day,
        "is_today": days.day == day_of(now),
        "computed_at": now,
        "tiles": tiles,
        "sources": [source.shown(now) for source in sources],
    }


def days_shown(rows: Rows, now: int, day: str = "", shops: Collection[str] = ()) -> Days:
    """The figures of the day and of the 14 before it. Raises Rejected (``bad_filter``) for what is no past day."""
    shown = checked_day(day, now)
    days = days_before(shown, TREND_DAYS)
    known = closed(days, rows, shops)
    return Days(shown, figures_on([shown], rows, now, shops)[shown], [(each, known.get(each)) for each in days])


def checked_day(day: str, now: int) -> str:
    """The day, today when empty. Raises Rejected (``bad_filter``) for what is no day, or comes later."""
    if not day:
        return day_of(now)
    try:
        start_of(day)
    except ValueError:
        raise Rejected("bad_filter", "day must be a date like 20261129") from None
    if day > day_of(now):
        raise Rejected("bad_filter", "day has not come yet")
    return day


def _tile(key: str, days: Days, n: int, shown: str, parts: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": dict(words.NAMES[key]),
        "formula": dict(words.FORMULAS[key]),
        "n": n,
        "shown": shown,
        "parts": parts,
        "trend": [{"day": day, **_point(key, figures)} for day, figures in [*days.before, (days.day, days.figures)]],
        **more,
    }


def _point(key: str, figures: DayFigures | None) -> dict[str, Any]:
    """A point of the trend: ``value`` is ms, or how many of ``n``; None where nothing is known."""
    if figures is None:
        return {"value": None, "n": None, "shown": "–"}
    if key == OUTBOUND:
        return {"value": figures.median_ms, "n": figures.outbound, "shown": ""}
    count, of = {
        EXCEPTIONS: (figures.exceptional, figures.placed),
        CONSISTENCY: (figures.agrees, figures.shipped),
        ACCURACY: (figures.defective, figures.shipped),
    }[key]
    return {"value": count, "n": of, "shown": percent(count, of)}


def _part(key: str, name: Words, count: int, of: int, filter_: Mapping[str, str]) -> dict[str, Any]:
    return {"key": key, "name": dict(name), "count": count, "shown": percent(count, of), "filter": dict(filter_)}


def _outbound(days: Days) -> dict[str, Any]:
    figures = days.figures
    where = {"day": days.day, "by": "shipped"}
    bounds = [f"≤ {hours} h" for hours in BUCKET_HOURS] + [f"> {BUCKET_HOURS[-1]} h"]
    counts = figures.buckets or (0,) * len(bounds)
    parts = [
        _part(bound, {"zh": bound, "en": bound}, count, figures.outbound, {**where, "took": bucket})
        for bucket, bound, count in zip(BUCKETS, bounds, counts, strict=True)
    ]
    return _tile(
        OUTBOUND, days, figures.outbound, "", parts, median_ms=figures.median_ms, p90_ms=figures.p90_ms, filter=where
    )


def _exceptions(days: Days) -> dict[str, Any]:
    figures = days.figures
    where = {"day": days.day, "by": "placed"}
    parts = [
        _part(each, words.class_words(each), count, figures.placed, {**where, "exception": each})
        for each, count in figures.exceptions.items()
    ]
    shown = percent(figures.exceptional, figures.placed)
    return _tile(
        EXCEPTIONS, days, figures.placed, shown, parts, count=figures.exceptional, filter={**where, "exception": "any"}
    )


def _consistency(days: Days) -> dict[str, Any]:
    figures = days.figures
    where = {"day": days.day, "by": "shipped"}
    parts = [
        _part(
            each.value,
            words.AGREEMENTS[each.value],
            figures.agreements.get(each.value, 0),
            figures.shipped,
            {**where, "agreement": each.value},
        )
        for each in (Agreement.DIFFERS, Agreement.UNKNOWN, Agreement.AGREES)
    ]
    shown = percent(figures.agrees, figures.shipped)
    return _tile(CONSISTENCY, days, figures.shipped, shown, parts, count=figures.agrees, filter=where)


def _accuracy(days: Days) -> dict[str, Any]:
    """Defects are rare: counted over the whole time that is shown, with the interval their rate may lie in."""
    shipped, defective, kinds = together([*days.known, days.figures])
    first = next((day for day, figures in days.before if figures is not None and figures.shipped), days.day)
    where = {"since": first, "day": days.day, "by": "shipped", "defect": "any"}
    parts = [
        _part(kind, words.DEFECTS[kind], count, shipped, {**where, "defect": kind}) for kind, count in kinds.items()
    ]
    return _tile(
        ACCURACY,
        days,
        shipped,
        percent(defective, shipped),
        parts,
        count=defective,
        per_10_000=per_10_000(defective, shipped),
        interval=interval_text(defective, shipped),
        since=first,
        filter=where,
    )
