"""1007, 1147 and 1127: labels bought through 快递鸟 (kuaidiniao.md §3, §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.partners.chassis import Doc, Store
from local.partners.kuaidiniao.wire import FORBIDDEN

SHIPPERS: Mapping[str, str] = {
    "SF": "SF7445", "EMS": "11", "YZPY": "98", "YTO": "YT8", "ZTO": "757", "STO": "773", "YD": "432", "JD": "JDVB",
    "DBL": "DPK", "JTSD": "JT5",
}  # fmt: skip
"""ShipperCode → what its invented numbers begin with."""
_PARTY = ("Name", "ProvinceName", "CityName", "ExpAreaName", "Address")


class Refused(Exception):
    """ResultCode and Reason of a no."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Labels:
    """Kept by OrderCode; one label for each, for ever."""

    def __init__(self, store: Store, config: Callable[[str], Any]) -> None:
        self._store, self._config = store, config

    def create(self, asked: Doc) -> Doc:
        """100 with a new number; 106 with the old one for an OrderCode seen before."""
        code = _needed(asked, "OrderCode")
        self._check(asked)
        label = self._store.get("labels", code)
        if label is not None:
            label["creates"] += 1
            self._store.put("labels", code, label)
            if label["state"] == "cancelled" and self._config("burned") == "105":
                raise Refused("105", "该订单号已取消,不能重复使用")
            shown = {"Order": _order(label)} if self._config("duplicate_shows_order") else {}
            success = bool(self._config("duplicate_success"))
            return {"Success": success, "ResultCode": "106", "Reason": "该订单号已下单成功", **shown}
        shipper = str(asked["ShipperCode"])
        number = f"{SHIPPERS[shipper]}{self._store.next_number('label'):09d}"
        label = {
            "order_code": code,
            "shipper": shipper,
            "logistic_code": number,
            "state": "created",
            "creates": 1,
            "phone": str(asked["Receiver"].get("Mobile") or asked["Receiver"].get("Tel")),
            "is_subscribed": str(asked.get("IsSubscribe", 1)) == "1",
        }
        self._store.put("labels", code, label)
        self._store.put("numbers", number, {"order_code": code})
        return {"Success": True, "ResultCode": "100", "Reason": "成功", "Order": _order(label), "SubCount": 0}

    def cancel(self, asked: Doc) -> Doc:
        label = self._store.get("labels", _needed(asked, "OrderCode"))
        if label is None or label["logistic_code"] != _needed(asked, "ExpNo"):
            raise Refused("105", "订单不存在")
        if label["shipper"] != _needed(asked, "ShipperCode"):
            raise Refused("105", "快递公司不一致")
        if label["state"] == "cancelled" and self._config("second_cancel") == "105":
            raise Refused("105", "订单已取消")
        if label["state"] not in ("created", "cancelled"):
            raise Refused("105", "快件已揽收,不能取消")
        label["state"] = "cancelled"
        self._store.put("labels", label["order_code"], label)
        return {"Success": True, "ResultCode": "100", "Reason": "成功"}

    def remaining(self, asked: Doc) -> Doc:
        """1127 counts the numbers left at a branch; it knows of no order (§3)."""
        _needed(asked, "ShipperCode")
        return {"Success": True, "ResultCode": "100", "Reason": "成功", "EorderBalance": "10000"}

    def of_number(self, number: str) -> Doc | None:
        found = self._store.get("numbers", number)
        return self._store.get("labels", found["order_code"]) if found else None

    def moved(self, label: Doc, state: str) -> None:
        self._store.put("labels", label["order_code"], {**label, "state": state})

    def truth(self) -> dict[str, Any]:
        labels = {label["order_code"]: label for label in self._store.all("labels")}
        return {"labels": labels, "labels_issued": len(labels)}

    def _check(self, asked: Doc) -> None:
        shipper = _needed(asked, "ShipperCode")
        if shipper not in SHIPPERS:
            raise Refused("102", f"快递公司编码{shipper}不支持")
        for name in ("PayType", "ExpType"):
            _needed(asked, name)
        if shipper == "SF" and str(asked["PayType"]) == "3" and not asked.get("MonthCode"):
            raise Refused("101", "缺少必要参数:MonthCode")
        for party in ("Sender", "Receiver"):
            given = asked.get(party)
            if not isinstance(given, dict):
                raise Refused("101", f"缺少必要参数:{party}")
            for name in (*_PARTY, *(("PostCode",) if shipper in ("EMS", "YZPY") else ())):
                _needed(given, name, party)
            if not (given.get("Mobile") or given.get("Tel")):
                raise Refused("101", f"缺少必要参数:{party}.Mobile")
        goods = asked.get("Commodity")
        if not isinstance(goods, list) or not goods or not all(isinstance(one, dict) for one in goods):
            raise Refused("101", "缺少必要参数:Commodity")
        for one in goods:
            _needed(one, "GoodsName", "Commodity")
        if any(FORBIDDEN & set(text) for text in _texts(asked)):
            raise Refused("102", "参数中含有特殊字符")


def _needed(asked: Mapping[str, Any], name: str, within: str = "") -> str:
    value = asked.get(name)
    if value in (None, ""):
        raise Refused("101", f"缺少必要参数:{within}.{name}".replace(":.", ":"))
    return str(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _order(label: Doc) -> Doc:
    return {
        "OrderCode": label["order_code"],
        "ShipperCode": label["shipper"],
        "LogisticCode": label["logistic_code"],
        "MarkDestination": "华东-上海-浦东",
        "OriginCode": "571",
        "DestinatioCode": "021",
        "SortingCode": "021-A1",
        "PackageName": "上海转运中心",
        "KDNOrderCode": f"KDN{label['logistic_code']}",
    }
