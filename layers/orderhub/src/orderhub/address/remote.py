"""Remote areas (偏远地区, R31): merchants' and carriers' data, never constants here. The most specific rule wins.

A rule names a place (a province, city or district by code, or one town of a district) and says whether it is remote
for one carrier or for all. So 新疆 can be remote, 乌鲁木齐 inside it not, and one town of it again. Of two rules for
the same place the carrier's own wins. Places are codes, so a renamed district keeps its rule.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from orderhub.address.model import Address, Finding
from orderhub.address.parsing import parse
from orderhub.address.towns import stem

ANY_CARRIER = "*"


class RemoteRule(NamedTuple):
    """``code`` has 2, 4 or 6 digits; ``town`` is a town's name, with or without its suffix, or empty."""

    carrier: str
    code: str
    town: str
    is_remote: bool


class RemoteTable:
    """The rules, ready to be asked."""

    def __init__(self, rules: Iterable[RemoteRule]) -> None:
        self._rules = {(rule.code, stem(rule.town), rule.carrier): rule for rule in rules}

    def rule_for(self, address: Address, carrier: str = ANY_CARRIER) -> RemoteRule | None:
        """The rule that decides for this address; None: no rule knows it, so it is not remote."""
        return next((self._rules[place] for place in _places(address, carrier) if place in self._rules), None)

    def is_remote(self, address: Address, carrier: str = ANY_CARRIER) -> bool:
        """Whether the carrier treats the address as remote."""
        rule = self.rule_for(address, carrier)
        return rule is not None and rule.is_remote


def rule_of(place: str, *, is_remote: bool, carrier: str = ANY_CARRIER) -> RemoteRule:
    """A rule from a place as merchants write it (新疆, 浙江省绍兴市上虞区岭南乡; old names too).

    Raises ValueError for a text that is not one place: an unknown or ambiguous name, or more than a place.
    """
    read = parse(place)
    code = read.served_by or read.city_code or read.province_code
    is_doubtful = read.findings & {Finding.AMBIGUOUS, Finding.MISMATCH, Finding.TWO_DISTRICTS, Finding.TOWN_UNVERIFIED}
    if not code or code[0] == "Z" or read.rest or is_doubtful:
        raise ValueError(f"not a province, city, district or town: {place[:60]!r}")
    return RemoteRule(carrier, code, stem(read.town), is_remote)


def _places(address: Address, carrier: str) -> Iterator[tuple[str, str, str]]:
    """From the most to the least specific: town of the district, district, city, province; own carrier first."""
    carriers = tuple(dict.fromkeys((carrier, ANY_CARRIER)))
    for code in (address.served_by, address.city_code, address.province_code):
        if code:
            towns = (stem(address.town), "") if address.town else ("",)
            yield from ((code, town, name) for town in towns for name in carriers)
