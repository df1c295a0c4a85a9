"""What changes of address cost and save, counted from facts: per 10,000 orders (R34-R36)."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from orderhub.domain.address_change import Way
from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact

PER = 10_000


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts over a set of orders. ``overwritten``, ``reissued`` and ``intercepted`` are changes that everybody knows
    of; ``manual`` those a person was asked about; ``returned`` orders with a change whose parcel came back after it."""

    orders: int = 0
    requested: int = 0
    overwritten: int = 0
    reissued: int = 0
    intercepted: int = 0
    manual: int = 0
    too_late: int = 0
    returned: int = 0

    def per_10_000(self) -> dict[str, float]:
        """Each count per 10,000 orders, to one decimal; zeros where there are no orders."""
        counts = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "orders"}
        return {name: round(PER * count / self.orders, 1) if self.orders else 0.0 for name, count in counts.items()}


_BROUGHT = {
    Way.OVERWRITE.value: "overwritten",
    Way.REISSUE.value: "reissued",
    Way.INTERCEPT.value: "intercepted",
}


def measured(facts: Iterable[StoredFact]) -> Measures:
    """Counts from these facts, in any order; the same fact twice counts once."""
    seen = {fact.event_id: fact for fact in facts}
    counts = {field.name: 0 for field in fields(Measures)}
    first_change: dict[str, int] = {}
    back: dict[str, int] = {}
    for fact in seen.values():
        match fact.type:
            case FactType.ORDER_PLACED:
                counts["orders"] += 1
            case FactType.ADDRESS_CHANGE_REQUESTED:
                counts["requested"] += 1
                at = first_change.get(fact.order_id, fact.recorded_at)
                first_change[fact.order_id] = min(at, fact.recorded_at)
            case FactType.ADDRESS_CHANGE_JUDGED if fact.data["way"] == Way.DECIDE:
                counts["manual"] += 1
            case FactType.ADDRESS_CHANGED if name := _BROUGHT.get(str(fact.data["way"])):
                counts[name] += 1
            case FactType.ADDRESS_CHANGE_ENDED if fact.data["outcome"] == Way.TOO_LATE:
                counts["too_late"] += 1
            case FactType.FULFILLMENT_BACK_AT_SENDER:
                back[fact.order_id] = max(back.get(fact.order_id, 0), fact.recorded_at)
    counts["returned"] = sum(1 for order_id, at in first_change.items() if back.get(order_id, 0) > at)
    return Measures(**counts)
