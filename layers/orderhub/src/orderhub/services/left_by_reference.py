"""A carrier tells of a parcel whose number the hub never got, by our reference: it has left (R37)."""

from collections.abc import Sequence

from orderhub.domain.backfill import has_left
from orderhub.domain.order import Milestone
from orderhub.domain.parcel import parcels_of, reach_in
from orderhub.ports.orders import Change, OrderStore, Origin
from orderhub.ports.partners import RouteEvent
from orderhub.services.number_search import begin
from orderhub.services.tasks import retried_when_stale

UNKNOWN = "unknown"


def left_by_reference(events: Sequence[RouteEvent], orders: OrderStore, origin: Origin, now: int) -> str:
    """The parcel is with the carrier, and its number is searched for: a push is not signed and proves no number.

    ``applied`` when that was all these steps say; ``unknown`` until the number is filled in when there are others, and
    for a reference that is none of ours, or of a parcel that has a number.
    """
    order_id, number = _named(events[0].reference) if events else ("", "")
    if not order_id:
        return UNKNOWN
    picked_up_at = min(event.occurred_at for event in events)

    def once() -> str:
        order = orders.load(order_id)
        parcel = next((p for p in parcels_of(order) if str(p.number) == number), None) if order else None
        if order is None or parcel is None or parcel.waybill_number:
            return UNKNOWN
        after = reach_in(order, parcel.number, Milestone.PICKED_UP, picked_up_at)
        begun = begin(after, orders, "carrier", picked_up_at, now)
        if not begun.searches and not has_left(order, parcel):
            return UNKNOWN  # of what does not travel, or has ended, nobody needs the number
        if after != order:
            orders.commit(Change(order, after, now, facts=begun.facts, records=begun.searches, origin=origin))
        return "applied" if all(event.kind == "picked_up" for event in events) else UNKNOWN

    return retried_when_stale(once)


def _named(reference: str) -> tuple[str, str]:
    """(order id, parcel) of ``<order_id>-<fulfilment>-<waybill version>``; empty when it is no such reference."""
    head, _, version = reference.rpartition("-")
    order_id, _, number = head.rpartition("-")
    return (order_id, number) if order_id and number.isdigit() and version.isdigit() else ("", "")
