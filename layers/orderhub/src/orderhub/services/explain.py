"""Explain a card: why, with the value that failed, the smallest change that frees the order, and its option (R25)."""

import re
from typing import Any

from orderhub.domain.code_words import is_coded, said
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.decision_options import OPTIONS
from orderhub.domain.judging import JUDGING
from orderhub.domain.key_words import KEYS
from orderhub.domain.order import Order
from orderhub.domain.rulepack import RuleKind
from orderhub.domain.why import Change, FailedCondition, Why, shown
from orderhub.rules.plain import plain
from orderhub.rules.schema import INPUTS, FieldType
from orderhub.rules.value_words import VALUES
from orderhub.services.explain_words import FINDINGS, IN_SENTENCE, SENTENCES

_FIELDS = INPUTS[RuleKind.INTERCEPTION]
_BOUND = re.compile(r"(>=|<=|>|<)\s*(-?[0-9]{1,18})")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TEXT = re.compile(r'"([^"]*)"')
_NOT_TEXT = re.compile(r'!=\s*"([^"]*)"')


def explain_order(order: Order, decisions: tuple[Decision, ...]) -> list[dict[str, Any]]:
    """What holds this order, each hold as ``{decision_id, class, zh, en, condition, smallest_change, action}``."""
    holding = [card for card in decisions if card.decision_id in order.holds]
    return [{"decision_id": c.decision_id, "class": c.decision_class.value, **explain(c).values} for c in holding]


def explain(decision: Decision) -> Why:
    """From the card's class and evidence alone: what a judgement saw stands on its card as it was then."""
    if decision.decision_class in JUDGING and decision.evidence.get("field"):
        return _judged(decision)
    kind, evidence = decision.kind, decision.evidence
    words = evidence_words(decision)
    told = [name for name in IN_SENTENCE.get(decision.decision_class, words) if evidence.get(name)]
    facts_zh = "，".join(f"{words[n][0]} {_told(n, evidence[n])}" for n in told)
    facts_en = ", ".join(f"{words[n][1].lower()} {_told(n, evidence[n], 'en')}" for n in told)
    zh, en, change = SENTENCES.get(decision.decision_class, (kind.name_zh, kind.name_en, _usual(decision)))
    return Why(
        f"{zh}：{facts_zh}" if facts_zh else zh, f"{en}: {facts_en}" if facts_en else en, change, kind.options[0]
    )


def _told(name: str, value: str, language: str = "zh") -> str:
    """Codes in words, money and instants as people write them."""
    return said(name, value)[language == "en"] if is_coded(name) else shown(name, value, language)


def evidence_words(decision: Decision) -> dict[str, tuple[str, str]]:
    """What a card's evidence is called, the registry's own first; what nobody has words for is left to the card."""
    known = {name: (words.zh, words.en) for name, words in decision.kind.evidence.items()}
    return known | {name: KEYS[name] for name in decision.evidence if name not in known and name in KEYS}


def _usual(decision: Decision) -> Change:
    option = OPTIONS[decision.kind.options[0]].words
    return Change(f"选择“{option.zh}”", f"choose “{option.en}”")


def _judged(decision: Decision) -> Why:
    evidence = decision.evidence
    condition = failed_condition(evidence["field"], evidence.get("cell", ""), evidence.get("actual", ""))
    reasons = said("reasons", evidence.get("reasons", ""))
    said_zh = evidence.get("said_zh") or f"{decision.kind.name_zh}（{reasons[0]}）"
    said_en = evidence.get("said_en") or f"{decision.kind.name_en} ({reasons[1]})"
    match decision.decision_class:
        case DecisionClass.ADDRESS_UNMATCHED if evidence.get("found"):
            found = [FINDINGS.get(code, (code, code)) for code in evidence["found"].split(", ")]
            zh, en = "、".join(words[0] for words in found), ", ".join(words[1] for words in found)
            return Why(
                f"{said_zh}：{zh}（地址分 {evidence.get('score', '—')}，{evidence.get('division', '—')}）",
                f"{said_en}: {en} (score {evidence.get('score', '—')}, {evidence.get('division', '—')})",
                Change(f"更正地址：{zh}", f"correct the address: {en}"),
                "correct_address",
                condition,
            )
        case DecisionClass.PHONE_VELOCITY:
            change = Change(
                "放行本单；若较早的一单未付关闭，会自动放行",
                "release it; it goes by itself when an earlier order is closed unpaid",
            )
        case _:
            change = _needed(evidence["field"], evidence.get("cell", ""))
    return Why(
        f"{said_zh}：{condition.zh}为 {condition.actual}（条件 {condition.cell}）",
        f"{said_en}: {condition.en} is {_shown(condition.field, evidence.get('actual', ''), 'en')}"
        f" (condition {_shown_cell(condition.field, evidence.get('cell', ''), 'en')})",
        change,
        "continue",
        condition,
    )


