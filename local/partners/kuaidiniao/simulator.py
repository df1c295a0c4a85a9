"""快递鸟 on the wire: form in, sign, instructions, refusals, and its push (kuaidiniao.md §1-§6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import Doc, Outgoing, Reply, Simulator, control
from local.partners.kuaidiniao import wire
from local.partners.kuaidiniao.labels import Labels, Refused
from local.partners.kuaidiniao.routes import STEPS, Routes, printed

_GATEWAY = "/kdniaosandbox/gateway/exterfaceInvoke.json"
_OF_PATH: Mapping[str, frozenset[str]] = {
    "/api/EOrderService": frozenset({"1007", "1147", "1127"}),
    "/api/EOrderService2": frozenset({"1007", "1147", "1127"}),
    "/api/dist": frozenset({"1008", "8008", "1002", "8001"}),
    "/Ebusiness/EbusinessOrderHandle.aspx": frozenset({"1002", "8001"}),
    _GATEWAY: frozenset({"1007", "1147", "1127", "1008", "1002"}),  # no 8001/8008 in the sandbox (§2)
}


class Kuaidiniao(Simulator):
    """One merchant's account, the carriers behind it, and the parcels it follows."""

    name = "kuaidiniao"
    secrets = frozenset({"app_key", "webhook_url"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "business_id": "1237100",
        "app_key": "00000000-0000-0000-0000-000000000000",
        "webhook_url": "",
        "per_second": 20,
        # Uncertain points of the sheet.
        "duplicate_success": True,  # Success beside ResultCode 106
        "duplicate_shows_order": True,  # False: 106 without Order
        "burned": "105",  # or "106": 1007 with a cancelled OrderCode
        "second_cancel": "105",  # or "100"
        "push_type": "102",  # or "101": no StateEx, no Action
        "push_twice": False,  # RequestData escaped twice
        # The carriers' pace, ms on the virtual clock.
        "step_ms": 10_000,
        "push_retry_ms": [5_000, 60_000, 600_000],
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self.labels = Labels(self.store, self._setting)
        self.routes = Routes(self.store, self.clock, self.labels, self._setting, self._told)
        self._instructions: dict[str, Callable[[Doc], Doc]] = {
            "1007": self.labels.create,
            "1147": self.labels.cancel,
            "1127": self.labels.remaining,
            "1008": self.routes.subscribe,
            "8008": self.routes.subscribe,
            "1002": self.routes.query,
            "8001": self.routes.query,
        }
        self.jobs.inside("hop", self._hop)

    def partner_routes(self) -> list[BaseRoute]:
        return [Route(path, self._endpoint, methods=["POST"]) for path in _OF_PATH]

    def control_routes(self) -> list[BaseRoute]:
        return [control("/_sim/handover", self._hand_over), control("/_sim/trace", self._trace)]

    def ledger(self) -> dict[str, Any]:
        return {**self.labels.truth(), **self.routes.truth()}

    def rate_limited(self, method: str) -> Reply:
        return self._reply({"Success": False, "ResultCode": "105", "Reason": "请求过于频繁,请稍后再试"}, "105")

    async def _endpoint(self, request: Request) -> Response:
        raw = await request.body()
        fields, path = wire.form(raw), request.url.path
        kind = (fields or {}).get("RequestType", "")
        method = kind if kind in self._instructions else "unknown"
        clear = (fields or {}).get("RequestData", "").encode()
        return await self.call(method, lambda: self._answer(path, fields), raw=clear)

    def _answer(self, path: str, fields: dict[str, str] | None) -> Reply:
        ref = ""
        try:
            kind, asked = self._admitted(path, fields)
            if not self.limits.allow(kind, int(self.config["per_second"]), 1_000):
                return self.rate_limited(kind)
            ref = str(asked.get("OrderCode") or asked.get("LogisticCode") or "")
            with self.store.savepoint():
                return self._reply(self._instructions[kind](asked), "ok", ref)
        except Refused as refused:
            code = {"ResultCode": refused.code} if refused.code else {}
            return self._reply({"Success": False, **code, "Reason": refused.reason}, refused.code or "no", ref)
        except (TypeError, ValueError, KeyError, AttributeError):
            return self._reply({"Success": False, "ResultCode": "103", "Reason": "格式错误"}, "103", ref)

    def _admitted(self, path: str, fields: dict[str, str] | None) -> tuple[str, Doc]:
        if fields is None:
            raise Refused("103", "格式错误")
        for name in ("RequestData", "EBusinessID", "RequestType", "DataSign", "DataType"):
            if not fields.get(name):
                raise Refused("101", f"缺少必要参数:{name}")
        if fields["EBusinessID"] != self.config["business_id"]:
            raise Refused("104", "用户ID不存在")
        if not wire.is_signed(fields["RequestData"], fields["DataSign"], self.config["app_key"]):
            raise Refused("104", "DataSign签名验证失败")
        kind = fields["RequestType"]
        if kind not in _OF_PATH[path] or fields["DataType"] != "2":
            raise Refused("104", "接口指令不支持")
        asked = json.loads(fields["RequestData"])
        if not isinstance(asked, dict):
            raise Refused("103", "格式错误")
        return kind, asked

    # ---- the push, the couriers, the control surface ------------------------------------------------------

    def push_request(self, event: str, payload: Doc, attempt: int) -> Outgoing | None:
        url = self.config["webhook_url"]
        if not url:
            return None
        body = wire.pushed(
            json.dumps(payload, ensure_ascii=False),
            self.config["app_key"],
            str(self.config["push_type"]),
            twice=bool(self.config["push_twice"]),
        )
        return Outgoing(url, body, {"content-type": "application/x-www-form-urlencoded;charset=utf-8"})

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        """Only Success under our own EBusinessID acknowledges (§6)."""
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        is_ours = isinstance(answer, dict) and answer.get("EBusinessID") == self.config["business_id"]
        return status == 200 and is_ours and answer.get("Success") is True and bool(answer.get("UpdateTime"))

    def push_retries(self, event: str) -> Sequence[int]:
        return [int(ms) for ms in self.config["push_retry_ms"]]

    def _told(self, parcel: Doc) -> None:
        account = self.config["business_id"]
        now = printed(self.clock.wire_ms())
        data = [{"EBusinessID": account, **parcel}]
        payload = {"EBusinessID": account, "PushTime": now, "Count": str(len(data)), "Data": data}
        self.pusher.send("track", payload, key=str(parcel["LogisticCode"]))

    def _hand_over(self, body: Any) -> Any:
        """{waybill_no}: the carrier takes a parcel whose label was bought here; again changes nothing."""
        number = str(body["waybill_no"])
        with self.store.tx():
            label = self.routes.hand_over(number)
            if self.store.get("journeys", number) is None:
                self.store.put("journeys", number, {"hop": 0})
                self.jobs.schedule("hop", {"number": number, "hop": 0}, after_ms=int(self.config["step_ms"]))
        return {"order_code": label["order_code"], "state": label["state"]}

    def _hop(self, job: Doc) -> None:
        label = self.labels.of_number(job["number"])
        if label is None:
            return
        self.routes.reach(label["shipper"], job["number"], *STEPS[job["hop"]])
        if job["hop"] + 1 < len(STEPS):
            self.jobs.schedule("hop", {**job, "hop": job["hop"] + 1}, after_ms=int(self.config["step_ms"]))

    def _trace(self, body: Any) -> Any:
        """{shipper, waybill_no, code}: a step of any carrier's parcel, also of one whose label is none of ours."""
        with self.store.tx():
            self.routes.reach(str(body["shipper"]), str(body["waybill_no"]), str(body["code"]), "快件动态")
        return self.routes.truth()["parcels"][str(body["waybill_no"])]

    def _setting(self, name: str) -> Any:
        return self.config[name]

    def _reply(self, answer: Doc, outcome: str, ref: str = "") -> Reply:
        whole = {"EBusinessID": self.config["business_id"], **answer}
        return Reply(json.dumps(whole, ensure_ascii=False).encode(), outcome, ref)


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Kuaidiniao:
    """With these settings and switches (`Kuaidiniao.defaults`); state in memory without a dir."""
    return Kuaidiniao(settings, state_dir)
