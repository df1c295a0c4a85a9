"""The figures of days: computed from rows; those of closed days are kept as summaries (R40)."""

from collections.abc import Mapping

from orderhub.domain.day import day_of, days_before
from orderhub.domain.health import DayFigures, figures_from, figures_of
from orderhub.ports.read_models import Rows

TREND_DAYS = 14
YESTERDAY_AGES_MS = 3_000_000  # what is learned late about yesterday is in its summary within the hour
OLDER_AGES_MS = 82_800_000


def computed(day: str, rows: Rows) -> DayFigures:
    """Of this day, from the rows as they are now."""
    return figures_of(rows.placed_on(day), rows.shipped_on(day))


def closed(day: str, rows: Rows) -> tuple[DayFigures, int] | None:
    """What the day's summary says, and when it was computed (ms UTC); None when there is none."""
    held = rows.summary(day)
    return (figures_from(held), int(held["computed_at"])) if held else None


def figures_on(day: str, rows: Rows, now: int) -> DayFigures:
    """Today's are computed, an earlier day's are its summary's; one that has none is computed too."""
    held = closed(day, rows) if day < day_of(now) else None
    return held[0] if held else computed(day, rows)


def close_days(rows: Rows, now: int, *, force: bool = False) -> Mapping[str, int]:
    """Keep summaries of the last 14 closed days: each that is missing or has aged is computed anew, for facts come late
    (a shipment that was found later, a card about an older order). Returns counts; may be repeated at any time."""
    made = 0
    before = days_before(day_of(now), TREND_DAYS)
    for day in before:
        held = closed(day, rows)
        ages = YESTERDAY_AGES_MS if day == before[-1] else OLDER_AGES_MS
        if held and now - held[1] < ages and not force:
            continue
        rows.put_summary(day, computed(day, rows).as_values(), now)
        made += 1
    return {"computed": made, "kept": len(before) - made}
