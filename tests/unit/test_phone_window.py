"""The rank of an order in its phone's trailing day (R22), against a model that simply counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.order import Milestone as M
from orderhub.domain.phone_window import WINDOW_MS, Placing, Standing, can_be_held, placing_of, standings
from tests.kit.orders import T0, order, snapshot

HOUR = 3_600_000


def counted(placings: list[Placing], own: Placing, keep: Callable[[Placing], bool]) -> int:
    """The model: how many of those kept stand at or before this one in its trailing window."""
    return sum(
        1
        for one in placings
        if (keep(one) or one == own)
        and own.placed_at - WINDOW_MS < one.placed_at
        and (one.placed_at, one.order_id) <= (own.placed_at, own.order_id)
    )


@st.composite
def days(draw: st.DrawFn) -> list[Placing]:
    """Orders of one phone in any order of arrival: equal times, the window's very edge, closed and cancelled ones."""
    at = st.one_of(
        st.integers(0, 3 * WINDOW_MS),
        st.sampled_from([0, 1, HOUR, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1, 2 * WINDOW_MS]),
    )
    flags = st.sampled_from([(True, True), (True, False), (False, False)])
    drawn = draw(st.lists(st.tuples(at, flags), max_size=24))
    made = [Placing(placed_at, f"o{n:02d}", *how) for n, (placed_at, how) in enumerate(drawn)]
    return draw(st.permutations(made))


@given(days())
def test_every_standing_is_what_counting_gives(placings: list[Placing]) -> None:
    found = standings(placings)
    assert set(found) == {one.order_id for one in placings}
    for own in placings:
        in_window = [
            one
            for one in placings
            if own.placed_at - WINDOW_MS < one.placed_at <= own.placed_at and (one.counts or one == own)
        ]
        assert found[own.order_id] == Standing(
            counted(placings, own, lambda one: one.counts),
            len(in_window),
            counted(placings, own, lambda one: one.is_kept),
        )


@given(days(), st.integers(0, 23))
def test_one_more_order_moves_the_rank_of_its_followers_only(placings: list[Placing], which: int) -> None:
    if not placings:
        return
    late = replace(placings[which % len(placings)], counts=True, is_kept=True)
    others = [one for one in placings if one.order_id != late.order_id]
    before, after = standings(others), standings([*others, late])
    for one in others:
        follows = (late.placed_at, late.order_id) < (one.placed_at, one.order_id)
        is_near = one.placed_at < late.placed_at + WINDOW_MS
        assert after[one.order_id].rank - before[one.order_id].rank == int(follows and is_near)


def test_it_is_the_sixth_within_a_day_that_ranks_above_five() -> None:
    six = [Placing(T0 + n * HOUR, f"o{n}") for n in range(6)]
    assert [standings(six)[f"o{n}"].rank for n in range(6)] == [1, 2, 3, 4, 5, 6]


def test_two_orders_of_one_instant_after_five_rank_sixth_and_seventh() -> None:
    seven = [Placing(T0 + min(n, 5) * HOUR, f"o{n}") for n in range(7)]
    found = standings(seven)
    assert (found["o5"].rank, found["o6"].rank) == (6, 7)
    assert found["o5"].orders_24h == found["o6"].orders_24h == 7


def test_a_day_is_open_at_its_far_end() -> None:
    first, last = Placing(T0, "a"), Placing(T0 + WINDOW_MS, "b")
    assert standings([first, last])["b"].rank == 1
    assert standings([first, replace(last, placed_at=T0 + WINDOW_MS - 1)])["b"].rank == 2


@pytest.mark.parametrize(
    ("reached", "counts", "is_kept"),
    [
        ((M.PLACED,), True, True),
        ((M.PLACED, M.PAID), True, True),
        ((M.PLACED, M.PAID, M.CANCELLED), True, False),
        ((M.PLACED, M.PAID, M.CANCELLED, M.CLOSED), True, False),
        ((M.PLACED, M.CANCELLED), False, False),
        ((M.PLACED, M.CLOSED), False, False),
    ],
)
def test_closed_unpaid_orders_do_not_count_and_paid_ones_do_even_when_cancelled(
    reached: tuple[M, ...], counts: bool, is_kept: bool
) -> None:
    placing = placing_of(order(*reached))
    assert (placing.counts, placing.is_kept) == (counts, is_kept)


@pytest.mark.parametrize(
    ("reached", "held"),
    [
        ((M.PLACED, M.RESERVED, M.PAID, M.ASSESSED), True),
        ((M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED), True),
        ((M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED), False),
        ((M.PLACED, M.SHIPPED), False),
        ((M.PLACED, M.CANCELLED), False),
        ((M.PLACED, M.CLOSED), False),
    ],
)
def test_an_order_can_be_held_until_its_parcel_has_a_number(reached: tuple[M, ...], held: bool) -> None:
    assert can_be_held(order(*reached)) is held


def test_an_order_nobody_has_seen_whole_has_no_place() -> None:
    with pytest.raises(ValueError, match="not known"):
        placing_of(order(M.PAID, snapshot=None))
    assert placing_of(order(snapshot=snapshot(placed_at=T0 + 5))).placed_at == T0 + 5
