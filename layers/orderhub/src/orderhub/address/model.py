"""The words of this room: what is read from an address, and what was found on the way.

Named tuples and not dataclasses: the module ``dataclasses`` alone costs a quarter of what reading a first address may.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Finding(StrEnum):
    """Something noticed while reading. Doubts stop an address at the gate; the others only explain it."""

    # doubts
    MISMATCH = "mismatch"  # two divisions that do not lie in each other
    AMBIGUOUS = "ambiguous"  # several divisions have this name, and nothing tells which is meant
    TWO_DISTRICTS = "two_districts"
    TOWN_IN_OTHER_DISTRICT = "town_in_other_district"
    DISTRICT_GUESSED = "district_guessed"  # one character away from a district of the city
    CITY_GUESSED = "city_guessed"  # from a town whose name exists once in the country, or a district's short name alone
    DISTRICT_SPLIT = "district_split"  # an old name whose land now belongs to several districts
    TOWN_AMBIGUOUS = "town_ambiguous"
    TOO_LONG = "too_long"
    # explanations
    OLD_NAME = "old_name"
    REZONED = "rezoned"  # the town moved from the district that was written to another one
    RESOLVED_BY_TOWN = "resolved_by_town"
    DISTRICT_FROM_TOWN = "district_from_town"
    TOWN_UNVERIFIED = "town_unverified"  # looks like a town, is not in the division data


class TownMatch(IntEnum):
    """How sure a town is: by its form only, by its stem, by its stem with another suffix, exactly."""

    BY_FORM = 0
    STEM = 1
    OTHER_SUFFIX = 2
    EXACT = 3


class Detail(NamedTuple):
    """The parts below the town, in canonical writing (Arabic numbers, upper case); empty: not there."""

    community: str = ""
    road: str = ""
    road_number: str = ""
    place: str = ""  # a named place: a housing estate, a company, a market (poi)
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    rest: str = ""


class Address(NamedTuple):
    """One address, read. Names are today's; codes are GB/T 2260 (6 digits district, 4 city, 2 province).

    ``district_code`` is the district as written, ``served_by`` the one its town lies in: they differ only when the
    writer names a district that the town does not (or no longer) belong to. ``text`` is the normalised input,
    ``rest`` what is left of it after province, city, district and town.
    ``score`` is 0 to 100; ``reasons`` say why a person must look, and are empty when the address passes the gate.
    """

    text: str
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    zone: str = ""  # a development zone written in place of a district
    province_code: str = ""
    city_code: str = ""
    district_code: str = ""
    served_by: str = ""
    town_match: TownMatch | None = None
    candidates: tuple[str, ...] = ()  # codes that the name could also mean
    rest: str = ""
    detail: Detail = Detail()
    findings: frozenset[Finding] = frozenset()
    score: int = 0
    reasons: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Address({self.province_code or '-'}, …)"

    @property
    def passes(self) -> bool:
        """Whether the address can be shipped to without a person looking at it."""
        return not self.reasons
