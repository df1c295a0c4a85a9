"""Orders, snapshots and observations in the hub's own words, for tests of the core. Synthetic data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orderhub.domain.absorb import Observation, Unhandled
from orderhub.domain.order import Amounts, Driver, Milestone, Order, OrderLine, Region, Snapshot

T0 = 1_795_325_400_000
SHOP = "12345678"
TID = "E20261122103000000100001"
ORDER_ID = f"youzan-{TID}"
WAREHOUSE = "WH01"


def line(line_id: str = "L1", sku: str = "ZP-2026-01", quantity: int = 1, **changes: Any) -> OrderLine:
    made = OrderLine(line_id, sku, "宠物智能喂食器", quantity, 29_900, 29_900 * quantity, 29_900 * quantity)
    return replace(made, **changes)


def snapshot(*lines: OrderLine, paid: bool = False, freight_fen: int = 0, **changes: Any) -> Snapshot:
    """A snapshot whose amounts fit its lines."""
    these = lines or (line(),)
    goods, payable = sum(x.goods_fen for x in these), sum(x.payable_fen for x in these) + freight_fen
    made = Snapshot(
        taken_at=T0,
        placed_at=T0,
        payment_due_at=T0 + 1_800_000,
        buyer_id="B1",
        lines=these,
        amounts=Amounts(goods, freight_fen, goods + freight_fen - payable, payable, payable if paid else 0),
        region=Region("浙江省", "杭州市", "西湖区"),
        sealed="sealed",
        receiver_digest="receiver-a",
        phone_digest="phone-a",
        masked_name="张*",
        masked_phone="138****0001",
        rank=3 if paid else 0,
    )
    return replace(made, **changes)


def observation(
    event_type: str,
    version: int = 1,
    *,
    at: int = T0,
    snap: Snapshot | None = None,
    milestones: dict[Milestone, int] | None = None,
    unhandled: Unhandled | None = None,
    **changes: Any,
) -> Observation:
    """What one message says; its key is its type and version, as a partner's would be."""
    made = Observation(
        channel="youzan",
        shop_id=SHOP,
        platform_id=TID,
        event_type=event_type,
        message_key=f"{event_type}:{TID}:{version}",
        version=version,
        occurred_at=at,
        snapshot=snap,
        milestones=milestones or {},
        unhandled=unhandled,
    )
    return replace(made, **changes)


def order(*reached: Milestone, **changes: Any) -> Order:
    """A known order that has reached these milestones."""
    made = Order(
        ORDER_ID,
        "youzan",
        SHOP,
        TID,
        revision=1,
        content_version=1,
        snapshot=snapshot(paid=Milestone.PAID in reached),
        at={m.value: T0 + number for number, m in enumerate(reached)},
        warehouse=WAREHOUSE if Milestone.RESERVED in reached else "",
        driver=Driver(f"{ORDER_ID}-1", 1),
    )
    return replace(made, **changes)
