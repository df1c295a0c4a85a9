"""What a change of address reaches (R34): the same, only the door, the street, or the region.

Codes are compared, not names, and today's districts (an old name is mapped before). Whatever contradicts itself is
UNSURE, never a smaller class: a waybill overwritten in place by mistake sends the parcel to the wrong town.
"""

import re
from collections.abc import Iterator

from orderhub.address.change import AddressChange, Difference, Level, Scope
from orderhub.address.divisions import divisions
from orderhub.address.model import Address, Finding
from orderhub.address.parsing import parse
from orderhub.address.sameness import same_detail, street_text
from orderhub.address.towns import stem

_CONTRADICTIONS = (Finding.MISMATCH, Finding.AMBIGUOUS, Finding.TWO_DISTRICTS, Finding.TOO_LONG)
_STREET_PARTS = ((Level.ROAD, "road"), (Level.COMMUNITY, "community"))
_DOOR_PARTS = (
    (Level.ROAD_NUMBER, "road_number"),
    (Level.BUILDING, "building"),
    (Level.UNIT, "unit"),
    (Level.FLOOR, "floor"),
    (Level.ROOM, "room"),
)
_LETTERS_DIGITS_DASHES = re.compile(r"[\dA-Z-]")

# Doubts beside the findings.
ONE_WITHOUT_REGION, ONE_WITHOUT_DISTRICT = "one_without_region", "one_without_district"
WRITTEN_DISTRICTS_DIFFER = "written_districts_differ"


def compare(old: str | Address, new: str | Address, *, road_number_is_door: bool = True) -> AddressChange:
    """How far the change from ``old`` to ``new`` reaches, with evidence; never raises, whatever the texts.

    ``road_number_is_door``: whether another number in the same road counts as a door number (门牌号), as R34 says;
    when it is false such a change is STREET, because 969号 → 1号 can be kilometres.
    """
    before = old if isinstance(old, Address) else parse(old)
    after = new if isinstance(new, Address) else parse(new)
    region = tuple(_region_differences(before, after))
    evidence = (*region, *_town_difference(before, after), *_detail_differences(before, after))
    doubts = tuple(dict.fromkeys(_doubts(before, after, region_changes=bool(region))))
    if doubts:
        return AddressChange(Scope.UNSURE, evidence, doubts)
    return AddressChange(_scope(evidence, road_number_is_door=road_number_is_door), evidence)


def _scope(evidence: tuple[Difference, ...], *, road_number_is_door: bool) -> Scope:
    if not evidence:
        return Scope.SAME
    coarsest = max(difference.level for difference in evidence)
    if coarsest >= Level.DISTRICT:
        return Scope.REGION
    if coarsest >= Level.PLACE:
        return Scope.STREET
    if any(difference.level is Level.ROAD_NUMBER for difference in evidence) and not road_number_is_door:
        return Scope.STREET
    return Scope.DOOR


def _region_differences(before: Address, after: Address) -> Iterator[Difference]:
    if _differ(before.province_code, after.province_code):
        yield Difference(Level.PROVINCE, before.province, after.province)
    if _differ(before.city_code, after.city_code):
        yield Difference(Level.CITY, before.city, after.city)
    if _district_differs(before, after):
        yield Difference(Level.DISTRICT, before.district or before.zone, after.district or after.zone)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _district_differs(before: Address, after: Address) -> bool:
    if before.served_by and after.served_by:
        return before.served_by != after.served_by and not _same_town_of_an_old_district(before, after)
    if before.zone and after.zone:
        return before.zone not in after.zone and after.zone not in before.zone
    return not (before.province_code and after.province_code) and _differ(before.district, after.district)


def _same_town_of_an_old_district(before: Address, after: Address) -> bool:
    """The land changed hands between the two writings: one names the district of then, the other that of now."""
    return bool(before.town) and before.town == after.town and _either_has(before, after, *_BY_ANOTHER_NAME)


_BY_ANOTHER_NAME = (Finding.OLD_NAME, Finding.REZONED)


def _either_has(before: Address, after: Address, *findings: Finding) -> bool:
    return any(finding in address.findings for address in (before, after) for finding in findings)


def _doubts(before: Address, after: Address, *, region_changes: bool) -> Iterator[str]:
    """Why the difference cannot be trusted."""
    for finding in _CONTRADICTIONS:
        if _either_has(before, after, finding):
            yield str(finding)
    without_region = not before.province_code, not after.province_code
    if any(without_region) and (not all(without_region) or region_changes):
        yield ONE_WITHOUT_REGION
    if bool(before.served_by) != bool(after.served_by) and not region_changes and not _need_no_district(before, after):
        yield ONE_WITHOUT_DISTRICT
    if before.served_by == after.served_by and before.district_code != after.district_code:
        has_moved = _either_has(before, after, *_BY_ANOTHER_NAME)
        if not has_moved or _either_has(before, after, Finding.TOWN_IN_OTHER_DISTRICT):
            yield WRITTEN_DISTRICTS_DIFFER


def _need_no_district(before: Address, after: Address) -> bool:
    return any(divisions().has_no_districts(address.city_code) for address in (before, after))


def _town_difference(before: Address, after: Address) -> Iterator[Difference]:
    if before.town and after.town and stem(before.town) != stem(after.town):
        yield Difference(Level.TOWN, before.town, after.town)


def _detail_differences(before: Address, after: Address) -> list[Difference]:
    """The levels below the town that differ. That the street texts are equal decides between door and street; the
    parts only say where the difference is."""
    if same_detail(before.rest, after.rest):
        return []
    door = [
        Difference(level, *_both(before, after, part))
        for level, part in _DOOR_PARTS
        if len(set(_both(before, after, part))) > 1
    ]
    if street_text(before.rest) == street_text(after.rest):
        return door or [Difference(Level.BUILDING, before.rest, after.rest)]
    street = list(_street_differences(before, after))
    return [*(street or [Difference(Level.PLACE, before.rest, after.rest)]), *door]


def _both(before: Address, after: Address, part: str) -> tuple[str, str]:
    return getattr(before.detail, part), getattr(after.detail, part)


def _street_differences(before: Address, after: Address) -> Iterator[Difference]:
    for level, part in _STREET_PARTS:
        old, new = _both(before, after, part)
        is_more_precise = old in after.rest if not new else new in before.rest if not old else old in new or new in old
        if old != new and not is_more_precise:
            yield Difference(level, old, new)
    old_place = before.detail.place + before.detail.rest
    new_place = after.detail.place + after.detail.rest
    if _LETTERS_DIGITS_DASHES.sub("", old_place) != _LETTERS_DIGITS_DASHES.sub("", new_place):
        yield Difference(Level.PLACE, old_place, new_place)
