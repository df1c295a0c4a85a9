"""Who is asked for a missing number, and when (R37)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.backfill import (
    DROPPED,
    ENDED,
    FOUND,
    KNOWN,
    NO_NUMBER,
    NumberSearch,
    Source,
    answered,
    asked_anew,
    begun,
    due_at,
    is_out_of_time,
    misses_number,
)
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcels_of
from orderhub.services.ask_for_number import Label, labels_of
from tests.kit.orders import ORDER_ID, T0, line, order, snapshot

M = Milestone
PACKING = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED)
MINUTE, PATIENCE = 60_000, 120_000
ISSUER, WAREHOUSE = Source.ISSUER, Source.WAREHOUSE


def left(*more: Milestone, **changes: object) -> Order:
    return order(*PACKING, *(more or (M.SHIPPED,)), **changes)


def search(**changes: object) -> NumberSearch:
    return replace(NumberSearch(ORDER_ID, 1, T0, T0, "warehouse"), **changes)  # type: ignore[arg-type]


def missing(made: Order) -> list[int]:
    return [parcel.number for parcel in parcels_of(made) if misses_number(made, parcel)]


@pytest.mark.parametrize("told", [M.SHIPPED, M.PICKED_UP, M.SHOP_SHIPPED])
def test_a_number_is_missing_when_anybody_says_that_the_parcel_left_without_one(told: M) -> None:
    assert missing(left(told)) == [1]
    assert missing(left(told, waybill_number="SF1", carrier="sf")) == []
    assert missing(order(*PACKING)) == []


def test_nothing_is_missing_of_what_does_not_travel_or_is_over() -> None:
    for over in (M.SETTLED, M.CLOSED):
        assert missing(left(M.SHIPPED, over)) == []
    assert missing(left(snapshot=snapshot(kind="pickup", paid=True))) == []
    assert missing(left(snapshot=snapshot(line(is_physical=False), paid=True))) == []
    assert missing(left(snapshot=None)) == []


def test_each_parcel_misses_its_own_number() -> None:
    gone = {M.SHIPPED.value: T0}
    parcels = (Parcel(1, "WH01", ("L1",), "sf", "SF1", gone), Parcel(2, "WH02", ("L2",), at=gone))
    made = order(*PACKING, snapshot=snapshot(line(), line("L2"), paid=True), parcels=parcels)
    assert missing(made) == [2]
    called_off = replace(parcels[1], at={**gone, M.CLOSED.value: T0})
    assert missing(replace(made, parcels=(parcels[0], called_off))) == []


def test_a_search_begins_once_and_a_clock_that_is_ahead_cannot_put_it_off() -> None:
    (made,) = begun(left(), {}, "warehouse", T0 + 9 * MINUTE, T0 + MINUTE)
    assert (made.fulfillment, made.left_at, made.heard_at, made.turn) == (1, T0 + MINUTE, T0 + MINUTE, ISSUER)
    for outcome in (NO_NUMBER, FOUND, DROPPED):
        assert begun(left(), {1: replace(made, outcome=outcome)}, "carrier", T0, T0) == ()
    for outcome in (KNOWN, ENDED):  # and is missing again
        assert begun(left(), {1: replace(made, outcome=outcome)}, "carrier", T0, T0) != ()


def test_what_the_shop_shipped_before_the_hub_sent_it_anywhere_is_not_searched_for() -> None:
    assert missing(order(*PACKING[:4], M.SHOP_SHIPPED)) == []
    assert missing(left(M.SHOP_SHIPPED)) == [1]


def test_the_issuer_is_asked_after_two_minutes_and_the_warehouse_at_once_after_it() -> None:
    assert due_at(search(), PATIENCE) == T0 + 2 * MINUTE
    assert due_at(search(heard_at=T0 + 9 * MINUTE), PATIENCE) == T0 + 9 * MINUTE
    after = answered(search(), "sf: unknown", T0 + 2 * MINUTE, PATIENCE)
    assert (after.turn, due_at(after, PATIENCE)) == (WAREHOUSE, T0 + 2 * MINUTE)
    assert after.asked == {"issuer": "sf: unknown"}


def test_then_both_are_asked_again_until_a_person_is_and_after_that_less_often() -> None:
    now, one, cards = T0 + 2 * MINUTE, search(), []
    for _ in range(6):
        now = max(now, due_at(one, PATIENCE))
        one = answered(one, "unknown", now, PATIENCE)
        cards.append((now - T0, is_out_of_time(one, now, PATIENCE)))
    assert cards[:3] == [(2 * MINUTE, False), (2 * MINUTE, False), (3 * MINUTE, True)]
    assert [at for at, _ in cards[3:]] == [3 * MINUTE, 13 * MINUTE, 13 * MINUTE]
    assert asked_anew(one, now).asked == {}
    assert not is_out_of_time(asked_anew(one, now), now, PATIENCE)


@given(
    heard_after=st.integers(0, 3 * MINUTE),
    ticks=st.lists(st.integers(MINUTE // 4, MINUTE), min_size=40, max_size=40),
    says=st.lists(st.sampled_from(["unknown", "does not answer", "refuses"]), min_size=40, max_size=40),
)
def test_within_five_minutes_of_shipping_everybody_was_asked_and_a_person_is_if_nobody_knows(
    heard_after: int, ticks: list[int], says: list[str]
) -> None:
    """Schedules run at least once a minute; whatever the sources say, the card is not later than promised."""
    now, one = T0 + heard_after, search(heard_at=T0 + heard_after)
    for tick, words in zip(ticks, says, strict=True):
        now += tick
        if due_at(one, PATIENCE) > now:
            continue
        one = answered(one, words, now, PATIENCE)
        if is_out_of_time(one, now, PATIENCE):
            break
    assert set(one.asked) == {"issuer", "warehouse"}
    assert now - T0 <= max(5 * MINUTE, heard_after + 4 * MINUTE)


def effect(verb: str, version: int, status: EffectStatus, attempts: int = 1, **about: str) -> Effect:
    reference = f"{ORDER_ID}-1-{version}"
    outcome = {"number": "SF5"} if (verb, status) == ("create_waybill", EffectStatus.DONE) else {}
    return Effect(ORDER_ID, verb, reference, status, 1, 1, "", attempts, 0, outcome, T0, about=about)


def test_the_labels_asked_for_are_those_that_may_live() -> None:
    intended, done, refused = EffectStatus.INTENDED, EffectStatus.DONE, EffectStatus.REFUSED
    (parcel,) = parcels_of(left())
    assert labels_of(left(), parcel, []) == (Label(f"{ORDER_ID}-1-1"),)
    assert labels_of(left(), parcel, [effect("create_waybill", 1, refused)]) == (Label(f"{ORDER_ID}-1-1"),)
    effects = [
        effect("create_waybill", 1, done),
        effect("void_waybill", 1, done),
        effect("create_waybill", 2, intended, issuer="kuaidiniao", carrier="yto"),
    ]
    (label,) = labels_of(left(), parcel, effects)
    assert (label.reference, label.issuer, label.carrier) == (f"{ORDER_ID}-1-2", "kuaidiniao", "yto")
    bought = labels_of(left(), parcel, effects[:1])
    assert [(label.issuer, label.number) for label in bought] == [("sf", "SF5")]
