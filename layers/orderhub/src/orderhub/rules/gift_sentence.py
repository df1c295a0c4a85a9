"""A row of the gift matrix as one sentence with fields, and back (R30, R45).

    当 [main_sku] 且 [basis] ≥ [least] 且 期间 [begins]–[ends] 店铺 [shop] 地区 [province] 渠道 [channel], 限量 [quota]
    优先级 [priority] [exclusive] → 赠送 [code] [name] × [quantity], 面单底部印 [waybill_line], 贴标 [sticker …]

What a row asks beyond the sentence stays with the row untouched and is told beside it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from orderhub.domain.gifts import LABEL_HEIGHT_MM, LABEL_WIDTH_MM
from orderhub.domain.rulepack import RuleKind
from orderhub.rules.plain import Unclear, cell_of, plain, whole, written
from orderhub.rules.rows import OUT, field_of

BASES = (
    "amounts.paid_goods_fen", "gift.main_paid_fen", "amounts.paid_fen", "amounts.goods_fen", "gift.main_quantity",
)  # fmt: skip
PLACES: Mapping[str, tuple[int, int]] = {
    "面单右上角": (85, 15), "面单左上角": (15, 15), "面单右下角": (85, 135), "面单左下角": (15, 135),
}  # fmt: skip
"""Where a sticker usually goes: its centre on a label of 100 × 150 mm."""
ASKS = {
    "main_sku": "gift.main_sku", "shop": "order.shop_id", "province": "region.province", "channel": "order.channel",
}  # fmt: skip
SAYS = (
    "code", "name", "quantity", "waybill_line", "sticker_position", "sticker_x_mm", "sticker_y_mm", "quota",
    "priority", "exclusive",
)  # fmt: skip
FIELDS = (*ASKS, "basis", "least", "begins", "ends", *SAYS)
FRESH: Mapping[str, str] = {
    **dict.fromkeys(FIELDS, ""), "basis": BASES[0], "quantity": "1", "sticker_position": "面单右上角",
    "sticker_x_mm": "85", "sticker_y_mm": "15", "quota": "0", "priority": "0", "exclusive": "false",
}  # fmt: skip
PLACED = "order.placed_at"
_LEAST = re.compile(r">=\s*(\d+)")
_PERIOD = re.compile(r"(?:>=\s*(\d+))?(?:\s+and\s+)?(?:<\s*(\d+))?")
_LIMITS: Mapping[str, tuple[int, int]] = {
    "quantity": (1, 1_000_000), "quota": (0, 1_000_000), "priority": (-1_000_000, 1_000_000),
    "sticker_x_mm": (0, LABEL_WIDTH_MM), "sticker_y_mm": (0, LABEL_HEIGHT_MM),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sentence:
    """``form``: every field of FIELDS as people write it. ``beyond``: what else the row asks, column key → cell."""

    form: Mapping[str, str]
    beyond: Mapping[str, str]


def read(cells: Mapping[str, str]) -> Sentence:
    """The sentence of a row."""
    form = dict.fromkeys(FIELDS, "") | {"basis": BASES[0]}
    beyond = {}
    for key, cell in cells.items():
        if not cell.strip() or key.startswith(OUT):
            continue
        if not _take(form, key, cell.strip()):
            beyond[key] = cell
    for name in SAYS:
        form[name] = _plain(OUT + name, cells.get(OUT + name, ""))
    return Sentence(form, beyond)


def _take(form: dict[str, str], key: str, cell: str) -> bool:
    for name, asked in ASKS.items():
        if key == asked:
            form[name] = _plain(key, cell)
            return True
    least = _LEAST.fullmatch(cell)
    if key in BASES and least and not form["least"]:
        form |= {"basis": key, "least": written(int(least[1]), key)}
        return True
    period = _PERIOD.fullmatch(cell)
    if key == PLACED and period:
        for name, text in (("begins", period[1]), ("ends", period[2])):
            form[name] = written(int(text), PLACED) if text else ""
        return True
    return False


def write(form: Mapping[str, str], beyond: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, Unclear]]:
    """(column key → cell, field → what is unclear there). Cells are complete: what a field left empty is emptied,
    but never what the row asks beyond its sentence."""
    cells: dict[str, str] = {}
    unclear: dict[str, Unclear] = {}

    def put(name: str, key: str, say: str) -> None:
        field = field_of(RuleKind.GIFTS, key)
        if field is None:
            raise KeyError(key)
        try:
            cell = cell_of(say, key, field, key.startswith(OUT))
            if key.startswith(OUT) and name in _LIMITS and cell:
                _within(name, cell)
            cells[key] = cell
        except Unclear as problem:
            unclear[name] = problem

    for name, key in ASKS.items():
        put(name, key, form.get(name, ""))
    for key in BASES:
        if key not in beyond:
            cells[key] = ""
    basis, least = form.get("basis", ""), form.get("least", "").strip()
    if basis not in BASES:
        unclear["basis"] = Unclear("unknown_value", basis)
    elif least:
        put("least", basis, f"≥ {least}")
    _period(form, beyond, cells, unclear)
    for name in SAYS:
        put(name, OUT + name, form.get(name, ""))
    return cells, unclear


def _period(
    form: Mapping[str, str], beyond: Mapping[str, str], cells: dict[str, str], unclear: dict[str, Unclear]
) -> None:
    bounds = []
    for name, sign in (("begins", ">="), ("ends", "<")):
        if form.get(name, "").strip():
            try:
                bounds.append(f"{sign} {whole(form[name], PLACED)}")
            except Unclear as problem:
                unclear[name] = problem
    if len(bounds) == 2 and int(bounds[0].split()[1]) >= int(bounds[1].split()[1]):
        unclear["ends"] = Unclear("ends_first")
    if bounds or PLACED not in beyond:
        cells[PLACED] = " and ".join(bounds)


def _within(name: str, cell: str) -> None:
    least, most = _LIMITS[name]
    if not cell.lstrip("-").isdigit() or not least <= int(cell) <= most:
        raise Unclear("out_of_range", f"{least} … {most}")


def _plain(key: str, cell: str) -> str:
    field = field_of(RuleKind.GIFTS, key)
    return plain(cell, key.removeprefix(OUT), field, key.startswith(OUT)) if field else cell
