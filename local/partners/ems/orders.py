"""020003, 020006 and 050001: orders, their waybills, what they cost (ems.md §4, §5, §8)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from local.partners.chassis import Clock, Doc, Store
from local.partners.ems.wire import Refused, is_time

CREATED, PICKED, MOVING, DELIVERED = "created", "picked", "in_transit", "delivered"
RETURNED, CANCELLED = "returned", "cancelled"
LIVE = frozenset({CREATED, PICKED, MOVING})
TRAVELLING = frozenset({PICKED, MOVING})

_PREFIX: Mapping[str, str] = {"1": "11", "2": "98", "3": "12", "9": "10", "10": "12", "11": "11"}
"""bizProductNo → what its invented numbers begin with (§8)."""
_NEEDED = ("createdTime", "ecommerceUserId", "contentsAttribute", "bizProductNo", "logisticsOrderNo")
_OF_A_PARTY = ("name", "prov", "city", "county", "address")


def parcel_of(order_no: str) -> str:
    """The parcel in a reference `<parcel>-<waybill version>`; another shape is its own parcel."""
    head, _, tail = order_no.rpartition("-")
    return head if head and tail.isdigit() else order_no


class Orders:
    """Kept by logisticsOrderNo; states move only through `enter`."""

    def __init__(self, store: Store, clock: Clock, config: Callable[[str], Any]) -> None:
        self._store, self._clock, self._config = store, clock, config

    def get(self, order_no: str) -> Doc | None:
        return self._store.get("orders", order_no)

    def by_number(self, number: str) -> Doc | None:
        found = self._store.get("numbers", number)
        return self.get(found["order_no"]) if found else None

    def create(self, asked: Any) -> Any:
        """020003: an array of one order."""
        if not isinstance(asked, list) or len(asked) != 1 or not isinstance(asked[0], dict):
            raise Refused("报文格式错误:应为单个订单的数组")
        request = asked[0]
        _check(request)
        order_no = str(request["logisticsOrderNo"])
        order = self.get(order_no)
        if order is None:
            order = self._new(order_no, request)
        else:
            order["creates"] += 1
            self.save(order)
            if order["state"] == CANCELLED and self._config("burned") == "refused":
                raise Refused("该订单已取消")
            if self._config("duplicate") == "refused":
                raise Refused("订单号重复")
        shown = {
            "waybillNo": order["waybill_no"],
            "logisticsOrderNo": order_no,
            "routeCode": _route_code(order["receiver"]),
        }
        return [shown] if self._config("answer_shape") == "array" else shown

    def cancel(self, asked: Any) -> None:
        """020006, before acceptance only (§8)."""
        shape = self._config("cancel_shape")
        if shape == "object" and not isinstance(asked, dict):
            raise Refused("报文格式错误:应为对象")
        if shape == "array" and not isinstance(asked, list):
            raise Refused("报文格式错误:应为数组")
        request = asked[0] if isinstance(asked, list) and len(asked) == 1 else asked
        order = self._meant(request)
        if not request.get("waybillNo") and self._config("cancel_number") == "needed":
            raise Refused("运单号不能为空")
        if order is None:
            raise Refused("订单不存在")
        if request.get("waybillNo") and str(request["waybillNo"]) != order["waybill_no"]:
            raise Refused("订单号与运单号不匹配")
        order["cancels"] += 1
        self.save(order)
        if order["state"] == CANCELLED:
            if self._config("second_cancel") == "refused":
                raise Refused("订单已取消,不能重复取消")
            return
        if order["state"] != CREATED:
            raise Refused("邮件已收寄,不能取消")
        self.enter(order, CANCELLED)

    def freight(self, asked: Any) -> Any:
        """050001. Whether it shows an order before its acceptance, and with its number, are switches."""
        order, shows = self._meant(asked), self._config("freight_shows")
        if order is None:
            raise Refused("订单不存在")
        if shows == "accepted" and order["state"] in (CREATED, CANCELLED):
            raise Refused("邮件未收寄,暂无资费")
        cost = sum(line["fen"] for line in order["billed"])
        shown = {"logisticsOrderNo": order["order_no"], "postageTotal": f"{cost / 100:.2f}", "realWeight": "500"}
        return shown | ({} if shows == "no_number" else {"waybillNo": order["waybill_no"]})

    def enter(self, order: Doc, state: str) -> None:
        order["state"] = state
        order["states"].append({"state": state, "at_ms": self._clock.wall_ms()})
        self.save(order)
        self._count_live(parcel_of(order["order_no"]))

    def accepted(self, order: Doc) -> None:
        """Taken over by the post: from now on it costs."""
        order["billed_labels"] += 1
        bill = [{"what": "freight", "fen": int(self._config("freight_fen"))}]
        if order["is_far"]:
            bill.append({"what": "surcharge", "fen": int(self._config("surcharge_fen"))})
        order["billed"] += bill
        self.enter(order, PICKED)

    def save(self, order: Doc) -> None:
        self._store.put("orders", order["order_no"], order)

    def truth(self) -> dict[str, Any]:
        orders = {order["order_no"]: _truth(order) for order in self._store.all("orders")}
        return {
            "orders": orders,
            "labels": {
                one["waybill_no"]: {"order_no": key, "live": one["state"] in LIVE, "receiver": one["receiver"]}
                for key, one in orders.items()
            },
            "parcels": dict(self._store.items("parcels")),
            "labels_issued": len(orders),
            "billed_labels": sum(order["billed_labels"] for order in orders.values()),
            "billed_fen": sum(line["fen"] for order in orders.values() for line in order["billed"]),
        }

    def _meant(self, asked: Any) -> Doc | None:
        """The order that a request names, by either of its numbers."""
        if not isinstance(asked, dict):
            raise Refused("报文格式错误:应为对象")
        if asked.get("logisticsOrderNo"):
            return self.get(str(asked["logisticsOrderNo"]))
        if asked.get("waybillNo"):
            return self.by_number(str(asked["waybillNo"]))
        raise Refused("订单号不能为空")

    def _new(self, order_no: str, request: Doc) -> Doc:
        prefix = _PREFIX[str(request["bizProductNo"])]
        number = f"{prefix}{self._store.next_number('waybill'):011d}"
        self._store.put("numbers", number, {"order_no": order_no})
        place = "".join(str(request["receiver"].get(name) or "") for name in ("prov", "city", "county", "address"))
        order: Doc = {
            "order_no": order_no,
            "waybill_no": number,
            "product": str(request["bizProductNo"]),
            "receiver": request["receiver"],
            "notes": str(request.get("pickupNotes") or ""),
            "state": "",
            "states": [],
            "creates": 1,
            "cancels": 0,
            "handovers": 0,
            "billed": [],
            "billed_labels": 0,
            "is_far": any(place.startswith(name) for name in self._config("surcharge_places")),
            "steps": [],
            "hop": 0,
            "is_returning": False,
            "scanned_ms": 0,
        }
        self.enter(order, CREATED)
        return order

    def _count_live(self, parcel: str) -> None:
        rows = self._store.query(
            "select key from docs where coll = 'orders' and key >= ? and key < ?", (parcel, f"{parcel}.")
        )
        versions = [order for (key,) in rows if parcel_of(key) == parcel and (order := self.get(key)) is not None]
        live = sum(1 for order in versions if order["state"] in LIVE)
        before = self._store.get("parcels", parcel) or {"max_live": 0}
        told = {"live": live, "max_live": max(live, before["max_live"]), "labels": len(versions)}
        self._store.put("parcels", parcel, told)


def _check(request: Doc) -> None:
    for name in _NEEDED:
        if request.get(name) in (None, ""):
            raise Refused(f"{name}不能为空")
    if not is_time(str(request["createdTime"])):
        raise Refused("createdTime格式错误")
    if len(str(request["ecommerceUserId"])) >= 50:
        raise Refused("ecommerceUserId超过最大长度")
    if str(request["bizProductNo"]) not in _PREFIX:
        raise Refused("bizProductNo不合法")
    if str(request["contentsAttribute"]) not in ("1", "3"):
        raise Refused("contentsAttribute不合法")
    for side in ("sender", "receiver"):
        _check_party(side, request.get(side))
    cargos = request.get("cargos")
    if not isinstance(cargos, list) or not cargos or not all(isinstance(one, dict) for one in cargos):
        raise Refused("cargos不能为空")
    if not all(one.get("cargoName") for one in cargos):
        raise Refused("cargos.cargoName不能为空")


def _check_party(side: str, party: Any) -> None:
    if not isinstance(party, dict):
        raise Refused(f"{side}不能为空")
    for name in _OF_A_PARTY:
        if party.get(name) in (None, ""):
            raise Refused(f"{side}.{name}不能为空")
    if not (party.get("mobile") or party.get("phone")):
        raise Refused(f"{side}.mobile不能为空")


def _route_code(receiver: Doc) -> str:
    place = zlib.crc32("".join(str(receiver.get(name)) for name in ("prov", "city", "county")).encode())
    return f"{place % 900 + 100}-{place // 900 % 900 + 100}-{place % 97:02d}"


def _truth(order: Doc) -> dict[str, Any]:
    kept = ("waybill_no", "state", "states", "creates", "cancels", "handovers", "billed", "billed_labels", "receiver",
            "notes", "product")  # fmt: skip
    return {**{name: order[name] for name in kept}, "op_codes": [step["opCode"] for step in order["steps"]]}
