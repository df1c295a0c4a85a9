"""The arithmetic of the window, the transitions of a change, and every cell of scope, window, zone and carrier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.address_change import (
    ENDED,
    ChangeOfAddress,
    ChangeStatus,
    Source,
    State,
    System,
    Way,
    minutes_since_paid,
    moved,
    noted,
    planned,
    wants_receiver,
)
from orderhub.domain.carrier_capability import CAPABILITIES, Parcels, possible_way
from orderhub.domain.order import Correction, Milestone, Order, Region
from orderhub.domain.parcel_zone import Zone
from orderhub.domain.rulepack import RuleKind
from orderhub.rules.defaults import default_pack
from orderhub.rules.engine import evaluate
from orderhub.services.judge import input_of
from tests.kit.orders import ORDER_ID, T0, order

M = Milestone
NEW = Correction("receiver-a", Region("浙江省", "宁波市", "海曙区"), "sealed-b", "receiver-b", "phone-b", "李*", "*", 0)
TWO_HOURS = 7_200_000


def change(**given_: Any) -> ChangeOfAddress:
    made = ChangeOfAddress(ORDER_ID, 1, "k1", Source.SHOP_EVENT, "buyer", "sealed", T0, T0, wanted=NEW)
    return replace(made, **given_)


# --- the window ------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**13), st.integers(-(10**9), 10**9))
def test_minutes_are_rounded_up_and_never_negative(paid_at: int, later_ms: int) -> None:
    minutes = minutes_since_paid(paid_at, paid_at + later_ms)
    if later_ms <= 0:
        assert minutes == 0
    else:
        assert (minutes - 1) * 60_000 < later_ms <= minutes * 60_000


@pytest.mark.parametrize("late_ms", [TWO_HOURS - 1, TWO_HOURS, TWO_HOURS + 1, TWO_HOURS + 60_000])
def test_at_two_hours_sharp_a_change_is_still_inside(late_ms: int) -> None:
    assert (minutes_since_paid(T0, T0 + late_ms) <= 120) == (late_ms <= TWO_HOURS)


def test_before_the_payment_every_change_is_inside() -> None:
    assert minutes_since_paid(None, T0) == 0


# --- transitions -----------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(ChangeStatus), max_size=12))
def test_whatever_is_tried_an_ended_change_stays_ended_and_every_other_can_end(tried: list[ChangeStatus]) -> None:
    one = change()
    for number, status in enumerate(tried):
        was_ended = one.is_ended
        try:
            after = moved(one, status, T0 + number)
        except ValueError:
            continue
        assert not was_ended
        assert (after.ended_at > 0) == (status in ENDED)
        one = after
    if not one.is_ended:
        assert moved(one, ChangeStatus.SUPERSEDED, T0).is_ended
        assert moved(one, ChangeStatus.REFUSED, T0).is_ended


@given(st.lists(st.tuples(st.sampled_from(System), st.sampled_from(State)), max_size=10))
def test_a_change_is_brought_only_when_nobody_who_must_know_is_left(told: list[tuple[System, State]]) -> None:
    one = moved(change(), ChangeStatus.APPLIED, T0)
    for system, state in told:
        one = noted(one, system, state, "why")
    states = {system: one.state_of(system) for system in System}
    must = [states[System.WMS], states[System.CARRIER]]
    assert one.is_brought == (State.WANTED not in states.values() and State.CANNOT not in must)


# --- what follows for order and systems --------------------------------------------------------------------------


HOUSE = (M.PLACED, M.PAID, M.RESERVED, M.ASSESSED)
AT_WMS = (*HOUSE, M.DISPATCHED)
LABELLED = (*AT_WMS, M.LABELLED)


@pytest.mark.parametrize(
    ("reached", "told"),
    [(HOUSE, set()), (AT_WMS, {"wms", "carrier"}), (LABELLED, {"wms", "carrier"}), ((*LABELLED, M.SHIPPED), set())],
)
def test_who_holds_the_old_address_must_be_told(reached: tuple[M, ...], told: set[str]) -> None:
    one = planned(change(), order(*reached), Way.REISSUE, None)
    assert {name for name, state in one.systems.items() if state == "wanted"} == told
    by_service = planned(change(source=Source.CUSTOMER_SERVICE), order(*reached), Way.REISSUE, None)
    assert by_service.state_of(System.SHOP) is State.WANTED


def test_what_an_older_change_did_not_bring_along_the_newer_takes_over() -> None:
    older = noted(change(), System.WMS, State.WANTED)
    one = planned(change(number=2), order(*LABELLED), Way.NOTHING, older)
    assert one.waits_for == (System.WMS,)


def test_the_order_wants_the_new_receiver_pushes_it_again_and_has_its_label_follow() -> None:
    wanted = wants_receiver(order(*LABELLED), change(), Way.OVERWRITE, T0)
    assert (wanted.receiver_digest, wanted.region.city) == ("receiver-b", "宁波市")
    assert (wanted.push_due, wanted.relabel, wanted.content_version) == (True, "overwrite", 2)
    in_house = wants_receiver(order(*HOUSE), change(), Way.OVERWRITE, T0)
    assert (in_house.push_due, in_house.relabel, in_house.has(M.ASSESSED)) == (False, "", False)
    left = wants_receiver(order(*LABELLED, M.SHIPPED), change(), Way.INTERCEPT, T0)
    assert (left.push_due, left.relabel) == (False, "")


# --- the matrix: scope × window × zone × capability ---------------------------------------------------------------

SCOPES = ("same", "door", "street", "region", "unsure")
ZONES = (Zone.NOT_PICKED_UP, Zone.IN_TRANSIT, Zone.DELIVERING)
CARRIERS = ("", "sf", "ems", "another")


def by_the_rules(scope: str, minutes: int, zone: Zone) -> Way:
    given_ = {**input_of(order(*LABELLED)), "change": {"scope": scope, "minutes_since_paid": minutes, "zone": zone}}
    return Way(evaluate(default_pack(RuleKind.ADDRESS_CHANGE), given_).matches[0].outputs["way"])


def expected(scope: str, minutes: int, zone: Zone, carrier: str) -> Way:
    """The rows of R34-R36, said once more."""
    if scope == "same":
        return Way.NOTHING
    if zone is Zone.DELIVERING:
        return Way.TOO_LATE
    if minutes > 120:
        return Way.DECIDE
    if zone is Zone.IN_TRANSIT:
        return Way.INTERCEPT if carrier == "sf" else Way.DECIDE
    if scope == "unsure":
        return Way.DECIDE
    wanted = Way.OVERWRITE if scope == "door" else Way.REISSUE
    if carrier == "ems":
        return Way.REISSUE
    return Way.DECIDE if carrier == "another" else wanted


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", [0, 1, 119, 120, 121, 10_000])
@pytest.mark.parametrize("scope", SCOPES)
def test_every_cell_of_the_matrix(scope: str, minutes: int, zone: Zone, carrier: str) -> None:
    way, _ = possible_way(by_the_rules(scope, minutes, zone), Parcels(carrier))
    assert way is expected(scope, minutes, zone, carrier)


@pytest.mark.parametrize("wanted", list(Way))
@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("has_left", [False, True])
@pytest.mark.parametrize("is_apart", [False, True])
@pytest.mark.parametrize("was_intercepted", [False, True])
def test_what_a_carrier_cannot_do_is_never_done_more_weakly(
    wanted: Way, carrier: str, has_left: bool, is_apart: bool, was_intercepted: bool
) -> None:
    way, why = possible_way(wanted, Parcels(carrier, has_left, is_apart, was_intercepted))
    assert way in (wanted, Way.REISSUE if wanted is Way.OVERWRITE else wanted, Way.DECIDE)
    assert bool(why) == (way is not wanted)
    if way is Way.INTERCEPT:
        assert CAPABILITIES[carrier].can_intercept and not was_intercepted and not is_apart
    if way in (Way.OVERWRITE, Way.REISSUE):
        assert not has_left and not is_apart


def test_an_order_of_before_knows_nothing_of_changes() -> None:
    assert Order("youzan-E1", "youzan", "1", "E1").change_open == 0
