"""The packing station's list (R44): what is to be packed, what a scanned code means, what changed meanwhile.

What is answered is not personal: a station keeps it to go on packing without a connection.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.domain.decision_options import CARRIERS
from orderhub.domain.errors import Rejected
from orderhub.domain.label import CARRIER_NAMES
from orderhub.domain.label_text import clean, foreign
from orderhub.domain.order import Gift, Order, OrderLine, Parcel
from orderhub.domain.packing import PackState, pack_state_of, packing_version
from orderhub.domain.parcel import gifts_of, lines_of, parcels_of
from orderhub.ports.orders import OrderStore
from orderhub.ports.packing import PackingBoard

__all__ = ["PackingRoom", "Rejected", "changes", "find", "wave"]

MOST_PARCELS = 300
"""So many parcels are handed to a station at once: what a phone holds, and a shift packs."""

MOST_CHANGES = 500
OVERLAP_MS = 20_000
"""A commit's instant may be older than the commit by the time a partner took: so far back is read again."""

LONGEST_AWAY_MS = 3_600_000
LONGEST_CODE = 64

type Sees = Callable[[str], bool]
type Place = Callable[[float, float], tuple[float, float]]


def everything(_: str) -> bool:
    """For who sees every shop."""
    return True


@dataclass(frozen=True, slots=True)
class PackingRoom:
    """What the station works with. ``sticker_place``: where the label has a sticker that is wanted at x, y (mm)."""

    orders: OrderStore
    board: PackingBoard
    sticker_place: Place
    clock: Callable[[], int]


def wave(room: PackingRoom, sees: Sees = everything, order_ids: Sequence[str] = ()) -> dict[str, Any]:
    """``{"loaded_at", "is_more", "parcels"}``: what is to be packed now, the longest waiting first, at most 300.

    With ``order_ids``: every parcel of these orders, whatever its state. ``sees``: shop id → whether it may be shown.
    """
    now = room.clock()
    if order_ids:
        orders = room.orders.load_many(list(dict.fromkeys(order_ids))[:MOST_PARCELS])
        shown = [_shown(order, parcel, room) for order, parcel in _parcels(orders, sees)]
        return {"loaded_at": now, "is_more": False, "parcels": shown}
    places = [place for place in room.board.ready(MOST_CHANGES) if sees(place.shop_id)]
    waiting = {(place.order_id, place.parcel): number for number, place in enumerate(places[:MOST_PARCELS])}
    found = room.orders.load_many(list(dict.fromkeys(order_id for order_id, _ in waiting)))
    ready = [
        (waiting[order.order_id, parcel.number], _shown(order, parcel, room))
        for order, parcel in _parcels(found, sees)
        if (order.order_id, parcel.number) in waiting and pack_state_of(order, parcel) is PackState.READY
    ]
    parcels = [shown for _, shown in sorted(ready, key=lambda row: row[0])]
    return {"loaded_at": now, "is_more": len(places) > MOST_PARCELS, "parcels": parcels}


def find(code: str, room: PackingRoom, sees: Sees = everything) -> dict[str, Any]:
    """``{"code", "parcels"}``: the parcels a scanned code may mean, of any state; several when a product is in several.

    A waybill's number means its parcel, also one that is void since (then the parcel has another number). Any other
    code is a product of the parcels that are to be packed now. Raises Rejected (``no_such_code``).
    """
    wanted = clean(code, LONGEST_CODE).strip()
    order_id = _order_of_number(wanted, room.orders)
    if order_id:
        parcels = wave(room, sees, (order_id,))["parcels"]
        exact = [row for row in parcels if row["waybill_number"] == wanted.upper()]
        parcels = exact or parcels
    else:
        parcels = [row for row in wave(room, sees)["parcels"] if _needs(row, wanted)]
    if not wanted or not parcels:
        raise Rejected("no_such_code", wanted[:40] or "an empty code")
    return {"code": wanted, "parcels": parcels}


def changes(since: int, room: PackingRoom, sees: Sees = everything) -> dict[str, Any]:
    """``{"now", "reload", "parcels": [{order_id, parcel, state, version}]}``: what changed at or after ``since``, the
    ``now`` of the last answer (ms UTC). Some are told twice: compare versions. ``reload``: ask for the list again."""
    now = room.clock()
    if since < now - LONGEST_AWAY_MS:
        return {"now": now, "reload": True, "parcels": []}
    places = room.board.changed(since - OVERLAP_MS, MOST_CHANGES)
    rows = [
        {"order_id": one.order_id, "parcel": one.parcel, "state": one.state.value, "version": one.version}
        for one in places
        if sees(one.shop_id)
    ]
    return {"now": now, "reload": len(places) >= MOST_CHANGES, "parcels": rows}


def _parcels(orders: Iterable[Order], sees: Sees) -> Iterable[tuple[Order, Parcel]]:
    for order in orders:
        if order.snapshot is not None and sees(order.shop_id):
            for parcel in parcels_of(order):
                yield order, parcel


def _shown(order: Order, parcel: Parcel, room: PackingRoom) -> dict[str, Any]:
    carrier = parcel.carrier or order.carrier
    return {
        "order_id": order.order_id,
        "parcel": parcel.number,
        "parcels": len(parcels_of(order)),
        "state": pack_state_of(order, parcel).value,
        "version": packing_version(order, parcel),
        "is_changed": order.address_changes > 0 or str(parcel.number) in order.packed,
        "waybill_number": parcel.waybill_number,
        "carrier": carrier,
        "carrier_name": CARRIER_NAMES.get(carrier, carrier.upper()),
        "warehouse": parcel.warehouse,
        "items": [_item(line) for line in lines_of(order, parcel)],
        "gifts": [_gift(gift, room.sticker_place) for gift in gifts_of(order, parcel)],
    }


def _item(line: OrderLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "codes": [line.sku, line.barcode] if line.barcode and line.barcode != line.sku else [line.sku],
        "name": foreign(line.name or line.sku, 40),
        "quantity": line.quantity,
        "is_gift": line.is_gift,
    }


def _gift(gift: Gift, place: Place) -> dict[str, Any]:
    sticker = None
    if gift.sticker.position:
        x, y = place(gift.sticker.x_mm, gift.sticker.y_mm)
        sticker = {"position": clean(gift.sticker.position, 20), "x_mm": x, "y_mm": y}
    return {
        "code": gift.code,
        "name": clean(gift.name, 40),
        "quantity": gift.quantity,
        "waybill_line": clean(gift.waybill_line, 60),
        "sticker": sticker,
    }


def _needs(row: dict[str, Any], code: str) -> bool:
    return any(code.casefold() == one.casefold() for item in row["items"] for one in item["codes"])


def _order_of_number(code: str, orders: OrderStore) -> str:
    number = code.upper()
    if not (8 <= len(number) <= 28 and number.isascii() and number.isalnum()):
        return ""
    known = dict.fromkeys((*CARRIER_NAMES, *CARRIERS))
    return next(filter(None, (orders.order_of_waybill(carrier, number) for carrier in known)), None) or ""
