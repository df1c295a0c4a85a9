"""Where a parcel is, from its carrier's scans: whatever order they come in, and however often (R36)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.sf.routes import kind_of
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of, parcels_of, planned
from orderhub.domain.parcel_zone import Scan, Zone, redirect_asked, redirect_refused, scanned, zone_of
from tests.kit.orders import T0, line, order, snapshot

M = Milestone
KINDS = ("picked_up", "moving", "out_for_delivery", "exception", "turned", "delivered", "signature_void", "unknown")
WAY = ("picked_up", "moving", "out_for_delivery", "delivered")


def alone() -> Order:
    return order(M.PLACED, M.PAID, M.SHIPPED)


def two() -> Order:
    made = order(M.PLACED, M.PAID, snapshot=snapshot(line("L1"), line("L2"), paid=True))
    return planned(made, {"L1": "WHA", "L2": "WHB"})


def after(*kinds: str, made: Order | None = None) -> Order:
    """One scan a minute, in this order."""
    return scanned(made or alone(), 1, [Scan(kind, T0 + 60_000 * n) for n, kind in enumerate(kinds)])


def zone(made: Order) -> Zone:
    return zone_of(made, parcel_of(made, 1))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), Zone.NOT_PICKED_UP),
        (("unknown",), Zone.NOT_PICKED_UP),
        (("picked_up",), Zone.IN_TRANSIT),
        (("moving",), Zone.IN_TRANSIT),
        (("picked_up", "moving", "out_for_delivery"), Zone.DELIVERING),
        (("out_for_delivery",), Zone.DELIVERING),
        (("out_for_delivery", "exception"), Zone.IN_TRANSIT),
        (("out_for_delivery", "exception", "out_for_delivery"), Zone.DELIVERING),
        (("out_for_delivery", "moving"), Zone.IN_TRANSIT),
        (WAY, Zone.DELIVERED),
        (("delivered",), Zone.DELIVERED),
        ((*WAY, "moving", "delivered"), Zone.DELIVERED),
        (("picked_up", "turned"), Zone.RETURNING),
        (("out_for_delivery", "exception", "turned", "out_for_delivery"), Zone.RETURNING),
        (("picked_up", "turned", "moving", "out_for_delivery", "delivered"), Zone.RETURNING),
        (("delivered", "turned"), Zone.DELIVERED),
        ((*WAY, "signature_void"), Zone.DELIVERING),
        ((*WAY, "signature_void", "delivered"), Zone.DELIVERED),
        (("signature_void", "delivered"), Zone.DELIVERED),
        (("picked_up", "turned", "delivered", "signature_void"), Zone.RETURNING),
    ],
)
def test_the_latest_scan_by_the_carrier_s_time_says_where_the_parcel_is(kinds: tuple[str, ...], expected: Zone) -> None:
    assert zone(after(*kinds)) is expected


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((), Zone.NOT_PICKED_UP),
        (("picked_up", "turned"), Zone.IN_TRANSIT),
        (("out_for_delivery", "turned"), Zone.IN_TRANSIT),
        (("picked_up", "turned", "moving", "out_for_delivery"), Zone.DELIVERING),
        (("picked_up", "turned", "out_for_delivery", "delivered"), Zone.DELIVERED),
    ],
)
def test_a_parcel_that_is_turned_because_the_hub_asked_goes_on_to_the_buyer(
    kinds: tuple[str, ...], expected: Zone
) -> None:
    assert zone(after(*kinds, made=redirect_asked(alone(), 1, T0))) is expected


def test_what_the_sender_signs_for_is_no_delivery() -> None:
    made = after("picked_up", "turned", "delivered")
    assert (made.has(M.DELIVERED), made.has(M.BACK_AT_SENDER)) == (False, True)
    asked = redirect_asked(made, 1, T0)
    assert (asked.has(M.DELIVERED), asked.has(M.BACK_AT_SENDER)) == (True, False)


def test_a_redirect_that_the_carrier_refused_was_never_asked() -> None:
    for made in (alone(), two()):
        told = after("picked_up", "turned", "delivered", made=made)
        asked = redirect_asked(made, 1, T0)
        assert redirect_refused(asked, 1) == made
        assert redirect_refused(after("picked_up", "turned", "delivered", made=asked), 1) == told
        assert zone(told) is Zone.RETURNING


def test_what_the_buyer_confirmed_is_delivered_though_the_carrier_never_said_so() -> None:
    assert zone(after("picked_up").reach(M.RECEIVED, T0 + 9)) is Zone.DELIVERED


def test_the_first_pickup_and_the_first_signature_stand() -> None:
    made = after(*WAY)
    again = scanned(made, 1, [Scan("delivered", T0 + 10**6), Scan("picked_up", T0 - 5_000)])
    assert (again.when(M.PICKED_UP), again.when(M.DELIVERED)) == (T0 - 5_000, made.when(M.DELIVERED))


def test_a_signature_that_was_a_mistake_does_not_count_and_the_next_one_does() -> None:
    made = after(*WAY, "signature_void")
    assert not made.has(M.DELIVERED)
    again = scanned(made, 1, [Scan("delivered", T0 + 9 * 60_000), Scan("delivered", T0 + 3 * 60_000)])
    assert again.when(M.DELIVERED) == T0 + 9 * 60_000
    two_parcels = after(*WAY, made=scanned(two(), 2, [Scan("delivered", T0)]))
    assert two_parcels.has(M.DELIVERED)
    assert not scanned(two_parcels, 1, [Scan("signature_void", T0 + 9 * 60_000)]).has(M.DELIVERED)


def test_of_several_parcels_each_has_a_zone_and_the_order_is_delivered_with_the_last() -> None:
    made = scanned(two(), 2, [Scan("delivered", T0 + 5)])
    assert [zone_of(made, parcel) for parcel in parcels_of(made)] == [Zone.NOT_PICKED_UP, Zone.DELIVERED]
    assert not made.has(M.DELIVERED)
    made = scanned(made, 1, [Scan("delivered", T0 + 9)])
    assert made.when(M.DELIVERED) == T0 + 9
    assert scanned(made, 1, [Scan("turned", T0 + 8)]).when(M.DELIVERED) is None
    with pytest.raises(KeyError):
        scanned(made, 3, [Scan("delivered", T0)])


# --- any order of arrival ----------------------------------------------------------------------------------------

SCANS = st.lists(st.builds(Scan, st.sampled_from(KINDS), st.integers(T0, T0 + 6).map(lambda s: s * 1_000)), max_size=9)


@settings(max_examples=300)
@given(scans=SCANS, data=st.data(), splits=st.booleans(), asked=st.none() | st.integers(0, 9))
def test_any_order_of_arrival_with_any_duplicates_ends_in_the_same_place(
    scans: list[Scan], data: st.DataObject, splits: bool, asked: int | None
) -> None:
    """One batch, against one scan at a time, shuffled, doubled, and the hub asking in between."""
    start = two() if splits else alone()
    expected = scanned(start, 1, scans)
    if asked is not None:
        expected = redirect_asked(expected, 1, T0)
    again = data.draw(st.lists(st.sampled_from(scans))) if scans else []
    arrived: Sequence[Scan] = data.draw(st.permutations(scans + again))
    made = start
    for number, scan in enumerate(arrived):
        if number == asked:
            made = redirect_asked(made, 1, T0)
        made = scanned(made, 1, [scan])
    if asked is not None and asked >= len(arrived):
        made = redirect_asked(made, 1, T0)
    assert dict(made.at) == dict(expected.at)
    assert [dict(p.at) for p in made.parcels] == [dict(p.at) for p in expected.parcels]
    assert zone(made) is zone(expected)
    assert scanned(made, 1, scans) == made


# --- SF's words (sheet §4.5) -------------------------------------------------------------------------------------

SAYS = {
    **dict.fromkeys(("50", "54"), Zone.IN_TRANSIT),
    **dict.fromkeys(("30", "36", "31", "123", "130", "3036", "607", "407", "501", "922"), Zone.IN_TRANSIT),
    **dict.fromkeys(("44", "204"), Zone.DELIVERING),
    **dict.fromkeys(("33", "70"), Zone.IN_TRANSIT),
    **dict.fromkeys(("80", "8000"), Zone.DELIVERED),
    **dict.fromkeys(("99", "648", "631"), Zone.RETURNING),
    "4711": Zone.NOT_PICKED_UP,
}


@pytest.mark.parametrize(("code", "expected"), SAYS.items())
def test_each_code_of_sf_has_its_zone(code: str, expected: Zone) -> None:
    assert zone(after(kind_of(code))) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("已揽收", Zone.IN_TRANSIT),
        ("运送中", Zone.IN_TRANSIT),
        ("派送中", Zone.DELIVERING),
        ("已签收", Zone.DELIVERED),
        ("别的", Zone.IN_TRANSIT),
        ("", Zone.IN_TRANSIT),
    ],
)
def test_the_status_sf_gives_counts_before_the_code(status: str, expected: Zone) -> None:
    assert zone(after(kind_of("36", status))) is expected


@pytest.mark.parametrize(("code", "expected"), [("70", Zone.IN_TRANSIT), ("648", Zone.RETURNING)])
def test_a_failed_delivery_and_a_turn_are_told_by_the_code_alone(code: str, expected: Zone) -> None:
    assert zone(after("out_for_delivery", kind_of(code, "派送中"))) is expected
