"""An order as Wangdiantong wants it pushed: fields, money, limits (sheet §3.1, §3.7)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.wangdiantong.mapping import Trade, instant_of, printed, refund_of, trade_of
from orderhub.domain.errors import Rejected
from orderhub.domain.order import OrderLine, Receiver, Region
from tests.unit.wangdiantong_samples import GIFT, PLACED_AT, RECEIVER, instruction, line, snapshot


def lines_of(trade: Trade) -> list[dict[str, Any]]:
    lines = trade["order_list"]
    assert isinstance(lines, list)
    return lines


def identity(trade: Trade) -> Decimal:
    """What the sheet says `paid` is."""
    goods = sum(
        (
            Decimal(x["price"]) * x["num"]
            + Decimal(x["adjust_amount"])
            - Decimal(x["discount"])
            - Decimal(x["share_discount"])
            for x in lines_of(trade)
        ),
        Decimal(0),
    )
    return goods + Decimal(str(trade["post_amount"])) + Decimal(str(trade["other_amount"]))


def test_a_paid_order_is_pushed_with_every_field_the_sheet_asks_for() -> None:
    trade = trade_of(instruction(waybill_number="SF7444000012345"))
    assert {name: value for name, value in trade.items() if name != "order_list"} == {
        "tid": "E20260307175623028200001",
        "trade_status": 30,
        "pay_status": 2,
        "delivery_term": 1,
        "trade_time": "2026-03-07 17:56:23",
        "pay_time": "2026-03-07 17:58:00",
        "buyer_nick": "YZOPENIDTEST0001",
        "receiver_name": "张三",
        "receiver_province": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": "西湖区",
        "receiver_address": "测试路1号2单元",
        "receiver_mobile": "13800138001",
        "logistics_type": -1,
        "seller_memo": "运单号:SF7444000012345",
        "buyer_message": "请放门口",
        "post_amount": "10.0000",
        "cod_amount": "0.0000",
        "ext_cod_fee": "0.0000",
        "other_amount": "0.0000",
        "paid": "290.0000",
    }
    assert lines_of(trade)[0] == {
        "oid": "2772877410000000001",
        "num": 2,
        "price": "150.0000",
        "status": 30,
        "refund_status": 0,
        "goods_id": "500000001",
        "spec_no": "ZP-2026-01",
        "goods_name": "宠物智能喂食器",
        "adjust_amount": "0.0000",
        "discount": "0.0000",
        "share_discount": "20.0000",
    }


def test_a_gift_costs_nothing() -> None:
    gift = lines_of(trade_of(instruction()))[1]
    assert [gift[name] for name in ("price", "discount", "share_discount", "adjust_amount")] == ["0.0000"] * 4


def test_before_the_waybill_is_issued_there_is_no_memo() -> None:
    assert "seller_memo" not in trade_of(instruction(receiver=replace(RECEIVER, note="")))
    assert "buyer_message" not in trade_of(instruction(receiver=replace(RECEIVER, note="")))


@pytest.mark.parametrize(("is_paid", "status", "pay_time"), [(True, 80, "2026-03-07 17:58:00"),
                                                             (False, 90, "0000-00-00 00:00:00")])  # fmt: skip
def test_a_closed_trade_is_refunded_when_paid_and_closed_when_not(is_paid: bool, status: int, pay_time: str) -> None:
    trade = trade_of(instruction(is_paid=is_paid, is_closed=True))
    assert (trade["trade_status"], trade["pay_time"]) == (status, pay_time)
    assert {(x["status"], x["refund_status"]) for x in lines_of(trade)} == {(status, 5)}
    assert identity(trade) == Decimal(str(trade["paid"]))


def test_lines_that_need_no_parcel_are_left_out_with_their_money() -> None:
    card = line("2772877410000000003", payable_fen=5000, goods_fen=5000, unit_price_fen=2500, is_physical=False)
    trade = trade_of(instruction(snapshot(line(), card, paid_fen=34000)))
    assert [x["oid"] for x in lines_of(trade)] == ["2772877410000000001"]
    assert trade["paid"] == "290.0000"


def test_the_last_line_that_costs_anything_takes_the_remainder() -> None:
    lines = (line("1", payable_fen=9333), line("2", payable_fen=9333), line("3", payable_fen=9333), GIFT)
    trade = trade_of(instruction(snapshot(*lines, freight_fen=0, paid_fen=28000)))
    assert [x["share_discount"] for x in lines_of(trade)] == ["206.6700", "206.6700", "206.6600", "0.0000"]


def test_a_price_raised_by_hand_is_an_adjustment() -> None:
    trade = trade_of(instruction(snapshot(line(goods_fen=31000, payable_fen=31000), paid_fen=32000)))
    assert (lines_of(trade)[0]["adjust_amount"], lines_of(trade)[0]["discount"]) == ("10.0000", "0.0000")
    assert identity(trade) == Decimal("320")


def test_an_unknown_buyer_is_not_everybody() -> None:
    assert trade_of(instruction(snapshot(buyer_id="")))["buyer_nick"] == "E20260307175623028200001"


@pytest.mark.parametrize(
    ("receiver", "code"),
    [
        (replace(RECEIVER, name=""), "receiver_name_missing"),
        (replace(RECEIVER, phone=""), "receiver_mobile_missing"),
        (replace(RECEIVER, detail=""), "receiver_address_missing"),
        (replace(RECEIVER, phone="138****8001"), "phone_masked"),
        (replace(RECEIVER, name="长" * 41), "receiver_name_too_long"),
        (replace(RECEIVER, detail="路" * 257), "receiver_address_too_long"),
        (replace(RECEIVER, note="备" * 1025), "buyer_message_too_long"),
    ],
)
def test_a_receiver_the_warehouse_could_not_use_is_refused_with_the_field(receiver: Receiver, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        trade_of(instruction(receiver=receiver))
    assert refused.value.code == code
    assert RECEIVER.phone not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((line(sku=""),), "spec_no_missing"),
        ((line("9" * 41),), "oid_too_long"),
        ((line(is_physical=False),), "nothing_to_ship"),
        (tuple(line(str(n)) for n in range(201)), "too_many_lines"),
    ],
)
def test_lines_the_warehouse_could_not_ship_are_refused(lines: tuple[OrderLine, ...], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        trade_of(instruction(snapshot(*lines)))
    assert refused.value.code == code


def test_limits_are_inclusive() -> None:
    trade = trade_of(instruction(receiver=replace(RECEIVER, name="长" * 40, detail="路" * 256)))
    assert len(str(trade["receiver_address"])) == 256


def test_a_region_without_a_district_is_refused() -> None:
    with pytest.raises(Rejected, match="receiver_district_missing"):
        trade_of(instruction(snapshot(region=Region("广东省", "东莞市", ""))))


def test_an_order_without_its_details_is_refused() -> None:
    pushed = instruction()
    bare = replace(pushed, order=replace(pushed.order, snapshot=None))
    for attempt in (lambda: trade_of(bare), lambda: refund_of(bare, "R1", "demo_shop", PLACED_AT)):
        with pytest.raises(Rejected, match="details_missing"):
            attempt()


def test_a_refund_names_every_line_and_what_was_paid() -> None:
    refund = refund_of(instruction(), "youzan-E1-R", "demo_shop", PLACED_AT)
    assert (refund["refund_fee"], refund["type"], refund["status"]) == ("290.0000", 1, "success")
    assert lines_of(refund) == [
        {"oid": "2772877410000000001", "num": 2},
        {"oid": "2772877410000000002", "num": 1},
    ]
    with pytest.raises(Rejected, match="refund_no_too_long"):
        refund_of(instruction(), "R" * 41, "demo_shop", PLACED_AT)


def test_times_are_printed_and_read_in_the_zone_of_the_warehouse() -> None:
    assert printed(PLACED_AT) == "2026-03-07 17:56:23"
    assert instant_of("2026-03-07 17:56:23") == PLACED_AT
    assert instant_of("0000-00-00 00:00:00") == instant_of("") == 0


MONEY = st.integers(0, 5_000_00)
LINES = st.lists(
    st.builds(
        line,
        st.integers(1, 10**19).map(str),
        quantity=st.integers(1, 999),
        unit_price_fen=MONEY,
        goods_fen=MONEY,
        payable_fen=MONEY,
        is_gift=st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda made: made.line_id,
)


@given(lines=LINES, freight=MONEY, paid=MONEY, is_paid=st.booleans(), is_closed=st.booleans())
def test_the_money_identity_holds_whatever_the_shop_says(
    lines: list[OrderLine], freight: int, paid: int, is_paid: bool, is_closed: bool
) -> None:
    snap = snapshot(*lines, freight_fen=freight, paid_fen=paid)
    trade = trade_of(instruction(snap, is_paid=is_paid, is_closed=is_closed))
    assert identity(trade) == Decimal(str(trade["paid"])) == Decimal(paid if is_paid else 0) / 100
