"""What changes of address cost and save, counted from facts, as shares of the orders placed (R34-R36, R41)."""

from collections.abc import Iterable
from dataclasses import dataclass

from orderhub.domain.address_change import Way
from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact

COUNTED = frozenset(
    {
        FactType.ADDRESS_CHANGE_REQUESTED,
        FactType.ADDRESS_CHANGE_JUDGED,
        FactType.ADDRESS_CHANGED,
        FactType.ADDRESS_CHANGE_ENDED,
        FactType.FULFILLMENT_BACK_AT_SENDER,
    }
)
"""The facts that ``measured`` reads."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts over a period. ``overwritten``, ``reissued`` and ``intercepted`` are changes that everybody knows of by
    now; ``manual`` those a person was asked about; ``returned`` orders of which a parcel came back after a change."""

    requested: int = 0
    overwritten: int = 0
    reissued: int = 0
    intercepted: int = 0
    manual: int = 0
    too_late: int = 0
    returned: int = 0


_BROUGHT = {
    Way.OVERWRITE.value: "overwritten",
    Way.REISSUE.value: "reissued",
    Way.INTERCEPT.value: "intercepted",
}


def measured(facts: Iterable[StoredFact]) -> Measures:
    """Counts from these facts, in any order; the same fact twice counts once.

    A parcel that came back says itself how many changes its order had by then, so the change may be of an earlier
    period.
    """
    counts = dict.fromkeys(Measures.__slots__, 0)
    returned: set[str] = set()
    for fact in {fact.event_id: fact for fact in facts}.values():
        match fact.type:
            case FactType.ADDRESS_CHANGE_REQUESTED:
                counts["requested"] += 1
            case FactType.ADDRESS_CHANGE_JUDGED if fact.data["way"] == Way.DECIDE:
                counts["manual"] += 1
            case FactType.ADDRESS_CHANGED if name := _BROUGHT.get(str(fact.data["way"])):
                counts[name] += 1
            case FactType.ADDRESS_CHANGE_ENDED if fact.data["outcome"] == Way.TOO_LATE:
                counts["too_late"] += 1
            case FactType.FULFILLMENT_BACK_AT_SENDER if fact.data.get("changes"):
                returned.add(fact.order_id)
    return Measures(**counts | {"returned": len(returned)})
