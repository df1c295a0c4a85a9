"""How the console writes money, instants and durations."""

from __future__ import annotations

import pytest

from pages import text

NOON = 1_764_388_802_000  # 2025-11-29 12:00:02 in Shanghai


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(0, "¥0.00"), (129_900, "¥1,299.00"), (5, "¥0.05"), (-101, "-¥1.01"), (None, "—")],
)
def test_money_is_written_to_the_fen(fen: int | None, shown: str) -> None:
    assert text.yuan(fen) == shown


@pytest.mark.parametrize(
    ("before_ms", "shown"),
    [(0, "12:00:02"), (86_400_000, "11-28 12:00"), (400 * 86_400_000, "2024-10-25")],
)
def test_an_instant_is_as_short_as_today_allows(before_ms: int, shown: str) -> None:
    assert text.instant(NOON - before_ms, NOON) == shown


def test_midnight_in_shanghai_begins_the_day() -> None:
    assert text.day(1_764_345_600_000) == "2025-11-29"
    assert text.day(1_764_345_599_999) == "2025-11-28"


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (850, "850 ms"),
        (12_000, "12 s"),
        (245_000, "4 min 5 s"),
        (8_040_000, "2 h 14 min"),
        (7_200_000, "2 h"),
        (273_600_000, "3 d 4 h"),
        (None, "—"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(ms: int | None, shown: str) -> None:
    assert text.duration(ms) == shown


def test_an_instant_that_is_unknown_is_a_dash() -> None:
    assert text.instant(None, NOON) == "—"
    assert text.iso(0) == ""


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("order_fen", "29900", "¥299.00"),
        ("since", str(NOON), "12:00:02"),
        ("sku", "29900", "29900"),
        ("paid_at", "soon", "soon"),
        ("refund_fen", "<b>", "<b>"),
    ],
)
def test_evidence_is_written_by_what_it_is(name: str, value: str, shown: str) -> None:
    assert text.evidence(value, name, NOON) == shown
