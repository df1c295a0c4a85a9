"""Begin the search for a parcel's missing number, and put a number that was found where it belongs (R37).

Everything about one step is one commit of the order: the search, the number with its provenance, what is announced,
and the card that nobody has to answer any more. So a step is done once, however often it is tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from orderhub.domain.backfill import Found, NumberSearch, Source, begun, misses_number, over
from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.order import Milestone, Order
from orderhub.domain.parcel import parcel_of, parcels_of, reach_in, unconfirmed
from orderhub.domain.records import WaybillReference, WaybillStatus, WaybillVersion
from orderhub.domain.waybill_track import CREATE_VERB
from orderhub.ports.orders import Change, OrderStore, Record
from orderhub.services.park import made_fact

NOTE = "the number is known now"


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


def begin(order: Order, orders: OrderStore, said_by: str, left_at: int, now: int) -> Begun:
    """The searches that a change to this order begins, and their announcements; nothing is read while no number is
    missing. ``said_by``: warehouse | carrier | shop | person."""
    missing = [parcel.number for parcel in parcels_of(order) if misses_number(order, parcel)]
    searches = [orders.number_search(order.order_id, number) for number in missing]
    known = {search.fulfillment: search for search in searches if search is not None}
    begun_now = begun(order, known, said_by, left_at, now) if missing else ()
    return Begun(begun_now, tuple(_missing(search) for search in begun_now))


def begin_lost(order: Order, orders: OrderStore, now: int) -> int:
    """Begin the searches that nobody began, of parcels that left before there were any; how many. Raises Stale."""
    told = {Milestone.SHIPPED: "warehouse", Milestone.PICKED_UP: "carrier", Milestone.SHOP_SHIPPED: "shop"}
    missing = next((parcel for parcel in parcels_of(order) if misses_number(order, parcel)), None)
    if missing is None:
        return 0
    by = next(milestone for milestone in told if missing.has(milestone) or order.has(milestone))
    begun_now = begin(order, orders, told[by], missing.when(by) or order.when(by) or now, now)
    if begun_now.searches:
        orders.commit(Change(order, order, now, facts=begun_now.facts, records=begun_now.searches))
    return len(begun_now.searches)


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
        records.append(over(search, found.carrier))
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
    made = (*answered_cards(order, number, orders, now), *_no_longer_silent(order, found, orders, now))
    answered = {card.decision_id for card in made}
    after = replace(done.order, holds={key: held for key, held in done.order.holds.items() if key not in answered})
    facts = (*done.facts, *(made_fact(card, now) for card in made))
    change = Change(before or order, after, now, facts=facts, records=done.records, made=made, wakes=True)
    return orders.commit(change)


def _no_longer_silent(order: Order, found: Found, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open cards about a label whose issuer would not say whether it lives: he has said it."""
    if found.source is not Source.ISSUER or not found.reference:
        return ()
    silent = [held for held in order.holds.values() if held == DecisionClass.CARRIER_SILENT.value]
    cards = orders.decisions_of(order.order_id) if silent else ()
    about = {"asked": CREATE_VERB, "reference": found.reference}
    return tuple(
        card.moot(now, NOTE)
        for card in cards
        if card.decision_class is DecisionClass.CARRIER_SILENT and not card.made_at
        if all(card.evidence.get(name) == value for name, value in about.items())
    )


def answered_cards(order: Order, number: int, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open cards that ask for this parcel's number: nobody has to decide them any more."""
    return tuple(card.moot(now, NOTE) for card in _cards(order, number, orders.decisions_of(order.order_id)))


def _cards(order: Order, number: int, cards: Sequence[Decision]) -> list[Decision]:
    asks = DecisionClass.NUMBER_MISSING
    mine = [card for card in cards if card.decision_class is asks and not card.made_at]
    return [card for card in mine if card.evidence.get("parcel", str(number)) == str(number)]
