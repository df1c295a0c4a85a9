"""Decisions (待决策): what a machine must not decide, with its evidence and its options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zlib import crc32

from orderhub.domain.decision_kinds import REGISTRY, DecisionClass, DecisionKind
from orderhub.domain.decision_options import MOOT, ParameterValue

__all__ = ["REGISTRY", "Decision", "DecisionClass", "DecisionKind", "DecisionStatus", "decision_id_of"]

HUB = "hub"
"""Who decided when it was no person."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.,-]")


class DecisionStatus(StrEnum):
    REQUESTED = "requested"
    MADE = "made"


@dataclass(frozen=True, slots=True)
class Decision:
    """One card in the pending-decision queue. ``cause`` makes the id deterministic: same cause, same card."""

    decision_id: str
    order_id: str
    decision_class: DecisionClass
    cause: str
    evidence: Mapping[str, str]
    requested_at: int
    due_at: int
    status: DecisionStatus = DecisionStatus.REQUESTED
    option: str = ""
    made_by: str = ""
    made_at: int = 0
    note: str = ""
    sealed: str = ""  # a message kept whole, encrypted
    parameters: Mapping[str, ParameterValue] = field(default_factory=lambda: MappingProxyType({}))  # nothing personal
    request_id: str = ""  # of the request that chose: the same request twice is one choice
    outside_due_at: int = 0  # when somebody outside acts by itself (ms UTC), e.g. a platform approves
    outside_effect: str = ""  # what happens then, as a code
    expired_at: int = 0  # when its deadline went by: somebody above must look at it
    deferred_until: int = 0  # somebody looked and waits until then; then it is asked again
    undo_until: int = 0  # ms UTC; 0: cannot be taken back
    undo: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # what the order was before

    @property
    def kind(self) -> DecisionKind:
        return REGISTRY[self.decision_class]

    @property
    def nearest_at(self) -> int:
        """The nearest of its deadlines, ms UTC."""
        return min(self.due_at, self.outside_due_at or self.due_at)

    @property
    def is_expired(self) -> bool:
        return self.expired_at > 0

    @property
    def is_by_a_person(self) -> bool:
        """Whether a person made it: the hub's own choices teach nobody anything."""
        return self.status is DecisionStatus.MADE and self.made_by != HUB and self.option in self.kind.options

    def moot(self, now: int, note: str) -> "Decision":
        """The card as the hub itself ends it, because nobody has to decide it any more (``note``: why)."""
        return replace(self, status=DecisionStatus.MADE, option=MOOT, made_by=HUB, made_at=now, note=note)

    @property
    def group(self) -> tuple[str, str]:
        """Class and cause, as far as other orders share them: what may be decided together (R29)."""
        by = self.kind.groups_by
        shared = self.cause if by == "cause" else self.evidence.get(by, "")
        return self.decision_class.value, safe_for_ids(shared)[:80]


def safe_for_ids(text: str) -> str:
    """The text with only signs that travel in keys and in a URL's path."""
    return _UNSAFE.sub("-", text)


def decision_id_of(order_id: str, decision_class: DecisionClass, cause: str) -> str:
    """``<order_id>.<class>.<cause>``: the same cause on the same order is the same card.

    A cause with signs that do not travel in a URL's path keeps its readable part and a checksum.
    """
    safe = safe_for_ids(cause)[:80]
    suffix = "" if safe == cause else f"-{crc32(cause.encode()):08x}"
    return f"{order_id}.{decision_class.value}.{safe}{suffix}"
