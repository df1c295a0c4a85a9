"""The evidence of a card for somebody who decides: words instead of codes, what a rule saw in one line, links.

Every other reader takes ``evidence`` as it stands on the card.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.code_words import Pair, said, word_of

_OF_RULES = frozenset({"level", "reasons", "pack", "rows", "field", "cell", "actual", "said_zh", "said_en"})
"""What the sentence and the line of the condition say in words."""
_PLAIN_FIELDS = frozenset({"address.passes"})
"""Fields whose truth says nothing that the card's other evidence does not say better."""
_ORDERS = frozenset({"siblings", "with_order"})
_FINDINGS = frozenset({"found"})
_PACK = re.compile(r"([a-z_]+) v([0-9]+)")
_CONDITION: Pair = ("条件", "Condition")
_RULE: Pair = ("规则", "Rule")
_SHIPPED: Pair = ("随产品", "as shipped")


@dataclass(frozen=True, slots=True)
class Line:
    """``name`` and ``value`` in both languages. ``key``: the evidence's own, which says whether a number is money or an
    instant. ``orders``: ids to link to; ``link``: the console's page of it; ``is_wrong``: this is what is wrong."""

    key: str
    name: Pair
    value: Pair
    orders: tuple[str, ...] = ()
    link: str = ""
    is_wrong: bool = False


def evidence_lines(card: Mapping[str, Any]) -> list[Line]:
    """Of a card as ``decision_card.card`` shows it, what is wrong first named as such."""
    evidence: Mapping[str, str] = card["evidence"]
    is_judged = card["why"]["condition"] is not None
    told = [name for name, value in evidence.items() if value and not (is_judged and name in _OF_RULES)]
    lines = [_line(name, evidence[name], card["evidence_words"][name]) for name in told]
    return [*_condition(card["why"]["condition"]), *lines, *_rule(evidence.get("pack", ""))] if is_judged else lines


def _line(name: str, value: str, words: Mapping[str, str]) -> Line:
    called = (words["zh"], words["en"])
    if name in _ORDERS:
        ids = tuple(one for one in value.split(", ") if "-" in one)
        rest = ", ".join(one for one in value.split(", ") if "-" not in one)
        return Line(name, called, (rest, rest), orders=ids)
    field = "reasons" if name in _FINDINGS else name
    return Line(name, called, said(field, value), is_wrong=name in _FINDINGS)


def _condition(condition: Mapping[str, str]) -> list[Line]:
    if condition["field"] in _PLAIN_FIELDS:
        return []
    zh = f"{condition['zh']} {condition['cell']}, 实际 {condition['actual']}"
    en = f"{condition['en']} {condition['cell']}, was {condition['actual']}"
    return [Line("condition", _CONDITION, (zh, en), is_wrong=True)]


def _rule(pack: str) -> list[Line]:
    """Which rules judged, with the way to them."""
    found = _PACK.fullmatch(pack)
    if not found:
        return []
    kind, version = found[1], int(found[2])
    words = word_of("kind", kind) or (kind, kind)
    zh, en = (f"{word} {_SHIPPED[side] if version == 0 else f'v{version}'}" for side, word in enumerate(words))
    return [Line("pack", _RULE, (zh, en), link=f"/rules/{kind}/{version}")]
