"""SF Express 丰桥 on the wire: one path, form in, digest, platform codes, pushes (§2, §3, §5)."""

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
from local.partners.sf.envelope import (
    PlatformRefusal,
    Refusal,
    answered,
    platform_refused,
    refused,
    succeeded,
)
from local.partners.sf.interception import Interception
from local.partners.sf.journey import Journey
from local.partners.sf.ordering import Ordering
from local.partners.sf.orders import CANCELLED, CREATED, Orders
from local.partners.sf.signing import is_signed
from local.partners.sf.times import printed

_FIELDS = ("partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData")
_NODE = (
    "id",
    "mailno",
    "orderid",
    "acceptTime",
    "acceptAddress",
    "remark",
    "opCode",
    "reasonName",
    "reasonCode",
)


class SfExpress(Carrier):
    """One customer's account, the couriers, and the parcels."""

    name = "sf"
    order_key = "order_id"
    secrets = frozenset({"check_word", "webhook_token", "webhook_url", "order_state_url"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "partner_id": "TESTPARTNER",
        "check_word": "0123456789abcdefghijklmnopqrstuv",
        "month_card": "7551234567",
        "webhook_token": "",
        "webhook_url": "",  # `{token}` in it stands for webhook_token
        "order_state_url": "",
        "shop_url": "",
        "per_second": 30,
        "per_day": 3_000,
        # Uncertain points of the sheet.
        "lenient": False,  # also takes the digest without URL encoding
        "fresh_ms": 300_000,
        "request_memory_ms": 60_000,
        "duplicate_mode": "return_first",  # or "error_8016"
        "burned_code": "8016",  # or 8037, 8253: create with a cancelled orderId
        "second_cancel_code": "8037",  # or 8253, 8019
        "too_late_code": "8252",  # what is refused because the parcel is picked up (or not yet)
        "auto_confirmed": "ok",  # or "8252": an auto-confirmed order takes no change; or "once": it takes one
        "blank_field": "keeps",  # or "clears": what an empty field of a changed consignee does
        "search_cancelled": "record",  # or a code
        "search_lag_ms": 0,
        "result_data": "string",  # or "object"
        "intercept_reply": "object",  # or "null"
        "intercept_outcome": "done",  # or "fails": taken, and the parcel goes on as it was
        "second_intercept_code": "8252",
        "redirect_code": "99",  # 99, 648 and 631 are all "forwarded or returned"
        "return_code": "648",
        "receiver_code": "99",  # or "": a changed receiver shows no node
        "remote": [],  # province+city+county+address prefixes with filterResult 3 and no number
        "order_state_push": False,
        "order_state_shape": "envelope",  # or "flat"
        "order_state_reply": "any",  # or what alone counts: "head" {"head":"OK"}, "success" {"success":"true"}
        "order_state_code": "04-40001",
        # What is billed, fen. The sheet names no prices.
        "freight_fen": 1_800,
        "interception_fen": 1_000,
        "surcharge_fen": 500,
        "surcharge_places": [],
        # The couriers' pace, ms on the virtual clock.
        "pickup_ms": 2_000,
        "transit_ms": 10_000,
        "delivery_ms": 10_000,
        "intercept_ms": 5_000,
        "push_every_ms": 500,
        "push_retry_ms": [5_000, 30_000, 120_000],
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self.orders = Orders(self.store, self.clock)
        self.journey = Journey(
            self.store, self.clock, self.jobs, orders=self.orders, config=self.setting, noted=self._noted,
            delivered=self.delivered,
        )  # fmt: skip
        ordering = Ordering(self.orders, self.clock, self.setting, self._created)
        interception = Interception(self.orders, self.journey, self.jobs, self.clock, self.setting)
        self._services: dict[str, Callable[[Doc], Doc | None]] = {
            "EXP_RECE_CREATE_ORDER": ordering.create,
            "EXP_RECE_SEARCH_ORDER_RESP": ordering.search,
            "EXP_RECE_UPDATE_ORDER": ordering.update,
            "EXP_RECE_SEARCH_ROUTES": self.journey.search,
            "EXP_RECE_WANTED_INTERCEPT": interception.ask,
        }
        self.jobs.inside("flush_routes", self._flush_routes)
        self.jobs.inside("order_state", self._order_state)

    # ---- partner ----------------------------------------------------------------------------------

    def partner_routes(self) -> list[BaseRoute]:
        return [Route("/std/service", self._endpoint, methods=["POST"])]

    def rate_limited(self, method: str) -> Reply:
        return platform_refused("A1005")

    async def _endpoint(self, request: Request) -> Response:
        raw = await request.body()
        content_type = request.headers.get("content-type", "")
        form = form_fields(raw, content_type)
        service = (form or {}).get("serviceCode", "")
        method = service if service in self._services else "unknown"
        clear = json.dumps(form, ensure_ascii=False).encode() if form else raw
        return await self.call(method, lambda: self._answer(form), raw=clear)

    def _answer(self, form: dict[str, str] | None) -> Reply:
        ref = ""
        try:
            service, text = self._admitted(form)
            asked = _message(text)
            ref = str(asked.get("orderId") or asked.get("waybillNo") or asked.get("trackingNumber") or "")
            with self.store.savepoint():
                data, outcome = succeeded(self._services[service](asked)), "ok"
        except PlatformRefusal as refusal:
            return platform_refused(refusal.code, ref)
        except Refusal as refusal:
            data, outcome = refused(refusal), refusal.code
        except (TypeError, ValueError, KeyError, AttributeError):
            data, outcome = refused(Refusal("S0007")), "S0007"
        return answered(data, outcome, ref, as_object=self.config["result_data"] == "object")

    def _admitted(self, form: dict[str, str] | None) -> tuple[str, str]:
        """(service, msgData) of a request the platform takes; raises PlatformRefusal."""
        if form is None or any(not form.get(name) for name in _FIELDS) or len(form["requestID"]) > 40:
            raise PlatformRefusal("A1001")
        if form["partnerID"] != self.config["partner_id"]:
            raise PlatformRefusal("A1004")
        signed = (form["msgData"], form["timestamp"])
        lenient = bool(self.config["lenient"])
        if not is_signed(form["msgDigest"], signed, self.config["check_word"], lenient=lenient):
            raise PlatformRefusal("A1006")
        if not self._is_fresh(form["timestamp"]):
            raise PlatformRefusal("A1002")
        service = form["serviceCode"]
        if service not in self._services:
            raise PlatformRefusal("A1004")
        per_second, per_day = int(self.config["per_second"]), int(self.config["per_day"])
        if not self.limits.allow(service, per_second, 1_000) or not self.limits.allow(
            f"{service} a day", per_day, 86_400_000
        ):
            raise PlatformRefusal("A1005")
        now, seen = self.clock.wire_ms(), self.store.get("requests", form["requestID"])
        if seen is not None and now - seen["at_ms"] < int(self.config["request_memory_ms"]):
            raise PlatformRefusal("A1007")
        self.store.put("requests", form["requestID"], {"at_ms": now})
        return service, form["msgData"]

    def _is_fresh(self, timestamp: str) -> bool:
        """Seconds or milliseconds: both are seen working (§2)."""
        if not (timestamp.isascii() and timestamp.isdigit()):
            return False
        at_ms = int(timestamp) * 1000 if len(timestamp) <= 10 else int(timestamp)
        return abs(at_ms - self.clock.wall_ms()) <= int(self.config["fresh_ms"])

    # ---- pushes -----------------------------------------------------------------------------------

    def push_request(self, event: str, payload: Doc, attempt: int) -> Outgoing | None:
        url = self.config["webhook_url" if event == "RoutePush" else "order_state_url"]
        if not url:
            return None
        body = json.dumps(payload, ensure_ascii=False).encode()
        url = url.replace("{token}", self.config["webhook_token"])
        return Outgoing(url, body, {"content-type": "application/json;charset=UTF-8"})

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        """Routes: `return_code` 0000. Order states: the words are uncertain, a switch (§5)."""
        form = "" if event == "RoutePush" else self.config["order_state_reply"]
        if form == "any":
            return status == 200
        field, expected = {"head": ("head", "OK"), "success": ("success", "true")}.get(form, ("return_code", "0000"))
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(answer, dict) and answer.get(field) == expected

    def push_retries(self, event: str) -> Sequence[int]:
        return [int(ms) for ms in self.config["push_retry_ms"]]

    def _noted(self, node: Doc) -> None:
        self.store.put("unpushed", f"{int(node['id']):012d}", {key: node[key] for key in _NODE})
        if self.store.get("flush", "planned") is None:
            self.store.put("flush", "planned", {})
            self.jobs.schedule("flush_routes", {}, after_ms=int(self.config["push_every_ms"]))

    def _flush_routes(self, _job: Doc) -> None:
        self.store.delete("flush", "planned")
        waiting = self.store.items("unpushed")
        for start in range(0, len(waiting), 10):
            batch = waiting[start : start + 10]
            for key, _ in batch:
                self.store.delete("unpushed", key)
            payload = {"Body": {"WaybillRoute": [node for _, node in batch]}}
            self.pusher.send("RoutePush", payload, key="routes")

    def _created(self, order: Doc) -> None:
        if self.config["order_state_push"] and order["state"] == CREATED:
            self.jobs.schedule("order_state", {"order_id": order["order_id"]}, after_ms=1_000)

    def _order_state(self, job: Doc) -> None:
        order = self.orders.get(job["order_id"])
        if order is None or order["state"] == CANCELLED:
            return
        now = printed(self.clock.wire_ms())
        state = {
            "orderNo": order["order_id"],
            "waybillNo": order["waybill_nos"][0],
            "orderStateCode": self.config["order_state_code"],
            "orderStateDesc": "调度成功",
            "empCode": "01234567",
            "empPhone": "13800130000",
            "netCode": "755A",
            "createTm": now,
            "lastTime": now,
        }
        payload = {"requestId": uuid.uuid4().hex, "timestamp": self.clock.wire_ms(), "orderState": [state]}
        if self.config["order_state_shape"] == "flat":
            payload = {**state, "carrierCode": "SF"}
        self.pusher.send("OrderState", payload, key=order["order_id"])

    # ---- the neighbours and the control surface ---------------------------------------------------

    @property
    def courier(self) -> Courier:
        return self.journey

    def ledger(self) -> dict[str, Any]:
        return self.orders.truth()


def _message(text: str) -> Doc:
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("S0001") from error
    if not isinstance(asked, dict):
        raise Refusal("S0001")
    return asked
