"""The gate (R21, level 1): how complete an address is, and whether a person must look at it before it ships.

The score counts structure, because structure is what a courier needs; likeness of texts was measured to be a poor
guide (AUC ≤ 0.78 on 1,500 labelled queries).
"""

import re

from orderhub.address.model import Detail, Finding, TownMatch
from orderhub.address.numerals import NUMERAL
from orderhub.address.reading import Reading

PASSING_SCORE = 50
_NUMBERED_GROUP = re.compile(rf"{NUMERAL}[组队社]$")

# What each part is worth; together 100.
PROVINCE, CITY, DISTRICT, ZONE_FOR_DISTRICT = 12, 13, 20, 14
TOWN = {TownMatch.EXACT: 12, TownMatch.OTHER_SUFFIX: 10, TownMatch.STEM: 7, TownMatch.BY_FORM: 5}
ROAD, ROAD_NUMBER, COMMUNITY, PLACE, STREET_AT_MOST = 14, 9, 10, 16, 33
BUILDING, ROOM, FLOOR_OR_UNIT, HOUSE_AT_MOST, NUMBER_FOR_HOUSE = 5, 5, 3, 10, 5

COSTS = {
    Finding.MISMATCH: 45,
    Finding.AMBIGUOUS: 35,
    Finding.TWO_DISTRICTS: 25,
    Finding.TOWN_IN_OTHER_DISTRICT: 15,
    Finding.CITY_GUESSED: 12,
    Finding.DISTRICT_GUESSED: 8,
    Finding.TOWN_AMBIGUOUS: 8,
    Finding.RESOLVED_BY_TOWN: 3,
    Finding.OLD_NAME: 2,
    Finding.DISTRICT_FROM_TOWN: 2,
}

ALWAYS_STOPS = (
    Finding.MISMATCH,
    Finding.AMBIGUOUS,
    Finding.TWO_DISTRICTS,
    Finding.TOWN_IN_OTHER_DISTRICT,
    Finding.CITY_GUESSED,
    Finding.TOO_LONG,
)
# Reasons beside the findings: what is missing.
NO_PROVINCE, NO_CITY, NO_DISTRICT = "no_province", "no_city", "no_district"
NO_DETAIL, NO_NUMBER, LOW_SCORE = "no_detail", "no_number", "low_score"
REASONS = (
    *ALWAYS_STOPS,
    Finding.DISTRICT_GUESSED,
    Finding.DISTRICT_SPLIT,
    NO_PROVINCE,
    NO_CITY,
    NO_DISTRICT,
    NO_DETAIL,
    NO_NUMBER,
    LOW_SCORE,
)


def score(reading: Reading, detail: Detail, *, has_district: bool) -> int:
    """0 to 100. ``has_district`` is true as well where the city has none (东莞) or is one (仙桃)."""
    points = PROVINCE * bool(reading.province) + CITY * bool(reading.city)
    points += DISTRICT if has_district else ZONE_FOR_DISTRICT * bool(reading.zone)
    points += TOWN[reading.town_match] if reading.town_match is not None else 0
    points += _street(detail) + _house(detail)
    points -= sum(cost for finding, cost in COSTS.items() if finding in reading.findings)
    return max(0, min(100, points))


def _street(detail: Detail) -> int:
    points = ROAD * bool(detail.road) + ROAD_NUMBER * bool(detail.road_number)
    points += COMMUNITY * bool(detail.community) + PLACE * (len(detail.place) >= 2)
    return min(STREET_AT_MOST, points)


def _house(detail: Detail) -> int:
    points = BUILDING * bool(detail.building) + ROOM * bool(detail.room)
    points += FLOOR_OR_UNIT * bool(detail.floor or detail.unit)
    return min(HOUSE_AT_MOST, points) if points or not detail.road_number else NUMBER_FOR_HOUSE


def reasons(reading: Reading, detail: Detail, points: int, *, has_district: bool) -> tuple[str, ...]:
    """Why a person must look, most serious first; empty when the address passes.

    A guessed district is accepted silently when the town confirms it, and so is an old name whose land was split.
    """
    found: list[str] = [finding for finding in ALWAYS_STOPS if finding in reading.findings]
    if reading.town_match is not TownMatch.EXACT:
        if reading.has(Finding.DISTRICT_GUESSED):
            found.append(Finding.DISTRICT_GUESSED)
        if reading.has(Finding.OLD_NAME) and reading.district and len(reading.candidates) > 1:
            found.append(Finding.DISTRICT_SPLIT)
    if not reading.province:
        found.append(NO_PROVINCE)
    if not reading.city:
        found.append(NO_CITY)
    if not has_district and not reading.zone:
        found.append(NO_DISTRICT)
    if not _says_where(reading, detail):
        found.append(NO_DETAIL)
    elif not _says_which_house(detail):
        found.append(NO_NUMBER)
    if points < PASSING_SCORE:
        found.append(LOW_SCORE)
    return tuple(str(reason) for reason in found)


def _says_where(reading: Reading, detail: Detail) -> bool:
    """A number alone says where only within a town."""
    is_numbered = bool(detail.road_number and reading.town)
    return bool(detail.road or detail.community or is_numbered or len(detail.place) >= 2)


def _says_which_house(detail: Detail) -> bool:
    """A numbered group of a village (样例村三组) is what a house number is elsewhere."""
    return bool(
        detail.place
        or detail.road_number
        or detail.building
        or detail.room
        or detail.floor
        or _NUMBERED_GROUP.search(detail.community)
    )
