"""Where a parcel is on its way, as its carrier's scans tell (R36).

Scans come late, twice and in any order. What is kept of them is the first or the last instant of each kind, and all
else is derived from these: so every order of arrival ends in the same place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import parcel_of, with_scans


class Zone(StrEnum):
    """How far a parcel has come. What can still be done about its address follows from this."""

    NOT_PICKED_UP = "not_picked_up"
    IN_TRANSIT = "in_transit"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    RETURNING = "returning"  # on its way back to the sender, or there


@dataclass(frozen=True, slots=True)
class Scan:
    """One step of a parcel as its carrier recorded it, ms UTC. ``kind``: as ``ports.partners.RouteEvent`` names it."""

    kind: str
    occurred_at: int


_FIRST = {"picked_up": Milestone.PICKED_UP, "turned": Milestone.TURNED}
_LAST = {
    "moving": Milestone.MOVED,
    "exception": Milestone.MOVED,  # a delivery that failed is none: the parcel is under way again
    "out_for_delivery": Milestone.OUT_FOR_DELIVERY,
    "signature_void": Milestone.SIGNATURE_VOID,
}
_SIGNED = "delivered"
_SIGNATURES = (Milestone.DELIVERED, Milestone.BACK_AT_SENDER, Milestone.SIGNED_AGAIN)


def zone_of(order: Order, parcel: Parcel) -> Zone:
    """Where this parcel is: by its latest scan, the carrier's time counting. One that nobody scanned is not picked up.

    What the buyer confirmed to have received is delivered, whatever the carrier forgot to scan. Scans of the same
    second are taken as going forward.
    """
    if parcel.has(Milestone.DELIVERED):
        return Zone.DELIVERED
    if parcel.has(Milestone.TURNED) and not parcel.has(Milestone.REDIRECT_ASKED):
        return Zone.RETURNING
    if order.has(Milestone.RECEIVED):
        return Zone.DELIVERED
    under_way = max(parcel.when(Milestone.MOVED) or 0, parcel.when(Milestone.TURNED) or 0)
    out = parcel.when(Milestone.OUT_FOR_DELIVERY)
    if out is not None and out >= under_way:
        return Zone.DELIVERING
    is_scanned = out is not None or under_way or parcel.has(Milestone.PICKED_UP)
    return Zone.IN_TRANSIT if is_scanned else Zone.NOT_PICKED_UP


def scanned(order: Order, number: int, scans: Iterable[Scan]) -> Order:
    """The order after these scans of one of its parcels; a kind that tells nothing of the way is passed over.

    The first signature stands. Those up to the last ``signature_void`` do not count, and then the last one stands: the
    first and the last are all that is kept. Raises KeyError for a parcel the order has not.
    """
    at = dict(parcel_of(order, number).at)
    signed = _signatures(at)
    for scan in scans:
        if scan.kind == _SIGNED:
            signed.append(scan.occurred_at)
        elif first := _FIRST.get(scan.kind):
            at[first.value] = min(at.get(first.value, scan.occurred_at), scan.occurred_at)
        elif last := _LAST.get(scan.kind):
            at[last.value] = max(at.get(last.value, scan.occurred_at), scan.occurred_at)
    return with_scans(order, number, _with_signature(at, signed))


def redirect_asked(order: Order, number: int, asked_at: int) -> Order:
    """The order whose carrier is asked to take this parcel to the buyer elsewhere, or under another name.

    To be committed before the carrier is asked. A parcel that is turned afterwards goes on to the buyer, not back: the
    carrier's codes do not tell the two apart. Raises KeyError for a parcel the order has not.
    """
    at = dict(parcel_of(order, number).at)
    signed = _signatures(at)
    asked = Milestone.REDIRECT_ASKED.value
    at[asked] = min(at.get(asked, asked_at), asked_at)
    return with_scans(order, number, _with_signature(at, signed))


def redirect_refused(order: Order, number: int) -> Order:
    """The order whose carrier clearly said no to that: if this parcel is turned, it goes back.

    Raises KeyError for a parcel the order has not.
    """
    at = dict(parcel_of(order, number).at)
    signed = _signatures(at)
    at.pop(Milestone.REDIRECT_ASKED.value, None)
    return with_scans(order, number, _with_signature(at, signed))


def _signatures(at: dict[str, int]) -> list[int]:
    """When somebody signed for the parcel; taken out of ``at``, because who it was is derived anew."""
    return [at.pop(milestone.value) for milestone in _SIGNATURES if milestone.value in at]


def _with_signature(at: dict[str, int], instants: list[int]) -> dict[str, int]:
    void = at.get(Milestone.SIGNATURE_VOID.value)
    valid = [instant for instant in instants if void is None or instant > void]
    if not valid:
        return at
    signed = min(valid) if void is None else max(valid)
    if signed < max(valid):
        at[Milestone.SIGNED_AGAIN.value] = max(valid)
    turned = at.get(Milestone.TURNED.value)
    is_back = turned is not None and turned < signed and Milestone.REDIRECT_ASKED.value not in at
    return at | {(Milestone.BACK_AT_SENDER if is_back else Milestone.DELIVERED).value: signed}
