"""Where a text names divisions: dictionary hits that no longer hit covers."""

import re
from typing import NamedTuple

from orderhub.address.divisions import Divisions, Naming

REACH = 60  # characters: divisions stand at the front of an address

_ORDINAL = "[东西南北中一二三四五六七八九十]{0,2}"
_TOWN_LIKE = r"街道|镇(?!江|远|海|原|平|康|雄|沅|巴|安|赉|坪|宁|赍)|乡(?!宁|城)"
_ROAD_FOLLOWS = re.compile(rf"(?:{_ORDINAL}(?:路(?![东西南北]街道)|街(?!道)|大道|巷|弄|胡同|大街)|{_TOWN_LIKE})")
_ROAD_OR_PLACE_FOLLOWS = re.compile(
    rf"(?:{_ORDINAL}(?:路(?![东西南北]街道)|街(?!道)|大道|巷|弄|胡同|大街|大厦|广场|酒店|宾馆|饭店|花园|小区|公寓|新村|商城|山庄|家园|豪庭|名苑|村)"
    rf"|[东西南北][一二三]?[路街门]|{_TOWN_LIKE})"
)


class Mention(NamedTuple):
    """``text[start:end]`` is ``name``, which can mean each of ``namings``."""

    start: int
    end: int
    name: str
    namings: tuple[Naming, ...]

    @property
    def has_full_name(self) -> bool:
        return any(not naming.is_short for naming in self.namings)


def find_mentions(text: str, divisions: Divisions) -> list[Mention]:
    """All mentions in the first REACH characters, by start: longest first, none inside another.

    One that overlaps the one before counts only as a full name; then the one before is mentioned as well by its short
    name that ends there, if it has one (济南市中区: 济南市, 济南, 市中区).
    """
    found: list[Mention] = []
    covered = -1
    for start in range(min(len(text), REACH)):
        if text[start : start + 2] not in divisions.heads:
            continue
        mention = _longest_at(start, text, divisions)
        if mention and mention.end > covered and (start >= covered or mention.has_full_name):
            if start < covered:
                found += _cut_short(found[-1], start, divisions)
            found.append(mention)
            covered = mention.end
    return found


def _cut_short(mention: Mention, end: int, divisions: Divisions) -> list[Mention]:
    name = mention.name[: end - mention.start]
    codes = {naming.code for naming in mention.namings}
    namings = tuple(naming for naming in divisions.meanings(name) if naming.code in codes)
    return [Mention(mention.start, end, name, namings)] if namings else []


def _longest_at(start: int, text: str, divisions: Divisions) -> Mention | None:
    for end in range(min(start + divisions.longest_name, len(text)), start + 1, -1):
        namings = divisions.meanings(text[start:end])
        if namings:
            mention = Mention(start, end, text[start:end], tuple(namings))
            if mention.has_full_name or not _begins_another_name(mention, text, divisions):
                return mention
    return None


def _begins_another_name(mention: Mention, text: str, divisions: Divisions) -> bool:
    """Whether a short name is only the head of a road, town or place (南京|路), unless a division below it follows
    (台州|路桥)."""
    follows = _ROAD_OR_PLACE_FOLLOWS if mention.start else _ROAD_FOLLOWS
    if not follows.match(text, mention.end):
        return False
    return not any(
        len(child.code) > len(parent.code) and child.code.startswith(parent.code)
        for length in (5, 4, 3, 2)
        for child in divisions.meanings(text[mention.end : mention.end + length])
        for parent in mention.namings
    )
