"""EMS 国内协议客户开放平台: one path, form in, sealed JSON, dispatch by apiCode, the push of steps (ems.md §1–§6)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import Carrier, Courier, Doc, Outgoing, Reply, form_fields
from local.partners.ems import wire
from local.partners.ems.journey import Journey
from local.partners.ems.orders import Orders
from local.partners.ems.wire import Refused

_PATHS = ("/amp-prod-api/f/amp/api/open", "/amp-prod-api/f/amp/api/test")
_FIELDS = ("apiCode", "senderNo", "authorization", "timeStamp", "logitcsInterface")
_PUSHED = ("waybillNo", "opTime", "opCode", "opName", "opDesc", "opOrgProvName", "opOrgCity", "opOrgCode", "opOrgName",
           "operatorNo", "operatorName")  # fmt: skip
PUSH = "040002"


class Ems(Carrier):
    """One agreement customer's account, the postmen, and the parcels."""

    name = "ems"
    order_key = "order_no"
    secrets = frozenset({"authorization", "sign_key", "webhook_url"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "sender_no": "1100000000000",
        "authorization": "0123456789abcdef",
        "sign_key": "QUJDREVGR0hJSktMTU5PUA==",
        "webhook_url": "",
        "shop_url": "",
        "per_second": 20,
        # Uncertain points of the sheet.
        "duplicate": "same",  # or "refused": 020003 with a logisticsOrderNo that is there
        "burned": "refused",  # or "same": 020003 with a cancelled one
        "freight_shows": "always",  # or "accepted", "no_number": what 050001 tells
        "cancel_shape": "any",  # or "object", "array"
        "cancel_number": "optional",  # or "needed": 020006 without waybillNo
        "second_cancel": "refused",  # or "ok"
        "answer_shape": "object",  # or "array": retBody of 020003
        "body": "text",  # or "object": retBody is JSON in a text
        "nothing_to_show": "list",  # or "words" (00000 without a body), "refused"
        "newest_first": False,
        "refusal_code": "B00001",
        "push_key_trailer": False,  # the pushed JSON carries the key's text too
        # What is billed, fen. The sheet names no prices.
        "freight_fen": 2_000,
        "surcharge_fen": 800,
        "surcharge_places": [],  # prov+city+county+address prefixes
        # The post's pace, ms on the virtual clock.
        "step_ms": 10_000,
        "push_retry_ms": [5_000, 30_000, 120_000],
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self.orders = Orders(self.store, self.clock, self.setting)
        self.journey = Journey(
            self.clock, self.jobs, orders=self.orders, config=self.setting, noted=self._noted,
            delivered=self.delivered,
        )  # fmt: skip
        self._services: dict[str, Callable[[Any], Any]] = {
            "020003": self.orders.create,
            "020006": self.orders.cancel,
            "050001": self.orders.freight,
            "040001": self.journey.track,
            "010004": self.journey.label,
        }

    def partner_routes(self) -> list[BaseRoute]:
        return [Route(path, self._endpoint, methods=["POST"]) for path in _PATHS]

    @property
    def courier(self) -> Courier:
        return self.journey

    def ledger(self) -> dict[str, Any]:
        return self.orders.truth()

    def rate_limited(self, method: str) -> Reply:
        return self._refused("请求过于频繁,请稍后再试")

    async def _endpoint(self, request: Request) -> Response:
        raw = await request.body()
        fields = form_fields(raw, request.headers.get("content-type", "")) or {}
        code = fields.get("apiCode", "")
        method = code if code in self._services else "unknown"
        return await self.call(method, lambda: self._answer(fields), raw=self._clear(fields))

    def _answer(self, fields: dict[str, str]) -> Reply:
        ref = ""
        try:
            code, asked = self._admitted(fields)
            if not self.limits.allow(code, int(self.config["per_second"]), 1_000):
                return self.rate_limited(code)
            ref = _ref(asked)
            with self.store.savepoint():
                body = self._services[code](asked)
        except Refused as refused:
            return self._refused(refused.words, ref)
        except (TypeError, ValueError, KeyError, AttributeError):
            return self._refused("报文格式错误", ref)
        words = "未查询到信息" if code == "040001" and body is None else "成功"
        is_text = self.config["body"] == "text"
        return wire.answered("00000", words, body, now_ms=self.clock.wire_ms(), ref=ref, as_text=is_text)

    def _admitted(self, fields: dict[str, str]) -> tuple[str, Any]:
        for name in _FIELDS:
            if not fields.get(name):
                raise Refused(f"{name}不能为空")
        if fields["senderNo"] != self.config["sender_no"]:
            raise Refused("无客户信息")
        if fields["authorization"] != self.config["authorization"]:
            raise Refused("授权码错误")
        if not wire.is_time(fields["timeStamp"]):
            raise Refused("timeStamp格式错误")
        if fields["apiCode"] not in self._services:
            raise Refused("接口代码错误")
        text = wire.opened(fields["logitcsInterface"], self.config["sign_key"])
        try:
            return fields["apiCode"], json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Refused("报文格式错误") from error

    def _clear(self, fields: dict[str, str]) -> bytes:
        """What dials look at: the business JSON."""
        try:
            return wire.opened(fields.get("logitcsInterface", ""), self.config["sign_key"]).encode()
        except Refused:
            return b""

    def _refused(self, words: str, ref: str = "") -> Reply:
        return wire.answered(str(self.config["refusal_code"]), words, None, now_ms=self.clock.wire_ms(), ref=ref)

    # ---- the push, the neighbours, the control surface ----------------------------------------------------

    def push_request(self, event: str, payload: Doc, attempt: int) -> Outgoing | None:
        url = self.config["webhook_url"]
        if not url:
            return None
        text = json.dumps(payload["step"], ensure_ascii=False)
        message = {
            "logitcsInterface": wire.pushed(text, self.config["sign_key"], trailer=self.config["push_key_trailer"]),
            "method": PUSH,
            "msgType": "0",
            "senderNo": self.config["sender_no"],
            "serialNo": payload["serial"],
            "timeStamp": wire.printed(self.clock.wire_ms()),
            "version": "v1.0.0",
        }
        return Outgoing(url, json.dumps(message).encode(), {"content-type": "application/json;charset=UTF-8"})

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        """Only code 00000 acknowledges (§6)."""
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(answer, dict) and answer.get("code") == "00000"

    def push_retries(self, event: str) -> Sequence[int]:
        return [int(ms) for ms in self.config["push_retry_ms"]]

    def _noted(self, order: Doc, step: Doc) -> None:
        told = {name: step[name] for name in _PUSHED} | {"orderNo": order["order_no"]}
        self.pusher.send(PUSH, {"step": told, "serial": uuid.uuid4().hex}, key=order["waybill_no"])


def _ref(asked: Any) -> str:
    one = asked[0] if isinstance(asked, list) and asked else asked
    return str(one.get("logisticsOrderNo") or one.get("waybillNo") or "") if isinstance(one, dict) else ""


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Ems:
    """With these settings and switches (`Ems.defaults`); state in memory without a dir."""
    return Ems(settings, state_dir)
