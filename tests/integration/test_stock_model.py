"""Random steps, crashes and clocks against ``available + due + firm + sold = stocked`` (P6)."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

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
    empty_tables,
    rows,
    shard_levels,
    store_on,
)

SKU, WH = "ZP-2026-01", "WH-SH"
PICKS = st.integers(0, 59)
MINUTES = st.integers(0, 2)
QUANTITIES = st.integers(1, 3)
LAG = st.sampled_from([0, 0, 0, 500, MINUTE, 3 * MINUTE])  # how far a writer's clock is behind
# What goes wrong in a step: the process dies at a transaction, or another takes a whole step in between.
TROUBLE = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["die before", "die after"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["firm", "commit", "release", "buy"]), st.integers(0, 1)),
)

type Trouble = tuple[str, int] | None


class StockMachine(RuleBasedStateMachine):
    """Buyers, payments, cancellations, the WMS's corrections, time, and processes that die at every write."""

    def __init__(self, client: Any, wire: Wire, shards: int) -> None:
        super().__init__()
        self.client, self.wire, self.shards = client, wire, shards
        empty_tables(client)
        self.now = NOW
        self.stocked = 0
        self.buyers = 0
        self.was_disturbed = False

    @initialize(quantity=st.integers(4, 10))
    def stock_arrives(self, quantity: int) -> None:
        self.store = store_on(self.client, self.shards)
        assert self.store.seed(SKU, WH, quantity, self.now)
        self.stocked = quantity

    @rule(quantity=QUANTITIES, minutes=MINUTES, lag=LAG, trouble=TROUBLE)
    def a_buyer_comes(self, quantity: int, minutes: int, lag: int, trouble: Trouble) -> None:
        self.buyers += 1
        self.reserve(f"o-{self.buyers // 2}", str(self.buyers % 2), quantity, minutes, lag, trouble)

    @rule(pick=PICKS, quantity=QUANTITIES, minutes=MINUTES, lag=LAG, trouble=TROUBLE)
    def a_buyer_comes_back(self, pick: int, quantity: int, minutes: int, lag: int, trouble: Trouble) -> None:
        self.reserve(*self.known(pick), quantity, minutes, lag, trouble)

    def reserve(self, order: str, line: str, quantity: int, minutes: int, lag: int, trouble: Trouble) -> None:
        self.plan(trouble, order, line)
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
            row = self.row(order, line)
            assert row.quantity == quantity
            level = next(level for level in self.levels() if level.shard == row.shard)
            is_kept = row.status is not ReservationStatus.RESERVED or row.minute in level.due
            assert is_kept or self.was_disturbed, "reserved, but its minute is gone"

    @rule(pick=PICKS, lag=LAG, trouble=TROUBLE)
    def pay(self, pick: int, lag: int, trouble: Trouble) -> None:
        order, line = self.known(pick)
        self.plan(trouble, order, line)
        before = self.row(order, line)
        outcome = self.run(lambda: self.store.firm(order, line, self.now - lag))
        if before and before.status is ReservationStatus.RESERVED and not self.was_disturbed:
            if self.now < before.expires_at:
                assert isinstance(outcome, Firmed), "nobody may take a reservation that has not expired"
            assert isinstance(outcome, Lost) == self.row(order, line).lost
        if isinstance(outcome, Firmed) and not self.was_disturbed:
            assert self.row(order, line).status in {ReservationStatus.FIRM, ReservationStatus.COMMITTED}

    @rule(pick=PICKS, trouble=TROUBLE)
    def dispatch(self, pick: int, trouble: Trouble) -> None:
        order, line = self.known(pick)
        self.plan(trouble, order, line)
        before = self.row(order, line)
        try:
            self.run(lambda: self.store.commit(order, line, self.now))
        except Rejected:
            assert self.was_disturbed or before is None or before.status.value in {"reserved", "released"}
        else:
            assert self.was_disturbed or self.row(order, line).status is ReservationStatus.COMMITTED

    @rule(pick=PICKS, trouble=TROUBLE)
    def cancel(self, pick: int, trouble: Trouble) -> None:
        order, line = self.known(pick)
        self.plan(trouble, order, line)
        outcome = self.run(lambda: self.store.release(order, line, self.now))
        assert isinstance(outcome, Released)
        assert self.was_disturbed or (row := self.row(order, line)) is None or row.status.value == "released"

    @rule(difference=st.integers(-3, 5), pick=PICKS, trouble=TROUBLE)
    def the_wms_counted_differently(self, difference: int, pick: int, trouble: Trouble) -> None:
        self.plan(trouble, *self.known(pick))
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

    @rule(seconds=st.sampled_from([1, 30, 61, 200]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1_000

    @invariant()
    def nothing_is_leaked(self) -> None:
        assert_nothing_leaked(self.levels(), rows(self.client), self.stocked)

    def known(self, pick: int) -> tuple[str, str]:
        """One of the lines that ever reserved, the latest ones rather; or one that never did."""
        held = sorted(rows(self.client), key=lambda row: -row.updated_at)
        row = held[pick % min(len(held), 8)] if held else None
        return (row.order_id, row.line_id) if row else ("o-never", "1")

    def plan(self, trouble: Trouble, order: str, line: str) -> None:
        """Arm the wire for the next step."""
        self.wire.clear()
        self.was_disturbed = False
        if trouble is None:
            return
        kind, nth = trouble
        if kind.startswith("die"):
            self.wire.at(kind.removeprefix("die "), nth, crash)
            return

        def another_process() -> None:
            self.was_disturbed = True
            other = store_on(self.client, self.shards)
            with suppress(Rejected):
                if kind == "buy":
                    self.buyers += 1
                    other.reserve(f"x-{self.buyers}", "1", SKU, WH, 2, self.now + 2 * MINUTE, self.now)
                else:
                    getattr(other, kind)(order, line, self.now)

        self.wire.at("before", nth, another_process)

    def run(self, step: Callable[[], Any], check: bool = True) -> Any:
        """Run a step; when its process dies, the next one repeats it, as a state machine's retry does."""
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


EXAMPLES = int(os.environ.get("STOCK_EXAMPLES", "10"))  # raise it to look harder


@pytest.mark.parametrize("shards", [1, 3])
def test_p6_nothing_is_leaked_or_given_back_twice_whatever_happens(shards: int) -> None:
    with dynamodb() as client:
        wire = Wire(client)
        run_state_machine_as_test(
            lambda: StockMachine(client, wire, shards),
            settings=settings(max_examples=EXAMPLES, stateful_step_count=50, deadline=None),
        )
