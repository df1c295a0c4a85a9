"""The gift matrix's answer as gifts of an order (赠品矩阵, R30, R32): which, where, from which quota.

The matrix is asked once for every main SKU of an order; a row gives at most once per order, however many pieces or
main SKUs it matched. Matched rows are taken by priority, the higher number first, then by their place in the table.
A row that is exclusive ends it: what comes after it gives nothing, what came before stays. Without exclusive rows
gifts add up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.order import Gift, Order, Sticker
from orderhub.domain.rulepack import Match

LABEL_WIDTH_MM, LABEL_HEIGHT_MM = 100, 150

WAIVED = "gift_waived:"
"""Prefix of an override: a person lets the order go without the gift of this row."""

INSTEAD = "gift_instead:"
"""Prefix of an override: a person gives what another row says in place of this row's gift."""


@dataclass(frozen=True, slots=True)
class MainProduct:
    """One SKU the matrix is asked about. ``line_id`` is the first line that has it; the gift goes with that line."""

    main_sku: str
    main_quantity: int
    main_paid_fen: int
    line_id: str


def main_products(order: Order, paid_goods_fen: int) -> tuple[MainProduct, ...]:
    """The distinct SKUs of the lines that need a parcel and are no gifts themselves, in the order of the lines.

    A SKU's paid amount is its lines' payable (after coupons, without freight). Refunds are known per order only, so
    it is never more than ``paid_goods_fen``, what is paid for all goods after refunds.
    """
    found: dict[str, MainProduct] = {}
    for line in order.physical_lines:
        if line.is_gift or not line.sku or line.quantity <= 0:
            continue
        known = found.get(line.sku) or MainProduct(line.sku, 0, 0, line.line_id)
        quantity, paid = known.main_quantity + line.quantity, known.main_paid_fen + line.payable_fen
        found[line.sku] = replace(known, main_quantity=quantity, main_paid_fen=paid)
    return tuple(replace(main, main_paid_fen=min(main.main_paid_fen, paid_goods_fen)) for main in found.values())


@dataclass(frozen=True, slots=True)
class GiftRow:
    """One matched row, read: its gift, its place, and its limits. ``quota`` in pieces of the gift; 0: none."""

    gift: Gift
    row: int
    quota: int
    priority: int
    is_exclusive: bool


def read_row(match: Match, pack_version: int, main: MainProduct) -> GiftRow:
    """What a matched row says. Raises ValueError that names the row and the column that makes no sense."""
    cells = _Cells(match.outputs, f"gifts v{pack_version}, row {match.row} ({match.row_id})")
    quota = cells.whole("quota", least=0, default=0)
    gift = Gift(
        rule_id=match.row_id,
        pack_version=pack_version,
        code=cells.text("code"),
        name=cells.text("name"),
        quantity=cells.whole("quantity", least=1),
        waybill_line=cells.text("waybill_line"),
        sticker=Sticker(
            cells.text("sticker_position"),
            cells.whole("sticker_x_mm", least=0, most=LABEL_WIDTH_MM),
            cells.whole("sticker_y_mm", least=0, most=LABEL_HEIGHT_MM),
        ),
        line_id=main.line_id,
        is_counted=quota > 0,
    )
    priority = cells.whole("priority", least=-1_000_000, default=0)
    return GiftRow(gift, match.row, quota, priority, cells.truth("exclusive"))


class _Cells:
    """A row's outputs; an empty cell is absent."""

    def __init__(self, outputs: Mapping[str, Any], place: str) -> None:
        self._outputs, self._place = outputs, place

    def text(self, column: str) -> str:
        value = self._outputs.get(column)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{self._place}: {column} must be a text")
        return value.strip()

    def whole(self, column: str, least: int, most: int = 1_000_000, default: int | None = None) -> int:
        value = self._outputs.get(column)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{self._place}: {column} must be a whole number from {least} to {most}")
        return value

    def truth(self, column: str) -> bool:
        value = self._outputs.get(column)
        if value is not None and not isinstance(value, bool):
            raise ValueError(f"{self._place}: {column} must be true or false")
        return bool(value)


