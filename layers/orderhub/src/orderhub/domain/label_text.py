"""Text that others wrote, made fit to stand on a label: it stays in its field and looks like no other field.

Nothing here knows a font: a sign that the label's font lacks is shown as ``MISSING`` by whoever draws.
"""

import re
import unicodedata

MISSING = "〓"
"""Stands for a sign that cannot be printed, as printers have always set it."""

ELLIPSIS = "…"

_LONGEST_READ = 4_000  # what comes behind it is not looked at
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and symbols that show nothing
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cc", "Cf", "Mn", "Me"})  # controls, direction marks, joiners, stacked marks
_GIFT_LINE = re.compile(r"([赠贈]\s*品)\s*[:：﹕∶︓︰꞉ː˸]+\s*")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?=(?:[A-Za-z]*[0-9]){8})[0-9A-Za-z]{12,}")
_NOT_OF_A_PHONE = re.compile(r"[^0-9+\-*#,转 ]")


def clean(text: str, longest: int) -> str:
    """One line without anything invisible, at most ``longest`` signs, the last of them … where it was cut.

    >>> clean("张\\u202e三\\n\\u200b 先生", 20)
    '张三 先生'
    >>> clean("一二三四五", 4)
    '一二三…'
    """
    seen = unicodedata.normalize("NFC", text[:_LONGEST_READ])
    flat = " ".join("".join(map(_shown, seen)).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + ELLIPSIS


def foreign(text: str, longest: int) -> str:
    """``clean`` for what a buyer or a shop wrote: it imitates neither a gift line nor a waybill number.

    >>> foreign("赠品：金条×9", 20)
    '赠品 金条×9'
    >>> foreign("SF7444400000001", 30)
    'SF74 4440 0000 001'
    """
    broken = _GIFT_LINE.sub(r"\1 ", clean(text, _LONGEST_READ))
    return clean(_NUMBER.sub(_in_groups, broken), longest)


def phone(text: str) -> str:
    """Digits and what stands between them in phone numbers.

    >>> phone("１３８００１３０００１ 转 5678<b>")
    '13800130001 转 5678'
    """
    return clean(_NOT_OF_A_PHONE.sub("", clean(text, 200)), 24)


def is_cut(text: str) -> bool:
    """Whether ``clean`` or ``foreign`` had to leave something out."""
    return text.endswith(ELLIPSIS)


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign in _BLANK or category in _SPACES or sign in "\t\n\v\f\r\x85":
        return " "
    if category in _INVISIBLE:
        return ""
    if category == "Cs":
        return MISSING  # half a character: no file could hold it
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    wide = ord(sign) - 0xFEE0
    return chr(wide) if 0xFF01 <= ord(sign) <= 0xFF5E and chr(wide).isalpha() else sign


def _in_groups(match: re.Match[str]) -> str:
    found = match.group()
    return " ".join(found[start : start + 4] for start in range(0, len(found), 4))
