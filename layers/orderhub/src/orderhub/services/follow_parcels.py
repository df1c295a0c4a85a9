"""What a carrier says of parcels on their way: applied once, in whatever order it comes."""

from collections.abc import Sequence

from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, parcels_of
from orderhub.domain.parcel_zone import Scan, Zone, scanned, zone_of
from orderhub.ports.orders import AlreadySeen, Change, MessageMark, OrderStore, Origin
from orderhub.ports.partners import CarrierPartner, PickupNotice, RouteEvent
from orderhub.services.left_by_reference import left_by_reference
from orderhub.services.park import decision_facts, made_fact
from orderhub.services.pickup import picked_up_again
from orderhub.services.tasks import retried_when_stale
from orderhub.services.turned_after_refusal import turned_after_refusal

TELL_NOTHING = frozenset({"unknown", "announced"})


def apply_routes(
    events: Sequence[RouteEvent], orders: OrderStore, origin: Origin, carrier: str, now: int
) -> tuple[str, ...]:
    """Route events, pushed or asked for, in one commit for each waybill; an outcome for each.

    ``applied``, ``repeated`` (nothing new), ``ignored`` (nothing that tells of the way, or a parcel that the order has
    not any more) or ``unknown`` (no such waybill: the others are applied all the same).
    """
    by_label: dict[tuple[str, str], list[RouteEvent]] = {}
    for event in events:
        by_label.setdefault((event.carrier or carrier, event.waybill_number), []).append(event)
    return tuple(_apply(*label, steps, orders, origin, now) for label, steps in by_label.items())


def ask_for_routes(
    waybill_numbers: Sequence[str], partner: CarrierPartner, orders: OrderStore, origin: Origin, now: int
) -> tuple[str, ...]:
    """What the carrier shows of these parcels now, applied: pushes may have been lost. Outcomes as of ``apply_routes``.

    Raises PartnerUnavailable and PartnerRejected.
    """
    return apply_routes(partner.routes(waybill_numbers), orders, origin, partner.name, now)


def _apply(
    carrier: str, waybill_number: str, events: Sequence[RouteEvent], orders: OrderStore, origin: Origin, now: int
) -> str:
    order_id = orders.order_of_waybill(carrier, waybill_number)
    told = [event for event in events if event.kind not in TELL_NOTHING]
    if order_id is None:
        return left_by_reference(told, orders, origin, now)

    def once() -> str:
        order = orders.load(order_id)
        if order is None:
            return "unknown"
        parcel = _parcel_with(order, waybill_number)
        if parcel is None or not told:
            return "ignored"
        after = scanned(order, parcel.number, [Scan(event.kind, event.occurred_at) for event in told])
        if after == order:
            return "repeated"
        facts = _facts(order, after, parcel.number, told, {"carrier": carrier, "waybill_number": waybill_number})
        made = picked_up_again(orders, order, after, parcel.number, now)
        facts += tuple(made_fact(card, now) for card in made)
        unwanted = turned_after_refusal(order, after, parcel.number, orders, now)
        asked = (unwanted,) if unwanted else ()
        facts += tuple(fact for card in asked for fact in decision_facts(card, now))
        orders.commit(Change(order, after, now, facts=facts, decisions=asked, made=made, origin=origin))
        return "applied"

    return retried_when_stale(once)


def apply_pickups(
    notices: Sequence[PickupNotice], orders: OrderStore, origin: Origin, carrier: str, now: int
) -> tuple[str, ...]:
    """Couriers on their way to parcels: a fact of the order, once for each time by which they come.

    ``applied``, ``repeated``, ``ignored`` (picked up already) or ``unknown`` (no such waybill).
    """
    return tuple(_schedule(notice, orders, origin, carrier, now) for notice in notices)


def _schedule(notice: PickupNotice, orders: OrderStore, origin: Origin, carrier: str, now: int) -> str:
    order_id = orders.order_of_waybill(carrier, notice.waybill_number)
    if order_id is None:
        return "unknown"
    mark = MessageMark(carrier, f"pickup-{notice.waybill_number}-{notice.due_at}")

    def once() -> str:
        order = orders.load(order_id)
        if order is None:
            return "unknown"
        parcel = _parcel_with(order, notice.waybill_number)
        if parcel is None or zone_of(order, parcel) is not Zone.NOT_PICKED_UP:
            return "ignored"
        data: dict[str, str | int | bool] = {
            "fulfillment": parcel.number,
            "carrier": carrier,
            "waybill_number": notice.waybill_number,
        }
        if notice.due_at:
            data["due_at"] = notice.due_at
        fact = Fact(FactType.PICKUP_SCHEDULED, data, notice.occurred_at)
        try:
            orders.commit(Change(order, order, now, facts=(fact,), message=mark, origin=origin))
        except AlreadySeen:
            return "repeated"
        return "applied"

    return retried_when_stale(once)


def _facts(
    before: Order, after: Order, number: int, events: Sequence[RouteEvent], label: dict[str, str]
) -> tuple[Fact, ...]:
    """What became true with these events, in the order it happened."""
    old, new = parcel_of(before, number), parcel_of(after, number)
    data: dict[str, str | int | bool] = {"fulfillment": number, **label}
    facts = []
    if turned_at := _newly(old, new, Milestone.TURNED):
        code = next((e.code for e in events if (e.kind, e.occurred_at) == ("turned", turned_at)), "")
        facts.append(Fact(FactType.FULFILLMENT_TURNED, data | {"code": code}, turned_at))
    if delivered_at := _newly(old, new, Milestone.DELIVERED):
        facts.append(Fact(FactType.FULFILLMENT_DELIVERED, data, delivered_at))
    if back_at := _newly(old, new, Milestone.BACK_AT_SENDER):
        back = {**data, "changes": before.address_changes}
        facts.append(Fact(FactType.FULFILLMENT_BACK_AT_SENDER, back, back_at))
    zone = zone_of(after, new)
    if zone is not zone_of(before, old) and zone is not Zone.DELIVERED:
        facts.append(
            Fact(FactType.FULFILLMENT_ZONE_CHANGED, data | {"zone": zone.value}, max(e.occurred_at for e in events))
        )
    return tuple(sorted(facts, key=lambda fact: fact.occurred_at))


def _newly(old: Parcel, new: Parcel, milestone: Milestone) -> int | None:
    return None if old.has(milestone) else new.when(milestone)


def _parcel_with(order: Order, waybill_number: str) -> Parcel | None:
    """The parcel that travels under this number. Of an order with one parcel it is that one, whatever it left with."""
    parcels = parcels_of(order)
    if not order.parcels:
        return parcels[0]
    return next((parcel for parcel in parcels if parcel.waybill_number == waybill_number), None)
