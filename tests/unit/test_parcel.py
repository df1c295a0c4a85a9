"""Several parcels of one order: how its lines are spread, what its milestones mean, and its money (R19)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.dynamodb.order_codec import attributes_of, order_from
from orderhub.adapters.wangdiantong.mapping import refund_of, trade_of
from orderhub.domain.absorb import Unhandled, absorb
from orderhub.domain.errors import Rejected
from orderhub.domain.journey import CANCELLED_AFTER_SHIPPING, Step, needs_decision, next_step
from orderhub.domain.order import Amounts, Gift, Milestone, Order, Receiver, Sticker
from orderhub.domain.parcel import (
    PER_PARCEL,
    described,
    gifts_of,
    has_left_in_part,
    lines_of,
    order_and_parcel,
    parcel_of,
    parcels_here,
    parcels_of,
    planned,
    reach_in,
    reach_in_each,
    trade_id_of,
    warehouse_of,
)
from orderhub.ports.partners import TradeInstruction
from orderhub.services.parcels import named, parcel_meant, plan
from tests.kit.orders import T0, TID, line, observation, order, snapshot

M, S = Milestone, Step
ASSESSED = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED)
RECEIVER = Receiver("张三", "13800130001", "测试路1号2单元")


def split(*reached: Milestone, warehouses: str = "ABA") -> Order:
    """An order with one line for each letter, to be sent from the warehouse of that letter."""
    lines = [line(f"L{n}") for n, _ in enumerate(warehouses, 1)]
    made = order(*(reached or ASSESSED), snapshot=snapshot(*lines, paid=True))
    return planned(made, {f"L{n}": f"WH{letter}" for n, letter in enumerate(warehouses, 1)})


def reach(made: Order, *reached: tuple[int, Milestone]) -> Order:
    for at, (number, milestone) in enumerate(reached, 1):
        made = reach_in(made, number, milestone, T0 + at)
    return made


def everywhere(made: Order, *milestones: Milestone) -> Order:
    for milestone in milestones:
        made = reach_in_each(made, parcels_of(made), milestone, T0)
    return made


# --- the plan ----------------------------------------------------------------------------------------------------


def test_lines_of_one_warehouse_travel_together() -> None:
    made = split(warehouses="ABA")
    assert [(p.number, p.warehouse, p.line_ids) for p in made.parcels] == [
        (1, "WHA", ("L1", "L3")),
        (2, "WHB", ("L2",)),
    ]
    assert [warehouse_of(made, one) for one in ("L1", "L2", "L3")] == ["WHA", "WHB", "WHA"]
    assert made.warehouse == "WHA"


def test_one_warehouse_is_no_split_and_the_order_stays_its_own_parcel() -> None:
    made = split(warehouses="BB")
    assert (made.parcels, made.warehouse) == ((), "WHB")
    (only,) = parcels_of(made)
    assert (only.number, only.warehouse, only.line_ids, only.at) == (1, "WHB", ("L1", "L2"), made.at)
    assert lines_of(made, only) == made.physical_lines


def test_a_warehouse_keeps_its_number_when_the_plan_changes() -> None:
    made = split(warehouses="AB")
    other = planned(made, {"L1": "WHC", "L2": "WHB"})
    assert [(p.number, p.warehouse) for p in other.parcels] == [(1, "WHC"), (2, "WHB")]
    swapped = planned(made, {"L1": "WHB", "L2": "WHA"})
    assert [(p.number, p.warehouse, p.line_ids) for p in swapped.parcels] == [(1, "WHA", ("L2",)), (2, "WHB", ("L1",))]


@pytest.mark.parametrize("allocation", [{}, {"L1": "WHA"}, {"L1": "WHA", "L2": ""}])
def test_a_plan_without_a_warehouse_for_every_line_is_refused(allocation: dict[str, str]) -> None:
    made = order(*ASSESSED, snapshot=snapshot(line("L1"), line("L2"), paid=True))
    with pytest.raises(Rejected, match="cannot_split"):
        plan(made, allocation)


def test_more_parcels_than_a_name_can_carry_are_refused() -> None:
    with pytest.raises(ValueError, match="10 parcels"):
        split(warehouses="ABCDEFGHIJ")


def test_an_order_the_warehouse_has_is_not_planned_again() -> None:
    with pytest.raises(Rejected, match="already_dispatched"):
        plan(everywhere(split(), M.DISPATCHED), {})


def test_the_second_parcel_has_its_own_name_at_the_warehouse_and_it_is_read_back() -> None:
    made = split()
    assert [trade_id_of(made, number) for number in (1, 2)] == [TID, f"{TID}-2"]
    assert order_and_parcel(f"{TID}-2") == (TID, 2)
    for other in (TID, f"{TID}-1", f"{TID}-0", f"{TID}-10", f"{TID}-x", "-2", "", f"{TID}-²", f"{TID}-"):
        assert order_and_parcel(other) is None


def test_a_gift_travels_with_the_line_that_earned_it() -> None:
    gift = Gift("r", 1, "FP-001", "滤芯", 1, "赠品:滤芯×1", Sticker("面单右上角", 80, 10), "L2")
    made = replace(split(warehouses="AB"), gifts=(gift,))
    assert [gifts_of(made, parcel) for parcel in made.parcels] == [(), (gift,)]
    assert gifts_of(replace(made, parcels=()), parcels_of(replace(made, parcels=()))[0]) == (gift,)


def test_parcels_are_stored_with_the_order_and_an_order_stored_before_there_were_any_is_one_parcel() -> None:
    made = reach(split(), (1, M.LABELLED))
    values = {key: value for key, value in attributes_of(made).items() if value is not None} | {"revision": 1}
    assert order_from(values).parcels == made.parcels
    old = {key: value for key, value in values.items() if key != "parcels"}
    assert len(parcels_of(order_from(old))) == 1


# --- milestones --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("milestone", [m for m in PER_PARCEL if m is not M.CLOSED])
def test_what_all_parcels_reached_the_order_reached_with_the_last_and_not_before(milestone: Milestone) -> None:
    made = reach(split(), (1, milestone))
    assert not made.has(milestone)
    made = reach(made, (2, milestone))
    assert made.when(milestone) == parcel_of(made, 2).when(milestone) == T0 + 1


def test_an_earlier_record_of_a_parcel_stands() -> None:
    made = reach_in(reach_in(split(), 1, M.SHIPPED, 5), 1, M.SHIPPED, 9)
    assert parcel_of(made, 1).when(M.SHIPPED) == 5


def test_a_parcel_the_order_has_not_is_named() -> None:
    with pytest.raises(KeyError, match="no parcel 3"):
        reach_in(split(), 3, M.SHIPPED, T0)


def test_the_usual_way_with_two_parcels() -> None:
    made = split()
    assert next_step(made, T0) is S.DISPATCH
    made = everywhere(made, M.DISPATCHED)
    assert next_step(made, T0) is S.ISSUE_WAYBILL
    assert next_step(reach(made, (1, M.LABELLED)), T0) is S.ISSUE_WAYBILL
    made = everywhere(made, M.LABELLED)
    assert next_step(made, T0) is S.AWAIT_SHIPMENT
    made = reach(made, (2, M.SHIPPED))
    assert (next_step(made, T0), has_left_in_part(made)) == (S.AWAIT_SHIPMENT, True)
    made = reach(made, (1, M.SHIPPED))
    assert (next_step(made, T0), has_left_in_part(made)) == (S.AWAIT_DELIVERY, False)


def test_a_parcel_that_left_with_the_warehouse_s_own_number_needs_no_label() -> None:
    made = reach(everywhere(split(), M.DISPATCHED), (1, M.SHIPPED), (2, M.LABELLED))
    assert next_step(made, T0) is S.AWAIT_SHIPMENT


def test_cancelled_between_two_parcels_what_is_here_is_undone_then_a_person_is_asked() -> None:
    made = reach(everywhere(split(), M.DISPATCHED, M.LABELLED), (1, M.SHIPPED)).reach(M.CANCELLED, T0 + 9)
    way = [(S.WITHDRAW, M.WITHDRAWN), (S.VOID_WAYBILL, M.VOIDED), (S.CLOSE, M.CLOSED)]
    for step, milestone in way:
        assert (next_step(made, T0), needs_decision(made)) == (step, None)
        made = reach_in_each(made, parcels_here(made), milestone, T0 + 10)
    assert (made.has(M.SHIPPED), made.has(M.CLOSED), made.has(M.WITHDRAWN)) == (True, False, False)
    assert needs_decision(made) == CANCELLED_AFTER_SHIPPING
    assert described(made) == "1: shipped from WHA; 2: called off at WHB"


def test_a_decision_names_the_parcel_it_is_about_only_when_there_are_several() -> None:
    made = split()
    cause, evidence = named(made, "sf", parcel_of(made, 2))
    assert (cause, evidence, parcel_meant(made, evidence)) == (
        "sf-parcel-2", {"parcel": "2", "warehouse": "WHB"}, 2)  # fmt: skip
    alone = replace(made, parcels=())
    assert named(alone, "sf", parcels_of(alone)[0]) == ("sf", {})
    assert [parcel_meant(made, {"parcel": text}) for text in ("", "7", "x", "²")] == [None] * 4


def test_the_shop_s_echo_of_a_part_is_no_card_and_any_other_part_is() -> None:
    made = reach_in(split(), 1, M.LABELLED, T0, waybill_number="SF1")
    for number, cards in (("SF1", 0), ("SF9", 1)):
        said = Unhandled("partly-shipped-1", blocks=True, evidence={"express_no": number})
        seen = absorb(made, observation("trade_TradePartlySellerShip", unhandled=said))
        assert (len(seen.decisions), len(seen.order.holds)) == (cards, cards)


# --- everything in any order -------------------------------------------------------------------------------------

EVENTS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([M.LABELLED, M.SHIPPED, M.DELIVERED, M.CONFIRMED, M.PICKED_UP])),
    max_size=20,
)


@settings(max_examples=300)
@given(events=EVENTS, cancelled_at=st.integers(0, 25), received=st.booleans())
def test_whatever_happens_to_parcels_the_order_ends_and_nothing_that_left_is_undone(
    events: list[tuple[int, Milestone]], cancelled_at: int, received: bool
) -> None:
    """The driver does each step as soon as it is wanted; parcels leave by themselves, and the shop may cancel."""
    made = everywhere(split(warehouses="ABC"), M.DISPATCHED)
    for now, (number, milestone) in enumerate(events, 1):
        if now == cancelled_at:
            made = made.reach(M.CANCELLED, T0 + now)
        if not parcel_of(made, number).is_called_off:
            made = reach_in(made, number, milestone, T0 + now)
        going = [parcel for parcel in made.parcels if not parcel.is_called_off]
        assert made.has(M.SHIPPED) == all(parcel.has(M.SHIPPED) for parcel in going)
    left = {parcel.number for parcel in made.parcels if parcel.has(M.SHIPPED)}
    steps = []
    while (step := next_step(made, T0)) not in (S.COMPLETED, S.CANCELLED):
        steps.append(step)
        assert len(steps) < 20, steps
        made = _carry_out(made, step, received)
    assert not {p.number for p in made.parcels if p.is_called_off} & left
    if made.has(M.CANCELLED) and not left:
        assert step is S.CANCELLED
    if left:
        assert not made.has(M.WITHDRAWN) or not made.has(M.SHIPPED)


def _carry_out(made: Order, step: Step, received: bool) -> Order:
    match step:
        case Step.ISSUE_WAYBILL:
            return reach_in_each(made, parcels_here(made), M.LABELLED, T0 + 50)
        case Step.AWAIT_SHIPMENT:
            return reach_in_each(made, parcels_here(made), M.SHIPPED, T0 + 60)
        case Step.WITHDRAW:
            return reach_in_each(made, parcels_here(made), M.WITHDRAWN, T0 + 70)
        case Step.VOID_WAYBILL:
            return reach_in_each(made, parcels_here(made), M.VOIDED, T0 + 80)
        case Step.CLOSE if has_left_in_part(made):
            return reach_in_each(made, parcels_here(made), M.CLOSED, T0 + 90)
        case Step.CLOSE:
            return made.reach(M.CLOSED, T0 + 90)
        case Step.AWAIT_DELIVERY:
            return made.reach(M.RECEIVED, T0 + 95)
        case Step.SETTLE:
            return made.reach(M.SETTLED, T0 + 99)
    assert (step, needs_decision(made)) == (S.AWAIT_RELEASE, CANCELLED_AFTER_SHIPPING), step
    if received:  # a person lets it be delivered after all, or ends it
        return replace(made, overrides=(*made.overrides, CANCELLED_AFTER_SHIPPING))
    return made.reach(M.CLOSED, T0 + 97)


# --- money -------------------------------------------------------------------------------------------------------


def _fen(text: object) -> int:
    return round(float(str(text)) * 100)


@settings(max_examples=200)
@given(
    rows=st.lists(st.tuples(st.integers(0, 99_999), st.integers(1, 3), st.sampled_from("ABC")), min_size=1, max_size=6),
    freight_fen=st.integers(0, 3_000),
    refunded_fen=st.integers(0, 50_000),
)
def test_the_money_of_the_parcels_adds_up_to_the_order_s_to_the_fen(
    rows: list[tuple[int, int, str]], freight_fen: int, refunded_fen: int
) -> None:
    lines = [
        line(f"L{n}", quantity=count, unit_price_fen=fen, goods_fen=fen * count, payable_fen=fen * count)
        for n, (fen, count, _) in enumerate(rows)
    ]
    goods_fen = sum(one.payable_fen for one in lines)
    paid_fen = goods_fen + freight_fen
    snap = snapshot(*lines, amounts=Amounts(goods_fen, freight_fen, 0, paid_fen, paid_fen))
    made = planned(
        order(*ASSESSED, snapshot=snap, refunds={"R1": refunded_fen} if refunded_fen else {}),
        {f"L{n}": f"WH{letter}" for n, (_, _, letter) in enumerate(rows)},
    )
    told = [TradeInstruction(made, RECEIVER, parcel_number=parcel.number) for parcel in parcels_of(made)]
    trades = [trade_of(one) for one in told]
    refunds = [refund_of(one, "R", "shop", T0) for one in told]
    assert sum(_fen(trade["paid"]) for trade in trades) == paid_fen
    assert sum(_fen(trade["post_amount"]) for trade in trades) == freight_fen
    assert sum(_fen(refund["refund_fee"]) for refund in refunds) == (refunded_fen or paid_fen)
    assert sorted(oid["oid"] for t in trades for oid in t["order_list"]) == sorted(f"L{n}" for n in range(len(rows)))  # type: ignore[union-attr,index]
    for trade in trades:
        rest = [
            _fen(one["price"]) * int(str(one["num"])) + _fen(one["adjust_amount"]) - _fen(one["discount"])
            - _fen(one["share_discount"])
            for one in trade["order_list"]  # type: ignore[union-attr]
        ]  # fmt: skip
        assert sum(rest) + _fen(trade["post_amount"]) == _fen(trade["paid"])


def test_a_trade_from_another_warehouse_names_it_as_an_auto_flow_trade_and_one_from_home_is_as_always() -> None:
    made = split(warehouses="AB")
    home, far = (trade_of(TradeInstruction(made, RECEIVER, parcel_number=n), "WHA") for n in (1, 2))
    assert (home["warehouse_no"], "is_auto_wms" in home) == ("WHA", False)
    assert (far["warehouse_no"], far["is_auto_wms"], far["tid"]) == ("WHB", 1, f"{TID}-2")
    alone = replace(made, parcels=())
    assert trade_of(TradeInstruction(alone, RECEIVER), "WHA")["tid"] == TID
