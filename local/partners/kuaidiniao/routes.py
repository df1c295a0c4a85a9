"""1002/8001 and 1008/8008: parcels on their way, asked for and pushed (kuaidiniao.md §5, §6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from local.partners.chassis import Clock, ControlError, Doc, Store
from local.partners.kuaidiniao.labels import Labels, Refused

_ZONE = timezone(timedelta(hours=8))
STEPS: tuple[tuple[str, str], ...] = (
    ("1", "快件已揽收"),
    ("204", "快件到达转运中心"),
    ("202", "派件中,派件员电话13800130000"),
    ("301", "已签收"),
)
"""StateEx of each step with its words; the first digit is State."""


def printed(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")


class Routes:
    """Traces by number, whoever issued it; ``told(parcel)`` for each change of a number somebody subscribed to."""

    def __init__(
        self, store: Store, clock: Clock, labels: Labels, config: Callable[[str], Any], told: Callable[[Doc], None]
    ) -> None:
        self._store, self._clock, self._labels, self._config, self._told = store, clock, labels, config, told

    def subscribe(self, asked: Doc) -> Doc:
        shipper, number = self._named(asked)
        known = self._store.get("subscriptions", number)
        kept = {"shipper": shipper, "number": number, "order_code": str(asked.get("OrderCode") or ""),
                "callback": str(asked.get("Callback") or ""), "times": known["times"] + 1 if known else 1}  # fmt: skip
        self._store.put("subscriptions", number, kept)
        return {"Success": True, "ShipperCode": shipper, "LogisticCode": number, "Reason": "",
                "UpdateTime": printed(self._clock.wire_ms())}  # fmt: skip

    def query(self, asked: Doc) -> Doc:
        shipper, number = self._named(asked)
        return {**self._shown(shipper, number, detailed=True), "OrderCode": asked.get("OrderCode") or ""}

    def reach(self, shipper: str, number: str, code: str, words: str) -> None:
        """One more trace; whoever subscribed is told the whole list."""
        parcel = self._store.get("parcels", number) or {"shipper": shipper, "traces": []}
        at = printed(self._clock.wire_ms())
        parcel["traces"].append({"AcceptTime": at, "AcceptStation": words, "Action": code, "Remark": ""})
        self._store.put("parcels", number, parcel)
        label, asked_for = self._labels.of_number(number), self._store.get("subscriptions", number)
        if label is not None:
            state = {"1": "picked", "3": "delivered"}.get(code[0], "moving")
            self._labels.moved(label, state)
        if asked_for is not None or (label is not None and label["is_subscribed"]):
            detailed = self._config("push_type") == "102"
            told = self._shown(shipper, number, detailed=detailed)
            code_of = label["order_code"] if label else (asked_for or {})["order_code"]
            self._told({**told, "OrderCode": code_of, "CallBack": (asked_for or {}).get("callback", "")})

    def hand_over(self, number: str) -> Doc:
        """The carrier takes a parcel with a label that was bought here. ControlError for any other."""
        label = self._labels.of_number(number)
        if label is None:
            raise ControlError(f"{number} is no number of ours", 404)
        if label["state"] == "cancelled":
            raise ControlError(f"{number} is cancelled", 409)
        return label

    def truth(self) -> dict[str, Any]:
        return {
            "parcels": {key: [t["Action"] for t in parcel["traces"]] for key, parcel in self._store.items("parcels")},
            "subscriptions": dict(self._store.items("subscriptions")),
        }

    def _named(self, asked: Doc) -> tuple[str, str]:
        shipper, number = str(asked.get("ShipperCode") or ""), str(asked.get("LogisticCode") or "")
        if not number:
            raise Refused("402", "没有物流单号")
        if not number.isalnum():
            raise Refused("403", "物流单号含有特殊字符")
        if not 6 <= len(number) <= 40:
            raise Refused("404", "物流单号长度不正确")
        tail = str(asked.get("CustomerName") or "")
        if shipper == "SF" and not (len(tail) == 4 and tail.isdigit()):
            raise Refused("", "请输入寄件人或收件人手机号后四位")
        label = self._labels.of_number(number)
        if shipper == "SF" and label is not None and not label["phone"].endswith(tail):
            raise Refused("", "手机号后四位不正确")
        return shipper, number

    def _shown(self, shipper: str, number: str, *, detailed: bool) -> Doc:
        traces = (self._store.get("parcels", number) or {"traces": []})["traces"]
        last = traces[-1]["Action"] if traces else "0"
        plain = [{key: trace[key] for key in ("AcceptTime", "AcceptStation", "Remark")} for trace in traces]
        return {
            "Success": True,
            "ShipperCode": shipper,
            "LogisticCode": number,
            "Reason": "" if traces else "暂无轨迹信息",
            "State": last[0],
            "Traces": traces if detailed else plain,
            **({"StateEx": last, "Location": "上海市"} if detailed else {}),
        }
