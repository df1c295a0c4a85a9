"""A parcel's way after the hand-over: picked up → sorted → left → arrived → out → signed (§4.5).

The courier goes on by himself at the pace of the settings, or does what a test tells him (`drive`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.partners.chassis import Clock, ControlError, Doc, Store
from local.partners.chassis.jobs import Jobs
from local.partners.sf.envelope import Refusal
from local.partners.sf.orders import CREATED, DELIVERED, MOVING, PICKED, RETURNED, TRAVELLING, Orders, bill
from local.partners.sf.times import printed

_STATUS = {
    "picked": ("1", "已揽收"),
    "moving": ("2", "运送中"),
    "out": ("3", "派送中"),
    "signed": ("4", "已签收"),
}
_HOPS: tuple[tuple[str, str, str, str], ...] = (
    ("50", "pickup_ms", "picked", "顺丰速运 已收取快件"),
    ("30", "transit_ms", "moving", "快件在【{origin}】完成分拣,准备发往下一站"),
    ("36", "transit_ms", "moving", "快件已发车"),
    ("31", "transit_ms", "moving", "快件到达【{target}】"),
    ("44", "delivery_ms", "out", "正在派送途中,请您准备签收"),
    ("204", "delivery_ms", "out", "快件交给派送员,派送员电话 13800130000"),
    ("80", "delivery_ms", "signed", "已签收,感谢使用顺丰,期待再次为您服务"),
)
_LEAVES, _GOES_OUT = 2, 4  # the hops a turned parcel, and one that was not delivered, go on from
_DRIVES_TO = {"pick_up": 1, "move_on": 3, "go_out": 6, "sign": 7}


class Journey:
    """`noted(order, node)` is told of every route node, `delivered(order)` of every parcel the buyer has."""

    def __init__(
        self, store: Store, clock: Clock, jobs: Jobs, *, orders: Orders, config: Callable[[str], Any],
        noted: Callable[[Doc], None], delivered: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._jobs, self._orders = store, clock, jobs, orders
        self._config, self._noted, self._delivered = config, noted, delivered
        jobs.inside("hop", self._hop)

    def hand_over(self, waybill_no: str) -> Doc:
        """The warehouse gives a parcel with this label to the courier; again changes nothing.

        Raises ControlError 404 for a number SF never issued; a cancelled parcel stays where it is.
        """
        order = self._orders.by_waybill(waybill_no)
        if order is None:
            raise ControlError(f"{waybill_no} is no number of ours", 404)
        order["handovers"] += 1
        self._orders.save(order)
        if order["handovers"] == 1 and order["state"] == CREATED:
            self._plan(order)
        return order

    def search(self, asked: Doc) -> Doc:
        """EXP_RECE_SEARCH_ROUTES: nothing visible is an empty list, not an error."""
        numbers = asked.get("trackingNumber")
        numbers = [numbers] if isinstance(numbers, str) else numbers
        if not isinstance(numbers, list) or not numbers:
            raise Refusal("8013")
        if len(numbers) > 10:
            raise Refusal("8003")
        found = self._orders.get if str(asked.get("trackingType", "1")) == "2" else self._orders.by_waybill
        return {"routeResps": [self._routes(str(number), found(str(number))) for number in numbers]}

    def drive(self, waybill_no: str, does: str) -> Doc:
        """What a test tells the courier: pick_up, move_on, go_out, sign; fail and refuse at the receiver's door.

        Raises ControlError for an unknown parcel (404) or what cannot be done with it now (409).
        """
        order = self._orders.by_waybill(waybill_no)
        if order is None:
            raise ControlError(f"{waybill_no} is no number of ours", 404)
        if order["state"] not in {CREATED, *TRAVELLING}:
            raise ControlError(f"{waybill_no} is {order['state']}", 409)
        if does in _DRIVES_TO:
            order["handovers"] = order["handovers"] or 1
            while order["hop"] < _DRIVES_TO[does]:
                self._step(order)
        elif does in ("fail", "refuse") and order["hop"] in (_GOES_OUT + 1, _GOES_OUT + 2):
            self._note(order, "70", "out", "收件人不在" if does == "fail" else "收件人拒收")
            order["hop"] = _GOES_OUT
            if does == "refuse":
                order["returning"] = True
                self.turned(order, str(self._config("return_code")), "快件已退回/转寄")
                return order
            self._orders.save(order)
        else:
            raise ControlError(f"a courier cannot {does} with {waybill_no} now", 409)
        if order["hop"] < len(_HOPS):
            self._plan(order)
        return order

    def turned(self, order: Doc, op_code: str, remark: str) -> None:
        """The parcel goes another way from here (interception, refusal)."""
        self._note(order, op_code, "moving", remark)
        order["hop"] = _LEAVES
        self._orders.save(order)
        self._plan(order)

    def noted_by_the_way(self, order: Doc, op_code: str, remark: str) -> None:
        """Something done to the parcel that takes it no other way; no node without a code."""
        if op_code:
            self._note(order, op_code, "moving", remark)
        self._orders.save(order)

    def _plan(self, order: Doc) -> None:
        delay = int(self._config(_HOPS[order["hop"]][1]))
        self._jobs.schedule("hop", {"order_id": order["order_id"], "hop": order["hop"]}, after_ms=delay)

    def _hop(self, job: Doc) -> None:
        order = self._orders.get(job["order_id"])
        if order is None or order["hop"] != job["hop"] or order["state"] not in {CREATED, *TRAVELLING}:
            return
        self._step(order)
        if order["hop"] < len(_HOPS):
            self._plan(order)

    def _step(self, order: Doc) -> None:
        op_code, _, status, remark = _HOPS[order["hop"]]
        self._note(order, op_code, status, remark)
        order["hop"] += 1
        if op_code == "50":
            order["billed_labels"] += 1
            bill(order, "freight", int(self._config("freight_fen")))
            if order["is_far"]:
                bill(order, "surcharge", int(self._config("surcharge_fen")))
            self._orders.enter(order, PICKED)
        elif op_code == "80":
            self._sign(order)
        elif order["state"] == PICKED:
            self._orders.enter(order, MOVING)
        else:
            self._orders.save(order)

    def _sign(self, order: Doc) -> None:
        if order.get("returning"):
            self._orders.enter(order, RETURNED)
            return
        self._orders.enter(order, DELIVERED)
        self._delivered(order["waybill_nos"][0])

    def _note(self, order: Doc, op_code: str, status: str, remark: str) -> None:
        sender = next(one for one in order["request"]["contactInfoList"] if str(one["contactType"]) == "1")
        places = {
            "origin": str(sender.get("city") or ""),
            "target": str(order["consignee"].get("city") or ""),
        }
        first, name = _STATUS[status]
        # Scans of one parcel are never in the same second.
        order["scanned_ms"] = max(self._clock.wire_ms(), order["scanned_ms"] + 1_000)
        node = {
            "id": str(self._store.next_number("route_id")),
            "mailno": order["waybill_nos"][0],
            "orderid": order["order_id"],
            "acceptTime": printed(order["scanned_ms"]),
            "acceptAddress": places["origin" if op_code in ("50", "30", "36") else "target"],
            "remark": remark.format(**places),
            "opCode": op_code,
            "reasonName": "",
            "reasonCode": "",
            "firstStatusCode": first,
            "firstStatusName": name,
        }
        order["routes"].append(node)
        self._noted(node)

    @staticmethod
    def _routes(number: str, order: Doc | None) -> Doc:
        shown = ("acceptTime", "acceptAddress", "remark", "opCode", "firstStatusCode", "firstStatusName")
        nodes = [] if order is None else order["routes"]
        return {
            "mailNo": order["waybill_nos"][0] if order and order["waybill_nos"] else number,
            "routes": [
                {
                    **{key: node[key] for key in shown},
                    "secondaryStatusCode": f"{node['firstStatusCode']}01",
                    "secondaryStatusName": node["firstStatusName"],
                }
                for node in nodes
            ],
            "reasonCode": [],
            "reasonRemark": [],
        }
