"""Show somebody whom a parcel goes to: for a reason, on the timeline before they see it, so many times an hour (R6)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Order
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.staff import Tallies
from orderhub.ports.world import Clock, Seal
from orderhub.services.receiver import open_receiver
from orderhub.services.tasks import retried_when_stale

MOST_AN_HOUR = 30


class Reason(StrEnum):
    """Why somebody wants to see it: chosen, never written, for facts are kept for ever."""

    CALL_BUYER = "call_buyer"
    CHECK_ADDRESS = "check_address"
    CARRIER_ASKS = "carrier_asks"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Telling:
    """What revealing works with."""

    orders: OrderStore
    seal: Seal
    tallies: Tallies
    clock: Clock


def tell_person(order_id: str, by: str, reason: str, world: Telling) -> dict[str, Any]:
    """``{name, phone, province, city, district, detail, note}`` of the receiver the parcel goes to, in clear.

    The fact ``PersonalDataRevealed`` is durable first: a crash after it shows nothing and is on record. Raises
    Rejected: ``bad_parameter`` (no such reason), ``no_such_order``, ``order_not_known``, ``too_many_reveals``; Stale.
    """
    if reason not in set(Reason):
        known = ", ".join(Reason)
        raise Rejected("bad_parameter", f"reason must be one of: {known}", {"parameter": "reason"})
    _known(order_id, world)
    if not world.tallies.take("reveal", by, MOST_AN_HOUR, world.clock()):
        raise Rejected("too_many_reveals", f"{MOST_AN_HOUR} within an hour", {"most": MOST_AN_HOUR})

    def once() -> Order:
        order, now = _known(order_id, world), world.clock()
        fact = Fact(FactType.PERSONAL_DATA_REVEALED, {"revealed_by": by, "reason": reason}, now)
        return world.orders.commit(Change(order, order, now, facts=(fact,)))

    order = retried_when_stale(once)
    receiver, region = open_receiver(order, world.seal), order.region
    return {
        "name": receiver.name,
        "phone": receiver.phone,
        "province": region.province,
        "city": region.city,
        "district": region.district,
        "detail": receiver.detail,
        "note": receiver.note,
    }


def _known(order_id: str, world: Telling) -> Order:
    order = world.orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    if order.snapshot is None:
        raise Rejected("order_not_known", "the shop has not said yet what this order is")
    return order
