"""From a normalised text to its region: province, city, district, town, and what is left.

Follow 浙江省杭州市余杭区临平街道东大街1号: the mentions 浙江省, 杭州市, 余杭区 form one chain; nothing repeats; the
town 临平街道 is not in 余杭区 but in its sibling 临平区, which took over that land in 2021: the district becomes
临平区, finding ``rezoned``; 东大街1号 is left for the detail.
"""

import re

from orderhub.address.chain import GENERIC, Chain, best_chain
from orderhub.address.divisions import MUNICIPALITIES, REZONED, Divisions, divisions
from orderhub.address.homonyms import meant_by
from orderhub.address.mentions import Mention, find_mentions
from orderhub.address.model import Finding, TownMatch
from orderhub.address.numerals import HAN
from orderhub.address.reading import Reading
from orderhub.address.towns import find_town, town_by_form

_DISTRICT_FORM = re.compile(rf"({HAN}{{1,8}}?[区县市旗])")
_ZONE_FORM = re.compile(r"(?:开发区|高新区|新区|园区|管理区|示范区|度假区|保税区|工业区|经开区)$")
_LONGEST_ZONE_NAME = 16


def read_region(text: str) -> Reading:
    """Read the region at the front of a normalised text."""
    known = divisions()
    mentions = find_mentions(text, known)
    chain = best_chain(text, mentions, known)
    reading = Reading(text)
    if chain is None:
        _guess_from_town(reading, known)
        return reading
    code, end = _settle_chain(reading, chain, text, mentions, known)
    reading.rest = text[end:].lstrip("-#")
    _set_codes(reading, code, known)
    if not reading.has(Finding.AMBIGUOUS):
        _read_below(reading, known)
        if _is_a_guess(chain, reading):
            reading.find(Finding.CITY_GUESSED)
    return reading


def _is_a_guess(chain: Chain, reading: Reading) -> bool:
    """A district's short name alone (滨江国际14幢) may be the name of something else, unless its town follows."""
    stands_alone = chain.naming.is_short and len(chain.code) == 6 and not chain.parents
    return stands_alone and (reading.town_match or TownMatch.BY_FORM) < TownMatch.OTHER_SUFFIX


def _settle_chain(
    reading: Reading, chain: Chain, text: str, mentions: list[Mention], known: Divisions
) -> tuple[str, int]:
    """(code, end) of the chain once homonyms are told apart and repetitions are read over."""
    code, candidates, by_town = meant_by(chain, text, known)
    if by_town:
        reading.find(Finding.RESOLVED_BY_TOWN)
    if candidates:
        reading.candidates = candidates
        if len({known.city_of(c) for c in candidates}) > 1:
            reading.find(Finding.AMBIGUOUS)
    if chain.naming.is_old:
        reading.find(Finding.OLD_NAME)
    if _leaves_out_a_neighbour(chain, mentions):
        reading.find(Finding.MISMATCH)
    return _read_over_repetitions(reading, code, chain.mention.end, text, mentions, known)


def _leaves_out_a_neighbour(chain: Chain, mentions: list[Mention]) -> bool:
    """Whether a division is named right before the chain's end without being one of its parents."""
    used = [link.mention for link in chain.parents]
    return any(
        0 <= chain.mention.start - m.end <= 1
        and m not in used
        and not any(link.start < m.end and m.start < link.end for link in used)
        for m in mentions
    )


