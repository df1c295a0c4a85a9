"""What the packing station knows of a parcel (R44): whether it may be packed now, as what, and what became of it.

A parcel stands on the station's list from its label on. ``packing_version`` tells which label and which content a
packer saw; its four parts are compared, so that a change can be named. Nothing here is personal: the receiver counts as
a keyed digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import gifts_of, lines_of, parcels_of
from orderhub.domain.waybill_content import digest_of, parts_of

PARTS: Mapping[str, tuple[str, ...]] = {
    "address": ("receiver", "region"),
    "items": ("lines",),
    "gifts": ("gifts",),
    "label": ("carrier", "number"),
}
"""What a version is made of, in its order: the name of a difference → the fields behind it."""

_SIGNS = 8


class PackState(StrEnum):
    """Whether a parcel may be packed now, and if not, why."""

    READY = "ready"
    PACKED = "packed"  # under the label that is wanted now
    CHANGING = "changing"  # another address is asked for
    RELABEL = "relabel"  # its label, or what the warehouse holds of it, is being changed
    HELD = "held"
    CANCELLED = "cancelled"
    GONE = "gone"  # it has left


@dataclass(frozen=True, slots=True)
class PackingPlace:
    """Where one parcel stands on the station's list; nothing of its content. ``version`` is empty once it has left."""

    order_id: str
    shop_id: str
    parcel: int
    state: PackState
    version: str
    changed_at: int  # ms UTC


@dataclass(frozen=True, slots=True)
class Packed:
    """What a packer says of a parcel. ``items``: what was scanned → pieces; ``gifts``: pieces confirmed."""

    version: str
    waybill_number: str
    items: Mapping[str, int]
    gifts: int


def packing_version(order: Order, parcel: Parcel) -> str:
    """``address-items-gifts-label``, each a digest of 8 signs. Raises ValueError for an order that is not known yet."""
    parts = {**parts_of(order, parcel), "number": parcel.waybill_number}
    return "-".join(digest_of(parts, fields)[:_SIGNS] for fields in PARTS.values())


def differences(one: str, other: str) -> tuple[str, ...]:
    """The names of the parts in which two versions differ; ``label`` alone for what is no version."""
    mine, theirs = one.split("-"), other.split("-")
    if not len(mine) == len(theirs) == len(PARTS):
        return ("label",)
    return tuple(name for name, a, b in zip(PARTS, mine, theirs, strict=True) if a != b)


def pack_state_of(order: Order, parcel: Parcel) -> PackState:
    """Raises ValueError for an order that is not known yet."""
    if parcel.has(Milestone.SHIPPED):
        return PackState.GONE
    if order.has(Milestone.CANCELLED) or order.has(Milestone.CLOSED) or parcel.is_called_off:
        return PackState.CANCELLED
    if order.holds:
        return PackState.HELD
    if order.change_open:
        return PackState.CHANGING
    if not parcel.has(Milestone.DISPATCHED, Milestone.LABELLED) or not parcel.waybill_number:
        return PackState.RELABEL
    if order.relabel or order.push_due:
        return PackState.RELABEL
    was = order.packed.get(str(parcel.number))
    return PackState.PACKED if was == packing_version(order, parcel) else PackState.READY


def moved_places(before: Order | None, after: Order, now: int) -> tuple[PackingPlace, ...]:
    """The parcels whose place on the list is another one after this change of their order: to be written with it."""
    was, is_now = _places(before), _places(after)
    moved = []
    for number in sorted(was.keys() | is_now.keys()):
        state, version = is_now.get(number) or (_lost_its_label(after, number), was[number][1])
        if (state, version) != was.get(number):
            moved.append(PackingPlace(after.order_id, after.shop_id, number, state, version, now))
    return tuple(moved)


def problems_of(order: Order, parcel: Parcel, packed: Packed) -> tuple[str, ...]:
    """What is not as it is wanted of a parcel that somebody says to have packed; empty when all is.

    Names of differences, a state that stops it, ``wrong_items``, ``missed_gift``, ``twice``. Of a parcel that has left,
    its address may have changed on the way since.
    """
    state, wanted = pack_state_of(order, parcel), packing_version(order, parcel)
    problems = list(differences(packed.version, wanted))
    if packed.waybill_number != parcel.waybill_number and "label" not in problems:
        problems.append("label")
    if state is PackState.GONE:
        problems = [name for name in problems if name != "address"]
    elif state not in (PackState.READY, PackState.PACKED):
        problems.append(state.value)
    if packed.items != pieces_of(order, parcel) and "items" not in problems:
        problems.append("wrong_items")
    if packed.gifts < gifts_in(order, parcel) and "gifts" not in problems:
        problems.append("missed_gift")
    if state is PackState.PACKED:
        problems.append("twice")
    return tuple(problems)


def pieces_of(order: Order, parcel: Parcel) -> Mapping[str, int]:
    """SKU → pieces to be in this parcel."""
    pieces: dict[str, int] = {}
    for line in lines_of(order, parcel):
        pieces[line.sku] = pieces.get(line.sku, 0) + line.quantity
    return pieces


def gifts_in(order: Order, parcel: Parcel) -> int:
    """Pieces of gifts that go with this parcel."""
    return sum(gift.quantity for gift in gifts_of(order, parcel))


def _places(order: Order | None) -> dict[int, tuple[PackState, str]]:
    if order is None or order.snapshot is None:
        return {}
    return {
        parcel.number: _place(order, parcel)
        for parcel in parcels_of(order)
        if parcel.has(Milestone.DISPATCHED, Milestone.LABELLED)
    }


def _place(order: Order, parcel: Parcel) -> tuple[PackState, str]:
    state = pack_state_of(order, parcel)
    return state, "" if state is PackState.GONE else packing_version(order, parcel)


def _lost_its_label(order: Order, number: int) -> PackState:
    """The state of a parcel whose label was voided, or which is no parcel of the order any more."""
    parcel = next((one for one in parcels_of(order) if one.number == number), None)
    return pack_state_of(order, parcel) if parcel else PackState.CANCELLED
