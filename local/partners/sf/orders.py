"""Orders and their waybills as SF holds them, and how many labels of a parcel are live at once."""

from __future__ import annotations

from typing import Any

from local.partners.chassis import Clock, Doc, Store

CREATED, PICKED, MOVING, DELIVERED = "created", "picked", "in_transit", "delivered"
RETURNED, CANCELLED, REFUSED = "returned", "cancelled", "refused"
LIVE = frozenset({CREATED, PICKED, MOVING})
TRAVELLING = frozenset({PICKED, MOVING})


def parcel_of(order_id: str) -> str:
    """The parcel in a reference `<parcel>-<waybill version>`; another shape is its own parcel."""
    head, _, tail = order_id.rpartition("-")
    return head if head and tail.lstrip("vV").isdigit() else order_id


class Orders:
    """Kept by orderId; states move only through `enter`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def get(self, order_id: str) -> Doc | None:
        return self._store.get("orders", order_id)

    def by_waybill(self, waybill_no: str) -> Doc | None:
        found = self._store.get("waybills", waybill_no)
        return self.get(found["order_id"]) if found else None

    def create(
        self, order_id: str, request: Doc, *, children: int, filter_result: int, numbered: bool, is_far: bool = False
    ) -> Doc:
        order: Doc = {
            "order_id": order_id,
            "request": request,
            "consignee": next(one for one in request["contactInfoList"] if str(one["contactType"]) == "2"),
            "filter_result": filter_result,
            "waybill_nos": [self._new_number(order_id) for _ in range(1 + children)] if numbered else [],
            "state": "",
            "states": [],
            "created_ms": self._clock.wire_ms(),
            "creates": 1,
            "updates": [],
            "interceptions": [],
            "handovers": 0,
            "billed_labels": 0,
            "billed": [],
            "is_far": is_far,
            "scanned_ms": 0,
            "routes": [],
            "hop": 0,
        }
        self.enter(order, CREATED if numbered else REFUSED)
        return order

    def enter(self, order: Doc, state: str) -> None:
        order["state"] = state
        order["states"].append({"state": state, "at_ms": self._clock.wall_ms()})
        self.save(order)
        self._count_live(parcel_of(order["order_id"]))

    def save(self, order: Doc) -> None:
        key = order["order_id"]
        self._store.put("orders", key, order)
        if not self._store.get("parcel_orders", f"{parcel_of(key)}\n{key}"):
            self._store.put("parcel_orders", f"{parcel_of(key)}\n{key}", {"order_id": key})

    def truth(self) -> dict[str, Any]:
        orders = {order["order_id"]: _truth(order) for order in self._store.all("orders")}
        return {
            "orders": orders,
            "parcels": dict(self._store.items("parcels")),
            "labels": {number: label for order in self._store.all("orders") for number, label in _labels(order)},
            "labels_issued": sum(order["labels_issued"] for order in orders.values()),
            "billed_labels": sum(order["billed_labels"] for order in orders.values()),
            "billed_fen": sum(line["fen"] for order in orders.values() for line in order["billed"]),
        }

    def _new_number(self, order_id: str) -> str:
        waybill_no = f"SF7444{self._store.next_number('waybill'):09d}"
        self._store.put("waybills", waybill_no, {"order_id": order_id})
        return waybill_no

    def _count_live(self, parcel: str) -> None:
        keys = self._store.query(
            "select key from docs where coll = 'parcel_orders' and key >= ? and key < ?",
            (f"{parcel}\n", f"{parcel}\x0b"),
        )
        versions = [self.get(key.split("\n", 1)[1]) for (key,) in keys]
        live = sum(1 for order in versions if order is not None and order["state"] in LIVE)
        before = self._store.get("parcels", parcel) or {"max_live": 0}
        issued = sum(1 for order in versions if order is not None and order["waybill_nos"])
        self._store.put("parcels", parcel, {"live": live, "max_live": max(live, before["max_live"]), "labels": issued})


def bill(order: Doc, what: str, fen: int) -> None:
    """A line on the month's bill: freight, interception, surcharge."""
    order["billed"].append({"what": what, "fen": fen})


def _labels(order: Doc) -> list[tuple[str, Doc]]:
    """Each number with whether it is live and whom it is for as SF has it now."""
    label = {"order_id": order["order_id"], "live": order["state"] in LIVE, "consignee": order["consignee"]}
    return [(number, label) for number in order["waybill_nos"]]


def _truth(order: Doc) -> dict[str, Any]:
    return {
        "waybill_no": (order["waybill_nos"] or [""])[0],
        "waybill_nos": order["waybill_nos"],
        "labels_issued": len(order["waybill_nos"]),
        "billed_labels": order["billed_labels"],
        "billed": order["billed"],
        "state": order["state"],
        "states": order["states"],
        "creates": order["creates"],
        "updates": order["updates"],
        "interceptions": order["interceptions"],
        "handovers": order["handovers"],
        "filter_result": order["filter_result"],
        "consignee": order["consignee"],
        "consignee_at_first": next(
            one for one in order["request"]["contactInfoList"] if str(one["contactType"]) == "2"
        ),
        "remark": order["request"].get("remark") or "",
        "op_codes": [node["opCode"] for node in order["routes"]],
    }
