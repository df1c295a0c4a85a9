"""Whether a parcel may be packed, as what, and what is wrong with one that was (R44, R53)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.order_codec import attributes_of, order_from
from orderhub.domain.absorb import absorb
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.order_content import told
from orderhub.domain.packing import (
    Packed,
    PackState,
    differences,
    moved_places,
    pack_state_of,
    packing_version,
    problems_of,
)
from orderhub.domain.parcel import parcel_of
from orderhub.domain.waybill_content import held_digest
from orderhub.services.record_packing import safe_code
from tests.kit.labels import GIFT, labelled
from tests.kit.orders import T0, line, observation, snapshot

M, S = Milestone, PackState
NUMBER = "SF7444400000001"
READY = labelled(carrier="sf", waybill_number=NUMBER)


def of(order: Order) -> Parcel:
    return parcel_of(order, 1)


def version(order: Order) -> str:
    return packing_version(order, of(order))


def when(order: Order, *milestones: Milestone) -> Order:
    for milestone in milestones:
        order = order.reach(milestone, T0 + 99)
    return order


@pytest.mark.parametrize(
    ("order", "state"),
    [
        (READY, S.READY),
        (replace(READY, packed={"1": version(READY)}), S.PACKED),
        (replace(READY, packed={"1": "of-another-label-x"}), S.READY),
        (replace(READY, change_open=1), S.CHANGING),
        (replace(READY, relabel="overwrite"), S.RELABEL),
        (replace(READY, push_due=True), S.RELABEL),
        (replace(READY, waybill_number=""), S.RELABEL),
        (READY.forget(M.LABELLED), S.RELABEL),
        (replace(READY, holds={"d": "rule_hold"}), S.HELD),
        (replace(READY, holds={"d": "rule_hold"}, change_open=1), S.HELD),
        (when(replace(READY, holds={"d": "rule_hold"}), M.CANCELLED), S.CANCELLED),
        (when(READY, M.CLOSED), S.CANCELLED),
        (when(READY, M.CANCELLED, M.SHIPPED), S.GONE),
    ],
)
def test_what_stops_a_parcel_is_told_by_the_strongest_reason(order: Order, state: PackState) -> None:
    assert pack_state_of(order, of(order)) is state


def test_a_barcode_that_becomes_known_changes_neither_label_nor_content_nor_what_facts_say() -> None:
    known = replace(READY, snapshot=snapshot(line(barcode="6900000388655"), paid=True))
    assert version(known) == version(READY)
    assert (held_digest(known, of(known)), told(known)) == (held_digest(READY, of(READY)), told(READY))
    seen = observation("detail", at=T0, snap=known.snapshot)
    absorbed = absorb(READY, seen)
    assert (absorbed.facts, absorbed.decisions) == ((), ())
    assert (absorbed.order.content_version, absorbed.order.lines[0].barcode) == (1, "6900000388655")
    assert absorb(absorbed.order, replace(seen, snapshot=READY.snapshot)).order.lines[0].barcode == "6900000388655"


def test_a_barcode_is_stored_with_its_line_and_a_line_stored_without_one_has_none() -> None:
    known = replace(READY, snapshot=snapshot(line(barcode="6900000388655"), line("L2"), paid=True))
    values = {key: value for key, value in attributes_of(known).items() if value is not None} | {"revision": 1}
    assert [one.barcode for one in order_from(values).lines] == ["6900000388655", ""]


def test_a_product_put_in_the_place_of_another_has_not_its_barcode() -> None:
    known = replace(READY, snapshot=snapshot(line(barcode="6900000388655"), paid=True))
    other = replace(known, substitutions={"L1": "ZP-2026-02"})
    assert [(one.sku, one.barcode) for one in other.lines] == [("ZP-2026-02", "")]


def with_lines(*lines: Any) -> Order:
    return replace(READY, snapshot=snapshot(*lines, paid=True))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (replace(READY, snapshot=replace(snapshot(paid=True), receiver_digest="receiver-b")), ("address",)),
        (with_lines(line(quantity=2)), ("items",)),
        (replace(READY, gifts=()), ("gifts",)),
        (replace(READY, waybill_number="SF7444400000002"), ("label",)),
        (replace(READY, carrier_wish="ems"), ("label",)),
        (replace(READY, revision=77, content_version=9), ()),
    ],
)
def test_two_versions_name_what_differs(changed: Order, named: tuple[str, ...]) -> None:
    assert differences(version(READY), version(changed)) == named


@pytest.mark.parametrize("nonsense", ["", "x", "a-b", "a-b-c-d-e", "<script>"])
def test_what_is_no_version_counts_as_another_label(nonsense: str) -> None:
    assert differences(nonsense, version(READY)) == ("label",)


def test_a_parcel_takes_its_place_with_its_label_and_moves_only_when_something_changed() -> None:
    before = READY.forget(M.LABELLED)
    (place,) = moved_places(before, READY, T0 + 5)
    assert (place.state, place.version, place.changed_at, place.parcel) == (S.READY, version(READY), T0 + 5, 1)
    assert moved_places(READY, replace(READY, revision=9, wake_seq=3), T0 + 6) == ()
    assert moved_places(None, before, T0) == ()
    assert [p.state for p in moved_places(READY, before, T0)] == [S.RELABEL]
    assert [(p.state, p.version) for p in moved_places(READY, when(READY, M.SHIPPED), T0)] == [(S.GONE, "")]
    gone = when(READY, M.SHIPPED)
    assert moved_places(gone, replace(gone, waybill_number="SF7444400000009"), T0) == ()


def test_each_of_two_parcels_has_a_place_of_its_own() -> None:
    at = {M.DISPATCHED.value: T0, M.LABELLED.value: T0}
    one, two = Parcel(1, "WH01", ("L1",), "sf", NUMBER, at), Parcel(2, "WH02", ("L2",), "sf", "SF7444400000002", at)
    split = replace(with_lines(line("L1"), line("L2", sku="ZP-2026-02")), parcels=(one, two))
    assert [place.parcel for place in moved_places(None, split, T0)] == [1, 2]
    shipped = replace(split, parcels=(replace(one, at={**at, M.SHIPPED.value: T0}), two))
    assert [(p.parcel, p.state) for p in moved_places(split, shipped, T0)] == [(1, S.GONE)]
    assert [(p.parcel, p.state) for p in moved_places(split, replace(split, parcels=(one,)), T0)] == [(2, S.CANCELLED)]


RIGHT = Packed(version(READY), NUMBER, {"ZP-2026-01": 1}, 1)


@pytest.mark.parametrize(
    ("order", "packed", "problems"),
    [
        (READY, RIGHT, ()),
        (READY, replace(RIGHT, items={}), ("wrong_items",)),
        (READY, replace(RIGHT, items={"ZP-2026-01": 2}), ("wrong_items",)),
        (READY, replace(RIGHT, items={"<script>": 1}), ("wrong_items",)),
        (READY, replace(RIGHT, gifts=0), ("missed_gift",)),
        (READY, replace(RIGHT, waybill_number="SF7444400000009"), ("label",)),
        (READY, replace(RIGHT, version=""), ("label",)),
        (replace(READY, packed={"1": version(READY)}), RIGHT, ("twice",)),
        (replace(READY, holds={"d": "rule_hold"}), RIGHT, ("held",)),
        (when(READY, M.CLOSED), RIGHT, ("cancelled",)),
        (replace(READY, change_open=1), RIGHT, ("changing",)),
        (when(READY, M.SHIPPED), RIGHT, ()),
        (replace(READY, gifts=(GIFT, replace(GIFT, code="FP-002", waybill_line="x"))), RIGHT, ("gifts",)),
        (with_lines(line(quantity=2)), RIGHT, ("items",)),
    ],
)
def test_what_is_not_as_it_is_wanted_is_named(order: Order, packed: Packed, problems: tuple[str, ...]) -> None:
    assert problems_of(order, of(order), packed) == problems


def test_another_address_on_the_way_is_no_fault_of_who_packed() -> None:
    turned = replace(when(READY, M.SHIPPED), snapshot=replace(snapshot(paid=True), receiver_digest="receiver-b"))
    assert problems_of(turned, of(turned), RIGHT) == ()


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("ZP-2026-01", "ZP-2026-01"),
        ("6901234567892", "6901234567892"),
        ("13800130001", "unreadable"),
        ("8613800130001", "unreadable"),
        ("张三", "unreadable"),
        ("<img src=x>", "unreadable"),
        ("", "unreadable"),
        ("A" * 41, "unreadable"),
    ],
)
def test_facts_keep_codes_and_nothing_personal(code: str, kept: str) -> None:
    assert safe_code(code) == kept
