"""Judge an order by the live interception pack; what was seen is kept whole, without personal data (R9, R11)."""

from dataclasses import asdict
from typing import Any

from orderhub.domain.errors import Interrupted
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Pack
from orderhub.rules.engine import evaluate


def judge_order(order: Order, pack: Pack, now: int) -> Verdict:
    """The verdict: ``hold`` when any row matched, with the rows' reasons. Raises Interrupted for an unknown order."""
    given = input_of(order)
    evaluation = evaluate(pack, given)
    reasons = tuple(str(match.outputs["reason"]) for match in evaluation.matches)
    return Verdict(given, (evaluation,), "hold" if reasons else "pass", reasons, now)


def input_of(order: Order) -> dict[str, Any]:
    """The one input that all kinds of rules see, as ``rules.schema`` publishes it."""
    snapshot = order.snapshot
    if snapshot is None:
        raise Interrupted(f"{order.order_id} is not known yet")
    amounts, lines = snapshot.amounts, order.physical_lines
    refunded = sum(order.refunds.values())
    paid_for_goods = sum(line.payable_fen for line in order.lines) - refunded
    return {
        "order": {
            "order_id": order.order_id,
            "content_version": order.content_version,
            "shop_id": order.shop_id,
            "channel": order.channel,
            "kind": snapshot.kind,
            "placed_at": snapshot.placed_at,
            "paid_at": order.when(Milestone.PAID),
        },
        "region": asdict(order.region),
        "amounts": {
            **asdict(amounts),
            "refunded_fen": refunded,
            "paid_goods_fen": max(0, paid_for_goods),
            "unpaid_fen": max(0, amounts.payable_fen - amounts.paid_fen),
        },
        "lines": {
            "count": len(order.lines),
            "physical": len(lines),
            "pieces": sum(line.quantity for line in lines),
            "without_sku": sum(1 for line in lines if not line.sku),
            "without_quantity": sum(1 for line in lines if line.quantity <= 0),
            "skus": sorted({line.sku for line in lines if line.sku}),
        },
        "phone": {"digest": snapshot.phone_digest},
    }
