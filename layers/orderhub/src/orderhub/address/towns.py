"""Does this text begin with a town (街道, 镇, 乡) of this district?"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from orderhub.address.divisions import divisions
from orderhub.address.model import TownMatch
from orderhub.address.numerals import HAN

_SUFFIX = re.compile(r"(?:街道办事处|地区办事处|办事处|街道办|街道|镇人民政府|镇|民族乡|乡|苏木|街办|地区)$")
_ANY_SUFFIX = re.compile(r"街道办事处|街道办|街道|街办|办事处|镇|乡|苏木|地区")
_OFFICE = re.compile(r"办事处|办")
_ROAD_BEHIND_SUFFIX = re.compile(r"[镇乡]路")
_OTHER_NAME_FOLLOWS = re.compile(
    r"[东西南北中一二三四五六七八九十]{0,2}"
    r"(?:路|街|大道|巷|村|社区|新村|大厦|广场|花园|小区|大街|弄|里|桥|站|湖|公园|工业|苑|家园)"
)
_TOWN_FORM = re.compile(rf"({HAN}{{1,9}}?(?:街道办事处|街道办|街道|街办|镇|乡|苏木|地区办事处))")
_NOT_A_TOWN_AFTER_ALL = re.compile(r"路(?![东西南北])|街")


class Town(NamedTuple):
    """A town at the front of a text: its official name, how many characters it took, how sure, where it lies."""

    name: str
    length: int
    match: TownMatch
    districts: tuple[str, ...] = ()


def stem(town: str) -> str:
    """The name without what kind of town it is: 三墩镇 → 三墩."""
    return _SUFFIX.sub("", town)


def find_town(text: str, districts: Iterable[str]) -> Town | None:
    """The surest town of these districts that the text begins with; of equally sure ones the longest.

    Several districts of the same city may have it: then all of them are named.
    """
    best: Town | None = None
    for district in districts:
        town = _town_of(text, district)
        if town is None:
            continue
        if best is None or (town.match, len(town.name)) > (best.match, len(best.name)):
            best = town._replace(districts=(district,))
        elif (town.match, town.name) == (best.match, best.name):
            best = best._replace(districts=(*best.districts, district))
    return best


def town_by_form(text: str) -> Town | None:
    """What looks like a town at the front of a text, known or not."""
    found = _TOWN_FORM.match(text)
    if not found or found.end() > 8 or _NOT_A_TOWN_AFTER_ALL.match(text, found.end()):
        return None
    return Town(found[1], found.end(), TownMatch.BY_FORM)


@cache
def _stems_of(district: str) -> tuple[tuple[str, str], ...]:
    """(name, stem) of a district's towns, longest first."""
    towns = sorted(divisions().towns_of(district), key=len, reverse=True)
    return tuple((town, stem(town)) for town in towns if stem(town))


def _town_of(text: str, district: str) -> Town | None:
    best: Town | None = None
    for name, stem_of_name in _stems_of(district):
        if not text.startswith(stem_of_name):
            continue
        town = _read(text, name, stem_of_name)
        if town and (best is None or town.match > best.match):
            best = town
    return best


def _read(text: str, name: str, stem_of_name: str) -> Town | None:
    if text.startswith(name):
        office = _OFFICE.match(text, len(name))
        return Town(name, office.end() if office else len(name), TownMatch.EXACT)
    if len(stem_of_name) < 2:
        return None
    end = len(stem_of_name)
    suffix = _ANY_SUFFIX.match(text, end)
    if suffix and not _ROAD_BEHIND_SUFFIX.match(text, end):
        return Town(name, suffix.end(), TownMatch.OTHER_SUFFIX)
    if stem_of_name[-1] in "路街道巷弄" or _OTHER_NAME_FOLLOWS.match(text, end):
        return None
    return Town(name, end, TownMatch.STEM)
