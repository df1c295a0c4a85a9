"""What people do by hand: decisions that a person made, told by facts (R48)."""

from dataclasses import dataclass

from orderhub.domain.decision import HUB
from orderhub.domain.decision_options import MOOT
from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact

MANY = 10
"""More than this often a day, somebody asks whether a rule could do it."""


@dataclass(frozen=True, slots=True)
class Handmade:
    """One decision of a person; ``event_id`` is its fact's, so it is counted once."""

    event_id: str
    made_at: int
    decision_class: str
    option: str


def handmade(fact: StoredFact) -> Handmade | None:
    """What this fact tells of, or None."""
    if fact.type != FactType.DECISION_MADE or fact.data["made_by"] == HUB or fact.data["option"] == MOOT:
        return None
    return Handmade(fact.event_id, fact.occurred_at, str(fact.data["class"]), str(fact.data["option"]))
