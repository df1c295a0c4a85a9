"""What each carrier can do about a parcel that is to go elsewhere, as data (R36).

Sources: sf-express §7 (update and cancel before pickup; interception after it, once), ems §3 (cancel only).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orderhub.domain.address_change import Way


@dataclass(frozen=True, slots=True)
class Capability:
    """What a carrier offers. Interception is a request whose outcome comes later, and only one for each parcel."""

    can_update: bool = False  # another receiver in place, before pickup
    can_cancel: bool = False  # before pickup, so that another label can be bought
    can_intercept: bool = False  # after pickup
    intercept_fen: int = 0  # what it takes for that, by our contract; its bill counts in the end


CAPABILITIES: Mapping[str, Capability] = MappingProxyType(
    {
        "sf": Capability(can_update=True, can_cancel=True, can_intercept=True, intercept_fen=1_000),
        "ems": Capability(can_cancel=True),
    }
)


@dataclass(frozen=True, slots=True)
class Parcels:
    """What the way of a change depends on besides the zone: of the parcels that are still to arrive.

    ``carrier`` is empty while no label was bought. ``has_left``: the warehouse has sent them. ``is_apart``: they are
    not all in the same place. ``was_intercepted``: the carrier was asked before.
    """

    carrier: str = ""
    has_left: bool = False
    is_apart: bool = False
    was_intercepted: bool = False


def possible_way(wanted: Way, parcels: Parcels) -> tuple[Way, str]:
    """The way that can be gone, and why it is another than the one wanted (a code, or empty).

    Never a weaker way than the one wanted: what cannot be done is decided by a person.

    >>> possible_way(Way.OVERWRITE, Parcels("ems"))
    (<Way.REISSUE: 'reissue'>, 'carrier_cannot_update')
    """
    can = CAPABILITIES.get(parcels.carrier, Capability())
    if wanted in (Way.NOTHING, Way.TOO_LATE, Way.DECIDE):
        return wanted, ""
    if parcels.is_apart:
        return Way.DECIDE, "parcels_apart"
    if wanted is Way.INTERCEPT:
        if not can.can_intercept:
            return Way.DECIDE, "carrier_cannot_intercept"
        return (Way.DECIDE, "intercepted_before") if parcels.was_intercepted else (Way.INTERCEPT, "")
    if parcels.has_left:  # packed under its label, and not scanned yet: a person must find it
        return Way.DECIDE, "left_the_warehouse"
    if not parcels.carrier:
        return wanted, ""
    if wanted is Way.OVERWRITE and can.can_update:
        return Way.OVERWRITE, ""
    why = "carrier_cannot_update" if wanted is Way.OVERWRITE else ""
    return (Way.REISSUE, why) if can.can_cancel else (Way.DECIDE, "carrier_cannot_cancel")
