"""A parcel's way through the post, its steps (040001) and EMS's own label (010004); ems.md §4, §6, §10."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from local.partners.chassis import Clock, ControlError, Doc
from local.partners.chassis.jobs import Jobs
from local.partners.ems.orders import CANCELLED, CREATED, DELIVERED, MOVING, RETURNED, TRAVELLING, Orders
from local.partners.ems.wire import Refused, printed

HOPS: tuple[tuple[str, str], ...] = (
    ("203", "收寄"),
    ("305", "揽投发运"),
    ("389", "封车"),
    ("954", "到达处理中心"),
    ("702", "投递下段"),
    ("704", "妥投"),
)
_OUT, _SIGNED = 4, 5
_DRIVES_TO = {"pick_up": 1, "move_on": 4, "go_out": 5, "sign": 6}
_TEMPLATES = {"129", "149", "179"}


class Journey:
    """`noted(order, step)` is told of each scan, `delivered(number)` of every parcel the buyer has."""

    def __init__(
        self, clock: Clock, jobs: Jobs, *, orders: Orders, config: Callable[[str], Any],
        noted: Callable[[Doc, Doc], None], delivered: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._clock, self._jobs, self._orders, self._config = clock, jobs, orders, config
        self._noted, self._delivered = noted, delivered
        jobs.inside("hop", self._hop)

    def hand_over(self, number: str) -> Doc:
        """The warehouse gives a parcel with this label to the postman; again changes nothing. ControlError 404."""
        order = self._known(number)
        order["handovers"] += 1
        self._orders.save(order)
        if order["handovers"] == 1 and order["state"] == CREATED:
            self._plan(order)
        return order

    def drive(self, number: str, does: str) -> Doc:
        """pick_up, move_on, go_out, sign; fail and refuse at the receiver's door; unsign: the last 704 was a mistake.

        Raises ControlError for an unknown parcel (404) or what cannot be done with it now (409).
        """
        order = self._known(number)
        if does == "unsign" and order["state"] == DELIVERED:
            self._note(order, "743", "妥投删除")
            order["hop"] = _SIGNED
            self._orders.enter(order, MOVING)
            return order
        if order["state"] not in {CREATED, *TRAVELLING}:
            raise ControlError(f"{number} is {order['state']}", 409)
        if does in _DRIVES_TO:
            order["handovers"] = order["handovers"] or 1
            while order["hop"] < _DRIVES_TO[does]:
                self._step(order)
        elif does in ("fail", "refuse") and order["hop"] == _SIGNED:
            self._note(order, "705", "未妥投", attempt="7" if does == "refuse" else "3")
            order["hop"] = _OUT
            if does == "refuse":
                order["is_returning"] = True
                self._note(order, "708", "退件登记")
            self._orders.save(order)
        else:
            raise ControlError(f"a postman cannot {does} with {number} now", 409)
        if order["hop"] < len(HOPS):
            self._plan(order)
        return order

    def track(self, asked: Any) -> Any:
        """040001: nothing to show is an empty list, or words under 00000 or under another code (switches)."""
        if not isinstance(asked, dict) or not asked.get("waybillNo"):
            raise Refused("运单号不能为空")
        order, form = self._orders.by_number(str(asked["waybillNo"])), self._config("nothing_to_show")
        steps = order["steps"] if order else []
        if not steps and form == "refused":
            raise Refused("查无此邮件信息")
        if not steps and form == "words":
            return None
        return {"responseItems": list(reversed(steps)) if self._config("newest_first") else steps}

    def label(self, asked: Any) -> Any:
        """010004: the PDF as Base64, or with getURL 1 an address."""
        if not isinstance(asked, dict) or not asked.get("waybillNo"):
            raise Refused("运单号不能为空")
        if str(asked.get("type")) not in _TEMPLATES:
            raise Refused("面单类型不合法")
        order = self._orders.by_number(str(asked["waybillNo"]))
        if order is None:
            raise Refused("运单号不存在")
        if order["state"] == CANCELLED:
            raise Refused("该订单已取消")
        if str(asked.get("getURL", "0")) == "1":
            return f"https://api.ems.com.cn/label/{order['waybill_no']}.pdf"
        return base64.b64encode(b"%PDF-1.4\n% " + order["waybill_no"].encode() + b"\n%%EOF\n").decode()

    def _known(self, number: str) -> Doc:
        order = self._orders.by_number(number)
        if order is None:
            raise ControlError(f"{number} is no number of ours", 404)
        return order

    def _plan(self, order: Doc) -> None:
        job = {"order_no": order["order_no"], "hop": order["hop"]}
        self._jobs.schedule("hop", job, after_ms=int(self._config("step_ms")))

    def _hop(self, job: Doc) -> None:
        order = self._orders.get(job["order_no"])
        if order is None or order["hop"] != job["hop"] or order["state"] not in {CREATED, *TRAVELLING}:
            return
        self._step(order)
        if order["hop"] < len(HOPS):
            self._plan(order)

    def _step(self, order: Doc) -> None:
        code, name = HOPS[order["hop"]]
        is_end = order["hop"] == _SIGNED
        order["hop"] += 1
        if is_end and order["is_returning"]:
            self._note(order, "711", "退回妥投")
            self._orders.enter(order, RETURNED)
            return
        self._note(order, code, name, deliver="10" if is_end else "")
        if code == "203":
            self._orders.accepted(order)
        elif is_end:
            self._orders.enter(order, DELIVERED)
            self._delivered(order["waybill_no"])
        else:
            self._orders.enter(order, MOVING)

    def _note(self, order: Doc, code: str, name: str, *, deliver: str = "", attempt: str = "") -> None:
        # Scans of one parcel are never in the same second.
        order["scanned_ms"] = max(self._clock.wire_ms(), order["scanned_ms"] + 1_000)
        step = {
            "waybillNo": order["waybill_no"],
            "opTime": printed(order["scanned_ms"]),
            "opCode": code,
            "opName": name,
            "opDesc": f"邮件{name}",
            "opOrgProvName": "浙江省",
            "opOrgCity": "杭州市",
            "opOrgCode": "31000000",
            "opOrgName": "杭州邮区中心",
            "operatorNo": "00000001",
            "operatorName": "示例",
            "deliverCode": deliver,
            "attemptDeliveryCode": attempt,
            "productName": "电商标快",
        }
        order["steps"].append(step)
        self._orders.save(order)
        self._noted(order, step)
