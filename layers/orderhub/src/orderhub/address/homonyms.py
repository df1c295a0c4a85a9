"""Several divisions of one name (朝阳区, 鼓楼区): which one is meant?"""

from orderhub.address.chain import Chain
from orderhub.address.divisions import Divisions
from orderhub.address.model import TownMatch
from orderhub.address.towns import find_town


def meant_by(chain: Chain, text: str, known: Divisions) -> tuple[str, tuple[str, ...], bool]:
    """(code, candidates, told by the town). Candidates are empty when only one division can be meant."""
    level = len(chain.code)
    above = {link.code for link in chain.parents if len(link.code) < level}
    namesakes = [n.code for n in known.meanings(chain.mention.name) if len(n.code) == level]
    fitting = [
        code
        for code in dict.fromkeys((chain.code, *namesakes))
        if above <= {known.province_of(code), known.city_of(code)}
    ]
    if len(fitting) < 2:
        return (fitting[0] if fitting else chain.code), (), False
    by_town = _with_town(text[chain.mention.end :], fitting)
    if by_town:
        return by_town, (), True
    return chain.code, tuple(fitting), False


def _with_town(rest: str, candidates: list[str]) -> str:
    """The one candidate that has the town which follows; empty when none or several have it."""
    town = find_town(rest, candidates)
    if town is None or len(town.districts) > 1:
        return ""
    if town.match is TownMatch.STEM:
        having = [code for code in candidates if find_town(rest, (code,))]
        return having[0] if len(having) == 1 else ""
    return town.districts[0]
