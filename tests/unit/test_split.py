"""An order's lines over warehouses: every line once, no piece that is not there, as few parcels as can be (R13)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.order import Milestone
from orderhub.domain.parcel import parcels_of, planned
from orderhub.domain.sourcing import Action, Allocation, Supply, allocate
from orderhub.domain.split import Want, spread
from tests.kit.orders import line, order, snapshot

W = ("W1", "W2", "W3")
SPLIT = (Action.SPLIT,)


def supply(wants: str, **free: str) -> Supply:
    """``supply("A2 B1", W1="A1 B1", W2="A2")``: what the lines want, what each warehouse has."""
    lines = tuple(Want(str(n), text[0], int(text[1:])) for n, text in enumerate(wants.split(), 1))
    have = {(text[0], each): int(text[1:]) for each, said in free.items() for text in said.split()}
    return Supply(lines, have, tuple(sorted({*free, "W1", "W2"})))


def split_of(found: Allocation) -> list[str]:
    assert found.action is Action.SPLIT
    return [f"{line_id}:{place}" for line_id, place in found.split.items()]


# --- what the rule says ------------------------------------------------------------------------------------------


def test_a_preferred_warehouse_that_has_everything_is_never_split() -> None:
    assert allocate(supply("A1 B1", W1="A1 B1", W2="A9 B9"), SPLIT) == Allocation("W1")


def test_each_line_leaves_from_the_warehouse_that_has_it_and_the_preferred_one_is_the_first_parcel() -> None:
    found = allocate(supply("A1 B2", W1="B2", W2="A1"), SPLIT)
    assert split_of(found) == ["2:W1", "1:W2"]
    assert (found.warehouse, found.origins) == ("W1", ("W1", "W2"))
    assert [found.place_of(*each) for each in (("1", "A"), ("2", "B"))] == ["W2", "W1"]


def test_a_split_that_one_other_warehouse_makes_needless_is_none() -> None:
    assert allocate(supply("A1 B1", W1="A1", W2="B1", W3="A1 B1"), SPLIT) == Allocation("W3", Action.SOURCE_ELSEWHERE)


def test_the_preferred_warehouse_sends_what_it_can_when_it_costs_no_parcel_more() -> None:
    assert split_of(allocate(supply("A1 B1 C1", W1="A1 B1", W2="B1 C1", W3="A1 B1"), SPLIT)) == ["1:W1", "2:W1", "3:W2"]


def test_fewer_parcels_are_worth_more_than_the_preferred_warehouse() -> None:
    found = allocate(supply("A1 B1 C1", W1="A1", W2="A1 B1", W3="C1"), SPLIT)
    assert split_of(found) == ["1:W2", "2:W2", "3:W3"]


@pytest.mark.parametrize(
    ("wants", "uncut"),
    [("A3", {"A": (3,)}), ("A2 A2", {"A": (2, 2)}), ("B1 A3", {"A": (3,)})],
)
def test_a_line_is_never_cut_and_the_order_is_held_with_the_pieces_of_its_lines(
    wants: str, uncut: dict[str, tuple[int, ...]]
) -> None:
    short = supply(wants, W1="A2 B1", W2="A1 B1", W3="A1")
    assert short.missing == {}
    assert allocate(short, SPLIT) == Allocation("", Action.HOLD)
    assert short.uncut == uncut


def test_what_cannot_be_done_leaves_the_word_to_the_next_row_and_hold_is_the_last_word() -> None:
    uncut = supply("A3 B1", W1="A2 B1", W2="A3")
    whole = supply("A3 B1", W1="A2 B1", W2="A2 B1")
    elsewhere, transfer, hold = Action.SOURCE_ELSEWHERE, Action.TRANSFER, Action.HOLD
    assert split_of(allocate(uncut, [elsewhere, Action.SPLIT])) == ["2:W1", "1:W2"]
    assert allocate(uncut, [elsewhere, transfer, Action.SPLIT]).supplier == "W2"
    assert allocate(uncut, [hold, Action.SPLIT]) == allocate(uncut, []) == Allocation("", hold)
    assert allocate(whole, [Action.SPLIT, transfer]) == Allocation("", hold)


def test_two_lines_of_one_sku_may_go_in_two_parcels() -> None:
    assert split_of(allocate(supply("A2 A2", W1="A3", W2="A3"), SPLIT)) == ["1:W1", "2:W2"]


def test_a_pool_that_is_short_is_not_split() -> None:
    assert allocate(supply("A1 B1", W1="A1", W2="A1"), SPLIT) == Allocation("", Action.HOLD)


def test_more_parcels_than_an_order_may_have_are_no_plan() -> None:
    ten = [Want(str(n), str(n), 1) for n in range(10)]
    places = [f"W{n}" for n in range(10)]
    free = {(want.sku, place): 1 for want, place in zip(ten, places, strict=True)}
    assert spread(ten, free, places) is None
    assert spread(ten[:9], free, places) == {str(n): f"W{n}" for n in range(9)}


def test_a_question_that_is_too_big_ends_without_a_plan() -> None:
    places = [f"W{n}" for n in range(60)]
    wants = [Want(str(n), str(n), 1) for n in range(60)]
    assert spread(wants, {(want.sku, place): 1 for want, place in zip(wants, places, strict=True)}, places) is None
    alike = [Want(str(n), "A", 3) for n in range(19)]
    assert spread(alike, {("A", place): 8 for place in places[:9]}, places) is None


# --- against every possible plan -----------------------------------------------------------------------------------

WANTS = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3)), min_size=1, max_size=4)
FREE = st.dictionaries(st.tuples(st.sampled_from("AB"), st.sampled_from(W)), st.integers(0, 5))


@settings(max_examples=300)
@given(rows=WANTS, free=FREE)
def test_no_plan_has_fewer_parcels_and_none_is_missed(
    rows: list[tuple[str, int]], free: dict[tuple[str, str], int]
) -> None:
    wants = [Want(str(n), sku, pieces) for n, (sku, pieces) in enumerate(rows)]
    found = spread(wants, free, W)
    every = [plan for plan in product(W, repeat=len(wants)) if _is_there(wants, plan, free)]
    if found is None:
        assert not every
        return
    mine = tuple(found[want.line_id] for want in wants)
    assert found == spread(wants, dict(reversed(free.items())), W)
    assert sorted(found) == [want.line_id for want in wants]
    assert _is_there(wants, mine, free)
    fewest = min(len(set(plan)) for plan in every)
    assert len(set(mine)) == fewest
    firsts = [sorted(set(plan)) for plan in every if len(set(plan)) == fewest]
    assert sorted(set(mine)) == min(firsts)


def _is_there(wants: list[Want], plan: tuple[str, ...], free: dict[tuple[str, str], int]) -> bool:
    """Whether every warehouse has all the pieces that the plan wants of it."""
    need: dict[tuple[str, str], int] = {}
    for want, place in zip(wants, plan, strict=True):
        need[want.sku, place] = need.get((want.sku, place), 0) + want.pieces
    return all(free.get(place, 0) >= pieces for place, pieces in need.items())


@settings(max_examples=200)
@given(rows=WANTS, free=FREE, virtual=st.booleans())
def test_every_physical_line_is_in_exactly_one_parcel_and_no_parcel_is_empty(
    rows: list[tuple[str, int]], free: dict[tuple[str, str], int], virtual: bool
) -> None:
    lines = [line(str(n), sku, pieces) for n, (sku, pieces) in enumerate(rows)]
    if virtual:
        lines.append(replace(line("card"), is_physical=False))
    made = order(Milestone.PLACED, snapshot=snapshot(*lines))
    found = allocate(Supply(tuple(Want(x.line_id, x.sku, x.quantity) for x in made.physical_lines), free, W), SPLIT)
    if found.action is not Action.SPLIT:
        return
    parcels = parcels_of(planned(made, found.split))
    assert sorted(each for parcel in parcels for each in parcel.line_ids) == [str(n) for n in range(len(rows))]
    assert [parcel.number for parcel in parcels] == list(range(1, len(parcels) + 1))
    assert [parcel.warehouse for parcel in parcels] == list(found.origins) == sorted(found.origins)
    assert all(parcel.line_ids for parcel in parcels)
    assert len(parcels) > 1