def choose(rows: Iterable[GiftRow]) -> tuple[GiftRow, ...]:
    """The rows that give, by the rule at the top of this module. ``rows`` in the order of the main products."""
    once: dict[str, GiftRow] = {}
    for row in rows:
        once.setdefault(row.gift.rule_id, row)
    chosen: list[GiftRow] = []
    for row in sorted(once.values(), key=lambda row: (-row.priority, row.row)):
        chosen.append(row)
        if row.is_exclusive:
            break
    return tuple(chosen)


def as_decided(order: Order, chosen: Iterable[GiftRow], read: Callable[[str, str], GiftRow | None]) -> list[GiftRow]:
    """The rows that give after what people decided about this order's gifts.

    A row that is waived gives nothing and suppresses as if it gave: who lets an order go without a gift gets exactly
    that. In place of a row that another one stands for, that one gives, if it does not give already and there is
    still such a row (``read``: row id, line id → the row).
    """
    waived = {code.removeprefix(WAIVED) for code in order.overrides if code.startswith(WAIVED)}
    instead = _instead(order)
    giving: list[GiftRow] = []
    for row in chosen:
        rule_id = row.gift.rule_id
        given = read(instead[rule_id], row.gift.line_id) if rule_id in instead else row
        if given is not None and given.gift.rule_id not in waived | {each.gift.rule_id for each in giving}:
            giving.append(given)
    return giving


def instead_of(rule_id: str, other_id: str) -> str:
    """The override that gives what the row ``other_id`` says in place of the gift of the row ``rule_id``.

    The first id stands there with its length, so that any two ids can be told apart.

    >>> instead_of("a", "b:c")
    'gift_instead:1:ab:c'
    """
    return f"{INSTEAD}{len(rule_id)}:{rule_id}{other_id}"


def _instead(order: Order) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code in order.overrides:
        if code.startswith(INSTEAD):
            length, _, ids = code.removeprefix(INSTEAD).partition(":")
            found[ids[: int(length)]] = ids[int(length) :]
    return found


@dataclass(frozen=True, slots=True)
class QuotaMove:
    """Pieces taken from (positive) or given back to (negative) the quota of one row's gift.

    The counter belongs to the row's id and the gift's code, whatever the version of the pack: a quota is not filled
    up again by saving another row. ``quota`` is the row's own limit now; it does not matter when giving back.
    """

    rule_id: str
    code: str
    pieces: int
    quota: int = 0


@dataclass(frozen=True, slots=True)
class GiftChange:
    """From the gifts an order has to those it is to have. ``moves``: at most one for each counter, none of zero."""

    gifts: tuple[Gift, ...]
    granted: tuple[Gift, ...]
    removed: tuple[Gift, ...]
    moves: tuple[QuotaMove, ...]


def change_gifts(before: Sequence[Gift], rows: Sequence[GiftRow]) -> GiftChange:
    """What changes when these rows give. A gift that stays the same keeps the version of the pack that granted it,
    and its piece of the quota."""
    known = {_content(gift): gift for gift in before}
    gifts = tuple(known.get(_content(row.gift), row.gift) for row in rows)
    granted = tuple(gift for gift in gifts if gift not in before)
    removed = tuple(gift for gift in before if gift not in gifts)
    quotas = {(row.gift.rule_id, row.gift.code): row.quota for row in rows}
    pieces: dict[tuple[str, str], int] = {}
    for gift, sign in [*((gift, 1) for gift in granted), *((gift, -1) for gift in removed)]:
        if gift.is_counted:
            counter = (gift.rule_id, gift.code)
            pieces[counter] = pieces.get(counter, 0) + sign * gift.quantity
    moves = tuple(QuotaMove(*counter, count, quotas.get(counter, 0)) for counter, count in pieces.items() if count)
    return GiftChange(gifts, granted, removed, moves)


def _content(gift: Gift) -> Gift:
    return replace(gift, pack_version=0, is_counted=False)


def gift_text(gift: Gift) -> str:
    """What the packer reads of a gift: the line for the waybill's bottom, and where the sticker goes."""
    sticker = gift.sticker
    return f"{gift.waybill_line}[贴纸:{sticker.position} {sticker.x_mm},{sticker.y_mm}mm]"
