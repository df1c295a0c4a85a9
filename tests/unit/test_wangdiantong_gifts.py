"""Gifts on their way to the warehouse: no SKU, so they stand in the memo and in the main line's remark (sheet §3.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.wangdiantong.mapping import trade_of
from orderhub.domain.errors import Rejected
from orderhub.domain.order import Gift, Sticker
from orderhub.ports.partners import TradeInstruction
from tests.unit.wangdiantong_samples import instruction, line, snapshot

MAIN, SECOND = "2772877410000000001", "2772877410000000009"
FILTER = Gift("filter", 0, "FP-001", "智能饮水机滤芯", 1, "赠品:智能饮水机滤芯×1", Sticker("面单右上角", 85, 15), MAIN)
TEXT = "赠品:智能饮水机滤芯×1[贴纸:面单右上角 85,15mm]"
NUMBER = "SF7444000012345"


def with_gifts(*gifts: Gift, number: str = "", **changes: Any) -> TradeInstruction:
    made = instruction(snapshot(line(), line(SECOND, sku="ZP-2026-02")), waybill_number=number, **changes)
    return replace(made, order=replace(made.order, gifts=gifts))


def remarks(trade: Any) -> dict[str, str]:
    return {row["oid"]: row["remark"] for row in trade["order_list"] if "remark" in row}


def test_a_gift_stands_in_the_memo_before_the_number_and_on_its_main_line_only() -> None:
    trade = trade_of(with_gifts(FILTER, number=NUMBER))
    assert trade["seller_memo"] == f"{TEXT};运单号:{NUMBER}"
    assert remarks(trade) == {MAIN: TEXT}


def test_it_is_told_before_there_is_a_number() -> None:
    assert trade_of(with_gifts(FILTER))["seller_memo"] == TEXT


def test_every_gift_is_in_the_memo_and_each_on_its_own_line() -> None:
    other = replace(FILTER, code="CUP", waybill_line="赠品:量杯×2", line_id=SECOND)
    trade = trade_of(with_gifts(FILTER, other, number=NUMBER))
    assert trade["seller_memo"] == f"{TEXT};赠品:量杯×2[贴纸:面单右上角 85,15mm];运单号:{NUMBER}"
    assert remarks(trade) == {MAIN: TEXT, SECOND: "赠品:量杯×2[贴纸:面单右上角 85,15mm]"}


def test_an_order_without_gifts_has_no_remark() -> None:
    trade = trade_of(with_gifts(number=NUMBER))
    assert (trade["seller_memo"], remarks(trade)) == (f"运单号:{NUMBER}", {})


@pytest.mark.parametrize(
    ("gift", "count", "code"),
    [
        (replace(FILTER, waybill_line="赠" * 300), 1, "remark_too_long"),
        (replace(FILTER, line_id="elsewhere"), 40, "seller_memo_too_long"),
        (replace(FILTER, waybill_line="赠品:FILTER2026A"), 1, "gift_like_a_number"),
    ],
)
def test_what_the_warehouse_would_cut_off_or_misread_is_refused_and_not_sent(gift: Gift, count: int, code: str) -> None:
    with pytest.raises(Rejected, match=code):
        trade_of(with_gifts(*[gift] * count, number=NUMBER))
