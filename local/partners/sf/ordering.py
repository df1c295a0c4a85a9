"""EXP_RECE_CREATE_ORDER, SEARCH_ORDER_RESP and UPDATE_ORDER (§4.1-4.3, §6, §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.partners.chassis import Clock, Doc
from local.partners.sf.envelope import Refusal, missing
from local.partners.sf.labels import city_code, route_label
from local.partners.sf.orders import CANCELLED, CREATED, REFUSED, Orders

_NOT_SERVICEABLE, _SERVICEABLE = 3, 2
_PRODUCTS = {"1", "2", "6", "154", "201", "208", "231", "247", "255", "263"}
_PARTIES = {"1": ("1010", "1011", "1012"), "2": ("1014", "1015", "1016")}


class Ordering:
    """`created(order)` is told of each new order."""

    def __init__(
        self, orders: Orders, clock: Clock, config: Callable[[str], Any], created: Callable[[Doc], None]
    ) -> None:
        self._orders, self._clock, self._config, self._created = orders, clock, config, created

    def create(self, asked: Doc) -> Doc:
        order_id = _order_id(asked)
        self._check(asked)
        order = self._orders.get(order_id)
        if order is not None:
            order["creates"] += 1
            self._orders.save(order)
            # A cancelled number is burned, whatever the mode (§6).
            if order["state"] == CANCELLED or self._config("duplicate_mode") == "error_8016":
                raise Refusal(str(self._config("burned_code")) if order["state"] == CANCELLED else "8016")
            return self._shown(order)
        target = next(one for one in asked["contactInfoList"] if str(one["contactType"]) == "2")
        place = "".join(str(target.get(key) or "") for key in ("province", "city", "county", "address"))
        remote = any(place.startswith(name) for name in self._config("remote"))
        order = self._orders.create(
            order_id,
            asked,
            children=int(asked.get("parcelQty") or 1) - 1,
            filter_result=_NOT_SERVICEABLE if remote else _SERVICEABLE,
            numbered=str(asked.get("isGenWaybillNo", 1)) == "1" and not remote,
            is_far=any(place.startswith(name) for name in self._config("surcharge_places")),
        )
        self._created(order)
        return self._shown(order)

    def search(self, asked: Doc) -> Doc:
        """As create answers, but with lower-case city codes and `filterResult` as a string (§4.2)."""
        if not asked.get("orderId") and not asked.get("mainWaybillNo"):
            raise missing("orderId")
        if asked.get("orderId"):
            order = self._orders.get(str(asked["orderId"]))
        else:
            order = self._orders.by_waybill(str(asked["mainWaybillNo"]))
        lag = int(self._config("search_lag_ms"))
        if order is None or self._clock.wire_ms() - order["created_ms"] < lag:
            raise Refusal("8018")
        if order["state"] == CANCELLED and self._config("search_cancelled") != "record":
            raise Refusal(str(self._config("search_cancelled")))
        shown = self._shown(order)
        return {
            **{key: value for key, value in shown.items() if key not in ("originCode", "destCode")},
            "origincode": shown["originCode"],
            "destcode": shown["destCode"],
            "filterResult": str(shown["filterResult"]),
        }

    def update(self, asked: Doc) -> Doc:
        order = self._orders.get(_order_id(asked))
        if order is None:
            raise Refusal("8018")
        deal = str(asked.get("dealType", ""))
        if deal not in ("1", "2"):
            raise missing("dealType")
        given = [str(row.get("waybillNo")) for row in asked.get("waybillNoInfoList") or []]
        if any(number not in order["waybill_nos"] for number in given):
            raise Refusal("8017")
        if order["state"] == CANCELLED:
            raise Refusal(str(self._config("second_cancel_code")) if deal == "2" else "8253")
        if order["state"] not in (CREATED, REFUSED):
            raise Refusal(str(self._config("too_late_code")), "快件已揽收, 不能修改或取消")
        if deal == "2":
            self._note(order, "cancelled")
            self._orders.enter(order, CANCELLED)
        else:
            self._confirm(order, asked, given)
        return {
            "orderId": order["order_id"],
            "waybillNoInfoList": _numbers(order),
            "resStatus": 2,
            "extraInfoList": None,
        }

    def _confirm(self, order: Doc, asked: Doc, given: list[str]) -> None:
        """Orders are confirmed by themselves; some accounts then take no change at all (a switch, §4.3)."""
        mode = self._config("auto_confirmed")
        if mode == "8252" or (mode == "once" and order["updates"]):
            raise Refusal("8252")
        if not given:
            raise missing("waybillNoInfoList")
        changes = asked.get("destContactInfo") or {}
        if str(asked.get("isConfirmNew", 0)) == "1" and changes:
            clears = self._config("blank_field") == "clears"
            order["consignee"] = {
                **order["consignee"],
                **{key: value for key, value in changes.items() if value or clears},
            }
            self._note(order, "consignee")
        else:
            self._note(order, "confirmed")
        self._orders.save(order)

    def _note(self, order: Doc, what: str) -> None:
        order["updates"].append({"at_ms": self._clock.wall_ms(), "what": what})

    def _check(self, asked: Doc) -> None:
        if not asked.get("language"):
            raise missing("language")
        contacts = asked.get("contactInfoList")
        if not isinstance(contacts, list) or not all(isinstance(one, dict) for one in contacts):
            raise missing("contactInfoList")
        for kind, (no_address, no_name, no_phone) in _PARTIES.items():
            party: Doc = next((one for one in contacts if str(one.get("contactType")) == kind), {})
            if not party.get("address"):
                raise Refusal(no_address)
            if not party.get("contact"):
                raise Refusal(no_name)
            if not party.get("tel") and not party.get("mobile"):
                raise Refusal(no_phone)
        cargo = asked.get("cargoDetails")
        if not isinstance(cargo, list) or not cargo or not all(item.get("name") for item in cargo):
            raise Refusal("1023")
        if len(str(asked.get("remark") or "")) > 100:
            raise Refusal("S0004", "remark超过最大长度")
        if not 1 <= int(asked.get("parcelQty") or 1) <= 307:
            raise Refusal("8117")
        if str(asked.get("expressTypeId", 1)) not in _PRODUCTS:
            raise Refusal("8057")
        self._check_card(str(asked.get("monthlyCard") or ""))

    def _check_card(self, card: str) -> None:
        if card and not (len(card) == 10 and card.isascii() and card.isdigit()):
            raise Refusal("6126")
        if card and card != self._config("month_card"):
            raise Refusal("8119")

    def _shown(self, order: Doc) -> Doc:
        sender = next(one for one in order["request"]["contactInfoList"] if str(one["contactType"]) == "1")
        origin, target = city_code(sender), city_code(order["consignee"])
        return {
            "orderId": order["order_id"],
            "originCode": origin,
            "destCode": target,
            "filterResult": order["filter_result"],
            "remark": "1" if order["filter_result"] == _NOT_SERVICEABLE else "",
            "url": None,
            "paymentLink": None,
            "isUpstairs": None,
            "waybillNoInfoList": _numbers(order),
            "routeLabelInfo": [route_label(order, origin, target)] if order["waybill_nos"] else [],
            "returnExtraInfoList": None,
            "serviceList": order["request"].get("serviceList"),
        }


def _numbers(order: Doc) -> list[Doc]:
    """The first number is the mother's, the others her children's."""
    return [
        {"waybillType": 2 if index else 1, "waybillNo": number, "boxNo": None}
        for index, number in enumerate(order["waybill_nos"])
    ]


def _order_id(asked: Doc) -> str:
    order_id = asked.get("orderId")
    if not isinstance(order_id, str) or not order_id:
        raise missing("orderId")
    if len(order_id) > 64:
        raise Refusal("S0004", "orderId超过最大长度")
    return order_id
