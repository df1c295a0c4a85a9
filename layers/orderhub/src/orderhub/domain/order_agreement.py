"""Whether the systems hold the same of an order that has left, as far as facts tell (R52), and what went wrong (R53).

A system that has not said is unknown, never taken as agreeing.
"""

from collections.abc import Mapping, Sequence

from orderhub.domain.order_row import LATE_AFTER_MS, Agreement, Defect
from orderhub.domain.order_told import Told

_WAREHOUSE_DIFFERS = frozenset({"number_mismatch", "shipped_after_closing", "warehouse_rejected"})
_CARRIER_DIFFERS = frozenset({"carrier_rejected", "address_not_brought"})

PACKED_WRONG = frozenset({"address", "items", "label", "wrong_items"})
PACKED_SHORT = frozenset({"gifts", "missed_gift"})
"""Problems of ``ParcelPacked`` that are a defect once the parcel has left as it was packed; what only stopped it for a
while (held, changing) is none."""


def compare(
    parcels: Sequence[Told], open_classes: frozenset[str], is_received: bool, booked: tuple[int, int] | None
) -> Mapping[str, Agreement]:
    """System → how it compares with the hub, of an order whose parcels have left.

    ``warehouse``: it sent each parcel under the label's number. ``carrier``: the label shows the content that was sent.
    ``shop``: it holds each parcel's number, or has closed the trade as received. ``finance``: what was booked is what
    was paid less what was paid back (``booked``: both, in fen; not named before the order is settled).
    """
    found = {
        "warehouse": _worst([_warehouse(told) for told in parcels], bool(open_classes & _WAREHOUSE_DIFFERS)),
        "carrier": _worst([_carrier(told) for told in parcels], bool(open_classes & _CARRIER_DIFFERS)),
        "shop": _worst([_shop(told, is_received) for told in parcels], "shop_rejected" in open_classes),
    }
    if booked is not None:
        found["finance"] = Agreement.AGREES if booked[0] == booked[1] else Agreement.DIFFERS
    return found


def _warehouse(told: Told) -> Agreement:
    if not told.number:
        return Agreement.UNKNOWN
    if told.label and told.label != told.number:
        return Agreement.DIFFERS
    return Agreement.AGREES if told.label else Agreement.UNKNOWN


def _carrier(told: Told) -> Agreement:
    if not told.label_version or not told.pushed_version:
        return Agreement.UNKNOWN
    return Agreement.AGREES if told.label_version == told.pushed_version else Agreement.UNKNOWN


def _shop(told: Told, is_received: bool) -> Agreement:
    if told.shop_number and told.number:
        return Agreement.AGREES if told.shop_number == told.number else Agreement.DIFFERS
    return Agreement.AGREES if is_received else Agreement.UNKNOWN


def _worst(each: Sequence[Agreement], is_contradicted: bool) -> Agreement:
    if is_contradicted or Agreement.DIFFERS in each:
        return Agreement.DIFFERS
    return Agreement.UNKNOWN if Agreement.UNKNOWN in each or not each else Agreement.AGREES


def defects_of(
    parcels: Sequence[Told], exceptions: frozenset[str], paid_at: int, left_at: int, *, is_presale: bool
) -> tuple[Defect, ...]:
    """The kinds of defect of an order's parcels, each once.

    Wrong: the warehouse used another label (a card ``number_mismatch``), or sent a gift that was taken from the order
    (``recover_gift``) or a parcel of an ended one; or a parcel left as it was last packed at the station, with other
    items or under another label than its own. Missing: it left without a number, or without a gift that was to go with
    it. Late: more than 48 h after the payment, presale orders aside.
    """
    found = []
    if any(told.left_at for told in parcels):
        amiss = {problem for told in parcels if told.left_at for problem in told.packed_amiss}
        if amiss & PACKED_WRONG or exceptions & {"number_mismatch", "recover_gift", "shipped_after_closing"}:
            found.append(Defect.WRONG)
        if amiss & PACKED_SHORT or any(told.was_without_number for told in parcels):
            found.append(Defect.MISSING)
    if left_at and paid_at and left_at - paid_at > LATE_AFTER_MS and not is_presale:
        found.append(Defect.LATE)
    return tuple(found)
