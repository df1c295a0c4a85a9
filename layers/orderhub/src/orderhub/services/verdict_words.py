"""Verdicts as sentences: which rows of the rules matched, why, and what they say, in the words of the rule editor (R9).

承运商规则 随产品 第 2 行: 承运商 顺丰, 附加费 ¥0.00, 附加费承担方 品牌
"""

from collections.abc import Iterable, Mapping
from typing import Any

from orderhub.domain.code_words import pack_words, said, word_of
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.why import shown
from orderhub.rules.rows import OUT, field_of
from orderhub.rules.schema import FieldType
from orderhub.rules.value_words import VALUES
from orderhub.services.rule_words import answer_words, column_words, condition_words

type Pair = tuple[str, str]


def told(verdicts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each verdict as ``{at, is_hold, outcome, reasons, kinds, rows}``; a row ``{pack, row, row_id, words}``: what
    matched, with what the order had there, and what follows. ``row`` 0: no row of this pack matched."""
    return [_told(verdict) for verdict in verdicts]


def _told(verdict: Mapping[str, Any]) -> dict[str, Any]:
    evaluations = verdict["evaluations"]
    ids = {match["row_id"] for one in evaluations for match in one["matches"]}
    reasons = [_reason(str(code)) for code in verdict["reasons"] if str(code) not in ids or word_of("reasons", code)]
    return {
        "at": verdict["judged_at"],
        "is_hold": verdict["outcome"] == "hold",
        "outcome": said("outcome", str(verdict["outcome"])),
        "reasons": reasons,
        "kinds": [_pack(one) for one in evaluations],
        "rows": [row for one in evaluations for row in _rows(one)],
    }


def _reason(code: str) -> Pair:
    """``source_elsewhere:WH02``: an action with its warehouses."""
    head, _, where = code.partition(":")
    zh, en = said("reasons", head)
    return (f"{zh} {where}", f"{en} {where}") if where else (zh, en)


def _pack(evaluation: Mapping[str, Any]) -> Pair:
    return pack_words(f"{evaluation['kind']} v{evaluation['version']}")


def _rows(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    pack, kind = _pack(evaluation), RuleKind(evaluation["kind"])
    if not evaluation["matches"]:
        return [{"pack": pack, "row": 0, "row_id": "", "words": ("没有一行命中", "no row matched")}]
    return [
        {"pack": pack, "row": match["row"], "row_id": match["row_id"], "words": _sentence(kind, match)}
        for match in evaluation["matches"]
    ]


def _sentence(kind: RuleKind, match: Mapping[str, Any]) -> Pair:
    asked = [_condition(kind, one) for one in match["conditions"]]
    cells = {OUT + name: _cell(value) for name, value in match["outputs"].items() if value not in (None, "")}
    answer = answer_words(kind, cells)
    zh, en = (joint.join(one[side] for one in asked) for side, joint in ((0, " 且 "), (1, " and ")))
    return (
        f"当 {zh} → {answer[0]}" if zh else answer[0],
        f"When {en} → {answer[1]}" if en else answer[1],
    )


def _condition(kind: RuleKind, condition: Mapping[str, Any]) -> Pair:
    """``地址可用 = 否``; a cell that leaves more than one value open says which one the order had."""
    field, cell, actual = str(condition["field"]), str(condition["cell"]), condition["actual"]
    asked, name, seen = condition_words(kind, field, cell), column_words(kind, field), _seen(kind, field, actual)
    if all(f"{name[side]} = {seen[side]}" == asked[side] for side in (0, 1)):
        return asked
    return f"{asked[0]} (实际 {seen[0]})", f"{asked[1]} (was {seen[1]})"


def _seen(kind: RuleKind, field: str, actual: object) -> Pair:
    known = field_of(kind, field)
    if field == "address.reasons" and isinstance(actual, list | tuple):
        return said("reasons", ", ".join(map(str, actual)))
    if known is not None and (known.values or known.type is FieldType.TRUTH):
        code = str(actual).lower() if isinstance(actual, bool) else str(actual)
        return VALUES.get(code, (code, code))
    return shown(field, actual), shown(field, actual, "en")


def _cell(value: object) -> str:
    """An answer as its cell had it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f'"{value}"'
