"""Plan the parcels of an order (拆单), and name one of several where a person must look at it."""

from collections.abc import Mapping

from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone, Order, Parcel
from orderhub.domain.parcel import planned

PARCEL_EVIDENCE = "parcel"
"""Evidence of a decision about one of several parcels: its number."""


def plan(order: Order, allocation: Mapping[str, str]) -> Order:
    """The order with its lines spread over warehouses, ``allocation``: line id → warehouse, for every physical line.

    One warehouse: one parcel, as always. To be written with the commit that reserves; raises Rejected
    (``already_dispatched``) once the warehouse has its trades, ``cannot_split`` for an allocation that fits no order.
    """
    if order.has(Milestone.DISPATCHED):
        raise Rejected("already_dispatched", f"{order.order_id} is at the warehouse: its parcels stand")
    try:
        return planned(order, allocation)
    except ValueError as wrong:
        raise Rejected("cannot_split", str(wrong)) from wrong


def named(order: Order, cause: str, parcel: Parcel | None) -> tuple[str, dict[str, str]]:
    """A decision's cause and what its evidence says of the parcel; nothing is added for an order with only one."""
    if parcel is None or not order.parcels:
        return cause, {}
    return f"{cause}-parcel-{parcel.number}", {PARCEL_EVIDENCE: str(parcel.number), "warehouse": parcel.warehouse}


def parcel_meant(order: Order, evidence: Mapping[str, str]) -> int | None:
    """The parcel that a decision's evidence names; None when it means the whole order."""
    number = evidence.get(PARCEL_EVIDENCE, "")
    known = {str(parcel.number) for parcel in order.parcels}
    return int(number) if number in known else None
