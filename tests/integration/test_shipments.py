"""Shipments the warehouse reports, against the real tables' keys."""

from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.domain.decision import DecisionClass
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change
from orderhub.ports.partners import ShipmentNotice
from orderhub.services.shipments import apply_shipment
from tests.kit.orders import ORDER_ID, T0, TID, order

PACKED = (Milestone.RESERVED, Milestone.PAID, Milestone.ASSESSED, Milestone.DISPATCHED, Milestone.LABELLED)
NOBODY: Any = None  # no run is woken by what only asks a person


def known(table: tuple[Any, str], found: Order) -> DynamoOrders:
    orders = DynamoOrders(*table)
    orders.commit(Change(None, replace(found, revision=0), T0))
    return orders


@pytest.mark.parametrize(
    ("milestones", "asked"),
    [(PACKED, DecisionClass.NUMBER_MISMATCH), ((*PACKED, Milestone.CLOSED), DecisionClass.SHIPPED_AFTER_CLOSING)],
)
def test_a_shipment_told_as_notice_and_as_stock_out_is_asked_about_once(
    table: tuple[Any, str], milestones: tuple[Milestone, ...], asked: DecisionClass
) -> None:
    orders = known(table, order(*milestones, waybill_number="SF7444400000001", carrier="sf"))
    notice = ShipmentNotice("77", TID, "SF7444400000009", "顺丰", (), T0)
    for row in (notice, replace(notice, rec_id="")):
        apply_shipment(row, orders, NOBODY, T0)
    assert [card.decision_class for card in orders.decisions_of(ORDER_ID)] == [asked]
