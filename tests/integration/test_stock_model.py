"""Random steps, crashes and clocks against ``available + due + firm + sold = stocked`` (P6)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orderhub.domain.errors import Rejected
from orderhub.domain.stock import (
    Adjusted,
    Firmed,
    Lost,
    Released,
    ReservationStatus,
    Reserved,
    Short,
)

from .stock_support import (
    MINUTE,
    NOW,
    Crash,
    Wire,
    assert_nothing_leaked,
    crash,
    dynamodb,
    rows,
    shard_levels,
    store_on,
)

SKU, WH = "ZP-2026-01", "WH-SH"
ORDERS = st.sampled_from([f"o-{number}" for number in range(3)])
LINES = st.sampled_from(["1", "2"])
QUANTITIES = st.integers(1, 4)
LAG = st.sampled_from([0, 0, 0, 500, MINUTE, 3 * MINUTE])  # how far a writer's clock is behind
PLACES = st.tuples(st.sampled_from(["before", "after"]), st.integers(0, 2))


class StockMachine(RuleBasedStateMachine):
    """Buyers, payments, cancellations, the WMS's corrections, time, and processes that die at every write."""

    shards = 1

    def __init__(self) -> None:
        super().__init__()
        self.tables = dynamodb()
        self.client = self.tables.__enter__()
        self.wire = Wire(self.client)
        self.now = NOW
        self.stocked = 0

    def teardown(self) -> None:
        self.tables.__exit__(None, None, None)

    @initialize(quantity=st.integers(0, 12))
    def stock_arrives(self, quantity: int) -> None:
        self.store = store_on(self.client, self.shards)
        assert self.store.seed(SKU, WH, quantity, self.now)
        self.stocked = quantity

    @rule(order=ORDERS, line=LINES, quantity=QUANTITIES, minutes=st.integers(0, 5), lag=LAG)
    def reserve(self, order: str, line: str, quantity: int, minutes: int, lag: int) -> None:
        now = self.now - lag
        free = sum(level.free(now) for level in self.levels())
        try:
            outcome = self.run(
                lambda: self.store.reserve(order, line, SKU, WH, quantity, now + minutes * MINUTE + 7, now)
            )
        except Rejected:
            held = self.row(order, line)
            assert held.quantity != quantity
            assert held.status is not ReservationStatus.RELEASED
            return
        if isinstance(outcome, Short):
            assert outcome.available < quantity
            assert free < quantity or self.was_disturbed
        elif isinstance(outcome, Reserved):
            assert self.row(order, line).quantity == quantity

    @rule(order=ORDERS, line=LINES, lag=LAG)
    def pay(self, order: str, line: str, lag: int) -> None:
        before = self.row(order, line)
        outcome = self.run(lambda: self.store.firm(order, line, self.now - lag))
        if before and before.status is ReservationStatus.RESERVED and not self.was_disturbed:
            if self.now < before.expires_at:
                assert isinstance(outcome, Firmed), "nobody may take a reservation that has not expired"
            assert isinstance(outcome, Lost) == self.row(order, line).lost
        if isinstance(outcome, Firmed) and not self.was_disturbed:
            assert self.row(order, line).status in {ReservationStatus.FIRM, ReservationStatus.COMMITTED}

    @rule(order=ORDERS, line=LINES)
    def dispatch(self, order: str, line: str) -> None:
        before = self.row(order, line)
        try:
            self.run(lambda: self.store.commit(order, line, self.now))
        except Rejected:
            assert self.was_disturbed or before is None or before.status.value in {"reserved", "released"}
        else:
            assert self.was_disturbed or self.row(order, line).status is ReservationStatus.COMMITTED

    @rule(order=ORDERS, line=LINES)
    def cancel(self, order: str, line: str) -> None:
        outcome = self.run(lambda: self.store.release(order, line, self.now))
        assert isinstance(outcome, Released)
        assert self.was_disturbed or (row := self.row(order, line)) is None or row.status.value == "released"

    @rule(difference=st.integers(-6, 6))
    def the_wms_counted_differently(self, difference: int) -> None:
        level = self.store.level(SKU, WH)
        assert level is not None
        applied = max(difference, -level.available)
        before = self.stock_total()
        outcome = self.run(
            lambda: self.store.adjust(SKU, WH, difference, level.revision, "count", self.now), check=False
        )
        if isinstance(outcome, Adjusted):
            assert outcome == Adjusted(applied, difference - applied)
            self.stocked += applied
        elif self.stock_total() != before:
            self.stocked += applied  # booked by the process that died; its repeat found the stock moved
        else:
            assert self.was_disturbed

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1_000

    @precondition(lambda self: not self.wire.is_armed)
    @rule(place=PLACES)
    def the_next_process_will_die(self, place: tuple[str, int]) -> None:
        self.wire.at(*place, crash)

    @precondition(lambda self: not self.wire.is_armed)
    @rule(
        nth=st.integers(0, 1), order=ORDERS, line=LINES, verb=st.sampled_from(["firm", "release", "commit"])
    )
    def somebody_will_come_between(self, nth: int, order: str, line: str, verb: str) -> None:
        self.between(nth, lambda other: getattr(other, verb)(order, line, self.now))

    @precondition(lambda self: not self.wire.is_armed)
    @rule(nth=st.integers(0, 1), quantity=QUANTITIES)
    def another_buyer_will_come_between(self, nth: int, quantity: int) -> None:
        self.buyers += 1
        order, until = f"x-{self.buyers}", self.now + 2 * MINUTE
        self.between(nth, lambda other: other.reserve(order, "1", SKU, WH, quantity, until, self.now))

    def between(self, nth: int, step: Callable[[Any], Any]) -> None:
        """Plan that another process takes a whole step between this one's reading and its nth writing."""

        def act() -> None:
            self.was_disturbed = True
            with suppress(Rejected):
                step(store_on(self.client, self.shards))

        self.wire.at("before", nth, act)

    @invariant()
    def nothing_is_leaked(self) -> None:
        assert_nothing_leaked(self.levels(), rows(self.client), self.stocked)

    was_disturbed = False
    buyers = 0

    def run(self, step: Callable[[], Any], check: bool = True) -> Any:
        """Run a step; when its process dies, the next one repeats it, as a state machine's retry does."""
        self.was_disturbed = False
        try:
            return step()
        except Crash:
            if check:
                self.nothing_is_leaked()
            return step()
        finally:
            self.wire.clear()

    def stock_total(self) -> int:
        return sum(level.stocked for level in self.levels())

    def levels(self) -> list[Any]:
        return shard_levels(self.client, SKU, WH, self.shards)

    def row(self, order: str, line: str) -> Any:
        return next((row for row in rows(self.client) if (row.order_id, row.line_id) == (order, line)), None)


class ShardedStockMachine(StockMachine):
    shards = 3


EXAMPLES = int(os.environ.get("STOCK_EXAMPLES", "10"))  # raise it to look harder
BUDGET = settings(
    max_examples=EXAMPLES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestOneItem = StockMachine.TestCase
TestOneItem.settings = BUDGET
TestThreeShards = ShardedStockMachine.TestCase
TestThreeShards.settings = BUDGET
