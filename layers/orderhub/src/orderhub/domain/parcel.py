"""Orders that go in several parcels: which lines go where, how far each is, and what that means for the order.

An order with one parcel carries that parcel's state itself; ``parcels_of`` shows both kinds alike. Of an order
with several, a milestone is reached when every parcel that is still to go has reached it (``reach_in``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from orderhub.domain.money import apportion
from orderhub.domain.order import Gift, Milestone, Order, OrderLine, Parcel

PER_PARCEL = (
    Milestone.DISPATCHED,
    Milestone.LABELLED,
    Milestone.SHIPPED,
    Milestone.CONFIRMED,
    Milestone.PICKED_UP,
    Milestone.DELIVERED,
    Milestone.WITHDRAWN,
    Milestone.VOIDED,
    Milestone.CLOSED,
)
"""What happens to a parcel by itself."""

SCANS = (
    Milestone.MOVED,
    Milestone.OUT_FOR_DELIVERY,
    Milestone.TURNED,
    Milestone.REDIRECT_ASKED,
    Milestone.BACK_AT_SENDER,
    Milestone.SIGNED_AGAIN,
    Milestone.SIGNATURE_VOID,
)
"""What else a carrier's scans say of a parcel; of several parcels the order itself says none of these."""

_OF_ALL = (Milestone.DISPATCHED, Milestone.WITHDRAWN, Milestone.VOIDED)
"""Reached by the order when every parcel has; the others when every parcel that still goes has."""

MAX_PARCELS = 9


def parcels_of(order: Order) -> tuple[Parcel, ...]:
    """The order's parcels, at least one. The only parcel of an order is the order itself, seen as a parcel."""
    if order.parcels:
        return order.parcels
    line_ids = tuple(line.line_id for line in order.physical_lines)
    return (Parcel(1, order.warehouse, line_ids, order.carrier, order.waybill_number, order.at, order.number_source),)


def parcel_of(order: Order, number: int) -> Parcel:
    """Raises KeyError for a parcel the order has not."""
    for parcel in parcels_of(order):
        if parcel.number == number:
            return parcel
    raise KeyError(f"{order.order_id} has no parcel {number}")


def lines_of(order: Order, parcel: Parcel) -> tuple[OrderLine, ...]:
    """The lines in this parcel, as they are to be sent."""
    if not order.parcels:
        return order.physical_lines
    return tuple(line for line in order.physical_lines if line.line_id in parcel.line_ids)


def gifts_of(order: Order, parcel: Parcel) -> tuple[Gift, ...]:
    """The gifts that travel in this parcel: with the line that earned them."""
    if not order.parcels:
        return order.gifts
    return tuple(gift for gift in order.gifts if gift.line_id in parcel.line_ids)


def warehouse_of(order: Order, line_id: str) -> str:
    """The warehouse that sends this line."""
    return next((p.warehouse for p in order.parcels if line_id in p.line_ids), order.warehouse)


def shares_of(order: Order, total_fen: int, fen_of_line: Mapping[str, int]) -> dict[int, int]:
    """Parcel number → its share of an amount of the whole order, in proportion to its lines; they add up to the fen."""
    parcels = parcels_of(order)
    weights = [sum(fen_of_line[line.line_id] for line in lines_of(order, parcel)) for parcel in parcels]
    shares = apportion(total_fen, weights)
    return {parcel.number: share for parcel, share in zip(parcels, shares, strict=True)}


def trade_id_of(order: Order, number: int) -> str:
    """A parcel's name at the warehouse: the platform's id, from the second parcel on with its number behind."""
    return order.platform_id if number == 1 else f"{order.platform_id}-{number}"


def order_and_parcel(trade_id: str) -> tuple[str, int] | None:
    """The platform id and number in the name of a second or later parcel; None when it is not such a name.

    ``order_and_parcel("E1-2") == ("E1", 2)``. A platform's own id may look like that: look for the order first.
    """
    platform_id, dash, tail = trade_id.rpartition("-")
    is_number = len(tail) == 1 and tail.isascii() and tail.isdigit() and 2 <= int(tail) <= MAX_PARCELS
    return (platform_id, int(tail)) if dash and platform_id and is_number else None


def planned(order: Order, allocation: Mapping[str, str]) -> Order:
    """The order with its lines spread over warehouses as ``allocation`` (line id → warehouse) says.

    One parcel for each warehouse, numbered in the order in which ``allocation`` names them; one warehouse is no split.
    A warehouse keeps the number it had: what was pushed under a name stays under it. Raises ValueError for a line
    without a warehouse and for more than 9 parcels.
    """
    groups: dict[str, list[str]] = {warehouse: [] for warehouse in allocation.values() if warehouse}
    for line in order.physical_lines:
        warehouse = allocation.get(line.line_id, "")
        if not warehouse:
            raise ValueError(f"line {line.line_id} of {order.order_id} has no warehouse")
        groups[warehouse].append(line.line_id)
    groups = {warehouse: line_ids for warehouse, line_ids in groups.items() if line_ids}
    if len(groups) > MAX_PARCELS:
        raise ValueError(f"{order.order_id} would go in {len(groups)} parcels; {MAX_PARCELS} at most")
    if len(groups) < 2:
        return replace(order, warehouse=next(iter(groups), order.warehouse), parcels=())
    known = {parcel.warehouse: parcel.number for parcel in parcels_of(order)}
    numbers = {warehouse: known[warehouse] for warehouse in groups if warehouse in known}
    free = iter(sorted(set(range(1, MAX_PARCELS + 1)) - set(numbers.values())))
    parcels = [
        Parcel(numbers.get(warehouse) or next(free), warehouse, tuple(line_ids))
        for warehouse, line_ids in groups.items()
    ]
    parcels.sort(key=lambda parcel: parcel.number)
    return replace(order, warehouse=parcels[0].warehouse, parcels=tuple(parcels))


