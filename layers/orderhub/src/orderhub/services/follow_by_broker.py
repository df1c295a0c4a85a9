"""Have a broker of routes tell of parcels whose carrier does not tell the hub itself (快递鸟, sheet §5, §6).

A number that was missing may be any carrier's: whatever the warehouse used. Asking twice changes nothing there, so an
attempt whose outcome is unclear is repeated.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.backfill import FOLLOW, FOUND, NOT_FOLLOWED, NumberSearch
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable, Stale
from orderhub.domain.order import Order
from orderhub.domain.parcel import parcel_of
from orderhub.domain.waybill_track import waybill_reference
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Clock, Seal
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import retried_when_stale

type Subscribe = Callable[[str, str, str, str], None]
"""(reference, carrier, number, the last four digits of the receiver's phone)"""


@dataclass(frozen=True, slots=True)
class Following:
    """What following works with. ``subscribe`` None: no broker is set up, and nobody follows."""

    orders: OrderStore
    seal: Seal
    clock: Clock
    subscribe: Subscribe | None


def follow_found(world: Following) -> Mapping[str, int]:
    """Subscribe every parcel that waits for it; counts: followed, not_followed (refused, or no broker), unavailable."""
    counts: Counter[str] = Counter()
    for search in world.orders.open_searches(FOLLOW):
        try:
            counts[_one(search, world)] += 1
        except (PartnerUnavailable, Stale):
            counts["unavailable"] += 1
    return dict(counts)


def _one(search: NumberSearch, world: Following) -> str:
    order = world.orders.load(search.order_id)
    if order is None:
        raise KeyError(search.order_id)
    outcome = FOUND if world.subscribe and _is_taken(order, search, world.subscribe, world.seal) else NOT_FOLLOWED

    def once() -> None:
        now_known = world.orders.load(search.order_id) or order
        after = (replace(search, outcome=outcome),)
        world.orders.commit(Change(now_known, now_known, world.clock(), records=after))

    retried_when_stale(once)
    return "followed" if outcome == FOUND else NOT_FOLLOWED


def _is_taken(order: Order, search: NumberSearch, subscribe: Subscribe, seal: Seal) -> bool:
    parcel = parcel_of(order, search.fulfillment)
    tail = open_receiver(order, seal).phone[-4:]
    reference = waybill_reference(order.order_id, parcel.number, 1)
    try:
        subscribe(reference, parcel.carrier, parcel.waybill_number, tail if tail.isdigit() else "")
    except PartnerRejected:
        return False
    return True
