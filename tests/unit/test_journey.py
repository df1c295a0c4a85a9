"""Where an order goes: the usual way, the way out, and no dead ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.decision import REGISTRY, DecisionClass
from orderhub.domain.journey import (
    CANCELLED_AFTER_SHIPPING,
    EXPIRY_GRACE_MS,
    PARTNERS_OF,
    SUCCESSOR,
    Step,
    needs_decision,
    next_step,
    payment_expired,
)
from orderhub.domain.order import Milestone, Order
from tests.kit.orders import ORDER_ID, T0, order

M, S = Milestone, Step
RESERVED = (M.PLACED, M.RESERVED)
PAID = (*RESERVED, M.PAID)
ASSESSED = (*PAID, M.ASSESSED)
DISPATCHED = (*ASSESSED, M.DISPATCHED)
LABELLED = (*DISPATCHED, M.LABELLED)
SHIPPED = (*LABELLED, M.SHIPPED)
RECEIVED = (*SHIPPED, M.RECEIVED)


@pytest.mark.parametrize(
    ("reached", "step"),
    [
        ((M.PLACED,), S.RESERVE),
        ((M.PLACED, M.PAID), S.RESERVE),
        (RESERVED, S.AWAIT_PAYMENT),
        (PAID, S.ASSESS),
        (ASSESSED, S.DISPATCH),
        (DISPATCHED, S.ISSUE_WAYBILL),
        (LABELLED, S.AWAIT_SHIPMENT),
        ((*LABELLED, M.PICKED_UP, M.SHOP_SHIPPED, M.DELIVERED), S.AWAIT_SHIPMENT),
        (SHIPPED, S.AWAIT_DELIVERY),
        ((*SHIPPED, M.DELIVERED), S.AWAIT_DELIVERY),
        ((*DISPATCHED, M.SHIPPED), S.AWAIT_DELIVERY),  # left with the warehouse's own number: no second label
        (RECEIVED, S.SETTLE),
        ((*RECEIVED, M.SETTLED), S.COMPLETED),
        ((M.PLACED, M.CANCELLED), S.CLOSE),
        ((*RESERVED, M.CANCELLED), S.CLOSE),
        ((*PAID, M.CANCELLED), S.WITHDRAW),  # an unclear push may be there although the order is to be assessed again
        ((*ASSESSED, M.CANCELLED), S.WITHDRAW),
        ((*ASSESSED, M.CANCELLED, M.WITHDRAWN), S.CLOSE),
        ((*DISPATCHED, M.CANCELLED, M.WITHDRAWN), S.VOID_WAYBILL),
        ((*LABELLED, M.CANCELLED, M.WITHDRAWN, M.VOIDED), S.CLOSE),
        ((*LABELLED, M.CANCELLED, M.WITHDRAWN, M.VOIDED, M.CLOSED), S.CANCELLED),
        ((*SHIPPED, M.CANCELLED), S.AWAIT_RELEASE),
    ],
)
def test_what_is_true_of_an_order_tells_its_step(reached: tuple[Milestone, ...], step: Step) -> None:
    assert next_step(order(*reached), T0) is step


def test_the_usual_way_is_what_the_steps_follow_from() -> None:
    done = {S.RESERVE: M.RESERVED, S.AWAIT_PAYMENT: M.PAID, S.ASSESS: M.ASSESSED, S.DISPATCH: M.DISPATCHED,
            S.ISSUE_WAYBILL: M.LABELLED, S.AWAIT_SHIPMENT: M.SHIPPED, S.AWAIT_DELIVERY: M.RECEIVED,
            S.SETTLE: M.SETTLED}  # fmt: skip
    current = order(M.PLACED)
    for step, milestone in done.items():
        assert next_step(current, T0) is step
        current = current.reach(milestone, T0)
        assert next_step(current, T0) is SUCCESSOR[step]


def test_an_unpaid_order_ends_at_its_deadline_and_not_a_millisecond_before_its_grace() -> None:
    waiting = order(*RESERVED)
    assert waiting.snapshot is not None
    last = waiting.snapshot.payment_due_at + EXPIRY_GRACE_MS
    assert next_step(waiting, last) is S.AWAIT_PAYMENT
    assert next_step(waiting, last + 1) is S.CLOSE
    assert not payment_expired(order(*PAID), last + 1)


def test_an_order_nobody_has_seen_whole_waits() -> None:
    assert next_step(replace(order(M.PLACED), snapshot=None), T0) is S.AWAIT_RELEASE


@pytest.mark.parametrize("carrier", ["sf", "ems"])
def test_a_partner_that_is_down_stops_its_own_steps_only(carrier: str) -> None:
    waits = replace(order(*DISPATCHED), waiting_for=carrier)
    assert next_step(waits, T0) is S.AWAIT_RELEASE
    cancelled = waits.reach(M.CANCELLED, T0)
    assert next_step(cancelled, T0) is S.WITHDRAW
    assert next_step(cancelled.reach(M.WITHDRAWN, T0), T0) is S.AWAIT_RELEASE


def test_cancelling_wins_over_every_hold_but_those_about_cancelling() -> None:
    cancelled = order(*DISPATCHED, M.CANCELLED)
    for decision_class in DecisionClass:
        held = replace(cancelled, holds={f"{ORDER_ID}.{decision_class}.x": decision_class.value})
        about_cancelling = decision_class in (
            DecisionClass.WAREHOUSE_CANNOT_CANCEL,
            DecisionClass.CARRIER_CANNOT_CANCEL,
            DecisionClass.CANCELLED_AFTER_SHIPPING,
        )
        assert next_step(held, T0) is (S.AWAIT_RELEASE if about_cancelling else S.WITHDRAW), decision_class
    for step in (S.WITHDRAW, S.VOID_WAYBILL, S.CLOSE):
        stuck = replace(cancelled, holds={f"{ORDER_ID}.step_failed.{step}~2": "step_failed"})
        assert next_step(stuck, T0) is S.AWAIT_RELEASE


FORWARD = frozenset({S.RESERVE, S.ASSESS, S.DISPATCH, S.ISSUE_WAYBILL, S.SETTLE})
HOLDS = st.dictionaries(
    st.sampled_from([f"{ORDER_ID}.{c}.x" for c in DecisionClass]),
    st.sampled_from([c.value for c in DecisionClass]),
    max_size=2,
)
ORDERS = st.builds(
    lambda reached, holds, waiting_for, overrides, late: (
        replace(order(*reached), holds=holds, waiting_for=waiting_for, overrides=overrides),
        T0 + (10**9 if late else 0),
    ),
    st.sets(st.sampled_from(list(M))),
    HOLDS,
    st.sampled_from(["", "sf", "ems", "wangdiantong", "kingdee"]),
    st.sampled_from([(), (CANCELLED_AFTER_SHIPPING,), ("assessment",)]),
    st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(ORDERS)
def test_no_step_goes_forward_while_the_order_is_held_or_cancelled(drawn: tuple[Order, int]) -> None:
    found, now = drawn
    if found.holds or (found.has(M.CANCELLED) and CANCELLED_AFTER_SHIPPING not in found.overrides):
        assert next_step(found, now) not in FORWARD


@settings(max_examples=300, deadline=None)
@given(ORDERS)
def test_every_state_has_a_way_on_to_an_end(drawn: tuple[Order, int]) -> None:
    """Steps succeed, buyers act, partners come back and people decide: whatever is true, an end is reached."""
    current, now = drawn
    for _ in range(30):
        step = next_step(current, now)
        if step in (S.COMPLETED, S.CANCELLED):
            return
        current = _after(step, current, now)
    raise AssertionError(f"{current.at} {current.holds} waits for ever")


def _after(step: Step, current: Order, now: int) -> Order:
    reached = {
        S.RESERVE: M.RESERVED,
        S.AWAIT_PAYMENT: M.PAID,
        S.ASSESS: M.ASSESSED,
        S.DISPATCH: M.DISPATCHED,
        S.ISSUE_WAYBILL: M.LABELLED,
        S.AWAIT_SHIPMENT: M.SHIPPED,
        S.AWAIT_DELIVERY: M.RECEIVED,
        S.SETTLE: M.SETTLED,
        S.WITHDRAW: M.WITHDRAWN,
        S.VOID_WAYBILL: M.VOIDED,
        S.CLOSE: M.CLOSED,
    }.get(step)
    if reached:
        assert not current.has(reached), f"{step} would be repeated for ever"
        assert current.waiting_for not in PARTNERS_OF.get(step, ())
        return current.reach(reached, now)
    if needs_decision(current):
        return replace(current, overrides=(*current.overrides, CANCELLED_AFTER_SHIPPING))
    if current.holds:
        decided = next(iter(current.holds))
        return replace(current, holds={k: v for k, v in current.holds.items() if k != decided})
    assert current.waiting_for, "waits for nobody"
    return replace(current, waiting_for="")


def test_every_class_that_blocks_offers_a_way_on() -> None:
    assert all(kind.options for kind in REGISTRY.values())
    assert all(set(kind.options) != {"dismiss"} for kind in REGISTRY.values() if kind.blocks)
