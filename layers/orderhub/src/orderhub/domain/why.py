"""Why something is held or refused, for people, in Chinese and English (R25): one shape, one way to write values."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orderhub.domain.code_words import said
from orderhub.domain.refusal_words import OTHERWISE, PARAMETERS, REFUSALS, WRONG

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_INSTANTS = ("_at", "since", "until")
SHOWN_ZONE = timedelta(hours=8)  # people read times in Asia/Shanghai (R5)


@dataclass(frozen=True, slots=True)
class FailedCondition:
    """The condition that failed: the field with its words, the cell as the rule has it, what was there instead."""

    field: str
    zh: str
    en: str
    cell: str
    actual: str


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change that frees the order, in words."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Why:
    """One sentence in each language with the value that failed, the smallest change, and the option that makes it
    (empty where nobody can)."""

    zh: str
    en: str
    smallest_change: Change
    action: str = ""
    condition: FailedCondition | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Plain values, as the API shows them."""
        return asdict(self)


def shown(field: str, value: object, language: str = "zh") -> str:
    """A value for people: money as ¥, instants in Asia/Shanghai, numbers with separators, codes in words.

    >>> shown("amounts.paid_fen", 2990000)
    '¥29,900.00'
    >>> shown("address.passes", False, "en")
    'no'
    >>> shown("zone", "in_transit")
    '运输中'
    """
    counts = field.endswith(("_fen", *_INSTANTS))  # any other text of digits is an id or a code, and stays as it is
    if counts and isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    if isinstance(value, int):
        if field.endswith("_fen"):
            return f"{'-' if value < 0 else ''}¥{abs(value) // 100:,}.{abs(value) % 100:02d}"
        if field.endswith(_INSTANTS) and 0 < value < 4_102_444_800_000:
            return f"{datetime.fromtimestamp(value / 1000, UTC) + SHOWN_ZONE:%Y-%m-%d %H:%M:%S}"
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return ("、" if language == "zh" else ", ").join(str(one) for one in value) or _EMPTY[language]
    if value in ("", None):
        return _EMPTY[language]
    return said(field.rpartition(".")[2], str(value))[language == "en"]


_EMPTY = {"zh": "空", "en": "empty"}


def why_refused(code: str, message: str, evidence: Mapping[str, object]) -> Why:
    """Why an action was refused, in the shape of a hold's explanation. ``message`` is the refusal's own text: English,
    so a Chinese sentence takes only the ids from it."""
    zh, en, change = REFUSALS.get(code, OTHERWISE)
    text = message.removeprefix(f"{code}: ")
    about = "、".join(_ID.findall(text))
    chinese = {name: shown(name, value) for name, value in evidence.items()}
    chinese |= {"about": f"：{about}" if about else "", "code": code, "wrong": _wrong(evidence)}
    english = {name: shown(name, value, "en") for name, value in evidence.items()} | {"message": text}
    return Why(zh.format_map(_Given(chinese)), en.format_map(_Given(english)), Change(*change))


_ID = re.compile(r"[A-Za-z]*-?[A-Za-z0-9.-]*[0-9][A-Za-z0-9._~-]*")
"""What names something in an English sentence: it has a digit."""


def _wrong(evidence: Mapping[str, object]) -> str:
    """Which parameter is wrong, and what is wrong with it: ``「电话」没有填``."""
    name, why = str(evidence.get("parameter", "")), str(evidence.get("why", ""))
    if not name:
        return ""
    for pattern, zh in WRONG:
        if found := pattern.search(why):
            return f"：「{PARAMETERS.get(name, name)}」{zh.format(*found.groups())}"
    return f"：「{PARAMETERS.get(name, name)}」"


class _Given(dict[str, str]):
    """What a sentence is filled with; what nobody said is a dash."""

    def __missing__(self, name: str) -> str:
        return "—"
