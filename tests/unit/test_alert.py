"""The life of an alert, in any order of what may happen to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.alert import (
    ESCALATE_AFTER_MS,
    LAST_LEVEL,
    LEASE_MS,
    Alert,
    AlertState,
    acknowledged,
    answered,
    closed,
    escalated,
    given_back,
    leased,
    postponed,
    pressed,
    sent,
)

T0 = 1_795_325_400_000
FRESH = Alert("youzan-E1.overdue.x", "youzan-E1", "overdue", "operations", "ops01", 0, T0, T0)

type Step = Callable[[Alert, int], Alert | None]
STEPS: dict[str, Step] = {
    "leased": leased,
    "given_back": lambda alert, now: given_back(alert),
    "sent": lambda alert, now: sent(alert, now, "CODE") if alert.leased_until or alert.sent_at == 0 else None,
    "refused": lambda alert, now: sent(alert, now, problem="81013") if alert.leased_until else None,
    "escalated": lambda alert, now: escalated(alert),
    "postponed": lambda alert, now: postponed(alert, now + 1),
    "acknowledged": lambda alert, now: acknowledged(alert, "已由 li 处理：重试", now),
    "pressed": lambda alert, now: pressed(alert, now, "CODE2"),
    "answered": lambda alert, now: answered(alert, "未能处理", now),
    "closed": lambda alert, now: closed(alert, now) if alert.words else None,
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30), st.integers(0, LAST_LEVEL))
def test_whatever_happens_a_made_decision_is_never_told_again_and_a_press_counts_once(
    steps: list[str], level: int
) -> None:
    alert, now = replace(FRESH, level=level), T0
    for step in steps:
        now += 1_000
        after = STEPS[step](alert, now)
        if after is None:
            continue
        if alert.state is AlertState.ACKNOWLEDGED:
            assert after.state is AlertState.ACKNOWLEDGED
            assert leased(after, now + LEASE_MS + 1) is None
        if alert.pressed_at:
            assert after.pressed_at == alert.pressed_at
        if after.state is AlertState.PENDING:
            assert after.due_at, "what was not sent stays due"
        if after.state is AlertState.SENT and level == LAST_LEVEL and not after.words and step != "postponed":
            assert after.due_at in (0, alert.due_at)
        assert after.task_id == alert.task_id
        alert = after


def test_two_senders_do_not_hold_the_same_alert_and_a_dead_one_is_replaced() -> None:
    taken = leased(FRESH, T0)
    assert taken is not None
    assert leased(taken, T0 + LEASE_MS - 1) is None
    assert leased(taken, T0 + LEASE_MS) is not None


def test_a_card_sent_after_its_decision_was_made_is_to_be_closed_at_once() -> None:
    made = acknowledged(FRESH, "已由 li 处理：重试", T0)
    assert made is not None
    assert made.due_at == 0
    late = sent(made, T0 + 5, "CODE")
    assert (late.state, late.due_at, late.words) == (AlertState.ACKNOWLEDGED, T0 + 5, "已由 li 处理：重试")
    assert closed(late, T0 + 6).due_at == 0


def test_an_answered_press_does_not_stop_the_clock_of_escalation() -> None:
    alert = sent(FRESH, T0, "CODE")
    assert alert.due_at == T0 + ESCALATE_AFTER_MS
    shown = closed(answered(alert, "未能处理", T0 + 9), T0 + 10)
    assert (shown.due_at, shown.words, shown.response_code) == (T0 + ESCALATE_AFTER_MS, "", "")


def test_a_task_id_is_legal_and_another_for_each_person_and_level() -> None:
    ids = {replace(FRESH, recipient=who, level=n).task_id for who in ("ops01", "ops02") for n in range(3)}
    assert len(ids) == 6
    assert all(task_id.isalnum() and task_id.isascii() and len(task_id) == 41 for task_id in ids)
