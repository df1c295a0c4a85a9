"""The gift matrix on an order (R30, R32): the golden cases, and what holds for every matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.facts import FactType
from orderhub.domain.gifts import (
    WAIVED,
    GiftRow,
    MainProduct,
    QuotaMove,
    as_decided,
    change_gifts,
    choose,
    instead_of,
    read_row,
)
from orderhub.domain.order import Gift, Milestone, Order, OrderLine, Sticker
from orderhub.domain.rulepack import Match, Pack, RuleKind
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.services.gifts import derive_gifts
from orderhub.services.judge import input_of
from tests.kit.gift_packs import gift_pack, row
from tests.kit.orders import T0, line, order, snapshot

M = Milestone
SHIPPED_DEFAULT = default_pack(RuleKind.GIFTS)


def bought(*lines: OrderLine, refunds: Mapping[str, int] | None = None, freight_fen: int = 0, **changes: Any) -> Order:
    made = order(M.PLACED, M.RESERVED, M.PAID, refunds=refunds or {}, **changes)
    return replace(made, snapshot=snapshot(*lines, paid=True, freight_fen=freight_fen))


def given_by(pack: Pack, this: Order) -> tuple[Gift, ...]:
    return derive_gifts(this, pack, input_of(this), T0).order.gifts


def codes(this: Order, pack: Pack = SHIPPED_DEFAULT) -> list[str]:
    return [gift.code for gift in given_by(pack, this)]


# --- golden cases --------------------------------------------------------------------------------------------------


def test_the_shipped_matrix_passes_the_check_of_packs() -> None:
    assert check(RuleKind.GIFTS, SHIPPED_DEFAULT.graph) == ()


@pytest.mark.parametrize(("paid_fen", "gifts"), [(29_899, []), (29_900, ["FP-001"]), (1_000_000, ["FP-001"])])
def test_a_feeder_from_299_yuan_gets_a_filter_and_not_a_fen_below(paid_fen: int, gifts: list[str]) -> None:
    assert codes(bought(line(payable_fen=paid_fen))) == gifts


def test_the_gift_says_what_is_printed_and_where_and_travels_with_the_main_line() -> None:
    (gift,) = given_by(SHIPPED_DEFAULT, bought(line("L1", "OTHER"), line("L2")))
    assert (gift.code, gift.quantity, gift.waybill_line) == ("FP-001", 1, "赠品:智能饮水机滤芯×1")
    assert gift.sticker == Sticker("面单右上角", 85, 15)
    assert (gift.line_id, gift.rule_id, gift.pack_version) == ("L2", "filter-from-299", 0)


def test_another_sku_gets_nothing() -> None:
    assert codes(bought(line(sku="ZP-2026-02"))) == []


def test_two_pieces_get_one_gift() -> None:
    (gift,) = given_by(SHIPPED_DEFAULT, bought(line(quantity=2)))
    assert gift.quantity == 1


def test_two_main_products_get_the_gifts_of_both_and_one_row_gives_once() -> None:
    pack = gift_pack(row("a", '"ZP-2026-01"', code="A"), row("b", '"ZP-2026-02"', code="B"), row("any", code="ANY"))
    gifts = given_by(pack, bought(line("L1"), line("L2", "ZP-2026-02")))
    assert [(gift.code, gift.line_id) for gift in gifts] == [("A", "L1"), ("B", "L2"), ("ANY", "L1")]


def test_one_main_product_on_two_lines_is_asked_about_once() -> None:
    gifts = given_by(SHIPPED_DEFAULT, bought(line("L1", payable_fen=15_000), line("L2", payable_fen=14_900)))
    assert [gift.line_id for gift in gifts] == ["L1"]


def test_a_coupon_that_brings_it_under_takes_the_gift_and_freight_does_not_bring_it_up() -> None:
    assert codes(bought(line(payable_fen=29_899), freight_fen=2_000)) == []
    assert codes(bought(line(payable_fen=29_900), freight_fen=2_000)) == ["FP-001"]


@pytest.mark.parametrize(("refunded_fen", "gifts"), [(0, ["FP-001"]), (100, ["FP-001"]), (101, [])])
def test_a_refund_that_brings_it_under_takes_the_gift(refunded_fen: int, gifts: list[str]) -> None:
    assert codes(bought(line(payable_fen=30_000), refunds={"R1": refunded_fen})) == gifts


def test_a_gift_of_the_shop_is_no_main_product() -> None:
    free = line("L2", "ZP-2026-01", is_gift=True, payable_fen=0)
    assert codes(bought(line("L1", "OTHER"), free)) == []


def test_other_bases_are_other_columns() -> None:
    pack = gift_pack(row("own", '"ZP-2026-01"', basis="gift.main_paid_fen", least=20_000, code="OWN"))
    dear = line("L2", "OTHER", payable_fen=90_000)
    assert codes(bought(line("L1", payable_fen=19_999), dear), pack) == []
    assert codes(bought(line("L1", payable_fen=20_000), dear), pack) == ["OWN"]
    assert codes(bought(line("L1", payable_fen=20_000), refunds={"R1": 1}), pack) == []


# --- priority, exclusive, waived -----------------------------------------------------------------------------------


def test_an_exclusive_row_suppresses_what_comes_after_it_and_nothing_before() -> None:
    pack = gift_pack(
        row("low", code="LOW", priority=1),
        row("only", code="ONLY", priority=5, exclusive=True),
        row("high", code="HIGH", priority=9),
    )
    assert codes(bought(), pack) == ["HIGH", "ONLY"]


def test_rows_of_one_priority_go_by_their_place_in_the_table() -> None:
    pack = gift_pack(row("b", code="B"), row("a", code="A", exclusive=True), row("c", code="C"))
    assert codes(bought(), pack) == ["B", "A"]


def test_a_row_a_person_waived_gives_nothing_and_still_suppresses() -> None:
    pack = gift_pack(row("only", code="ONLY", priority=5, exclusive=True), row("low", code="LOW"))
    assert codes(bought(overrides=(WAIVED + "only",)), pack) == []


# --- a matrix that says nothing sensible ----------------------------------------------------------------------------

SANE: Mapping[str, Any] = {
    "code": "A", "name": "滤芯", "quantity": 1, "waybill_line": "赠品", "sticker_position": "右上", "sticker_x_mm": 1,
    "sticker_y_mm": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", None), ("code", " "), ("code", 7), ("quantity", 0), ("quantity", 1.5), ("quantity", True),
        ("quantity", "1"), ("sticker_x_mm", 101), ("sticker_y_mm", -1), ("sticker_y_mm", 151), ("quota", -1),
        ("exclusive", "yes"), ("priority", "high"), ("waybill_line", ""),
    ],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_named_with_its_column(column: str, value: object) -> None:
    match = Match("r1", 3, (), {**SANE, column: value})
    with pytest.raises(ValueError, match=rf"gifts v4, row 3 \(r1\): {column}"):
        read_row(match, 4, MainProduct("A", 1, 1, "L1"))


# --- what changes ----------------------------------------------------------------------------------------------------


def test_the_first_gifts_are_facts_and_no_new_content() -> None:
    derived = derive_gifts(bought(), SHIPPED_DEFAULT, input_of(bought()), T0)
    assert [fact.type for fact in derived.facts] == [FactType.GIFT_GRANTED]
    assert derived.order.content_version == 1


def test_gifts_the_warehouse_may_know_are_new_content_when_they_change() -> None:
    had = derive_gifts(bought(), SHIPPED_DEFAULT, input_of(bought()), T0).order
    less = replace(had, refunds={"R1": 1})
    derived = derive_gifts(less, SHIPPED_DEFAULT, input_of(less), T0)
    assert [(fact.type, fact.data["reason"]) for fact in derived.facts] == [(FactType.GIFT_REMOVED, "not_matched")]
    assert (derived.order.gifts, derived.order.content_version) == ((), 2)


def test_another_version_of_the_matrix_that_gives_the_same_changes_nothing() -> None:
    had = derive_gifts(bought(), SHIPPED_DEFAULT, input_of(bought()), T0).order
    same = replace(SHIPPED_DEFAULT, version=7)
    derived = derive_gifts(had, same, input_of(had), T0)
    assert derived.order == had
    assert not derived.has_changed


def test_a_quota_is_taken_with_the_gift_and_given_back_without_it() -> None:
    pack = gift_pack(row("r", code="A", quantity=2, quota=10, least=29_900))
    had = derive_gifts(bought(), pack, input_of(bought()), T0)
    assert had.moves == (QuotaMove("r", "A", 2, 10),)
    again = derive_gifts(had.order, pack, input_of(had.order), T0)
    assert again.moves == ()
    less = replace(had.order, refunds={"R1": 1})
    assert derive_gifts(less, pack, input_of(less), T0).moves == (QuotaMove("r", "A", -2),)


def test_a_gift_granted_before_its_row_had_a_quota_gives_nothing_back() -> None:
    free = gift_pack(row("r", code="A", least=29_900))
    had = derive_gifts(bought(), free, input_of(bought()), T0).order
    less = replace(had, refunds={"R1": 1})
    limited = gift_pack(row("r", code="A", least=29_900, quota=10))
    assert derive_gifts(less, limited, input_of(less), T0).moves == ()


# --- for every matrix ------------------------------------------------------------------------------------------------


def gift(rule_id: str, code: str, quantity: int, is_counted: bool, line_id: str = "L1") -> Gift:
    return Gift(rule_id, 1, code, "滤芯", quantity, "赠品", Sticker("右上", 1, 1), line_id, is_counted)


IDS = st.sampled_from(["r1", "r2", "r3", "r4"])
GIFTS = st.builds(gift, IDS, st.sampled_from("AB"), st.integers(1, 3), st.booleans(), st.sampled_from(["L1", "L2"]))


@st.composite
def matched_rows(draw: st.DrawFn) -> list[GiftRow]:
    made = []
    for rule_id in draw(st.lists(IDS, max_size=8)):
        place, quota = int(rule_id[1]), draw(st.sampled_from([0, 5]))
        one = gift(rule_id, draw(st.sampled_from("AB")), draw(st.integers(1, 3)), quota > 0)
        made.append(GiftRow(one, place, quota, draw(st.integers(-1, 1)), draw(st.booleans())))
    return made


@given(matched_rows())
def test_a_row_gives_once_in_order_and_an_exclusive_one_is_the_last(rows: list[GiftRow]) -> None:
    chosen = choose(rows)
    assert len({one.gift.rule_id for one in chosen}) == len(chosen)
    assert [*chosen] == sorted(chosen, key=lambda one: (-one.priority, one.row))
    assert not any(one.is_exclusive for one in chosen[:-1])
    assert all(one in rows for one in chosen)
    assert choose(rows) == chosen


@given(matched_rows(), st.sets(IDS), st.dictionaries(IDS, st.sampled_from(["r1", "r4", "other=", "gone"])))
def test_what_people_decided_about_a_row_stands_and_no_row_gives_twice(
    rows: list[GiftRow], waived: set[str], instead: dict[str, str]
) -> None:
    known = {row_id: GiftRow(gift(row_id, "C", 1, False), 9, 0, 0, False) for row_id in ("r1", "r4", "other=")}
    said = [WAIVED + one for one in waived] + [instead_of(*pair) for pair in instead.items()]
    chosen = choose(rows)
    giving = as_decided(replace(bought(), overrides=tuple(said)), chosen, lambda row_id, _: known.get(row_id))
    ids = [one.gift.rule_id for one in giving]
    wanted = [known.get(instead[row.gift.rule_id]) if row.gift.rule_id in instead else row for row in chosen]
    assert ids == list(dict.fromkeys(row.gift.rule_id for row in wanted if row and row.gift.rule_id not in waived))


@given(st.lists(GIFTS, max_size=4, unique_by=lambda one: one.rule_id), matched_rows())
def test_what_is_taken_and_given_back_is_what_the_gifts_hold_of_each_counter(
    before: Sequence[Gift], rows: list[GiftRow]
) -> None:
    change = change_gifts(before, choose(rows))

    def held(gifts: Sequence[Gift]) -> dict[tuple[str, str], int]:
        sums: dict[tuple[str, str], int] = {}
        for one in gifts:
            sums[one.rule_id, one.code] = sums.get((one.rule_id, one.code), 0) + one.quantity * one.is_counted
        return sums

    was, now = held(before), held(change.gifts)
    moved = {(move.rule_id, move.code): move.pieces for move in change.moves}
    assert len(moved) == len(change.moves)
    assert all(moved.values())
    for counter in was.keys() | now.keys() | moved.keys():
        assert now.get(counter, 0) - was.get(counter, 0) == moved.get(counter, 0)


@given(st.integers(0, 60_000), st.integers(1, 3), st.integers(0, 60_000))
def test_the_default_row_gives_exactly_from_299_yuan_after_refunds(payable: int, quantity: int, refund: int) -> None:
    this = bought(line(quantity=quantity, payable_fen=payable), refunds={"R1": refund})
    assert (codes(this) == ["FP-001"]) == (payable - refund >= 29_900)
