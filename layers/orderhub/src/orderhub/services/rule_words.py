"""Rules as sentences in Chinese and English: a row, a difference between versions. Who sets them reads them (R20)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.gift_sentence import PLACES
from orderhub.rules.plain import plain
from orderhub.rules.rows import OUT, field_name, field_of
from orderhub.rules.schema import FieldType
from orderhub.rules.value_words import VALUES

__all__ = [
    "BASIS_WORDS",
    "KINDS",
    "PLACES",
    "STATUSES",
    "UNITS",
    "VALUES",
    "answer_words",
    "beyond_words",
    "column_words",
    "condition_words",
    "differences",
    "said",
    "sentence",
    "threshold_words",
]

type Pair = tuple[str, str]

KINDS: Mapping[RuleKind, Pair] = MappingProxyType(
    {
        RuleKind.GIFTS: ("赠品", "Gifts"),
        RuleKind.INTERCEPTION: ("拦截", "Interception"),
        RuleKind.CARRIER: ("承运商与偏远地区", "Carriers and remote areas"),
        RuleKind.SOURCING: ("仓库与寻源", "Warehouses and sourcing"),
        RuleKind.ADDRESS_CHANGE: ("改地址窗口", "Address changes"),
        RuleKind.SETTLEMENT_BEARER: ("费用承担", "Who bears what"),
    }
)
STATUSES: Mapping[str, Pair] = MappingProxyType(
    {
        "draft": ("草稿", "Draft"),
        "tested": ("已回测", "Back-tested"),
        "live": ("启用", "Live"),
        "retired": ("停用", "Retired"),
    }
)
_EN: Mapping[str, str] = MappingProxyType(
    {
        "gift.main_sku": "main SKU", "gift.main_quantity": "main SKU pieces", "gift.main_paid_fen": "main SKU paid",
        "amounts.goods_fen": "goods amount", "amounts.paid_goods_fen": "paid for goods", "order.placed_at": "placed",
        "order.paid_at": "paid at", "amounts.unpaid_fen": "unpaid", "order.kind": "delivery",
        "change.minutes_since_paid": "minutes since payment", "change.scope": "change", "change.zone": "parcel",
        "address.passes": "address passes", "out:level": "level", "out:class": "class", "out:reason": "reason",
        "out:zh": "words (zh)", "out:en": "words (en)", "out:way": "way", "out:bearer": "borne by",
        "sourcing.preferred_is_enough": "usual warehouse has all", "sourcing.together_enough": "together have all",
        "sourcing.one_other_is_enough": "one other has all", "lines.physical": "parcel lines",
        "phone.rank": "rank within 24 h of the phone", "out:quota": "quota", "out:priority": "priority",
        "out:exclusive": "exclusive", "out:quantity": "pieces", "out:waybill_line": "waybill line",
        "out:sticker_position": "sticker", "out:sticker_x_mm": "sticker x mm", "out:sticker_y_mm": "sticker y mm",
        "out:action": "when short", "out:warehouse": "warehouse", "lines.without_sku": "lines without SKU",
    }
)  # fmt: skip


_THRESHOLDS: Mapping[str, Pair] = MappingProxyType(
    {
        "phone.rank": ("同号码 24 小时内", "Orders of one phone within 24 h:"),
        "phone.orders_24h": ("同号码 24 小时内共", "All orders of one phone within 24 h:"),
        "phone.rank_kept": ("同号码 24 小时内 (不计取消)", "Orders of one phone within 24 h, cancelled ones left out:"),
        "stock.missing": ("缺货", "Missing:"),
    }
)
UNITS: Mapping[str, Pair] = MappingProxyType(
    {
        "phone.rank": ("单", "orders"), "phone.orders_24h": ("单", "orders"), "phone.rank_kept": ("单", "orders"),
        "stock.missing": ("件", "pieces"), "lines.pieces": ("件", "pieces"), "lines.without_sku": ("行", "lines"),
        "lines.without_quantity": ("行", "lines"), "lines.count": ("行", "lines"), "amounts.unpaid_fen": ("元", "yuan"),
        "amounts.paid_fen": ("元", "yuan"), "amounts.payable_fen": ("元", "yuan"), "address.score": ("分", "points"),
    }
)  # fmt: skip
"""What the numbers of rows count."""


def threshold_words(key: str) -> Pair | None:
    """What stands before a number in a card of interception; None: the column's own heading."""
    return _THRESHOLDS.get(key)


def column_words(kind: RuleKind, key: str) -> Pair:
    """A column's heading."""
    field, plain_key = field_of(kind, key), key.partition(" ")[0]
    if field is None:
        return key, key
    en = _EN.get(plain_key) or field.en.removesuffix(", fen").partition(":")[0].partition(";")[0]
    return field.zh.removesuffix("(分)"), en


def said(kind: RuleKind, key: str, cell: str) -> Pair:
    """A cell: codes in words, fen as yuan, anything that has no plain form as it is written."""
    field = field_of(kind, key)
    if field is None or not cell.strip():
        return cell, cell
    text = plain(cell, field_name(key), field, key.startswith(OUT))
    if field.values or field.type is FieldType.TRUTH:
        head = "≠ " if text.startswith("≠ ") else ""
        some = text.removeprefix("≠ ").split("、")
        zh, en = ([VALUES.get(one, (one, one))[side] for one in some] for side in (0, 1))
        return head + "、".join(zh), head + ", ".join(en)
    if field_name(key).endswith("_fen"):
        money = text if text.startswith("=") else f"¥{text}" if text[:1].isdigit() else text.replace(" ", " ¥", 1)
        return money, money
    return text, text.replace(" 且 ", " and ").replace("、", ", ")


