"""Split the money of a completed order (财务拆分): per line and per bearer, exact to the fen (R50)."""

from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.money import apportion
from orderhub.domain.order import Snapshot


class EntryKind(StrEnum):
    """What an entry of the split is. Goods, freight and discount add up to what the buyer paid."""

    GOODS = "goods"
    FREIGHT = "freight"
    DISCOUNT = "discount"
    REFUND = "refund"
    PLATFORM_FEE = "platform_fee"


@dataclass(frozen=True, slots=True)
class SettlementEntry:
    """One amount in fen. ``line_id`` is empty for what belongs to the order as a whole.

    Revenue is positive, what reduces it negative. ``bearer`` says who carries a discount or fee: brand | platform.
    """

    kind: EntryKind
    line_id: str
    sku: str
    quantity: int
    amount_fen: int
    bearer: str = "brand"


@dataclass(frozen=True, slots=True)
class SettlementSplit:
    """All entries of an order. ``receivable_fen`` is what the ledger books: paid minus paid back."""

    entries: tuple[SettlementEntry, ...]
    paid_fen: int
    refunded_fen: int

    def total(self, *kinds: EntryKind) -> int:
        """Sum of the entries of these kinds, fen."""
        return sum(entry.amount_fen for entry in self.entries if entry.kind in kinds)

    @property
    def receivable_fen(self) -> int:
        return self.paid_fen - self.refunded_fen

    def net_lines(self) -> tuple[tuple[str, str, int, int], ...]:
        """(line id, sku, quantity, net fen) of every line with money on it: goods less discount less refund."""
        net: dict[str, tuple[str, int, int]] = {}
        for entry in self.entries:
            if entry.line_id and entry.kind in (EntryKind.GOODS, EntryKind.DISCOUNT, EntryKind.REFUND):
                sku, quantity, fen = net.get(entry.line_id, (entry.sku, entry.quantity, 0))
                net[entry.line_id] = (sku, quantity, fen + entry.amount_fen)
        return tuple((line_id, *values) for line_id, values in net.items() if values[2])

    @property
    def net_freight_fen(self) -> int:
        return sum(e.amount_fen for e in self.entries if e.kind is EntryKind.FREIGHT) + sum(
            e.amount_fen for e in self.entries if e.kind is EntryKind.REFUND and not e.line_id
        )


def split_settlement(
    snapshot: Snapshot, refunded_fen: int, platform_fee_per_mille: int, paid_fen: int | None = None
) -> SettlementSplit:
    """Split what was paid into goods, freight and discount per line, so that the parts add up to the fen.

    Example: two lines of 299.00 and 99.00, 50.00 off the order, 10.00 freight → goods 29900 + 9900,
    discount −3756 −1244, freight 1000, together 35800.
    A refund is taken from the lines in proportion to what is left of them, then from the freight.
    The platform fee is ``paid × rate`` rounded half up, and is no part of the receivable.
    Raises ValueError when the shop's own amounts contradict each other by more than the lines can carry.
    """
    paid = snapshot.amounts.paid_fen if paid_fen is None else paid_fen
    freight = min(snapshot.amounts.freight_fen, paid)
    goods_paid = paid - freight
    lines = [line for line in snapshot.lines if line.goods_fen or line.payable_fen]
    if goods_paid and not lines:
        raise ValueError("money was paid, but no line carries an amount")
    net = apportion(goods_paid, [line.payable_fen for line in lines]) if lines else []
    if sum(line.payable_fen for line in lines) == goods_paid:
        net = [line.payable_fen for line in lines]
    entries: list[SettlementEntry] = []
    for line, net_fen in zip(lines, net, strict=True):
        entries.append(SettlementEntry(EntryKind.GOODS, line.line_id, line.sku, line.quantity, line.goods_fen))
        if line.goods_fen != net_fen:
            discount = net_fen - line.goods_fen
            entries.append(SettlementEntry(EntryKind.DISCOUNT, line.line_id, line.sku, line.quantity, discount))
    if freight:
        entries.append(SettlementEntry(EntryKind.FREIGHT, "", "", 1, freight))
    refunded = min(refunded_fen, paid)
    from_goods = min(refunded, goods_paid)
    for line, part in zip(lines, apportion(from_goods, net) if lines else [], strict=True):
        if part:
            entries.append(SettlementEntry(EntryKind.REFUND, line.line_id, line.sku, line.quantity, -part))
    if refunded > from_goods:
        entries.append(SettlementEntry(EntryKind.REFUND, "", "", 1, from_goods - refunded))
    fee = (paid * platform_fee_per_mille + 500) // 1000
    if fee:
        entries.append(SettlementEntry(EntryKind.PLATFORM_FEE, "", "", 1, -fee, "brand"))
    return SettlementSplit(tuple(entries), paid, refunded)
