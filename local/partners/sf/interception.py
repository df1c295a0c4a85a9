"""EXP_RECE_WANTED_INTERCEPT: after pickup, once, and only a request; routes tell the outcome (§4.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.partners.chassis import Clock, Doc
from local.partners.chassis.jobs import Jobs
from local.partners.sf.envelope import Refusal, missing
from local.partners.sf.journey import Journey
from local.partners.sf.orders import TRAVELLING, Orders, bill

_REDIRECT, _RETURN, _CONSIGNEE = "1", "2", "8"
_SERVICES = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12"}
_FIELDS = {
    "province": "province", "city": "city", "county": "county", "address": "address", "contact": "contact",
    "phone": "mobile", "company": "company",
}  # fmt: skip


class Interception:
    def __init__(
        self, orders: Orders, journey: Journey, jobs: Jobs, clock: Clock, config: Callable[[str], Any]
    ) -> None:
        self._orders, self._journey, self._jobs = orders, journey, jobs
        self._clock, self._config = clock, config
        jobs.inside("intercept", self._carry_out)

    def ask(self, asked: Doc) -> Doc | None:
        for name in ("waybillNo", "serviceCode", "role", "payMode"):
            if asked.get(name) in (None, ""):
                raise missing(name)
        if str(asked["serviceCode"]) not in _SERVICES or str(asked["payMode"]) not in {"1", "2", "3", "4"}:
            raise Refusal("S0007")
        order = self._orders.by_waybill(str(asked["waybillNo"]))
        if order is None:
            raise Refusal("8247")
        if order["state"] not in TRAVELLING:
            raise Refusal(str(self._config("too_late_code")), "仅支持已揽收且未签收的快件")
        if asked.get("cancel"):
            return self._revoke(order, str(asked.get("cusId") or ""))
        service, target = str(asked["serviceCode"]), asked.get("newDestAddress") or {}
        if service in (_REDIRECT, _RETURN, _CONSIGNEE) and not target:
            raise missing("newDestAddress")
        if any(one["state"] != "revoked" for one in order["interceptions"]):
            raise Refusal(str(self._config("second_intercept_code")), "该运单已申请过截单")
        request = {
            "cus_id": f"CUS{len(order['interceptions']) + 1}{order['waybill_nos'][0]}",
            "service": service,
            "target": target,
            "state": "asked",
            "at_ms": self._clock.wall_ms(),
        }
        order["interceptions"].append(request)
        self._orders.save(order)
        job = {"order_id": order["order_id"], "cus_id": request["cus_id"]}
        self._jobs.schedule("intercept", job, after_ms=int(self._config("intercept_ms")))
        return self._answer(request)

    def _revoke(self, order: Doc, cus_id: str) -> Doc | None:
        for request in order["interceptions"]:
            if request["cus_id"] == cus_id and request["state"] == "asked":
                request["state"] = "revoked"
                self._orders.save(order)
                return self._answer(request)
        raise Refusal("8018")

    def _carry_out(self, job: Doc) -> None:
        order = self._orders.get(job["order_id"])
        request = next(one for one in (order or {})["interceptions"] if one["cus_id"] == job["cus_id"])
        if order is None or request["state"] != "asked":
            return
        if order["state"] not in TRAVELLING or self._config("intercept_outcome") == "fails":
            request["state"] = "failed"
            self._orders.save(order)
            return
        request["state"] = "done"
        bill(order, "interception", int(self._config("interception_fen")))
        if request["service"] in (_REDIRECT, _RETURN):
            order["billed_labels"] += 1
            bill(order, "freight", int(self._config("freight_fen")))
        if request["service"] in (_REDIRECT, _CONSIGNEE):
            changes = {_FIELDS[key]: value for key, value in request["target"].items() if key in _FIELDS and value}
            order["consignee"] = {**order["consignee"], **changes}
        if request["service"] == _RETURN:
            order["returning"] = True
            self._journey.turned(order, str(self._config("return_code")), "快件已退回/转寄")
        elif request["service"] == _REDIRECT:
            self._journey.turned(order, str(self._config("redirect_code")), "应客户要求,快件正在转寄中")
        else:
            code = self._config("receiver_code") if request["service"] == _CONSIGNEE else ""
            self._journey.noted_by_the_way(order, code, "应客户要求,已修改收件人信息")

    def _answer(self, request: Doc) -> Doc | None:
        if self._config("intercept_reply") == "null":
            return None
        return {
            "cusId": request["cus_id"],
            "amount": 0,
            "freightAdditionInfoResp": {"interceptionDeptCode": "", "transferFlg": "0"},
        }
