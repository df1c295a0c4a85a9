"""Intent before effect: what may be tried, what is looked for first, and what stands (design §7, P4, P18, P19)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.effects import DynamoEffects
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable, Superseded
from orderhub.domain.order import Driver, Milestone, Order
from orderhub.ports.orders import Change, EffectSpec
from orderhub.services.effects import LEASE_MS, Attempt, perform, spec_for, wait_for_others
from tests.kit.memory import Memory, MemoryEffects, MemoryOrders
from tests.kit.orders import ORDER_ID, T0, order

M = Milestone
VERB, REFERENCE = "create_waybill", f"{ORDER_ID}-1-1"


class Desk:
    """The store with one order on it, a clock, and a partner that does what it is told."""

    def __init__(self, orders: Any, effects: Any) -> None:
        self.orders, self.effects = orders, effects
        self.now = T0
        self.there: dict[str, str] | None = None
        self.log: list[str] = []
        self.order = self.orders.commit(Change(None, order(M.PLACED, M.RESERVED, M.PAID, M.ASSESSED), T0))

    def clock(self) -> int:
        return self.now

    def spec(self, **changes: Any) -> EffectSpec:
        return replace(spec_for(self.order, VERB, REFERENCE, 1), **changes)

    def change(self, **changes: Any) -> Order:
        """A commit of somebody else."""
        current = self.orders.load(ORDER_ID)
        assert current is not None
        return self.orders.commit(Change(current, replace(current, **changes), self.now))

    def stored(self) -> Effect:
        found = self.effects.load(ORDER_ID, VERB, REFERENCE)
        assert found is not None
        return found

    def perform(
        self, trouble: Exception | None = None, *, does_it: bool = True, settle_ms: int = 0, **spec: Any
    ) -> Any:
        def call() -> dict[str, str]:
            self.log.append("call")
            if does_it:
                self.there = {"number": f"SF{self.log.count('call')}"}
            if trouble:
                raise trouble
            assert self.there
            return self.there

        def look() -> dict[str, str] | None:
            self.log.append("look")
            return self.there

        return perform(self.effects, self.spec(**spec), Attempt(call, look, settle_ms), self.clock)


UNCLEAR = PartnerUnavailable("sf", "timed out", unclear=True)
CLEAR = PartnerUnavailable("sf", "429")


@pytest.fixture(params=["dynamodb", "memory"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The store in memory that other tests use keeps the same promises."""
    if request.param == "memory":
        memory = Memory()
        yield Desk(MemoryOrders(memory), MemoryEffects(memory))
    else:
        table = request.getfixturevalue("table")
        yield Desk(DynamoOrders(*table), DynamoEffects(*table))


def test_an_effect_that_is_wanted_is_intended_with_a_lease_before_it_is_tried(desk: Desk) -> None:
    intent = desk.effects.intend(desk.spec(), T0)
    assert not intent.look_first
    assert desk.stored() == intent.effect
    assert (intent.effect.status, intent.effect.lease_until) == (EffectStatus.INTENDED, T0 + LEASE_MS)


def test_a_newer_run_supersedes(desk: Desk) -> None:
    desk.change(driver=Driver("x-2", 2))
    with pytest.raises(Superseded):
        desk.effects.intend(desk.spec(), T0)
    assert desk.effects.load(ORDER_ID, VERB, REFERENCE) is None


@pytest.mark.parametrize(
    "changes",
    [{"holds": {"d": "overdue"}}, {"at": {"paid": T0, "cancelled": T0}}, {"content_version": 2}],
    ids=["held", "cancelled", "other content"],
)
def test_an_order_that_wants_something_else_interrupts(desk: Desk, changes: dict[str, Any]) -> None:
    desk.change(**changes)
    with pytest.raises(Interrupted):
        desk.effects.intend(desk.spec(), T0)
    assert desk.effects.load(ORDER_ID, VERB, REFERENCE) is None


def test_undoing_is_allowed_while_held_and_cancelled_and_only_by_the_run_that_drives(desk: Desk) -> None:
    desk.change(holds={"d": "overdue"}, at={"paid": T0, "cancelled": T0})
    assert desk.effects.intend(desk.spec(undoes=True), T0).effect.status is EffectStatus.INTENDED
    with pytest.raises(Superseded):
        desk.effects.intend(desk.spec(undoes=True, epoch=9, reference="other"), T0)


def test_the_same_conditions_hold_for_a_second_attempt(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR)
    desk.change(holds={"d": "overdue"})
    with pytest.raises(Interrupted):
        desk.perform()
    desk.change(holds={}, driver=Driver("x-2", 2))
    with pytest.raises(Superseded):
        desk.perform()
    assert desk.log == ["call"]


def test_p19_a_live_lease_keeps_a_second_caller_away_and_tells_how_long(desk: Desk) -> None:
    desk.effects.intend(desk.spec(), T0)
    desk.now += LEASE_MS - 2_000
    with pytest.raises(PartnerUnavailable) as refused:
        desk.perform()
    assert refused.value.retry_after_seconds == 2.0
    assert not refused.value.unclear
    assert desk.log == []