def _read_over_repetitions(
    reading: Reading, code: str, end: int, text: str, mentions: list[Mention], known: Divisions
) -> tuple[str, int]:
    """Platforms repeat the region in the detail (杭州市余杭区杭州市余杭区闲林街道): read over it, go down if it goes
    on, and note a second, different district or a division that does not lie in the first."""
    for mention in mentions:
        if mention.start < end:
            continue
        if mention.start - end > 1 and text[end : mention.start] != "中国":
            break
        if len(code) == 6 and _is_a_town_of(code, text[mention.start :]):
            break
        if any(n.code in (code, known.city_of(code), known.province_of(code)) for n in mention.namings):
            end = mention.end
            continue
        below = next((n.code for n in mention.namings if _is_below(n.code, code, known)), "")
        if below:
            code, end = below, mention.end
            continue
        full = [n.code for n in mention.namings if not n.is_short]
        sibling = next((c for c in full if _are_siblings(c, code, known)), "")
        if sibling:
            reading.find(Finding.TWO_DISTRICTS)
            code, end = sibling, mention.end
            continue
        if _names_a_foreign_district(mention, code):
            end = _contradict(reading, code, end, mention, known)
        break
    return code, end


def _is_a_town_of(district: str, text: str) -> bool:
    """Some towns begin like a district: 鄱阳县 has 古县渡镇, 舒城县 has 舒城县经济开发区."""
    town = find_town(text, (district,))
    return town is not None and town.match is TownMatch.EXACT


def _names_a_foreign_district(mention: Mention, code: str) -> bool:
    """城区, 东区 and the like are said of parts of any town: they contradict nothing."""
    if mention.name[-1] not in "区县市旗省" or mention.name in GENERIC:
        return False
    return len(code) >= 4 and mention.has_full_name


def _is_below(code: str, above: str, known: Divisions) -> bool:
    return len(code) == 6 and len(above) < 6 and (known.city_of(code) == above or code[:2] == above)


def _are_siblings(code: str, other: str, known: Divisions) -> bool:
    return len(code) == len(other) == 6 and known.city_of(code) == known.city_of(other)


def _contradict(reading: Reading, code: str, end: int, mention: Mention, known: Divisions) -> int:
    """A district of somewhere else follows. Behind a city it may be a slip of the pen for one of the city's own."""
    if len(code) != 4 or all(len(n.code) < 4 for n in mention.namings):
        reading.find(Finding.MISMATCH)
        return end
    alike = [c for c in _one_edit_away(mention.name, code, known) if known.name(c)[:2] == mention.name[:2]]
    if len(alike) == 1:
        reading.district = alike[0]
        reading.find(Finding.DISTRICT_GUESSED)
    else:
        reading.find(Finding.MISMATCH)
        reading.candidates = tuple(n.code for n in mention.namings)
    return mention.end


def _set_codes(reading: Reading, code: str, known: Divisions) -> None:
    if reading.has(Finding.AMBIGUOUS):
        provinces = {known.province_of(c) for c in reading.candidates}
        if len(provinces) == 1:
            reading.province = provinces.pop()
        return
    reading.province = known.province_of(code)
    if len(code) >= 4 or code in MUNICIPALITIES:
        reading.city = known.city_of(code)
    if len(code) == 6:
        reading.district = code


def _read_below(reading: Reading, known: Divisions) -> None:
    """Zone, town, a district written wrongly: what follows the chain."""
    if reading.city and not reading.district:
        _read_zone(reading, known)
    if reading.district:
        _read_town_of_district(reading, known)
    elif reading.city:
        _read_town_of_city(reading, known)
        if not reading.district and not reading.town and not known.has_no_districts(reading.city):
            _repair_district(reading, known)
    if reading.city and not reading.town:
        _read_unknown_town(reading)


def _read_town_of_district(reading: Reading, known: Divisions) -> None:
    town = find_town(reading.rest, (reading.district,))
    if not town or town.match < TownMatch.OTHER_SUFFIX:
        siblings = [d for d in known.districts_of(reading.city) if d != reading.district]
        elsewhere = find_town(reading.rest, siblings)
        if elsewhere and elsewhere.match is TownMatch.EXACT and len(elsewhere.districts) == 1:
            _move_to(reading, elsewhere.districts[0])
            town = elsewhere
    if town:
        reading.take_town(town)


