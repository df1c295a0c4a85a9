"""Random orders, deliveries and crashes over two warehouses and two SKUs: nothing lost, nothing doubled (P6)."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from orderhub.domain.errors import Interrupted
from orderhub.domain.order import Milestone
from orderhub.domain.parcel import parcels_of, warehouse_of
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.domain.stock import ReservationStatus
from orderhub.rules.defaults import default_pack
from orderhub.services.reserve import let_go, reserve
from orderhub.services.source import Sources
from orderhub.services.tasks import TaskCommand
from tests.integration.stock_support import Crash, Wire, crash
from tests.integration.test_sourcing import A, B, House, OwnRules, pack_of
from tests.kit.orders import line
from tests.kit.tables import aws, create_tables, drop_tables

PACKS = (default_pack(RuleKind.SOURCING), pack_of({"c3": "false", "o3": '"split"'}))
SKUS = ("ZP-2026-01", "ZP-MAT-01")
PICKS = st.integers(0, 59)
COUNTS = st.integers(0, 3)
TROUBLE = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(["die before", "die after", "another buys"]), st.integers(0, 4)),
)


class Houses(RuleBasedStateMachine):
    """Buyers of one or two SKUs; a process dies at any write; another buyer comes between looking and taking."""

    def __init__(self, client: Any, wire: Wire) -> None:
        super().__init__()
        self.client, self.wire = client, wire
        self.names = create_tables(client)
        self.house = House(client, *self.names)
        self.stocked: dict[tuple[str, str], int] = {}
        self.ids: list[str] = []

    def teardown(self) -> None:
        self.wire.clear()
        drop_tables(self.client, self.names)

    @initialize(counts=st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), pack=st.sampled_from(PACKS))
    def stock_is_there(self, counts: tuple[int, int, int, int], pack: Pack) -> None:
        self.house.sources = Sources(self.house.stock, OwnRules(pack), (A, B))
        for place, count in zip([(sku, where) for sku in SKUS for where in (A, B)], counts, strict=True):
            assert self.house.stock.seed(*place, count, self.house.now)
            self.stocked[place] = count

    @rule(first=st.integers(1, 2), second=st.integers(0, 2), is_paid=st.booleans(), trouble=TROUBLE)
    def a_buyer_comes(self, first: int, second: int, is_paid: bool, trouble: Any) -> None:
        lines = [line("1", SKUS[0], first), *([line("2", SKUS[1], second)] if second else [])]
        self.ids.append(self.house.comes(*lines, paid=is_paid))
        self.reserve(self.ids[-1], trouble)

    @rule(pick=PICKS, trouble=TROUBLE)
    def an_order_is_tried_again(self, pick: int, trouble: Any) -> None:
        self.house.release()
        free = [each for each in self.ids if not self.house.known(each).holds]
        if free:
            self.reserve(free[pick % len(free)], trouble)

    @rule(pick=PICKS)
    def a_buyer_cancels(self, pick: int) -> None:
        if self.ids:
            gone = self.ids.pop(pick % len(self.ids))
            let_go(self.house.known(gone), self.house.stock, self.house.now)

    @rule(sku=st.sampled_from(SKUS), where=st.sampled_from([A, B]), count=st.integers(1, 3))
    def goods_arrive(self, sku: str, where: str, count: int) -> None:
        level = self.house.stock.level(sku, where)
        assert level is not None
        self.house.stock.adjust(sku, where, count, level.revision, "delivery", self.house.now)
        self.stocked[sku, where] += count

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        rows = [row for each in self.ids for row in self.house.stock.reservations(each)]
        held = [row for row in rows if row.status is not ReservationStatus.RELEASED]
        for (sku, where), count in self.stocked.items():
            level = self.house.stock.level(sku, where)
            assert level is not None
            assert level.balance.is_sound
            assert level.stocked == count
            mine = sum(row.quantity for row in held if (row.sku, row.warehouse) == (sku, where))
            thieves = sum(
                row.quantity
                for row in self.house.stock.reservations("thief")
                if (row.sku, row.warehouse, row.status.value) == (sku, where, "reserved")
            )
            assert level.available + mine + thieves == count

    @invariant()
    def an_order_holds_all_its_lines_where_its_parcels_leave_or_nothing(self) -> None:
        for each in self.ids:
            order, rows = self.house.known(each), self.house.stock.reservations(each)
            held = {row.line_id: row.warehouse for row in rows if row.status is not ReservationStatus.RELEASED}
            if order.has(Milestone.RESERVED):
                assert held == {one.line_id: warehouse_of(order, one.line_id) for one in order.physical_lines}
                assert set(held.values()) == {parcel.warehouse for parcel in parcels_of(order)}
            else:
                assert held == {}

    def reserve(self, order_id: str, trouble: Any) -> None:
        """Reserve; when the process dies, the run tries the task again, as the state machine does."""
        self.arm(trouble)
        try:
            self.once(order_id)
        except Crash:
            self.wire.clear()
            self.once(order_id)
        finally:
            self.wire.clear()

    def once(self, order_id: str) -> None:
        with suppress(Interrupted):
            reserve(TaskCommand(order_id, 1), self.house.orders, self.house.sources, self.house.now)

    def arm(self, trouble: Any) -> None:
        if trouble is None:
            return
        kind, nth = trouble
        if kind.startswith("die"):
            self.wire.at(kind.removeprefix("die "), nth, crash)
        else:
            self.wire.at("before", nth, self.another_buys)

    def another_buys(self) -> None:
        stock = self.house.stock
        for sku in SKUS:
            line_id = str(len(stock.reservations("thief")))
            stock.reserve("thief", line_id, sku, A, 1, self.house.now + 9_000_000, self.house.now)


EXAMPLES = int(os.environ.get("STOCK_EXAMPLES", "6"))  # raise it to look harder


def test_p6_orders_over_two_warehouses_never_leak_and_never_oversell() -> None:
    with aws() as client:
        wire = Wire(client)
        run_state_machine_as_test(
            lambda: Houses(client, wire),
            settings=settings(max_examples=EXAMPLES, stateful_step_count=15, deadline=None),
        )
