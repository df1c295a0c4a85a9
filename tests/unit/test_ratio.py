"""Percentages come from integer counts, through one formatter (R41)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.interval import exact_interval
from orderhub.domain.ratio import basis_points, percent, percent_of_points


@pytest.mark.parametrize(
    ("count", "of", "text"),
    [
        (122, 10_000, "1.22 %"), (3, 10_000, "0.03 %"), (0, 10_000, "0.00 %"), (1, 1, "100.00 %"), (3, 2, "150.00 %"),
        (1, 3, "33.33 %"), (2, 3, "66.67 %"), (1, 20_000, "0.01 %"), (1, 20_001, "0.00 %"), (0, 0, "–"),
        (10**30, 10**32, "1.00 %"),
    ],
)  # fmt: skip
def test_a_share_is_written_with_two_decimals(count: int, of: int, text: str) -> None:
    assert percent(count, of) == text


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_it_is_the_nearest_part_of_ten_thousand_however_large_the_counts(count: int, of: int) -> None:
    difference = basis_points(count, of) - Fraction(10_000 * count, of)
    assert Fraction(-1, 2) < difference <= Fraction(1, 2)
    whole, _, decimals = percent(count, of).removesuffix(" %").partition(".")
    assert int(whole + decimals) == basis_points(count, of)


def test_the_bounds_of_an_interval_are_written_in_the_same_words() -> None:
    assert [percent_of_points(bound) for bound in exact_interval(3, 10_000)] == ["0.00 %", "0.09 %"]


@pytest.mark.parametrize(("count", "of"), [(-1, 5), (1, 0), (1, -1), (0, -1)])
def test_what_is_no_share_is_an_error(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="of"):
        percent(count, of)
