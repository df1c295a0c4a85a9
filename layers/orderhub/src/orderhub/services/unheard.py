"""Facts whose hearers never acted: told again, so that no lost event leaves a system behind (design §1, sweep).

Two things hang on an event alone, beside the order's own way: the warehouse learns the waybill's number, the shop
learns of the shipment. Streams and queues deliver at least once; this is for what even they lost.
"""

from collections.abc import Callable

from orderhub.domain.effect import EffectStatus
from orderhub.domain.facts import FactType
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import OrderStore
from orderhub.services.after_shipping import CONFIRM_VERB
from orderhub.services.dispatch import NUMBER_VERB

PATIENCE_MS = 3 * 60_000


def tell_again(order: Order, orders: OrderStore, send: Callable[[StoredFact], None], now: int) -> int:
    """Send the facts again that should have had an effect by now; returns how many. Hearers drop what is done."""
    wanted = _unheard(order, orders, now)
    if wanted is None:
        return 0
    facts = [fact for fact in orders.facts_of(order.order_id) if fact.type == wanted.value]
    for fact in facts[-1:]:
        send(fact)
    return len(facts[-1:])


def _unheard(order: Order, orders: OrderStore, now: int) -> FactType | None:
    if order.is_finished or order.holds or order.has(Milestone.CANCELLED):
        return None
    shipped, labelled = order.when(Milestone.SHIPPED), order.when(Milestone.LABELLED)
    if shipped is not None:
        late = not order.has(Milestone.CONFIRMED) and now - shipped > PATIENCE_MS
        return FactType.FULFILLMENT_SHIPPED if late and not _is_answered(CONFIRM_VERB, order, orders) else None
    if labelled is not None and now - labelled > PATIENCE_MS and not _is_answered(NUMBER_VERB, order, orders):
        return FactType.WAYBILL_ISSUED
    return None


def _is_answered(verb: str, order: Order, orders: OrderStore) -> bool:
    """Whether the partner has answered, yes or no; a no is a card, and a person decides on it."""
    return any(
        effect.verb == verb and effect.reference == order.waybill_number and effect.status is not EffectStatus.INTENDED
        for effect in orders.effects_of(order.order_id)
    )