def _move_to(reading: Reading, district: str) -> None:
    """The town lies in a sibling district: because the land changed hands, or because the district is wrong."""
    if (reading.district, district) in REZONED:
        reading.find(Finding.REZONED)
    elif not reading.has(Finding.OLD_NAME):
        reading.find(Finding.TOWN_IN_OTHER_DISTRICT)
    reading.served_by = district
    if reading.has(Finding.REZONED, Finding.OLD_NAME) and district[0] != "Z":
        reading.district = district


def _read_town_of_city(reading: Reading, known: Divisions) -> None:
    town = find_town(reading.rest, known.districts_of(reading.city))
    if not town:
        return
    if known.has_no_districts(reading.city):
        reading.take_town(town)
    elif town.match >= TownMatch.OTHER_SUFFIX:
        reading.take_town(town)
        _district_from(town.districts, reading)


def _district_from(districts: tuple[str, ...], reading: Reading) -> None:
    if len(districts) > 1:
        reading.find(Finding.TOWN_AMBIGUOUS)
    elif districts[0][0] != "Z" and len(districts[0]) == 6:
        reading.district = districts[0]
        reading.find(Finding.DISTRICT_FROM_TOWN)


def _read_zone(reading: Reading, known: Divisions) -> None:
    for length in range(min(_LONGEST_ZONE_NAME, len(reading.rest)), 2, -1):
        zones = known.zones(reading.rest[:length], reading.city)
        if zones:
            reading.zone, reading.candidates = reading.rest[:length], zones
            reading.take(length)
            _read_district_behind_zone(reading, known)
            return


def _read_district_behind_zone(reading: Reading, known: Divisions) -> None:
    """杭州高新区滨江区: the zone lies in the district."""
    for district in known.districts_of(reading.city):
        if district[0] != "Z" and reading.rest.startswith(known.name(district)):
            reading.district = district
            reading.take(len(known.name(district)))
            return


def _repair_district(reading: Reading, known: Divisions) -> None:
    """A word of the form of a district that is none of the city's: one edit away, of another city, or a zone."""
    word = _DISTRICT_FORM.match(reading.rest)
    if not word or reading.zone:
        return
    name = word[1]
    alike = _one_edit_away(name, reading.city, known)
    if len(alike) == 1 and len(name) >= 3:
        reading.district = alike[0]
        reading.find(Finding.DISTRICT_GUESSED)
    elif name[-1] in "区县" and len(name) <= 6 and known.meanings(name) and name not in GENERIC:
        reading.find(Finding.MISMATCH)
    elif _ZONE_FORM.search(name):
        reading.zone = name
    else:
        return
    reading.take(len(name))
    if reading.zone:
        _read_district_behind_zone(reading, known)
    if reading.district:
        _read_town_of_district(reading, known)
    else:
        _read_town_of_city(reading, known)


def _one_edit_away(name: str, city: str, known: Divisions) -> list[str]:
    return [c for c in known.districts_of(city) if c[0] != "Z" and is_one_edit(known.name(c), name)]


def is_one_edit(one: str, other: str) -> bool:
    """Whether one character replaced, left out or added, or two neighbours swapped, make one text the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    head = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[head:], other[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _read_unknown_town(reading: Reading) -> None:
    town = town_by_form(reading.rest)
    if town:
        reading.take_town(town)
        reading.find(Finding.TOWN_UNVERIFIED)


def _guess_from_town(reading: Reading, known: Divisions) -> None:
    """No division at all: a town whose name exists once in the country tells where it is, as a guess."""
    town = town_by_form(reading.rest)
    if not town:
        return
    places = known.districts_with_town(town.name) if len(town.name) >= 3 else []
    if len(places) == 1:
        code = places[0].lstrip("Z")
        reading.find(Finding.CITY_GUESSED)
        reading.province, reading.city = known.province_of(code), known.city_of(code)
        reading.district = places[0] if len(places[0]) == 6 else ""
        town = town._replace(match=TownMatch.EXACT)
    reading.take_town(town)
