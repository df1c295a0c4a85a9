"""The administrative divisions of China (行政区划): names, codes, parents, towns and centres, from one data file.

The data is built by ``local/build_divisions.py`` (sources and licences: ``data/ATTRIBUTION.md``). It is read at the
first question, not at import, and the towns of a province when one of its districts is asked for them.

Codes: 2 digits a province, 4 a city, 6 a district; ``Z`` and 6 digits a development zone of the statistics bureau.
A district that the province governs directly (仙桃市) is its own city.
"""

import zlib
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"
VERSION = "2024 + Chongqing 2025-11; towns 2023-06"  # shown on screens; the first line of the file says the same

MUNICIPALITIES = frozenset({"11", "12", "31", "50", "81", "82"})  # one city each, whose name is the province's
REZONED = frozenset({("330110", "330113"), ("330109", "330114"), ("330102", "330114")})  # Hangzhou 2021: land moved


class Naming(NamedTuple):
    """One thing that a name can mean."""

    code: str
    is_short: bool
    is_old: bool


class Divisions:
    """The division data, for questions by name and by code. Lines stay text until somebody asks for them."""

    def __init__(self, text: str) -> None:
        """``text``: five sections with an empty line between, columns by tabs, items of a column by spaces.

        1. the version; 2. code, name, centre ("lng,lat" or empty); 3. name, meanings (a code, ``s`` when the name is a
        short one, ``o`` when it is an old one); 4. name of zones, their codes; 5. cities without districts.
        """
        self.version, places, names, zones, without_districts = text.rstrip("\n").split("\n\n")
        self._places = _table(places)
        self._meanings = _table(names)
        self._zones = _table(zones)
        self._without_districts = frozenset(without_districts.split())
        self._towns: dict[str, tuple[dict[str, str], str]] = {}  # by province
        self.heads = frozenset(name[:2] for name in self._meanings)  # where a mention can begin
        self.longest_name = max(map(len, self._meanings))

    def meanings(self, name: str) -> Sequence[Naming]:
        """What a name, short name or old name can mean; empty when it is none."""
        found = self._meanings.get(name)
        return tuple(Naming(item.rstrip("so"), "s" in item, "o" in item) for item in found.split(" ")) if found else ()

    def codes(self) -> list[str]:
        """All codes, smallest first, zones last."""
        return list(self._places)

    def name(self, code: str) -> str:
        """Today's full name. Raises KeyError for a code that does not exist."""
        return self._places[code].split("\t", 1)[0]

    def province_of(self, code: str) -> str:
        return code.lstrip("Z")[:2]

    def city_of(self, code: str) -> str:
        """The city that a district or zone lies in; a district governed by its province is its own."""
        code = code.lstrip("Z")
        if code[:2] in MUNICIPALITIES:
            return code[:2] + "01"
        return code[:4] if code[:4] in self._places else code

    def districts_of(self, city: str) -> Sequence[str]:
        """Districts and zones of a city; a city without districts (东莞) is the only one of itself."""
        if len(city) > 4 or self.has_no_districts(city):
            return (city,)
        return self._districts.get(city, ())

    @cached_property
    def _districts(self) -> dict[str, list[str]]:
        by_city: dict[str, list[str]] = {}
        for code in self._places:
            if len(code) > 4:
                by_city.setdefault(self.city_of(code), []).append(code)
        return by_city

    def has_no_districts(self, city: str) -> bool:
        """Whether towns hang directly below this city."""
        return city in self._without_districts

    def zones(self, name: str, city: str) -> tuple[str, ...]:
        """The development zones of a city that this name can mean."""
        return tuple(zone for zone in self._zones.get(name, "").split() if self.city_of(zone) == city)

    def towns_of(self, district: str) -> list[str]:
        """The towns of a district (of a city, when it has no districts)."""
        return self._towns_in(self.province_of(district))[0].get(district, "").split()

    def districts_with_town(self, name: str) -> list[str]:
        """All districts of the country that have a town of exactly this name (a slow question, rarely asked)."""
        provinces = [code for code in self._places if len(code) == 2]
        tables = [table for table, text in map(self._towns_in, provinces) if name in text]
        return [code for table in tables for code, towns in table.items() if name in towns.split()]

    def _towns_in(self, province: str) -> tuple[dict[str, str], str]:
        """District → towns, and the whole text, which answers soonest that a name is not in it."""
        if province not in self._towns:
            text = _read(f"towns-{province}.txt.gz")
            self._towns[province] = _table(text), text
        return self._towns[province]

    def centre(self, code: str) -> tuple[float, float] | None:
        """Longitude and latitude of a division's centre, if the data has it."""
        text = self._places[code].split("\t", 1)[1]
        if not text:
            return None
        longitude, latitude = text.split(",")
        return float(longitude), float(latitude)


def _table(section: str) -> dict[str, str]:
    """First column → the others, as they stand."""
    return dict(line.split("\t", 1) for line in section.split("\n") if line)


@cache
def divisions() -> Divisions:
    """The data file, read once per process."""
    return Divisions(_read("divisions.txt.gz"))


def _read(file: str) -> str:
    return zlib.decompress((DATA / file).read_bytes(), wbits=31).decode()