def test_p4_after_a_crash_the_next_caller_looks_before_it_buys(desk: Desk) -> None:
    desk.effects.intend(desk.spec(), T0)
    desk.there = {"number": "SF-of-the-dead-process"}
    desk.now += LEASE_MS
    assert desk.perform() == {"number": "SF-of-the-dead-process"}
    assert desk.log == ["look"]
    assert desk.stored().status is EffectStatus.DONE


def test_p4_an_unclear_attempt_that_did_it_is_found_and_not_repeated(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR)
    assert desk.stored().lease_until == 0
    assert desk.perform() == {"number": "SF1"}
    assert desk.log == ["call", "look"]


def test_an_unclear_attempt_that_did_nothing_is_done_again_after_looking(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR, does_it=False)
    assert desk.perform() == {"number": "SF2"}
    assert desk.log == ["call", "look", "call"]


def test_a_clear_failure_does_not_count_as_an_attempt(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(CLEAR, does_it=False)
    assert desk.stored().attempts == 0
    desk.perform()
    assert desk.log == ["call", "call"]


def test_a_clear_failure_after_an_unclear_one_stays_unclear(desk: Desk) -> None:
    for trouble in (UNCLEAR, CLEAR):
        with pytest.raises(PartnerUnavailable):
            desk.perform(trouble, does_it=False)
    desk.perform()
    assert desk.log == ["call", "look", "call", "look", "call"]


def test_absent_counts_only_when_the_partner_has_settled(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR, does_it=False)
    desk.now += 1_000
    with pytest.raises(PartnerUnavailable) as not_yet:
        desk.perform(settle_ms=5_000)
    assert not_yet.value.unclear
    assert desk.log == ["call", "look"]
    desk.now += 5_000
    desk.perform(settle_ms=5_000)
    assert desk.log == ["call", "look", "look", "call"]


def test_a_refusal_is_kept_and_can_be_tried_again_without_looking(desk: Desk) -> None:
    with pytest.raises(PartnerRejected):
        desk.perform(PartnerRejected("sf", "8004", "no"), does_it=False)
    kept = desk.stored()
    assert (kept.status, kept.outcome, kept.lease_until) == (EffectStatus.REFUSED, {"code": "8004", "message": "no"}, 0)
    desk.perform()
    assert desk.log == ["call", "call"]


def test_what_is_done_stands_and_is_not_called_again(desk: Desk) -> None:
    first = desk.perform()
    desk.change(holds={"d": "overdue"}, driver=Driver("x-2", 2))
    with pytest.raises(Superseded):
        desk.perform()
    desk.change(holds={})
    assert desk.perform(epoch=2) == first
    assert desk.log == ["call"]


def test_an_outcome_is_kept_whatever_happened_to_the_order_meanwhile(desk: Desk) -> None:
    intent = desk.effects.intend(desk.spec(), T0)
    desk.change(holds={"d": "overdue"}, driver=Driver("x-2", 2), content_version=7)
    desk.effects.finish(intent.effect, {"number": "SF1"}, T0 + 5, 5)
    assert (desk.stored().status, desk.stored().duration_ms) == (EffectStatus.DONE, 5)


def test_somebody_elses_outcome_is_not_undone_by_a_late_failure(desk: Desk) -> None:
    intent = desk.effects.intend(desk.spec(), T0)
    desk.effects.finish(intent.effect, {"number": "SF1"}, T0 + 5, 5)
    desk.effects.step_back(intent.effect, unclear=True, now=T0 + 6)
    desk.effects.refuse(intent.effect, "x", "y", T0 + 7)
    assert desk.stored().outcome == {"number": "SF1"}


def test_p3_what_was_done_for_other_content_is_done_again_for_this_one(desk: Desk) -> None:
    desk.perform()
    desk.order = desk.change(content_version=2)
    assert desk.perform() == {"number": "SF2"}
    assert desk.log == ["call", "call"]


def test_p3_what_an_unclear_attempt_left_for_other_content_is_not_taken_for_this_one(desk: Desk) -> None:
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR)
    desk.order = desk.change(content_version=2)
    desk.perform()
    assert desk.log == ["call", "call"]


def test_two_callers_at_once_one_gets_the_lease(table: tuple[Any, str]) -> None:
    desk = Desk(DynamoOrders(*table), DynamoEffects(*table))
    with pytest.raises(PartnerUnavailable):
        desk.perform(UNCLEAR, does_it=False)
    known = desk.stored()
    desk.effects.intend(desk.spec(), desk.now)
    with pytest.raises(PartnerUnavailable):
        desk.effects._take_over(desk.spec(), known, replace(known, attempts=1), desk.now)


def test_undoing_waits_while_the_call_it_undoes_may_still_be_under_way(desk: Desk) -> None:
    desk.effects.intend(desk.spec(), T0)
    works = {VERB: REFERENCE}
    with pytest.raises(PartnerUnavailable):
        wait_for_others(desk.effects, desk.order, works, "sf", T0 + LEASE_MS - 1)
    wait_for_others(desk.effects, desk.order, works, "sf", T0 + LEASE_MS)
    desk.effects.step_back(desk.stored(), unclear=True, now=T0)
    wait_for_others(desk.effects, desk.order, works, "sf", T0)
    wait_for_others(desk.effects, desk.order, {"push_trade": "none"}, "sf", T0)
