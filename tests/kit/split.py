"""An order whose lines lie in two warehouses, planned by hand; for tests of several parcels."""

from __future__ import annotations

from typing import Any

from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcels_of
from orderhub.ports.orders import Change
from orderhub.services.parcels import plan
from orderhub.services.reserve import expiry_of
from tests.kit.world import SKU, WAREHOUSE_NO, World

FAR_SKU, FAR_WAREHOUSE = "ZP-2026-02", "WH02"
LINES = [{"sku": SKU, "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1},
         {"sku": "FP-001", "title": "滤芯", "price_fen": 990, "num": 1, "is_gift": True},
         {"sku": FAR_SKU, "title": "宠物智能饮水机", "price_fen": 19_901, "num": 2}]  # fmt: skip
STOCK = 100


def fill_far_warehouse(hub: World, on_the_shelf: int = 100_000) -> None:
    """The second warehouse, at the hub and at its own people."""
    hub.stock.seed(FAR_SKU, FAR_WAREHOUSE, STOCK, hub.clock())
    shelf = [{"spec_no": FAR_SKU, "warehouse_no": FAR_WAREHOUSE, "stock_num": on_the_shelf}]
    hub.near.control("wangdiantong", "stock", shelf)


def split(hub: World, **asked: Any) -> str:
    """A paid order taken in and reserved in two warehouses; its driver has not run yet."""
    fill_far_warehouse(hub)
    tid = hub.place(lines=LINES, **asked)
    hub.receive()
    plan_by_hand(hub, hub.known(tid))
    return tid


def plan_by_hand(hub: World, order: Order) -> Order:
    now = hub.clock()
    allocation = {line.line_id: FAR_WAREHOUSE if line.sku == FAR_SKU else WAREHOUSE_NO for line in order.physical_lines}
    for line in order.physical_lines:
        hub.stock.reserve(order.order_id, line.line_id, line.sku, allocation[line.line_id], line.quantity,
                          expiry_of(order, now), now)  # fmt: skip
    after = plan(order, allocation).reach(Milestone.RESERVED, now)
    held = tuple(
        {"line_id": line.line_id, "sku": line.sku, "warehouse": allocation[line.line_id], "quantity": line.quantity}
        for line in order.physical_lines
    )
    told = {"reservations": held, "expires_at": expiry_of(order, now), "parcels": len(parcels_of(after))}
    return hub.orders.commit(Change(order, after, now, facts=(Fact(FactType.STOCK_RESERVED, told, now),)))