def sentence(kind: RuleKind, cells: Mapping[str, str]) -> Pair:
    """A row in one sentence."""
    asked = [condition_words(kind, key, cell) for key, cell in _filled(cells, is_output=False)]
    zh = " 且 ".join(one[0] for one in asked) or "任何订单"
    en = " and ".join(one[1] for one in asked) or "any order"
    answer = answer_words(kind, cells)
    return f"{'当 ' if asked else ''}{zh} → {answer[0]}", f"{'When ' if asked else 'For '}{en} → {answer[1]}"


def condition_words(kind: RuleKind, key: str, cell: str) -> Pair:
    """A cell with its column: ``实付货款 ≥ ¥299.00``."""
    name, value = column_words(kind, key), said(kind, key, cell)
    return f"{name[0]} {_is(value[0])}", f"{name[1]} {_is(value[1])}"


def answer_words(kind: RuleKind, cells: Mapping[str, str]) -> Pair:
    """What a row says: its filled outputs."""
    return _ANSWERS.get(kind, _answer)(kind, cells)


def _gift(_: RuleKind, cells: Mapping[str, str]) -> Pair:
    def of(name: str, side: int = 0) -> str:
        return said(RuleKind.GIFTS, OUT + name, cells.get(OUT + name, ""))[side] or "—"

    zh = f"赠送 {of('code')} {of('name')} × {of('quantity')}, 面单底部印「{of('waybill_line')}」"
    zh += f", 贴标 {of('sticker_position')}"
    en = (
        f"give {of('code')} {of('name')} × {of('quantity')}, waybill line “{of('waybill_line')}”, "
        f"sticker {of('sticker_position')}"
    )
    if of("quota") not in ("0", "—"):
        zh, en = f"{zh}, 限量 {of('quota')} 件", f"{en}, quota {of('quota')}"
    if of("priority") not in ("0", "—"):
        zh, en = f"{zh}, 优先级 {of('priority')}", f"{en}, priority {of('priority')}"
    return (f"{zh}, 独享", f"{en}, exclusive") if of("exclusive") == "是" else (zh, en)


def _hold(kind: RuleKind, cells: Mapping[str, str]) -> Pair:
    level, zh, en, reason = (said(kind, OUT + name, cells.get(OUT + name, ""))[0] for name in _HOLD)
    head = f"L{level} " if level not in ("", "0") else ""
    return f"{head}拦截: {zh or reason}", f"{head}hold: {en or reason}"


_HOLD = ("level", "zh", "en", "reason")


def _answer(kind: RuleKind, cells: Mapping[str, str]) -> Pair:
    parts = [(column_words(kind, key), said(kind, key, cell)) for key, cell in _filled(cells, is_output=True)]
    return tuple(", ".join(f"{name[side]} {value[side]}" for name, value in parts) for side in (0, 1))  # type: ignore[return-value]


_ANSWERS = {RuleKind.GIFTS: _gift, RuleKind.INTERCEPTION: _hold}


def _filled(cells: Mapping[str, str], *, is_output: bool) -> Iterable[tuple[str, str]]:
    return ((key, cell) for key, cell in cells.items() if cell.strip() and key.startswith(OUT) == is_output)


def _is(value: str) -> str:
    return value if value[:1] in "≥≤≠><=" else f"= {value}"


def differences(kind: RuleKind, found: Mapping[str, Any]) -> list[dict[str, str]]:
    """The difference of two versions, as ``show_rules.difference`` found it, a sentence a change."""
    told: list[Pair] = []
    for row_id, cells in found["added"].items():
        zh, en = sentence(kind, cells)
        told.append((f"新增 {row_id}: {zh}", f"New {row_id}: {en}"))
    for row_id, cells in found["removed"].items():
        zh, en = sentence(kind, cells)
        told.append((f"删除 {row_id}: {zh}", f"Removed {row_id}: {en}"))
    for row_id, changed in found["changed"].items():
        for key, pair in changed.items():
            name, (old, new) = column_words(kind, key), (said(kind, key, cell) for cell in pair)
            none = ("不限", "any") if not key.startswith(OUT) else ("空", "empty")
            told.append(
                (
                    f"{row_id}: {name[0]} 由「{old[0] or none[0]}」改为「{new[0] or none[0]}」",
                    f"{row_id}: {name[1]} from “{old[1] or none[1]}” to “{new[1] or none[1]}”",
                )
            )
    return [{"zh": zh, "en": en} for zh, en in told]


BASIS_WORDS: Mapping[str, Pair] = MappingProxyType(
    {
        "amounts.paid_goods_fen": ("实付货款 (元)", "paid for goods (¥)"),
        "gift.main_paid_fen": ("主商品实付 (元)", "paid for the main SKU (¥)"),
        "amounts.paid_fen": ("实付含运费 (元)", "paid with freight (¥)"),
        "amounts.goods_fen": ("优惠前商品金额 (元)", "goods before discounts (¥)"),
        "gift.main_quantity": ("主商品件数", "pieces of the main SKU"),
    }
)
"""What the threshold of a gift counts."""


def beyond_words(cells: Mapping[str, str]) -> list[Pair]:
    """What a gift row asks beyond its sentence."""
    told = []
    for key, cell in cells.items():
        told.append(condition_words(RuleKind.GIFTS, key, cell))
    return told
