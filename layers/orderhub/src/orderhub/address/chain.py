"""The best chain province → city → district among the mentions: the deepest division with the best support.

Every meaning of every mention is a candidate for the chain's end. It is weighed by its level and its name, by the
parents that stand before it, and by what contradicts it. The weights were set on labelled addresses (as were the
prototype's); only their order of size carries meaning: a contradicting full name outweighs a parent, a parent
outweighs the distance from the front.
"""

import re
from typing import NamedTuple

from orderhub.address.divisions import Divisions, Naming
from orderhub.address.mentions import Mention

ENOUGH = 0.9
LEVEL_WEIGHT = {2: 3.0, 4: 3.5, 6: 4.0}  # by length of the code
SHORT_NAME, OLD_NAME = -1.2, -0.3
PARENT_FULL, PARENT_SHORT, GAP = 2.0, 1.3, -0.25
CONTRADICTED_FULL, CONTRADICTED_SHORT, CONTRADICTED_BELOW = -2.6, -1.0, -0.4
GENERIC_ALONE = -4.0
OVERLAPPED, LATE_START = -2.6, -0.8
SHORT_DISTRICT_INSIDE, SHORT_DISTRICT_FIRST = -2.2, -0.8
DISTRICT_FAR_BACK = -1.5
PER_CHARACTER_BEFORE_CHAIN, PER_CHARACTER_BEFORE_END = -0.06, -0.02

GENERIC = frozenset({"城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "新区", "市区", "中区", "港区", "县城"})
_HARMLESS_GAP = re.compile(r"[0-9A-Z#()中国地区-]*")


class Link(NamedTuple):
    """One mention used in a chain, with the meaning it has there."""

    mention: Mention
    code: str


class Chain:
    """A division, where its name stands, and the parents that support it (front to back)."""

    def __init__(self, mention: Mention, naming: Naming) -> None:
        self.mention = mention
        self.naming = naming
        self.parents: list[Link] = []
        self.support = 0.0
        self.touches_parent = False

    @property
    def code(self) -> str:
        return self.naming.code

    @property
    def start(self) -> int:
        return self.parents[0].mention.start if self.parents else self.mention.start


def best_chain(text: str, mentions: list[Mention], divisions: Divisions) -> Chain | None:
    """The heaviest chain, or None when none weighs enough. Of equal ones the deeper wins."""
    best: tuple[float, int] | None = None
    chosen: Chain | None = None
    for mention in mentions:
        for naming in mention.namings:
            chain = _with_parents(text, mention, naming, mentions, divisions)
            weight = (round(_weight(chain, mentions), 9), len(chain.code))
            if best is None or weight > best:
                best, chosen = weight, chain
    return chosen if best and best[0] > ENOUGH else None


def _with_parents(text: str, mention: Mention, naming: Naming, mentions: list[Mention], divisions: Divisions) -> Chain:
    """Walk back from the mention: what is a parent supports, what is not contradicts, a word in between ends it."""
    chain = Chain(mention, naming)
    kin = {naming.code, divisions.city_of(naming.code), divisions.province_of(naming.code)}
    if len(naming.code) == 2:
        kin = {naming.code}
    front = mention.start
    for earlier in reversed(mentions):
        if earlier.end > front:
            continue
        gap = front - earlier.end
        if gap > 1 and not _HARMLESS_GAP.fullmatch(text, earlier.end, front):
            break
        parent = next((n for n in earlier.namings if n.code in kin), None)
        if parent:
            chain.support += (PARENT_SHORT if parent.is_short else PARENT_FULL) + GAP * min(gap, 6)
            chain.touches_parent |= gap <= 1
            chain.parents.insert(0, Link(earlier, parent.code))
        elif gap <= 2:
            chain.support += _contradiction(earlier, len(naming.code))
        front = earlier.start
    return chain


def _contradiction(earlier: Mention, level: int) -> float:
    if earlier.has_full_name:
        return CONTRADICTED_FULL
    is_above = min(len(n.code) for n in earlier.namings) < level
    return CONTRADICTED_SHORT if is_above else CONTRADICTED_BELOW


def _weight(chain: Chain, mentions: list[Mention]) -> float:
    start, level = chain.mention.start, len(chain.code)
    weight = LEVEL_WEIGHT[level] + chain.support
    weight += SHORT_NAME * chain.naming.is_short + OLD_NAME * chain.naming.is_old
    weight += PER_CHARACTER_BEFORE_CHAIN * chain.start + PER_CHARACTER_BEFORE_END * start
    if not chain.touches_parent:
        weight += _alone(chain, mentions)
    if chain.naming.is_short and level == 6 and start == 0:
        weight += SHORT_DISTRICT_FIRST
    return weight


def _alone(chain: Chain, mentions: list[Mention]) -> float:
    """What a name loses when no parent stands right before it."""
    start, is_district, loss = chain.mention.start, len(chain.code) == 6, 0.0
    if chain.mention.name in GENERIC:
        loss += GENERIC_ALONE
    if start > 0:
        if any(m.start < start < m.end for m in mentions):
            loss += OVERLAPPED
        elif start < 8:
            loss += LATE_START
        if chain.naming.is_short and is_district:
            loss += SHORT_DISTRICT_INSIDE
    if is_district and not chain.parents and start > 8:
        loss += DISTRICT_FAR_BACK
    return loss
