"""The share of a rare event is shown with the interval it really may lie in (R41)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.interval import exact_interval


@pytest.mark.parametrize(
    ("hits", "of", "interval"),
    [(3, 10_000, (0, 9)), (0, 20, (0, 1_685)), (20, 20, (8_315, 10_000)), (5, 10, (1_870, 8_130)), (0, 0, (0, 10_000))],
)
def test_known_intervals(hits: int, of: int, interval: tuple[int, int]) -> None:
    assert exact_interval(hits, of) == interval


@given(st.integers(0, 400), st.integers(1, 400))
def test_the_interval_holds_the_share_and_mirrors(hits: int, of: int) -> None:
    hits = min(hits, of)
    low, high = exact_interval(hits, of)
    assert low <= hits * 10_000 / of <= high
    other_low, other_high = exact_interval(of - hits, of)
    assert abs(10_000 - other_high - low) <= 1
    assert abs(10_000 - other_low - high) <= 1


def test_more_hits_than_counted_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        exact_interval(3, 2)
