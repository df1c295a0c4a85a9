"""Kingdee Cloud Galaxy (金蝶云星空) as its contract sheet describes it: receivables by WebAPI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import Reply, Simulator
from local.partners.kingdee import access, bodies, query
from local.partners.kingdee.bills import Bills, each
from local.partners.kingdee.envelopes import (
    CALL_LIMIT,
    NETWORK_CONFLICT,
    PARAMETER,
    SESSION_LOST,
    SESSION_LOST_TEXT,
    Outcome,
    Refused,
    refusal,
)
from local.partners.kingdee.receivable import FORM_ID, BaseData

STUB = "kingdee.bos.webapi.servicesstub."
SUFFIX = ".common.kdsvc"
FORMS = ("Save", "Draft", "Submit", "Audit", "UnAudit", "Delete", "View", "ExecuteBillQuery")
LOGINS = ("LoginBySign", "LoginByAppSecret", "Logout")
METHODS = {f"dynamicformservice.{name.lower()}": name for name in FORMS} | {
    f"authservice.{name.lower()}": name for name in LOGINS
}
MINUTE_MS = 60_000


class Kingdee(Simulator):
    """One account (数据中心) with its base data and its receivables."""

    name = "kingdee"
    defaults: ClassVar[Mapping[str, Any]] = {
        "acct_id": "60dab4a80f1234",
        "user": "demo_user",
        "app_id": "200421_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "app_secret": "0123456789abcdef0123456789abcdef",
        "org_num": "100",
        "lcid": 2052,
        "customers": ["YZ-12345678"],
        "materials": ["ZP-2026-01", "ZP-MAT", "FP-001", "FREIGHT"],
        "extra_fields": [],
        "api_signature": "strict",
        "session_lost": 0,
        "network_conflict": 0,
        "dial_methods": [],
        "calls_per_minute": 0,
    }
    secrets = frozenset({"app_secret"})

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self._bills = Bills(self.store)

    def partner_routes(self) -> list[BaseRoute]:
        return [Route("/{context}/{service}", self._endpoint, methods=["POST"])]

    def rate_limited(self, method: str) -> Reply:
        return _reply(refusal(Refused("调用次数超过限制", CALL_LIMIT)), "14")

    def ledger(self) -> dict[str, Any]:
        """Bills by number: status, lines and total in fen, how often saved; and every Save that was asked."""
        hidden = ("digest",)
        bills = {
            bill["bill_no"]: {key: value for key, value in bill.items() if key not in hidden}
            for bill in self._bills.all()
        }
        for number, counts in self._bills.attempts().items():
            if number in bills:
                bills[number].update(save_calls=counts["asked"], refused_as_used=counts["refused_as_used"])
        return {"bills": bills, "save_calls": self._bills.attempts()}

    async def _endpoint(self, request: Request) -> Response:
        raw, path = await request.body(), request.url.path
        context, service = request.path_params["context"], request.path_params["service"].lower()
        method = METHODS.get(service.removeprefix(STUB).removesuffix(SUFFIX), "")
        known = service.startswith(STUB) and service.endswith(SUFFIX) and method
        if context.lower() != "k3cloud" or not known:
            return await self.call("unknown", lambda: Reply(b"Not Found", "404", status=404))
        return await self.call(method, lambda: self._answer(method, request, raw, path), raw=raw)

    def _answer(self, method: str, request: Request, raw: bytes, path: str) -> Reply:
        limit = self.config["calls_per_minute"]
        if limit and not self.limits.allow("calls", int(limit), MINUTE_MS):
            return self.rate_limited(method)
        try:
            if method in LOGINS:
                return self._login(method, request, raw)
            access.check(request.headers, request.cookies, path, self.config, self.store, self.clock)
            self._turn_dial("session_lost", method, Refused(SESSION_LOST_TEXT, SESSION_LOST))
            form_id, data = bodies.read_call(method.lower(), raw)
            if form_id != FORM_ID:
                raise Refused("业务对象不存在", PARAMETER)
            conflict = Refused("单据正在被其他用户操作，网络控制冲突，请稍候再试", NETWORK_CONFLICT)
            if method not in ("View", "ExecuteBillQuery"):
                self._turn_dial("network_conflict", method, conflict)
            return self._done(method, data)
        except access.GatewayRefused:
            body = {"errcode": 401, "description_cn": "签名校验失败", "description": "invalid signature"}
            return _reply(body, "401", status=401)
        except Refused as refused:
            # A query's errors hide in the shape of its data (sheet §7, 3).
            answer: Any = refusal(refused)
            return _reply([[answer]] if method == "ExecuteBillQuery" else answer, str(refused.msg_code))

    def _done(self, method: str, data: dict[str, Any]) -> Reply:
        if method == "ExecuteBillQuery":
            return _reply(query.run(data, self._bills.all()), "ok")
        if method == "View":
            number = str(data.get("Number") or "") or self._bills.named({"Ids": data.get("Id")})[0]
            answer = {"ResponseStatus": None, "Result": query.view(self._bills.find(number))}
            return _reply({"Result": answer}, "ok", number)
        if method in ("Save", "Draft"):
            return self._saved(data, draft=method == "Draft")
        numbers = self._bills.named(data)
        if method == "Delete":
            return self._outcome(each(numbers, self._bills.delete), numbers)
        return self._outcome(each(numbers, lambda number: self._bills.step(method, number)), numbers)

    def _saved(self, data: dict[str, Any], *, draft: bool) -> Reply:
        bill = self._bills.save(data, self._base_data(), draft=draft)
        outcome = Outcome()
        if data.get("IsAutoSubmitAndAudit") and not draft:
            for step in ("Submit", "Audit"):
                self._bills.step(step, bill["bill_no"])
        outcome.done_with(bill["id"], bill["bill_no"], 0)
        return self._outcome(outcome, [bill["bill_no"]])

    def _outcome(self, outcome: Outcome, numbers: list[str]) -> Reply:
        code = str(outcome.errors[0].msg_code) if outcome.errors else "ok"
        return _reply(outcome.answer(), code, ",".join(numbers))

    def _login(self, method: str, request: Request, raw: bytes) -> Reply:
        if method == "Logout":
            session_id = request.headers.get("kdservice-sessionid", "")
            return _reply(access.log_out(self.store, session_id), "ok")
        answer = access.log_in(method, bodies.read_parameters(raw), self.config, self.store, self.clock)
        return _reply(answer, "ok" if answer["LoginResultType"] == 1 else "login_refused")

    def _base_data(self) -> BaseData:
        return BaseData(
            frozenset(self.config["customers"]),
            frozenset(self.config["materials"]),
            frozenset(self.config["extra_fields"]),
        )

    def _turn_dial(self, dial: str, method: str, refused: Refused) -> None:
        """Refuses while the dial has turns left (-1: for ever) and names this method, or none."""
        left, methods = int(self.config[dial]), self.config["dial_methods"]
        if left == 0 or (methods and method not in methods):
            return
        if left > 0:
            self.configure({dial: left - 1})
        raise refused


def _reply(body: Any, outcome: str, ref: str = "", status: int = 200) -> Reply:
    return Reply(json.dumps(body, ensure_ascii=False).encode(), outcome=outcome, ref=ref, status=status)


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Kingdee:
    """The chassis' entry point."""
    return Kingdee(settings, state_dir)