def failed_condition(field: str, cell: str, actual: object) -> FailedCondition:
    """A cell of a rule that matched, with the field's words and values as people read them."""
    zh, en = _words_of(field)
    return FailedCondition(field, zh, en, _shown_cell(field, cell), _shown(field, actual))


def _shown(field: str, actual: object, language: str = "zh") -> str:
    """What the order had there: truths and codes of the schema in words."""
    known = _FIELDS.get(field)
    if known is not None and known.type is FieldType.TRUTH:
        return shown(field, {"True": True, "False": False}.get(str(actual), actual), language)
    if known is not None and str(actual) in known.values:
        return VALUES.get(str(actual), (str(actual),) * 2)[language == "en"]
    if field == "address.reasons":
        return said("reasons", str(actual))[language == "en"]
    return shown(field, actual, language)


def _words_of(field: str) -> tuple[str, str]:
    """A field's words without its unit: amounts are written as money."""
    known = _FIELDS.get(field)
    return (known.zh.removesuffix("(分)"), known.en.replace(", fen", "")) if known else (field, field)


def _shown_cell(field: str, cell: str, language: str = "zh") -> str:
    """The cell with its amounts as money, ``> 30000`` on a field in fen is ``> ¥300.00``; codes in words."""
    known = _FIELDS.get(field)
    if known is not None and (known.values or known.type is FieldType.TRUTH):
        text = plain(cell, field, known)
        head, side = ("≠ " if text.startswith("≠ ") else ""), language == "en"
        some = text.removeprefix("≠ ").split("、")
        return head + (", " if side else "、").join(VALUES.get(one, (one, one))[side] for one in some)
    if not field.endswith("_fen"):
        return cell
    return _NUMBER.sub(lambda found: shown(field, int(found[0])), cell)


def _needed(field: str, cell: str) -> Change:
    """What the field would have to be for this cell not to match."""
    zh, en = _words_of(field)
    if found := _BOUND.fullmatch(cell.strip()):
        sign, bound = found[1], shown(field, int(found[2]))
        must_zh = {">": "不超过", ">=": "低于", "<": "不低于", "<=": "高于"}[sign]
        must_en = {">": "at most", ">=": "below", "<": "at least", "<=": "above"}[sign]
        return Change(f"{zh}须{must_zh} {bound}", f"{en} must be {must_en} {bound}")
    if cell.strip() in ("true", "false"):
        other = cell.strip() == "false"
        return Change(f"{zh}须为{shown('', other)}", f"{en} must be {shown('', other, 'en')}")
    if _NUMBER.fullmatch(cell.strip()):
        value = shown(field, int(cell))
        return Change(f"{zh}不能为 {value}", f"{en} must not be {value}")
    if found := _NOT_TEXT.fullmatch(cell.strip()):
        return Change(f"{zh}须为 {_shown(field, found[1])}", f"{en} must be {_shown(field, found[1], 'en')}")
    if found := _TEXT.fullmatch(cell.strip()):
        value_zh, value_en = _shown(field, found[1]), _shown(field, found[1], "en")
        return Change(f"{zh}不能为 {value_zh}", f"{en} must not be {value_en}")
    return Change(f"{zh}不再符合条件 {cell}", f"{en} must no longer meet {cell}")
