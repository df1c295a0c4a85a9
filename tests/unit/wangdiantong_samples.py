"""Orders on their way to the warehouse, for the tests of the Wangdiantong adapter. Synthetic data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orderhub.domain.order import Amounts, Milestone, Order, OrderLine, Receiver, Region, Snapshot
from orderhub.ports.partners import TradeInstruction

PLACED_AT = 1_772_877_383_000  # 2026-03-07 17:56:23 +08:00
RECEIVER = Receiver("张三", "13800138001", "测试路1号2单元", "请放门口")


def line(line_id: str = "2772877410000000001", **changes: Any) -> OrderLine:
    made = OrderLine(line_id, "ZP-2026-01", "宠物智能喂食器", 2, 15000, 30000, 28000, item_id="500000001")
    return replace(made, **changes)


GIFT = line("2772877410000000002", sku="FP-001", quantity=1, unit_price_fen=990, goods_fen=0, payable_fen=0,
            is_gift=True)  # fmt: skip


def snapshot(*lines: OrderLine, freight_fen: int = 1000, paid_fen: int = 29000, **changes: Any) -> Snapshot:
    made = Snapshot(
        taken_at=PLACED_AT + 98_000,
        placed_at=PLACED_AT,
        payment_due_at=PLACED_AT + 3_600_000,
        buyer_id="YZOPENIDTEST0001",
        lines=lines or (line(), GIFT),
        amounts=Amounts(30000, freight_fen, 2000, paid_fen, paid_fen),
        region=Region("浙江省", "杭州市", "西湖区"),
        sealed="",
        receiver_digest="",
        phone_digest="",
        masked_name="",
        masked_phone="",
    )
    return replace(made, **changes)


def instruction(
    snap: Snapshot | None = None,
    *,
    platform_id: str = "E20260307175623028200001",
    receiver: Receiver = RECEIVER,
    waybill_number: str = "",
    is_paid: bool = True,
    is_closed: bool = False,
) -> TradeInstruction:
    at = {Milestone.PLACED.value: PLACED_AT}
    if is_paid:
        at[Milestone.PAID.value] = PLACED_AT + 97_000
    order = Order(f"youzan-{platform_id}", "youzan", "12345678", platform_id, snapshot=snap or snapshot(), at=at)
    return TradeInstruction(order, receiver, waybill_number, is_closed)