def reach_in(
    order: Order,
    number: int,
    milestone: Milestone,
    instant: int,
    *,
    carrier: str = "",
    waybill_number: str = "",
    number_source: str = "",
) -> Order:
    """The order with this milestone reached by one of its parcels, and by itself when it was the last one.

    An earlier record stands; a carrier, a number and who told it, when given, replace those of the parcel.
    Raises KeyError for a parcel the order has not.
    """
    before = parcel_of(order, number)
    carrier, waybill_number = carrier or before.carrier, waybill_number or before.waybill_number
    source = number_source or before.number_source
    if not order.parcels:
        reached = order.reach(milestone, instant)
        return replace(reached, carrier=carrier, waybill_number=waybill_number, number_source=source)
    at = {milestone.value: instant, **before.at}
    after = replace(before, at=at, carrier=carrier, waybill_number=waybill_number, number_source=source)
    return _summed_up(replace(order, parcels=tuple(after if p is before else p for p in order.parcels)))


def without_label(order: Order, number: int) -> Order:
    """The order after a parcel's label was voided although the parcel is still to go: it is to get another one.

    Raises KeyError for a parcel the order has not.
    """
    before = parcel_of(order, number)
    order = order.forget(Milestone.LABELLED)
    if not order.parcels:
        return replace(order, carrier="", waybill_number="", number_source="")
    at = {name: instant for name, instant in before.at.items() if name != Milestone.LABELLED.value}
    after = replace(before, at=at, carrier="", waybill_number="", number_source="")
    return _summed_up(replace(order, parcels=tuple(after if p is before else p for p in order.parcels)))


def unconfirmed(order: Order, number: int) -> Order:
    """The order with the shop to be told again of this parcel. Raises KeyError for a parcel the order has not."""
    before = parcel_of(order, number)
    order = order.forget(Milestone.CONFIRMED)
    if not order.parcels:
        return order
    at = {name: instant for name, instant in before.at.items() if name != Milestone.CONFIRMED.value}
    return replace(order, parcels=tuple(replace(p, at=at) if p is before else p for p in order.parcels))


def reach_in_each(order: Order, parcels: Iterable[Parcel], milestone: Milestone, instant: int) -> Order:
    """The order with this milestone reached by each of these parcels."""
    for parcel in parcels:
        order = reach_in(order, parcel.number, milestone, instant)
    return order


def with_scans(order: Order, number: int, at: Mapping[str, int]) -> Order:
    """The order with everything that happened to a parcel as ``at`` says it now.

    Unlike what the hub does, a scan may be corrected by an older one that comes late: pickup and delivery of the whole
    order are summed up anew. Raises KeyError for a parcel the order has not.
    """
    before = parcel_of(order, number)
    if not order.parcels:
        return replace(order, at=at)
    parcels = tuple(replace(p, at=at) if p is before else p for p in order.parcels)
    return _summed_up(replace(order.forget(Milestone.PICKED_UP, Milestone.DELIVERED), parcels=parcels))


def has_left_in_part(order: Order) -> bool:
    """Whether a parcel has left while another, which is not called off, has not."""
    return not order.has(Milestone.SHIPPED) and any(p.has(Milestone.SHIPPED) for p in order.parcels)


def parcels_here(order: Order) -> tuple[Parcel, ...]:
    """The parcels that have not left and are not called off."""
    return tuple(p for p in parcels_of(order) if not p.has(Milestone.SHIPPED) and not p.is_called_off)


def newly_shipped(before: Order, after: Order) -> tuple[int, ...]:
    """The numbers of the parcels that have left in ``after`` and had not in ``before``."""
    left = {parcel.number for parcel in parcels_of(before) if parcel.has(Milestone.SHIPPED)}
    return tuple(p.number for p in parcels_of(after) if p.has(Milestone.SHIPPED) and p.number not in left)


def described(order: Order) -> str:
    """Where each of several parcels is, for a person who must decide; empty for an order with one parcel."""
    return "; ".join(f"{parcel.number}: {_words(parcel)}" for parcel in order.parcels)


def _words(parcel: Parcel) -> str:
    number = f" {parcel.waybill_number}" if parcel.waybill_number else ""
    for milestone in (Milestone.DELIVERED, Milestone.SHIPPED):
        if parcel.has(milestone):
            return f"{milestone.value}{number} from {parcel.warehouse}"
    if parcel.is_called_off or parcel.has(Milestone.WITHDRAWN):
        return f"called off at {parcel.warehouse}"
    return f"not sent yet{number} from {parcel.warehouse}"


def _summed_up(order: Order) -> Order:
    """What is true of all parcels is true of the order, from the last instant of it on."""
    going = [parcel for parcel in order.parcels if not parcel.is_called_off]
    for milestone in PER_PARCEL:
        if milestone is Milestone.CLOSED:
            continue  # an order is closed as a whole (``close``), or one of its parcels left and it is not
        concerned = order.parcels if milestone in _OF_ALL else going
        instants = [_instant(parcel, milestone) for parcel in concerned]
        reached = [instant for instant in instants if instant is not None]
        if reached and len(reached) == len(instants):
            order = order.reach(milestone, max(reached))
    first = next((parcel for parcel in order.parcels if parcel.waybill_number), order.parcels[0])
    return replace(order, carrier=first.carrier, waybill_number=first.waybill_number)


def _instant(parcel: Parcel, milestone: Milestone) -> int | None:
    """A parcel that left with the warehouse's own number needs no label any more."""
    if milestone is Milestone.LABELLED and not parcel.has(milestone):
        return parcel.when(Milestone.SHIPPED)
    return parcel.when(milestone)
