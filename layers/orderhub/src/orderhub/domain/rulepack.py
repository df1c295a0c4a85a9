"""Rule packs (规则包): the brand's judgement as versioned data, and what came of applying one (R9, R20, R27)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class RuleKind(StrEnum):
    """What a pack decides. There is one live version of each kind."""

    INTERCEPTION = "interception"
    GIFTS = "gifts"
    SOURCING = "sourcing"
    CARRIER = "carrier"
    ADDRESS_CHANGE = "address_change"
    SETTLEMENT_BEARER = "settlement_bearer"


class PackStatus(StrEnum):
    """A version's life. Only one version of a kind is live; what was live once is retired, never changed."""

    DRAFT = "draft"
    TESTED = "tested"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a kind's rules. ``graph`` is a JDM document (GoRules): input → decision tables → output.

    Version 0 is the default that ships with the hub.
    """

    kind: RuleKind
    version: int
    graph: Mapping[str, Any]
    status: PackStatus = PackStatus.DRAFT
    owner: str = ""
    note: str = ""
    changed_by: str = ""
    changed_at: int = 0
    reason: str = ""  # why its status was changed last
    tested: Mapping[str, Any] = field(default_factory=dict)  # what its last back-test found, in counts and fen
    based_on: int | None = None  # the live version whose rows it was written from; None: nobody said

    @property
    def name(self) -> str:
        """``gifts v7``: what an order shows as having judged it."""
        return f"{self.kind.value} v{self.version}"


@dataclass(frozen=True, slots=True)
class LiveMark:
    """Which version of a kind is live, and who switched it on. Version 0: the shipped default."""

    version: int
    switched_by: str = ""
    switched_at: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One filled cell of a row that matched: the input's field, the cell as written, what the order had there."""

    field: str
    cell: str
    actual: object


@dataclass(frozen=True, slots=True)
class Match:
    """A row that matched: which one (its stable id and its place from 1), why, and what it says."""

    row_id: str
    row: int
    conditions: tuple[Condition, ...]
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a pack said about one input."""

    kind: RuleKind
    version: int
    matches: tuple[Match, ...]
