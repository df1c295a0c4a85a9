"""Two details written differently: are they the same, and if not, is it only the numbers of the house?"""

import re

from orderhub.address.numerals import CHINESE, NUMERAL, canonical

_BRACKETS = re.compile(r"[()\[\]【】<>{}]")
_NOT_A_WORD = re.compile(r"[^\w\x01]")

# The kinds of numbers: F floor, B building, W 楼 (either), U unit, N 号, L 弄, "" plain or a room.
_KINDS = {"层": "F", "F": "F", "楼": "W", "单元": "U", "单位": "U", "号": "N", "弄": "L", "号楼": "B", "号栋": "B"}
_MAY_BE_THE_SAME = frozenset({frozenset("WB"), frozenset("WF"), frozenset({"", "W"}), frozenset({"", "B"})})
_HOUSE_SUFFIX = (
    r"栋楼?|幢楼?|座|号楼|#楼|号栋|#|单元|单位|层|楼|F(?![A-Z])|号房|号室|号铺|号|弄|室|房间"
    r"|房(?!产|地|屋|东|车|子|门)|户(?!外|型)"
)
_NUMBER = re.compile(
    r"第?([A-Z]?\d+|[一二三四五六七八九十百]+(?=栋|幢|座|号楼|单元|层|楼|F)|[A-Z](?=栋|幢|座|号楼))"
    rf"({_HOUSE_SUFFIX})?"
)

_ORDINAL_OF_A_NAME = re.compile(
    rf"({NUMERAL}+|[A-Z])"
    r"(?=号?[东西南北中]?(?:路|街|大街|大道|干道|马路|支路|国道|省道|县道|公路|经路|纬路)"
    r"|[东西南北中]?(?:巷|道|期|区|组|社|队|村|环|线|胡同|条))"
    rf"|([{CHINESE}]+)(?=弄)"
)
_HOUSE_NUMBER = re.compile(
    rf"[第附之]?(?:[A-Z]{{0,2}}-?\d+[A-Z]?|{NUMERAL}+(?=栋|幢|座|号|单元|层|楼|F|室|房|门|弄)"
    rf"|[A-Z](?=栋|幢|座|号|单元|室|$))(?:{_HOUSE_SUFFIX})?|[底顶][层楼]"
)
_LETTERS_AND_DIGITS = re.compile(r"[0-9A-Z]+")
_DISGUISE = {ord(c): 0xE000 + ord(c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" + CHINESE if ord(c) < 0x1000} | {
    ord(c): 0xE100 + i for i, c in enumerate(CHINESE)
}
_OUTSIDE_NAMES = re.compile(r"[^\w\ue000-\ue1ff]")


def same_detail(one: str, other: str) -> bool:
    """Whether two details say the same, however numbers and their suffixes are written (3幢 = 3号楼 = 三栋)."""
    if one == other:
        return True
    (text, numbers), (other_text, other_numbers) = _numbers_apart(one), _numbers_apart(other)
    return (
        text == other_text
        and len(numbers) == len(other_numbers)
        and all(_same_number(*pair) for pair in zip(numbers, other_numbers, strict=True))
    )


def street_text(detail: str) -> str:
    """The detail without house, unit, floor and room numbers; ordinals that belong to the name of a road, phase,
    zone or group stay (文三路, 10号大街, 二期): equal texts mean the same street and place.

    The ordinals are put in disguise (private-use characters) while the other numbers are removed.
    """
    text = _ORDINAL_OF_A_NAME.sub(_disguised, _BRACKETS.sub("", detail))
    text = _LETTERS_AND_DIGITS.sub("", _HOUSE_NUMBER.sub("", text))
    return _OUTSIDE_NAMES.sub("", text)


def _numbers_apart(detail: str) -> tuple[str, list[tuple[str, str]]]:
    """(text with a mark for each number, [(number, kind)])."""
    numbers: list[tuple[str, str]] = []

    def mark(found: re.Match[str]) -> str:
        suffix = found[2] or ""
        kind = _KINDS.get(suffix) or ("B" if suffix[:1] in ("栋", "幢", "座", "#") else "")
        numbers.append((found[1] if found[1][0].isascii() else canonical(found[1]), kind))
        return "\x01"

    text = _NUMBER.sub(mark, _BRACKETS.sub("", detail))
    return _NOT_A_WORD.sub("", text), numbers


def _same_number(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[0] == other[0] and (one[1] == other[1] or frozenset((one[1], other[1])) in _MAY_BE_THE_SAME)


def _disguised(found: re.Match[str]) -> str:
    ordinal = found[0]
    # 经十一路 is 经11路, but 一一 could be a name of its own
    is_plain = ordinal.isascii() or len(ordinal) == 1 or "十" in ordinal or "百" in ordinal
    return (canonical(ordinal) if is_plain else ordinal).translate(_DISGUISE)
