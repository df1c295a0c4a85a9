"""What a waybill shows, as digests: two contents can be compared, and neither can be read.

Two tracks (双轨面单, R33): the carrier holds ``HELD``, what it was told when the label was bought or changed; the hub's
cached version shows ``SHOWN`` as well, which the hub prints itself. Digests of personal data are keyed where the plain
data was at hand (``Order.receiver_digest``), so nothing here tells an address.
"""

import hashlib
from collections.abc import Iterable, Mapping

from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import gifts_of, lines_of, parcels_here
from orderhub.domain.records import WaybillStatus, WaybillVersion

DEFAULT_CARRIER = "sf"

HELD = ("carrier", "receiver", "region", "lines")
"""What the carrier is told of a parcel."""

SHOWN = (*HELD, "gifts")
"""What the label shows: the gift line at its bottom is the hub's own print."""

CACHED_KEPT = 5
"""So many of the latest cached versions of a parcel are kept."""

_SIGNS = 16


def carrier_of(order: Order, parcel: Parcel) -> str:
    """Who is to carry this parcel."""
    return order.carrier_wish or DEFAULT_CARRIER


def parts_of(order: Order, parcel: Parcel) -> Mapping[str, str]:
    """Field → digest of what stands there for this parcel now."""
    region = order.region
    return {
        "carrier": carrier_of(order, parcel),
        "receiver": _digest(order.receiver_digest),
        "region": _digest(region.province, region.city, region.district),
        "lines": _digest(*(part for line in lines_of(order, parcel) for part in (line.name, line.sku, line.quantity))),
        "gifts": _digest(*(gift.waybill_line for gift in gifts_of(order, parcel))),
    }


def held_digest(order: Order, parcel: Parcel) -> str:
    """Tells whether the carrier would have to be told something else. Raises ValueError for an unknown order."""
    return digest_of(parts_of(order, parcel), HELD)


def digest_of(parts: Mapping[str, str], fields: Iterable[str]) -> str:
    """One digest of these fields."""
    return _digest(*(f"{name}={parts.get(name, '')}" for name in fields))


def compare(one: WaybillVersion, other: WaybillVersion) -> tuple[str, ...]:
    """The names of the fields in which two versions differ, of either track; ``number`` when their numbers do.

    Fields that one of them does not know are not compared: the carrier's version knows no gifts.
    """
    common = [name for name in SHOWN if name in one.parts and name in other.parts]
    differ = tuple(name for name in common if one.parts[name] != other.parts[name])
    return differ if one.number == other.number else (*differ, "number")


def cached_versions(order: Order, now: int) -> tuple[WaybillVersion, ...]:
    """The labels the hub wants now for the parcels that are still here, to be written with the commit that made them
    so. Their version is the order's ``content_version``; nothing for an order that the warehouse does not have yet."""
    if not order.has(Milestone.DISPATCHED) or order.snapshot is None:
        return ()
    return tuple(cached_version(order, parcel, now) for parcel in parcels_here(order))


def cached_version(order: Order, parcel: Parcel, now: int) -> WaybillVersion:
    """The label that the hub wants for this parcel now."""
    parts = parts_of(order, parcel)
    return WaybillVersion(
        fulfillment=parcel.number,
        version=order.content_version,
        carrier=parts["carrier"],
        reference="",
        number=parcel.waybill_number,
        track="cached",
        status=WaybillStatus.LIVE,
        content_version=order.content_version,
        routing={},
        issued_at=now,
        content_digest=digest_of(parts, SHOWN),
        parts=parts,
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:_SIGNS]
