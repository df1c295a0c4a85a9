"""What a change of address is: how far it reaches, and the evidence."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Scope(StrEnum):
    """How far a change of address reaches (R34). UNSURE is never a smaller class: a person decides."""

    SAME = "same"
    DOOR = "door"
    STREET = "street"
    REGION = "region"
    UNSURE = "unsure"


class Level(IntEnum):
    """The levels at which two addresses can differ, finest first."""

    ROOM = 1
    FLOOR = 2
    UNIT = 3
    BUILDING = 4
    ROAD_NUMBER = 5
    PLACE = 6
    COMMUNITY = 7
    ROAD = 8
    TOWN = 9
    DISTRICT = 10
    CITY = 11
    PROVINCE = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One level that differs, with what stands there before and after (personal data: never in a log or event)."""

    level: Level
    old: str
    new: str

    def __repr__(self) -> str:
        return f"Difference({self.level.name}, …)"


@dataclass(frozen=True, slots=True)
class AddressChange:
    """What differs between two addresses: how far it reaches, the evidence (coarsest level first), and what makes
    it unsure (codes: findings, or what only one of the two says)."""

    scope: Scope
    evidence: tuple[Difference, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels that changed, coarsest first."""
        return tuple(difference.level for difference in self.evidence)
