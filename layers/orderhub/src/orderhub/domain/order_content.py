"""What facts say of an order's content: its lines, its money, where it goes, and digests by which it is found (R6).

Nothing personal: a phone, its last four digits and a nick are keyed digests, made where the plain values are at hand.
"""

from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.order import Order


def told(order: Order) -> dict[str, FactValue]:
    """The content as ``OrderPlaced`` and ``OrderChanged`` tell it. Raises ValueError for an order not known yet."""
    snapshot = order.snapshot
    if snapshot is None:
        raise ValueError(f"{order.order_id} is not known yet")
    region = order.region
    data: dict[str, FactValue] = {
        "shop_id": order.shop_id,
        "lines": len(snapshot.lines),
        "payable_fen": snapshot.amounts.payable_fen,
        "payment_due_at": snapshot.payment_due_at,
        "placed_at": snapshot.placed_at,
        "items": tuple(
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "payable_fen": line.payable_fen,
                "is_presale": line.is_presale,
                "is_physical": line.is_physical,
            }
            for line in order.lines
        ),
    }
    where = {"province": region.province, "city": region.city}
    tail, nick = order.tail_digest, snapshot.nick_digest
    found_by = {"contact_digest": order.phone_digest, "tail_digest": tail, "alias_digest": nick}
    return data | {name: text for name, text in {**where, **found_by}.items() if text}


def changed(before: Order, after: Order, occurred_at: int) -> tuple[Fact, ...]:
    """``OrderChanged`` when a known order's content is another now, else nothing.

    Until when it must be paid moves while a payment is being made; only a presale is paid later than it was placed for.
    """
    if before.snapshot is None or after.snapshot is None:
        return ()
    if before.snapshot is after.snapshot and before.shop_id == after.shop_id:
        is_same = (before.correction, before.substitutions) == (after.correction, after.substitutions)
        if is_same:
            return ()
    said, known = told(after), told(before)
    passing = {"placed_at"} if after.is_presale else {"placed_at", "payment_due_at"}
    is_other = any(said.get(name) != known.get(name) for name in {*said, *known} - passing)
    return (Fact(FactType.ORDER_CHANGED, said, occurred_at),) if is_other else ()
