"""Begin the search for a parcel's missing number, and put a number that was found where it belongs (R37).

Everything about one step is one commit of the order: the search, the number with its provenance, what is announced,
and the card that nobody has to answer any more. So a step is done once, however often it is tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orderhub.domain.backfill import FOUND, Found, NumberSearch, Source, begun
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.decision_options import MOOT
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of, parcels_of, reach_in, unconfirmed
from orderhub.domain.records import WaybillReference, WaybillStatus, WaybillVersion
from orderhub.ports.orders import Change, OrderStore, Record

MADE_BY, NOTE = "hub", "the number is known now"


@dataclass(frozen=True, slots=True)
class Begun:
    """What a change brings with it when parcels have left without a number."""

    searches: tuple[NumberSearch, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """An order with a number filled in, and what belongs into the same commit."""

    order: Order
    facts: tuple[Fact, ...]
    records: tuple[Record, ...]


def begin(before: Order | None, after: Order, said_by: str, left_at: int, now: int) -> Begun:
    """The searches that a change begins, and their announcements. ``said_by``: warehouse | carrier | shop."""
    searches = begun(before, after, said_by, left_at, now)
    return Begun(searches, tuple(_missing(search) for search in searches))


def _missing(search: NumberSearch) -> Fact:
    data: dict[str, FactValue] = {"fulfillment": search.fulfillment, "said_by": search.said_by}
    return Fact(FactType.WAYBILL_NUMBER_MISSING, data, search.left_at)


def shipped_fact(order: Order, parcel_number: int, shipped_at: int) -> Fact:
    """What is announced when a parcel left, under the number it left with: the shop is told because of it."""
    parcel = parcel_of(order, parcel_number)
    data: dict[str, FactValue] = {
        "fulfillment": parcel.number,
        "warehouse": parcel.warehouse,
        "carrier": parcel.carrier,
        "waybill_number": parcel.waybill_number,
    }
    return Fact(FactType.FULFILLMENT_SHIPPED, data, shipped_at)


def filled(order: Order, number: int, found: Found, search: NumberSearch | None, now: int) -> Filled:
    """The order with this number on its parcel, as told by ``found.source``. A parcel that has left is announced as
    shipped only now, with its number; a label needs not be bought for it any more."""
    after = reach_in(
        order,
        number,
        Milestone.LABELLED,
        now,
        carrier=found.carrier,
        waybill_number=found.number,
        number_source=found.source.value,
    )
    data: dict[str, FactValue] = {
        "fulfillment": number,
        "carrier": found.carrier,
        "waybill_number": found.number,
        "source": found.source.value,
    }
    if found.reference:
        data["reference"] = found.reference
    if search is not None:
        data["left_at"] = search.left_at
    facts = [Fact(FactType.WAYBILL_NUMBER_FILLED, data, now)]
    shipped_at = parcel_of(after, number).when(Milestone.SHIPPED)
    if shipped_at is not None:
        facts.append(shipped_fact(after, number, shipped_at))
    records: list[Record] = [WaybillReference(found.carrier, found.number)]
    if found.reference:
        records.append(_version(order, number, found, now))
    if search is not None:
        records.append(replace(search, outcome=FOUND))
    return Filled(after, tuple(facts), tuple(records))


def corrected(before: Order, after: Order, now: int) -> Filled:
    """What follows when another number is put on parcels that had left under one: a fact that keeps the old one, and
    the shop is told again (it may hold the old one, and says so)."""
    facts: list[Fact] = []
    records: list[Record] = []
    for old in parcels_of(before):
        new = parcel_of(after, old.number)
        if not (old.waybill_number and old.has(Milestone.SHIPPED)) or new.waybill_number == old.waybill_number:
            continue
        data: dict[str, FactValue] = {
            "fulfillment": new.number,
            "carrier": new.carrier,
            "waybill_number": new.waybill_number,
            "source": new.number_source or Source.PERSON.value,
            "previous_number": old.waybill_number,
        }
        after = unconfirmed(after, new.number)
        facts += [
            Fact(FactType.WAYBILL_NUMBER_FILLED, data, now),
            shipped_fact(after, new.number, new.when(Milestone.SHIPPED) or now),
        ]
        records.append(WaybillReference(new.carrier, new.waybill_number))
    return Filled(after, tuple(facts), tuple(records))


def _version(order: Order, number: int, found: Found, now: int) -> WaybillVersion:
    """The label as its issuer told it; the version stands in its reference."""
    version = int(found.reference.rpartition("-")[2] or 1)
    return WaybillVersion(
        number,
        version,
        found.carrier,
        found.reference,
        found.number,
        "pushed",
        WaybillStatus.LIVE,
        order.content_version,
        dict(found.routing),
        now,
    )


def fill(
    order: Order,
    number: int,
    found: Found,
    orders: OrderStore,
    now: int,
    search: NumberSearch | None = None,
    *,
    before: Order | None = None,
) -> Order:
    """Commit the number; open cards that ask for it are answered. ``before``: the order as stored, when ``order``
    holds more than that already. Raises Stale."""
    done = filled(order, number, found, search, now)
    made = answered_cards(order, number, orders, now)
    change = Change(before or order, done.order, now, facts=done.facts, records=done.records, made=made, wakes=True)
    return orders.commit(change)


def answered_cards(order: Order, number: int, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open cards that ask for this parcel's number: nobody has to decide them any more."""
    return tuple(
        replace(card, status=DecisionStatus.MADE, option=MOOT, made_by=MADE_BY, made_at=now, note=NOTE)
        for card in _cards(order, number, orders.decisions_of(order.order_id))
    )


def _cards(order: Order, number: int, cards: Sequence[Decision]) -> list[Decision]:
    asks = DecisionClass.NUMBER_MISSING
    mine = [card for card in cards if card.decision_class is asks and not card.made_at]
    return [card for card in mine if card.evidence.get("parcel", str(number)) == str(number)]
