"""Facts whose hearers never acted: told again, so that no lost event leaves a system behind (design §1, sweep).

Three things hang on an event alone, beside the order's own way: the warehouse learns the waybill's number, the shop
learns of the shipment, the shop pays money back. Streams and queues deliver at least once; this is for what even they
lost.
"""

from collections.abc import Callable, Iterable

from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.facts import FactType
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcels_here, parcels_of
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import OrderStore
from orderhub.services.after_shipping import CONFIRM_VERB, TOLD_TO_WAREHOUSE
from orderhub.services.dispatch import NUMBER_VERB

PATIENCE_MS = 3 * 60_000


def tell_again(order: Order, orders: OrderStore, send: Callable[[StoredFact], None], now: int) -> int:
    """Send the facts again that should have had an effect by now; returns how many. Hearers drop what is done."""
    wanted = _unheard(order, orders, now)
    if wanted is None and not order.refunds_due:
        return 0
    facts = orders.facts_of(order.order_id)
    unheard = [fact for fact in facts if wanted is not None and fact.type == wanted.value][-1:]
    unheard += _refunds_unheard(order, facts, now)
    for fact in unheard:
        send(fact)
    return len(unheard)


def _refunds_unheard(order: Order, facts: Iterable[StoredFact], now: int) -> list[StoredFact]:
    """What asked the shop to pay back: the decision itself, or somebody's wish to try a refused one again."""
    asked: dict[object, StoredFact] = {}
    for fact in facts:
        decision_id = fact.data.get("decision_id")
        is_late = now - fact.occurred_at > PATIENCE_MS
        if decision_id not in order.refunds_due or not is_late:
            continue
        if fact.type == FactType.REFUND_REQUESTED.value:
            asked[decision_id] = fact
        elif fact.type == FactType.DECISION_MADE.value:
            asked.setdefault(decision_id, fact)
    return list(asked.values())


def _unheard(order: Order, orders: OrderStore, now: int) -> FactType | None:
    if order.is_finished or order.holds or order.has(Milestone.CANCELLED):
        return None
    filled = [p for p in parcels_of(order) if p.number_source in TOLD_TO_WAREHOUSE]
    late = {
        FactType.WAYBILL_NUMBER_FILLED: (NUMBER_VERB, [p for p in filled if _is_past(p, Milestone.LABELLED, now)]),
        FactType.FULFILLMENT_SHIPPED: (CONFIRM_VERB, [p for p in parcels_of(order) if _is_unconfirmed(p, now)]),
        FactType.WAYBILL_ISSUED: (
            NUMBER_VERB,
            [p for p in parcels_here(order) if _is_past(p, Milestone.LABELLED, now)],
        ),
    }
    if not any(parcels for _, parcels in late.values()):
        return None
    effects = orders.effects_of(order.order_id)
    for fact, (verb, parcels) in late.items():
        if not all(_is_answered(verb, parcel, effects) for parcel in parcels):
            return fact
    return None


def _is_unconfirmed(parcel: Parcel, now: int) -> bool:
    return (
        bool(parcel.waybill_number) and not parcel.has(Milestone.CONFIRMED) and _is_past(parcel, Milestone.SHIPPED, now)
    )


def _is_past(parcel: Parcel, milestone: Milestone, now: int) -> bool:
    instant = parcel.when(milestone)
    return instant is not None and now - instant > PATIENCE_MS


def _is_answered(verb: str, parcel: Parcel, effects: Iterable[Effect]) -> bool:
    """Whether the partner has answered, yes or no; a no is a card, and a person decides on it."""
    return any(
        effect.verb == verb and effect.reference == parcel.waybill_number and effect.status is not EffectStatus.INTENDED
        for effect in effects
    )
