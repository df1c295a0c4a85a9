"""The figures of a day are counted from its orders, each with its n (R40, R41, R53)."""

from __future__ import annotations

import pytest

from orderhub.domain.day import day_of, days_before, start_of
from orderhub.domain.health import figures_from, figures_of, interval_text, nearest_rank, per_10_000
from orderhub.domain.interval import exact_interval
from orderhub.domain.order_row import Agreement, DayEntry, Defect, State

HOUR_MS = 3_600_000
A, D, S = Agreement, Defect, State


def left(number: int, hours: float, **more: object) -> DayEntry:
    return DayEntry(f"youzan-{number}", S.AWAIT_DELIVERY, 0, 1, 1 + int(hours * HOUR_MS), **more)  # type: ignore[arg-type]


def test_payment_to_outbound_is_a_median_and_a_ninetieth_percentile_with_its_distribution() -> None:
    day = figures_of([], [left(number, number) for number in range(1, 11)])
    assert (day.outbound, day.median_ms, day.p90_ms) == (10, 5 * HOUR_MS, 9 * HOUR_MS)
    assert day.buckets == (1, 1, 2, 4, 2, 0, 0, 0)
    assert sum(day.buckets) == day.outbound


def test_an_order_in_two_classes_is_one_exception_order() -> None:
    placed = [DayEntry("a", S.ASSESS, exceptions=("x", "y")), DayEntry("b", S.ASSESS, exceptions=("x",)),
              DayEntry("c", S.ASSESS)]  # fmt: skip
    day = figures_of(placed, [])
    assert (day.exceptional, day.placed, day.exceptions) == (2, 3, {"x": 2, "y": 1})


def test_what_is_not_known_to_agree_is_counted_as_unknown() -> None:
    day = figures_of([], [left(1, 1, agrees=A.AGREES), left(2, 1, agrees=A.DIFFERS), left(3, 1)])
    assert day.agreements == {"agrees": 1, "differs": 1, "unknown": 1}


def test_an_order_with_two_defects_is_one_defective_order() -> None:
    day = figures_of([], [left(1, 1, defects=(D.WRONG, D.LATE)), left(2, 1)])
    assert (day.defective, day.defects) == (1, {"wrong": 1, "late": 1})


def test_a_summary_reads_back_as_the_figures_it_was_made_of() -> None:
    day = figures_of([DayEntry("a", S.ASSESS, exceptions=("x",))], [left(1, 3, agrees=A.AGREES, defects=(D.LATE,))])
    assert figures_from({**day.as_values(), "computed_at": 1, "of_a_later_release": 2}) == day


def test_of_nothing_nothing_is_known() -> None:
    day = figures_of([], [])
    assert (day.median_ms, day.p90_ms, nearest_rank([], 50)) == (None, None, None)
    assert (interval_text(0, 0), per_10_000(0, 0)) == ("", "–")


def test_a_rare_share_is_shown_with_its_exact_interval() -> None:
    assert interval_text(3, 10_000) == "[0.006 – 0.088] %"
    assert (per_10_000(3, 10_000), per_10_000(1, 4_000), per_10_000(1, 30_000)) == ("3", "2.5", "0.33")
    assert exact_interval(3, 10_000, parts=1_000_000) == (61, 877)


def test_a_day_is_shanghais() -> None:
    midnight = start_of("20261129")
    assert (day_of(midnight), day_of(midnight - 1)) == ("20261129", "20261128")
    assert days_before("20270102", 3) == ("20261230", "20261231", "20270101")


@pytest.mark.parametrize("said", ["", "2026-11-29", "20261301", "abcdefgh", "２０２６１１２９"])
def test_what_is_no_day_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        start_of(said)
