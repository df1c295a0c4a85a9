"""Decisions (待决策): what a machine must not decide, with its evidence and its options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from orderhub.domain.decision_kinds import REGISTRY, DecisionClass, DecisionKind

__all__ = ["REGISTRY", "Decision", "DecisionClass", "DecisionKind", "DecisionStatus", "decision_id_of"]

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

    @property
    def kind(self) -> DecisionKind:
        return REGISTRY[self.decision_class]


def decision_id_of(order_id: str, decision_class: DecisionClass, cause: str) -> str:
    """``<order_id>.<class>.<cause>``: the same cause on the same order is the same card.

    A cause with signs that do not travel in a URL's path keeps its readable part and a checksum.
    """
    safe = _UNSAFE.sub("-", cause)[:80]
    suffix = "" if safe == cause else f"-{crc32(cause.encode()):08x}"
    return f"{order_id}.{decision_class.value}.{safe}{suffix}"
