"""The numbers in the conditions of rows, as fields of a card: 同号码 24 小时内多于 [5] 单 (R45).

A row's own words (``zh``, ``en``) name the number too: they are changed with it, so that no card says another one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.plain import Unclear, quoted, whole, written
from orderhub.rules.rows import OUT, Row, field_name, field_of, rows, with_row
from orderhub.rules.schema import FieldType

_NUMBER = re.compile(r"(>=|<=|>|<)\s*(\d+)")
_WORDS = {
    ">": ("多于", "more than"),
    ">=": ("不少于", "at least"),
    "<": ("少于", "fewer than"),
    "<=": ("不多于", "at most"),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """``name`` is what a form calls it; ``said`` is its number as people write it."""

    name: str
    key: str
    zh: str
    en: str
    said: str


def of_row(kind: RuleKind, row: Row) -> tuple[Threshold, ...]:
    """The numbers that a row compares with."""
    found = []
    for key, cell in row.cells.items():
        field, match = field_of(kind, key), _NUMBER.fullmatch(cell.strip())
        if match and field and field.type is FieldType.INTEGER and not key.startswith(OUT):
            zh, en = _WORDS[match[1]]
            found.append(Threshold(f"{row.row_id}|{key}", key, zh, en, written(int(match[2]), field_name(key))))
    return tuple(found)


def changed(
    kind: RuleKind, graph: Mapping[str, Any], said: Mapping[str, str]
) -> tuple[Mapping[str, Any], Mapping[str, Unclear]]:
    """The graph with these numbers, and what is unclear, by name. Names that are not there are unclear."""
    unclear: dict[str, Unclear] = {}
    known = {one.name: (row, one) for row in rows(graph) for one in of_row(kind, row)}
    for name, text in said.items():
        if name not in known:
            unclear[name] = Unclear("unknown_name", name)
            continue
        row, threshold = known[name]
        try:
            number = whole(text, field_name(threshold.key))
        except Unclear as problem:
            unclear[name] = problem
            continue
        if number < 0:
            unclear[name] = Unclear("out_of_range", "≥ 0")
        elif text.strip() != threshold.said:
            graph = _with(graph, row, threshold, number)
    return graph, unclear


def _with(graph: Mapping[str, Any], row: Row, threshold: Threshold, number: int) -> Mapping[str, Any]:
    cell = row.cells[threshold.key].strip()
    cells = {threshold.key: re.sub(r"\d+$", str(number), cell)}
    told = written(number, field_name(threshold.key))
    for words in (f"{OUT}zh", f"{OUT}en"):
        text = row.cells.get(words, "").strip()
        if text[:1] in ("'", '"'):
            was = re.escape(threshold.said.removesuffix(".00"))
            text = re.sub(
                rf"(?<![\d.]){was}(?:\.00)?(?![\d.]*\d)(?!\s*(?:小时|h\b|hour))", told.removesuffix(".00"), text[1:-1]
            )
            cells[words] = quoted(text)
    return with_row(graph, row.row_id, cells)
