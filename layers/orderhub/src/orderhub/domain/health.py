"""The figures of a day's health, counted from the rows of its orders (R40, R41, R53). Pure.

A day is Shanghai's. Payment-to-outbound, consistency and accuracy are of the orders that left on it, the share of
exceptions of those that were placed on it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from orderhub.domain.interval import exact_interval
from orderhub.domain.order_row import Agreement, DayEntry, Defect

HOUR_MS = 3_600_000
BUCKET_HOURS = (1, 2, 4, 8, 12, 24, 48)
"""Upper bounds of the distribution, each included; one more bucket has no bound."""
OVER = "over"
BUCKETS = (*map(str, BUCKET_HOURS), OVER)

OUTBOUND, EXCEPTIONS, CONSISTENCY, ACCURACY = "payment_to_outbound", "exceptions", "consistency", "accuracy"
TILES = (OUTBOUND, EXCEPTIONS, CONSISTENCY, ACCURACY)

PER_MILLE_PERCENT = 100_000
"""Parts of an interval that is shown in thousandths of a percent."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Counts of one day. ``outbound``: orders that left and were paid; ``buckets``: how many of them within each bound.

    ``defective``: orders that left with at least one defect; ``defects`` counts each kind.
    """

    placed: int = 0
    exceptional: int = 0
    exceptions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    shipped: int = 0
    outbound: int = 0
    median_ms: int | None = None
    p90_ms: int | None = None
    buckets: tuple[int, ...] = ()
    agreements: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    defective: int = 0
    defects: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def agrees(self) -> int:
        return self.agreements.get(Agreement.AGREES.value, 0)

    def as_values(self) -> dict[str, Any]:
        """Plain values, as a summary is stored; ``figures_from`` reads them."""
        return {
            "placed": self.placed,
            "exceptional": self.exceptional,
            "exceptions": dict(self.exceptions),
            "shipped": self.shipped,
            "outbound": self.outbound,
            "median_ms": self.median_ms,
            "p90_ms": self.p90_ms,
            "buckets": list(self.buckets),
            "agreements": dict(self.agreements),
            "defective": self.defective,
            "defects": dict(self.defects),
        }


def figures_from(values: Mapping[str, Any]) -> DayFigures:
    """From plain values; what an older summary does not have is nothing."""
    known = {name: value for name, value in values.items() if name in DayFigures.__dataclass_fields__}
    return DayFigures(**{**known, "buckets": tuple(known.get("buckets", ()))})


def figures_of(placed: Iterable[DayEntry], shipped: Iterable[DayEntry]) -> DayFigures:
    """Of the orders placed and of those shipped on one day, in any order."""
    placed, shipped = list(placed), list(shipped)
    took = sorted(max(0, entry.shipped_at - entry.paid_at) for entry in shipped if entry.paid_at)
    classes = Counter(each for entry in placed for each in entry.exceptions)
    return DayFigures(
        placed=len(placed),
        exceptional=sum(1 for entry in placed if entry.exceptions),
        exceptions=dict(sorted(classes.items(), key=lambda pair: (-pair[1], pair[0]))),
        shipped=len(shipped),
        outbound=len(took),
        median_ms=nearest_rank(took, 50),
        p90_ms=nearest_rank(took, 90),
        buckets=_buckets(took),
        agreements=dict(Counter((entry.agrees or Agreement.UNKNOWN).value for entry in shipped)),
        defective=sum(1 for entry in shipped if entry.defects),
        defects=dict(Counter(defect.value for entry in shipped for defect in entry.defects)),
    )


def summed(parts: Sequence[DayFigures]) -> DayFigures:
    """Of one day of several shops. Counts add up; a median does not: it is known only where all that left and was paid
    is of one shop."""
    if len(parts) == 1:
        return parts[0]
    paid = [part for part in parts if part.outbound]
    ranked = paid[0] if len(paid) == 1 else DayFigures()
    return DayFigures(
        placed=sum(part.placed for part in parts),
        exceptional=sum(part.exceptional for part in parts),
        exceptions=dict(
            sorted(_added(part.exceptions for part in parts).items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        shipped=sum(part.shipped for part in parts),
        outbound=sum(part.outbound for part in paid),
        median_ms=ranked.median_ms,
        p90_ms=ranked.p90_ms,
        buckets=tuple(map(sum, zip(*(part.buckets for part in paid), strict=True))),
        agreements=dict(_added(part.agreements for part in parts)),
        defective=sum(part.defective for part in parts),
        defects=dict(_added(part.defects for part in parts)),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def nearest_rank(ranked: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least this many percent are not above; None of none."""
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)] if ranked else None


def bucket_of(took_ms: int) -> str:
    """The part of the distribution: its upper bound in hours, ``over`` behind the last."""
    return next((str(hours) for hours in BUCKET_HOURS if took_ms <= hours * HOUR_MS), OVER)


def _buckets(took: Sequence[int]) -> tuple[int, ...]:
    counts = Counter(map(bucket_of, took))
    return tuple(counts[each] for each in BUCKETS)


def together(days: Iterable[DayFigures]) -> tuple[int, int, dict[str, int]]:
    """Shipped, defective and each kind of defect over several days."""
    known = list(days)
    defects: Counter[str] = Counter()
    for day in known:
        defects.update(day.defects)
    kinds = {defect.value: defects.get(defect.value, 0) for defect in Defect}
    return sum(day.shipped for day in known), sum(day.defective for day in known), kinds


def per_10_000(count: int, of: int) -> str:
    """``count`` per 10,000 with at most two decimals: ``3``, ``2.5``, ``0.33``; a dash where nothing was counted."""
    if of <= 0:
        return "–"
    hundredths = (2_000_000 * count + of) // (2 * of)
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def interval_text(count: int, of: int) -> str:
    """The exact interval of a rare share in percent, e.g. ``[0.006 – 0.088] %``; empty where nothing was counted."""
    if of <= 0:
        return ""
    low, high = exact_interval(count, of, parts=PER_MILLE_PERCENT)
    return f"[{_thousandths(low)} – {_thousandths(high)}] %"


def _thousandths(parts: int) -> str:
    return f"{parts // 1000}.{parts % 1000:03d}"
