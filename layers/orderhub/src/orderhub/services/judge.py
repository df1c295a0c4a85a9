"""Judge an order by the live interception pack; what was seen is kept whole, without personal data (R9, R11)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Interrupted
from orderhub.domain.judging import JUDGING
from orderhub.domain.order import Milestone, Order
from orderhub.domain.phone_window import Standing
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Condition, Evaluation, Match, Pack
from orderhub.rules.engine import evaluate


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that holds the order: what it asks for, why, and what it saw as a checksum (``row``)."""

    decision_class: DecisionClass
    level: int
    reason: str
    row: str
    words: Mapping[str, str]
    condition: Condition | None = None  # the cell that tells most of why


def judge_order(order: Order, pack: Pack, standing: Standing, now: int) -> Verdict:
    """The verdict: ``hold`` when a row matched that no person has released, with those rows' reasons.

    Raises Interrupted for an unknown order; ValueError for a pack whose rows do not say what they must, RuntimeError
    when the engine refuses it: an order that cannot be judged does not pass.
    """
    given = interception_input(order, standing)
    evaluation = evaluate(pack, given)
    reasons = tuple(hit.reason for hit in hits(order, evaluation))
    return Verdict(given, (evaluation,), "hold" if reasons else "pass", reasons, now)


def hits(order: Order, evaluation: Evaluation) -> tuple[Hit, ...]:
    """The rows of an evaluation of this order that hold it: released rows only when they saw something new."""
    found = tuple(_hit(order, match) for match in evaluation.matches)
    return tuple(hit for hit in found if f"rule:{hit.row}" not in order.overrides)


def _hit(order: Order, match: Match) -> Hit:
    said = match.outputs
    wanted, reason, level = said.get("class"), said.get("reason"), said.get("level", 0)
    if wanted not in JUDGING or not isinstance(reason, str) or not reason:
        raise ValueError(f"row {match.row_id} of the interception pack asks for {wanted!r} because of {reason!r}")
    if not isinstance(level, int) or level not in range(4):
        raise ValueError(f"row {match.row_id} of the interception pack has the level {level!r}")
    words = {name: text for name in ("zh", "en") if isinstance(text := said.get(name), str) and text}
    return Hit(DecisionClass(wanted), level, reason, f"{match.row_id}:{_seen_by(order, match)}", words, _telling(match))


def _telling(match: Match) -> Condition | None:
    """The first cell that is not about the order's head: that one only says which orders the row is for."""
    about = [condition for condition in match.conditions if not condition.field.startswith("order.")]
    return next(iter(about or match.conditions), None)


def _seen_by(order: Order, match: Match) -> str:
    """A checksum of what the row saw. Of the phone's window that is the phone, of the address the receiver: a
    person's release covers all further orders seen meanwhile, and no other address."""
    seen = sorted(set(_bases(order, match)))
    return f"{crc32(repr(seen).encode()):08x}"


def _bases(order: Order, match: Match) -> Iterator[str]:
    for condition in match.conditions:
        about = condition.field.partition(".")[0]
        if about == "phone":
            yield f"{condition.field} {condition.cell} {order.phone_digest}"
        elif about == "address":
            yield f"{condition.field} {condition.cell} {order.receiver_digest}"
        else:
            yield f"{condition.field} {condition.cell} {condition.actual!r}"


def interception_input(order: Order, standing: Standing) -> dict[str, Any]:
    """What the interception pack sees of an order whose stock is firm. Raises Interrupted for an unknown order."""
    return {
        **input_of(order),
        "phone": {"digest": order.phone_digest, **asdict(standing)},
        "stock": {"state": "enough", "missing": 0},
    }


def input_of(order: Order) -> dict[str, Any]:
    """What all kinds of rules see, as ``rules.schema.COMMON`` publishes it. Raises Interrupted for an unknown order."""
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
            "is_presale": any(line.is_presale for line in order.lines),
            "has_note": snapshot.has_note,
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
        "address": {
            "score": order.address.score,
            "passes": order.address.passes,
            "reasons": list(order.address.reasons),
        },
    }
