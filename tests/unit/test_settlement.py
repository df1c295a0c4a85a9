"""Money: every fen of an order is somewhere, once (R5, R50, P15)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.money import apportion, fen_of_yuan, yuan_of_fen
from orderhub.domain.order import Amounts, Snapshot
from orderhub.domain.settlement import EntryKind, split_settlement
from tests.kit.orders import line, snapshot

K = EntryKind
FEN = st.integers(0, 10_000_000)


@given(st.integers(-(10**11), 10**11))
def test_yuan_and_fen_are_the_same_money(fen: int) -> None:
    assert fen_of_yuan(yuan_of_fen(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("299.00", 29900), ("299", 29900), ("0.1", 10), ("-1.05", -105), ("1.2300", 123)]
)
def test_yuan_text_becomes_fen(text: str, fen: int) -> None:
    assert fen_of_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", "1.234", "1,000.00", "１.00", "1e3", "NaN", "+1", " 1", "1.", ".5", "0x10", "--1"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"yuan|finer"):
        fen_of_yuan(text)


@given(st.integers(-(10**10), 10**10), st.lists(FEN, min_size=1, max_size=30))
def test_parts_add_up_and_none_is_more_than_a_fen_from_its_share(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    whole = sum(weights) or len(weights)
    shares = weights if any(weights) else [1] * len(weights)
    assert sum(parts) == total
    assert all(abs(part * whole - total * share) < whole for part, share in zip(parts, shares, strict=True))
    assert apportion(-total, weights) == [-part for part in parts]


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """An order as a shop may tell it: gifts, free lines, odd discounts, amounts that do not quite fit."""
    lines = []
    for number in range(draw(st.integers(1, 6))):
        goods = draw(st.one_of(st.just(0), st.integers(1, 500_000)))
        payable = draw(st.integers(0, goods)) if goods else 0
        quantity = draw(st.integers(1, 9))
        lines.append(
            replace(line(f"L{number}", quantity=quantity), goods_fen=goods, payable_fen=payable, is_gift=goods == 0)
        )
    freight = draw(st.one_of(st.just(0), st.integers(1, 5_000)))
    off_by = draw(st.one_of(st.just(0), st.integers(-500, 500)))
    paid = max(0, sum(x.payable_fen for x in lines) + freight + off_by)
    if not any(x.goods_fen for x in lines):
        paid = min(paid, freight)
    goods = sum(x.goods_fen for x in lines)
    return replace(snapshot(*lines), amounts=Amounts(goods, freight, goods + freight - paid, paid, paid))


@settings(max_examples=400, deadline=None)
@given(snapshots(), st.integers(0, 3_000_000), st.integers(0, 100))
def test_p15_the_parts_add_up_to_the_fen_whatever_was_paid_and_paid_back(
    snap: Snapshot, refunded_fen: int, per_mille: int
) -> None:
    split = split_settlement(snap, refunded_fen, per_mille)
    paid = snap.amounts.paid_fen
    refunded = min(refunded_fen, paid)
    assert split.total(K.GOODS, K.DISCOUNT, K.FREIGHT) == paid
    assert split.total(K.REFUND) == -refunded
    assert split.receivable_fen == paid - refunded >= 0
    assert sum(fen for *_, fen in split.net_lines()) + split.net_freight_fen == split.receivable_fen
    assert all(fen >= 0 for *_, fen in split.net_lines())
    assert split.net_freight_fen >= 0
    assert split.total(K.PLATFORM_FEE) == -((paid * per_mille + 500) // 1000)
    for one in snap.lines:
        own = [entry for entry in split.entries if entry.line_id == one.line_id]
        assert sum(entry.amount_fen for entry in own if entry.kind is K.GOODS) == one.goods_fen


def test_the_example_of_the_docstring_holds() -> None:
    lines = (
        replace(line("A"), goods_fen=29_900, payable_fen=26_144),
        replace(line("B"), goods_fen=9_900, payable_fen=8_656),
    )
    snap = replace(snapshot(*lines), amounts=Amounts(39_800, 1_000, 5_000, 35_800, 35_800))
    split = split_settlement(snap, 0, 6)
    assert (split.total(K.GOODS), split.total(K.DISCOUNT), split.total(K.FREIGHT)) == (39_800, -5_000, 1_000)
    assert split.total(K.PLATFORM_FEE) == -215
    assert split.receivable_fen == 35_800


def test_a_refund_bigger_than_the_goods_eats_the_freight_and_no_more_than_was_paid() -> None:
    snap = snapshot(line(), paid=True, freight_fen=1_000)
    split = split_settlement(snap, 30_500, 0)
    assert split.net_lines() == ()
    assert split.net_freight_fen == 400
    assert split_settlement(snap, 99_999_999, 0).receivable_fen == 0


def test_money_that_no_line_carries_is_an_error_and_not_a_guess() -> None:
    free = replace(line(), goods_fen=0, payable_fen=0)
    snap = replace(snapshot(free), amounts=Amounts(0, 0, -100, 100, 100))
    with pytest.raises(ValueError, match="no line carries"):
        split_settlement(snap, 0, 6)
