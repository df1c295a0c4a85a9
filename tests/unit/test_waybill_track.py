"""What comes next at the carrier, from what is known of it: only a confirmed void lets another waybill be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.order import Gift, Milestone, Region, Sticker
from orderhub.domain.parcel import parcel_of
from orderhub.domain.records import WaybillStatus, WaybillVersion
from orderhub.domain.waybill_content import cached_version, cached_versions, compare, held_digest, parts_of
from orderhub.domain.waybill_track import (
    CREATE_VERB,
    OVERWRITE,
    REISSUE,
    UPDATE_VERB,
    VOID_ON_EVIDENCE,
    VOID_VERB,
    Ask,
    Create,
    Held,
    Keep,
    Update,
    Void,
    Wanted,
    live_of,
    next_action,
    number_told,
    versions_of,
    wants_label,
    waybill_reference,
)
from tests.kit.orders import ORDER_ID, T0, order

M, W, E = Milestone, WaybillStatus, EffectStatus
FILTER = Gift("r", 1, "FP-001", "滤芯", 1, "赠品:滤芯×1", Sticker("面单右上角", 85, 15), "L1")
PACKING = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)


def held(status: WaybillStatus, digest: str = "old", version: int = 1, **changes: Any) -> Held:
    made = Held(version, waybill_reference(ORDER_ID, 1, version), "sf", status, digest, f"SF{version}")
    return replace(made, **changes)


def wanted(way: str = "", **changes: Any) -> Wanted:
    return replace(Wanted("new", "sf", way), **changes)


@pytest.mark.parametrize(
    ("known", "wish", "action"),
    [
        ([], wanted(), Create(1)),
        ([held(W.LIVE, "new")], wanted(OVERWRITE), Keep()),
        ([held(W.LIVE)], wanted(OVERWRITE), Update(held(W.LIVE))),
        ([held(W.LIVE)], wanted(REISSUE), Void(held(W.LIVE))),
        ([held(W.LIVE)], wanted(), Void(held(W.LIVE))),  # nobody said how: the safe path
        ([held(W.LIVE)], wanted(OVERWRITE, is_out=True), Ask(held(W.LIVE))),
        ([held(W.LIVE, "new")], wanted(REISSUE, is_out=True), Keep()),
        ([held(W.LIVE)], wanted(REISSUE, is_kept=True), Keep()),
        ([held(W.UNKNOWN, "new")], wanted(), Create(1)),
        ([held(W.UNKNOWN)], wanted(OVERWRITE), Void(held(W.UNKNOWN))),
        ([held(W.REFUSED, "new")], wanted(), Create(1)),
        ([held(W.REFUSED)], wanted(), Void(held(W.REFUSED))),  # the reference may be spent on what was refused
        ([held(W.VOIDING, "new")], wanted(), Void(held(W.VOIDING, "new"))),
        ([held(W.VOIDED, "new")], wanted(), Create(2)),
        ([held(W.VOIDED), held(W.LIVE, "new", 2)], wanted(REISSUE), Keep()),
        ([held(W.VOIDED), held(W.VOIDED, version=2)], wanted(), Create(3)),
        ([held(W.LIVE, "new", carrier="ems")], wanted(OVERWRITE), Void(held(W.LIVE, "new", carrier="ems"))),
    ],
)
def test_what_is_known_of_the_carrier_says_what_comes_next(known: list[Held], wish: Wanted, action: object) -> None:
    assert next_action(known, wish) == action


@pytest.mark.parametrize("spoiled", [{"may_change": False}, {"unsettled": "other"}])
def test_a_change_in_place_is_not_tried_where_it_was_refused_or_another_may_still_be_carried_out(
    spoiled: dict[str, Any],
) -> None:
    live = held(W.LIVE, **spoiled)
    assert next_action([live], wanted(OVERWRITE)) == Void(live)
    unsettled = held(W.LIVE, "", unsettled="new")
    assert next_action([unsettled], wanted(OVERWRITE)) == Update(unsettled)  # the same change may be asked for again


# --- from effects ----------------------------------------------------------------------------------------------------


def effect(verb: str, status: EffectStatus, request: str = "d1", version: int = 1, **changes: Any) -> Effect:
    made = Effect(
        ORDER_ID, verb, waybill_reference(ORDER_ID, 1, version), status, 1, 1, request, 1, 0,
        {"number": f"SF{version}", "routing.destCode": "571"} if status is E.DONE else {}, T0,
    )  # fmt: skip
    return replace(made, **changes)


CREATED = effect(CREATE_VERB, E.DONE)


@pytest.mark.parametrize(
    ("effects", "status", "digest"),
    [
        ([effect(CREATE_VERB, E.INTENDED)], W.UNKNOWN, "d1"),
        ([effect(CREATE_VERB, E.REFUSED)], W.REFUSED, "d1"),
        ([effect(CREATE_VERB, E.REFUSED, is_unclear=True)], W.UNKNOWN, "d1"),
        ([CREATED], W.LIVE, "d1"),
        ([CREATED, effect(UPDATE_VERB, E.DONE, "d2")], W.LIVE, "d2"),
        ([CREATED, effect(UPDATE_VERB, E.INTENDED, "d2")], W.LIVE, ""),
        ([CREATED, effect(UPDATE_VERB, E.REFUSED, "d2")], W.LIVE, ""),
        ([CREATED, effect(VOID_VERB, E.INTENDED)], W.VOIDING, "d1"),
        ([CREATED, effect(VOID_VERB, E.INTENDED, attempts=0)], W.LIVE, "d1"),  # it never left the house
        ([CREATED, effect(VOID_VERB, E.REFUSED)], W.LIVE, "d1"),
        ([CREATED, effect(VOID_VERB, E.REFUSED, is_unclear=True)], W.VOIDING, "d1"),
        ([CREATED, effect(VOID_VERB, E.DONE)], W.VOIDED, "d1"),
        ([effect(CREATE_VERB, E.INTENDED), effect(VOID_VERB, E.DONE)], W.VOIDED, "d1"),
    ],
)
def test_a_version_is_what_its_effects_say(effects: list[Effect], status: WaybillStatus, digest: str) -> None:
    (found,) = versions_of(order(*PACKING), 1, effects)
    assert (found.status, found.digest) == (status, digest)


def test_what_never_reached_a_carrier_is_no_version() -> None:
    assert versions_of(order(*PACKING), 1, [effect(CREATE_VERB, E.INTENDED, attempts=0)]) == ()


def test_versions_of_other_parcels_and_other_verbs_are_none_of_this_one() -> None:
    others = [replace(CREATED, reference=f"{ORDER_ID}-2-1"), replace(CREATED, verb="push_trade", reference="x")]
    assert versions_of(order(*PACKING), 1, others) == ()
    second = effect(CREATE_VERB, E.DONE, "d2", 2, about={"carrier": "ems"})
    found = versions_of(order(*PACKING), 1, [*others, second, CREATED, effect(VOID_VERB, E.DONE)])
    assert [(one.version, one.carrier, one.status) for one in found] == [(1, "sf", W.VOIDED), (2, "ems", W.LIVE)]
    assert live_of(found) == found[1]
    assert found[0].routing == {"destCode": "571"}


def test_a_person_with_the_carriers_evidence_settles_what_nobody_answers() -> None:
    silent = effect(CREATE_VERB, E.INTENDED)
    told = order(*PACKING, overrides=(f"{VOID_ON_EVIDENCE}{silent.reference}",))
    assert [one.status for one in versions_of(told, 1, [silent])] == [W.VOIDED]


# --- the wish --------------------------------------------------------------------------------------------------------


def test_the_stronger_wish_wins_and_the_warehouse_is_pushed_first() -> None:
    once = wants_label(order(*PACKING), OVERWRITE)
    assert (once.relabel, once.push_due) == (OVERWRITE, True)
    twice = wants_label(once, REISSUE)
    assert wants_label(twice, OVERWRITE).relabel == twice.relabel == REISSUE


@pytest.mark.parametrize("reached", [PACKING[:4], (*PACKING, M.SHIPPED), (*PACKING, M.SHIPPED, M.SETTLED)])
def test_there_is_no_label_to_change_before_dispatch_or_after_shipping(reached: tuple[Milestone, ...]) -> None:
    before = order(*reached)
    assert wants_label(before, REISSUE) == before


def test_the_warehouse_is_not_told_a_number_that_is_about_to_be_void() -> None:
    live = order(*PACKING, waybill_number="SF1")
    assert number_told(live, "SF1") == number_told(wants_label(live, OVERWRITE), "SF1") == "SF1"
    assert number_told(wants_label(live, REISSUE), "SF1") == ""


# --- what it shows ---------------------------------------------------------------------------------------------------


def test_gifts_are_on_the_label_and_not_what_the_carrier_holds() -> None:
    plain = order(*PACKING)
    gifted = replace(plain, gifts=(FILTER,))
    assert held_digest(plain, parcel_of(plain, 1)) == held_digest(gifted, parcel_of(gifted, 1))
    one, other = (cached_version(each, parcel_of(each, 1), T0) for each in (plain, gifted))
    assert one.content_digest != other.content_digest
    assert compare(one, other) == ("gifts",)


def test_two_versions_of_either_track_name_what_differs_and_no_values() -> None:
    live = order(*PACKING, waybill_number="SF1")
    assert live.snapshot is not None
    far = replace(live.snapshot, receiver_digest="b", region=Region("上海市", "上海市", "黄浦区"))
    moved = replace(live, snapshot=far)
    pushed = WaybillVersion(1, 1, "sf", "r", "SF1", "pushed", W.LIVE, 1, {}, T0, "d",
                            {k: v for k, v in parts_of(live, parcel_of(live, 1)).items() if k != "gifts"})  # fmt: skip
    (cached,) = cached_versions(moved, T0)
    assert compare(pushed, cached) == ("receiver", "region")
    assert compare(pushed, replace(pushed, number="SF2")) == ("number",)
    assert compare(cached, cached) == ()
    assert "黄浦区" not in repr(cached)
    assert live.snapshot.receiver_digest not in repr(cached)


def test_what_the_warehouse_does_not_have_yet_has_no_cached_label() -> None:
    assert cached_versions(order(*PACKING[:4]), T0) == ()
