"""The figures of days: computed from rows; those of closed days are kept as summaries, of all shops and of each (R40).

``shops``: only the orders of these, all when empty (R47).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from orderhub.domain.day import day_of, days_before
from orderhub.domain.health import DayFigures, figures_from, figures_of, summed
from orderhub.domain.order_row import DayEntry
from orderhub.ports.read_models import Rows

TREND_DAYS = 14
YESTERDAY_AGES_MS = 3_000_000  # what is learned late about yesterday is in its summary within the hour
OLDER_AGES_MS = 82_800_000


def computed(day: str, rows: Rows, shops: Collection[str] = ()) -> DayFigures:
    """Of this day, from the rows as they are now."""
    return figures_of(_of(rows.placed_on(day), shops), _of(rows.shipped_on(day), shops))


def closed(days: Sequence[str], rows: Rows, shops: Collection[str] = ()) -> Mapping[str, DayFigures]:
    """What the summaries of these days say; a day that has none is left out.

    Of several shops counts are added up and the median is not known (``health.summed``).
    """
    whole = rows.summaries(days)
    if not shops:
        return {day: figures_from(held) for day, held in whole.items()}
    by_shop = {shop: rows.summaries(days, shop) for shop in shops}
    known = {}
    for day, held in whole.items():
        if "shops" not in held:  # made before days were also kept by shop
            continue
        parts = [by_shop[shop].get(day) for shop in shops if shop in held["shops"]]
        if None not in parts:
            known[day] = summed([figures_from(part) for part in parts if part is not None])
    return known


def figures_on(days: Sequence[str], rows: Rows, now: int, shops: Collection[str] = ()) -> Mapping[str, DayFigures]:
    """Of days that are shown by themselves, medians included. Today's are computed, an earlier day's are its summary's;
    one that has none is computed too, and so is one of several shops."""
    known = closed([day for day in days if day < day_of(now)], rows, shops) if len(shops) < 2 else {}
    return {day: known[day] if day in known else computed(day, rows, shops) for day in days}


def close_days(rows: Rows, now: int, *, force: bool = False) -> Mapping[str, int]:
    """Keep summaries of the last 14 closed days: each that is missing or has aged is computed anew, for facts come late
    (a shipment that was found later, a card about an older order). Returns counts; may be repeated at any time."""
    made = 0
    before = days_before(day_of(now), TREND_DAYS)
    held = rows.summaries(before)
    for day in before:
        ages = YESTERDAY_AGES_MS if day == before[-1] else OLDER_AGES_MS
        is_whole = day in held and "shops" in held[day]
        if is_whole and now - held[day]["computed_at"] < ages and not force:
            continue
        _close(day, rows, now)
        made += 1
    return {"computed": made, "kept": len(before) - made}


def _close(day: str, rows: Rows, now: int) -> None:
    """Each shop's summary, then that of all, which names the shops: what it names is there."""
    placed, shipped = list(rows.placed_on(day)), list(rows.shipped_on(day))
    shops = sorted({entry.shop_id for entry in (*placed, *shipped) if entry.shop_id})
    for shop in shops:
        figures = figures_of(_of(placed, (shop,)), _of(shipped, (shop,)))
        rows.put_summary(day, figures.as_values(), now, shop)
    rows.put_summary(day, {**figures_of(placed, shipped).as_values(), "shops": shops}, now)


def _of(entries: Iterable[DayEntry], shops: Collection[str]) -> Iterable[DayEntry]:
    return [entry for entry in entries if not shops or entry.shop_id in shops]
