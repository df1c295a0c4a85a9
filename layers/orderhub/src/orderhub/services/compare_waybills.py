"""Any two versions of an order's waybills compared, of either track: what differs, never what it says (R33)."""

from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.records import WaybillVersion
from orderhub.domain.waybill_content import SHOWN, compare
from orderhub.ports.orders import OrderStore

NAMES = {
    "carrier": ("承运商", "Carrier"),
    "receiver": ("收件人与详细地址", "Receiver and street"),
    "region": ("省市区", "Region"),
    "lines": ("商品", "Goods"),
    "gifts": ("赠品行", "Gift line"),
    "number": ("运单号", "Number"),
}


def compared(order_id: str, one: str, other: str, orders: OrderStore) -> dict[str, Any]:
    """``{one, other, fields: [{field, name, is_same}]}``; ``is_same`` None where one of them does not know the field.

    A version is named ``<track>-<parcel>-<version>``. Raises Rejected: ``no_such_order``, ``no_such_version``.
    """
    if orders.load(order_id) is None:
        raise Rejected("no_such_order", order_id)
    known = {name_of(version): version for version in orders.waybills_of(order_id)}
    for name in (one, other):
        if name not in known:
            raise Rejected("no_such_version", f"{order_id} has no waybill version {name[:60]}")
    first, second = known[one], known[other]
    differ = compare(first, second)
    fields = [
        {
            "field": field,
            "name": {"zh": NAMES[field][0], "en": NAMES[field][1]},
            "is_same": _is_same(field, differ, first, second),
        }
        for field in (*SHOWN, "number")
    ]
    return {"order_id": order_id, "one": one, "other": other, "fields": fields}


def name_of(version: WaybillVersion) -> str:
    """``pushed-1-2``: the second version of the first parcel that the carrier holds."""
    return f"{version.track}-{version.fulfillment}-{version.version}"


def _is_same(field: str, differ: tuple[str, ...], one: WaybillVersion, other: WaybillVersion) -> bool | None:
    if field == "number":
        return field not in differ if one.number and other.number else None
    return field not in differ if field in one.parts and field in other.parts else None
