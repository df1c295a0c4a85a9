"""Chinese addresses, understood: read one, judge whether it can be shipped to, compare two, know the remote ones.

>>> from orderhub import address
>>> read = address.parse("杭州市西湖区三墩镇文三路1号2幢301室")
>>> read.province, read.district, read.town, read.detail.road, read.detail.room, read.passes
('浙江省', '西湖区', '三墩镇', '文三路', '301', True)

The way of one address, module by module: ``normal`` (one way of writing) → ``mentions`` (where divisions are named)
→ ``chain`` (the best province < city < district) → ``homonyms`` (which 朝阳区) → ``towns`` → ``region`` (all of that,
in order) → ``detail`` (road, number, building, room) → ``gate`` (score and reasons). ``comparison`` asks how far a
change reaches, ``remote`` whether a carrier calls the place remote, ``places`` where it is on the map.

Everything here is pure, standard library only, and takes texts in memory: addresses are personal data.
"""

from typing import TYPE_CHECKING

from orderhub.address.divisions import VERSION
from orderhub.address.model import Address, Detail, Finding, TownMatch
from orderhub.address.parsing import parse

if TYPE_CHECKING:
    from orderhub.address.change import AddressChange

__all__ = ["VERSION", "Address", "Detail", "Finding", "TownMatch", "compare", "parse"]


def compare(old: str | Address, new: str | Address, *, road_number_is_door: bool = True) -> "AddressChange":
    """How far a change of address reaches: see ``comparison.compare``, which is loaded at the first comparison."""
    from orderhub.address import comparison

    return comparison.compare(old, new, road_number_is_door=road_number_is_door)
