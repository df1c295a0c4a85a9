"""What a refund does to an order: it may answer its own card, and has the gifts looked at again (R2, R19, R30)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from orderhub.domain.absorb import Observation, Unhandled, absorb, refund_cause
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Gift, Milestone, Order, Sticker
from tests.kit.orders import ORDER_ID, T0, line, observation, order, snapshot

M = Milestone
ASSESSED = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED)
LABELLED = (*ASSESSED, M.DISPATCHED, M.LABELLED)
GIFT = Gift("r", 0, "FP-001", "滤芯", 1, "赠品", Sticker("右上", 1, 1), "L1")
CARD = f"{ORDER_ID}.unhandled_event.refund-R1"


def asked(lines: tuple[str, ...] = ("L1",), *, returns_goods: bool = False) -> Observation:
    """The buyer asks for money back."""
    unhandled = Unhandled(refund_cause("R1"), blocks=True)
    return observation(
        "trade_refund_BuyerCreated", 1, unhandled=unhandled, refund_lines=lines, returns_goods=returns_goods
    )


def paid(fen: int, lines: tuple[str, ...] = ("L1",), *, returns_goods: bool = False, refund: str = "R1") -> Observation:
    return observation(
        "trade_refund_RefundSuccess", 2, refund_id=refund, refunded_fen=fen, refund_lines=lines,
        returns_goods=returns_goods,
    )  # fmt: skip


def after(*seen: Observation, this: Order | None = None) -> Order:
    current = this or order(*LABELLED)
    for one in seen:
        current = absorb(current, one).order
    return current


@pytest.mark.parametrize("arrival", list(permutations([asked(), paid(101), paid(101, ())])))
def test_a_part_of_the_price_paid_back_holds_nothing_whichever_message_comes_first(
    arrival: tuple[Observation, ...],
) -> None:
    found = after(*arrival)
    assert not found.holds
    assert found.refunds == {"R1": 101}
    assert found.gifts_due


@pytest.mark.parametrize(
    "seen",
    [
        [asked(), paid(29_900)],  # everything: the shop closes the order
        [asked(returns_goods=True), paid(101, returns_goods=True)],
        [asked(), paid(101, refund="R2")],
    ],
)
def test_what_a_person_must_look_at_stays_on_hold(seen: list[Observation]) -> None:
    assert list(after(*seen).holds) == [CARD]


def test_a_line_paid_back_whole_stays_on_hold_also_when_the_message_names_no_line() -> None:
    two = replace(order(*LABELLED), snapshot=snapshot(line("L1"), line("L2", payable_fen=5_000), paid=True))
    for lines in (("L2",), ()):
        assert list(after(asked(lines), paid(5_000, lines), this=two).holds) == [CARD]
    assert not after(asked(("L1",)), paid(5_000, ("L1",)), this=two).holds


def test_a_settled_card_is_named_so_that_it_is_closed() -> None:
    held = after(asked())
    assert absorb(held, paid(101)).settled == CARD
    assert absorb(held, paid(29_900)).settled == ""


# --- gifts are looked at again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reached", "gifts", "is_due"), [
    (ASSESSED[:3], (), False),  # the assessment will look
    (ASSESSED, (), True),
    (LABELLED, (GIFT,), True),
    ((*LABELLED, M.SHIPPED), (GIFT,), True),
    ((*LABELLED, M.SHIPPED), (), False),
    ((*LABELLED, M.SHIPPED, M.RECEIVED, M.SETTLED), (GIFT,), False),
])  # fmt: skip
def test_a_refund_has_the_gifts_looked_at_where_they_can_matter(
    reached: tuple[Milestone, ...], gifts: tuple[Gift, ...], is_due: bool
) -> None:
    assert after(paid(101), this=order(*reached, gifts=gifts)).gifts_due is is_due


def changed(**what: Any) -> Observation:
    later = replace(snapshot(paid=True), taken_at=T0 + 5_000, **what)
    return observation("detail", 9, snap=later)


def test_a_cheaper_line_has_the_gifts_looked_at_and_a_later_deadline_does_not() -> None:
    assert after(changed(lines=(line(payable_fen=29_000),))).gifts_due
    assert not after(changed(payment_due_at=T0 + 9)).gifts_due


@pytest.mark.parametrize("seen", [paid(101), changed(lines=(line(payable_fen=29_000),))])
def test_other_money_has_a_judged_order_judged_again(seen: Observation) -> None:
    judged = replace(order(*ASSESSED), content_version=1, judged_version=1)
    assert after(seen, this=judged).judgement_due
    assert not after(changed(payment_due_at=T0 + 9), this=judged).judgement_due
    assert not after(seen, this=replace(judged, judged_version=0)).judgement_due
    assert not after(seen, this=judged.reach(M.SHIPPED, T0)).judgement_due


@pytest.mark.parametrize(
    ("reached", "held", "step"),
    [
        (ASSESSED, "", Step.ASSESS),
        ((*ASSESSED, M.DISPATCHED), "", Step.ASSESS),
        (LABELLED, "", Step.AWAIT_SHIPMENT),
        (ASSESSED[:-1], "rule_hold", Step.ASSESS),
        (ASSESSED[:-1], "unhandled_event", Step.AWAIT_RELEASE),
        ((*ASSESSED, M.DISPATCHED), "rule_hold", Step.AWAIT_RELEASE),
        ((*ASSESSED, M.CANCELLED), "", Step.WITHDRAW),
    ],
)
def test_an_order_is_judged_again_for_its_money_until_its_parcel_has_a_number(
    reached: tuple[Milestone, ...], held: str, step: Step
) -> None:
    due = order(*reached, content_version=1, judged_version=1, judgement_due=True, holds={"x": held} if held else {})
    assert next_step(due, T0) is step


def test_gifts_are_looked_at_before_anything_else_the_order_wants_and_a_hold_comes_first() -> None:
    due = order(*LABELLED, gifts=(GIFT,), gifts_due=True)
    assert next_step(due, T0) is Step.ASSESS
    assert next_step(due.reach(M.SHIPPED, T0), T0) is Step.ASSESS
    assert next_step(replace(due, holds={"x": "overdue"}), T0) is Step.AWAIT_RELEASE
    assert next_step(due.reach(M.CANCELLED, T0), T0) is Step.WITHDRAW


def test_what_is_wanted_anew_is_pushed_again_unless_the_parcel_has_left() -> None:
    again = order(*LABELLED, push_due=True)
    assert next_step(again, T0) is Step.DISPATCH
    assert next_step(again.reach(M.CANCELLED, T0).reach(M.WITHDRAWN, T0), T0) is Step.VOID_WAYBILL
    assert next_step(again.reach(M.SHIPPED, T0), T0) is Step.ASSESS  # a gift may have gone along
