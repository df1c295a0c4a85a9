"""Shipments the warehouse reports: applied once, acknowledged when settled, and no row keeps another (P11, P13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change
from orderhub.ports.partners import ShipmentNotice
from orderhub.services.decide import decide
from orderhub.services.shipments import poll_shipments
from tests.kit.executions import FakeExecutions
from tests.kit.orders import ORDER_ID, T0, TID, line, order, snapshot

M = Milestone
PACKING = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)
OURS = ShipmentNotice("1", TID, "SF1", "顺丰速运", (), T0 + 50)


class Warehouse:
    """The rows that nobody has acknowledged yet."""

    def __init__(self) -> None:
        self.rows: list[ShipmentNotice] = []

    def shipments(self, limit: int = 100) -> tuple[ShipmentNotice, ...]:
        return tuple(self.rows[:limit])

    def stockouts(self, since: int, until: int) -> Iterator[ShipmentNotice]:
        yield from (row for row in self.rows if since <= row.shipped_at <= until)

    def acknowledge(self, rec_ids: Sequence[str]) -> Mapping[str, str]:
        self.rows = [row for row in self.rows if row.rec_id not in rec_ids]
        return {}


class Dock:
    """One packed order, and the warehouse that reports."""

    def __init__(self, client: Any, table: str) -> None:
        self.orders, self.warehouse = DynamoOrders(client, table), Warehouse()
        self.put(order(*PACKING, waybill_number="SF1", carrier="sf", snapshot=snapshot(line(), line("L2"), paid=True)))

    def put(self, made: Order) -> None:
        self.orders.commit(Change(None, made, T0))

    def poll(self, *rows: ShipmentNotice) -> dict[str, int]:
        self.warehouse.rows += rows
        return poll_shipments(self.warehouse, self.orders, FakeExecutions(), T0 + 99)  # type: ignore[arg-type]

    def known(self) -> Order:
        found = self.orders.load(ORDER_ID)
        assert found is not None
        return found

    def decide(self, option: str) -> None:
        card = next(c for c in self.orders.decisions_of(ORDER_ID) if not c.made_at)
        decide(ORDER_ID, card.decision_id, option, "li", "", self.orders, T0 + 100)


@pytest.fixture
def dock(table: tuple[Any, str]) -> Iterator[Dock]:
    yield Dock(*table)


def test_a_shipment_is_applied_and_acknowledged_once(dock: Dock) -> None:
    assert dock.poll(OURS) == {"shipped": 1}
    assert (dock.known().when(M.SHIPPED), dock.warehouse.rows) == (T0 + 50, [])
    assert dock.poll(replace(OURS, rec_id="2")) == {"repeated": 1}
    assert [f.type for f in dock.orders.facts_of(ORDER_ID)] == ["FulfillmentShipped"]


def test_p11_rows_of_unknown_and_unsuitable_orders_stay_and_keep_no_other(dock: Dock) -> None:
    strangers = [replace(OURS, rec_id=str(n), platform_id=tid)
                 for n, tid in enumerate(("手工单 1", "E-" + "9" * 60, "", "E20260101"), 10)]  # fmt: skip
    assert dock.poll(*strangers, OURS) == {"unknown": 4, "shipped": 1}
    assert dock.warehouse.rows == strangers


def test_p13_another_number_is_asked_about_and_comes_back_until_it_is_decided(dock: Dock) -> None:
    other = replace(OURS, logistics_no="SF2")
    assert [dock.poll(other), dock.poll()] == [{"mismatch": 1}, {"mismatch": 1}]
    assert len(dock.orders.decisions_of(ORDER_ID)) == 1
    dock.decide("retry")
    assert dock.poll() == {"mismatch": 1}
    assert len(dock.orders.decisions_of(ORDER_ID)) == 2
    dock.decide("continue")
    assert dock.poll() == {"repeated": 1}
    assert (dock.known().waybill_number, dock.warehouse.rows) == ("SF2", [])


def test_a_part_is_asked_about_and_a_person_lets_the_order_go_on_with_it(dock: Dock) -> None:
    part = replace(OURS, line_ids=("L1",))
    assert [dock.poll(part), dock.poll()] == [{"part": 1}, {"part": 1}]
    dock.decide("continue")
    assert dock.poll() == {"repeated": 1}
    assert dock.known().has(M.SHIPPED)
    assert dock.warehouse.rows == []
    assert len(dock.orders.decisions_of(ORDER_ID)) == 1


def test_p11_a_whole_page_of_rows_that_nobody_settles_does_not_hide_ours(dock: Dock) -> None:
    strangers = [replace(OURS, rec_id=str(n), platform_id=f"E9{n:022d}") for n in range(100, 200)]
    assert dock.poll(*strangers, OURS)["shipped"] == 1
    assert dock.known().has(M.SHIPPED)
    assert dock.poll()["repeated"] == 1
