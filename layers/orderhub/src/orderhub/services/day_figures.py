"""The figures of days: computed from rows; those of closed days are kept as summaries (R40)."""

from collections.abc import Mapping, Sequence

from orderhub.domain.day import day_of, days_before
from orderhub.domain.health import DayFigures, figures_from, figures_of
from orderhub.ports.read_models import Rows

TREND_DAYS = 14
YESTERDAY_AGES_MS = 3_000_000  # what is learned late about yesterday is in its summary within the hour
OLDER_AGES_MS = 82_800_000


def computed(day: str, rows: Rows) -> DayFigures:
    """Of this day, from the rows as they are now."""
    return figures_of(rows.placed_on(day), rows.shipped_on(day))


def closed(days: Sequence[str], rows: Rows) -> Mapping[str, DayFigures]:
    """What the summaries of these days say; a day that has none is left out."""
    return {day: figures_from(held) for day, held in rows.summaries(days).items()}


def figures_on(days: Sequence[str], rows: Rows, now: int) -> Mapping[str, DayFigures]:
    """Today's are computed, an earlier day's are its summary's; one that has none is computed too."""
    known = closed([day for day in days if day < day_of(now)], rows)
    return {day: known[day] if day in known else computed(day, rows) for day in days}


def close_days(rows: Rows, now: int, *, force: bool = False) -> Mapping[str, int]:
    """Keep summaries of the last 14 closed days: each that is missing or has aged is computed anew, for facts come late
    (a shipment that was found later, a card about an older order). Returns counts; may be repeated at any time."""
    made = 0
    before = days_before(day_of(now), TREND_DAYS)
    held = rows.summaries(before)
    for day in before:
        ages = YESTERDAY_AGES_MS if day == before[-1] else OLDER_AGES_MS
        if day in held and now - held[day]["computed_at"] < ages and not force:
            continue
        rows.put_summary(day, computed(day, rows).as_values(), now)
        made += 1
    return {"computed": made, "kept": len(before) - made}
