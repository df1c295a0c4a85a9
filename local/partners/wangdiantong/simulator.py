"""Wangdiantong 企业版 on the wire: form in, signature, limits, JSON out under another type (§2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import ControlError, Reply, Simulator, control
from local.partners.wangdiantong.autopilot import Autopilot
from local.partners.wangdiantong.errors import AUTH, TOO_OFTEN, TOO_OFTEN_TEXT, Refusal
from local.partners.wangdiantong.feedback import Feedback
from local.partners.wangdiantong.intake import Intake
from local.partners.wangdiantong.params import Params
from local.partners.wangdiantong.queries import Queries
from local.partners.wangdiantong.signing import is_signed
from local.partners.wangdiantong.stock import Stock
from local.partners.wangdiantong.trades import Trades
from local.partners.wangdiantong.transfers import Transfers

_TOLERANCE_MS = 300_000
_REFERENCES = ("tid", "src_tid", "refund_no", "rec_id", "spec_no")


class Wangdiantong(Simulator):
    """The seller's account of one brand: its shop, its warehouses, its staff."""

    name = "wangdiantong"
    secrets = frozenset({"appsecret"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "sid": "demo_sid",
        "appkey": "demo-key",
        "appsecret": "demo-secret",
        "shop_no": "demo_shop",
        "default_warehouse": "WH01",
        "carrier_url": "",
        "post_url": "",  # another carrier, who takes the parcels that the first one does not know
        # Calls a minute and method; not published (§2.3).
        "per_minute": 60,
        # Uncertain points of the sheet, and what a person may set in the client.
        "number_from": "seller_memo",  # or "scan"
        "audit_requires_number": True,
        "number_mismatch": False,  # True, or a list of tids
        "number_left_out": False,  # True, or a list of tids: shipped, and no number is told
        "late_number_ms": 0,  # when a number left out is typed in after all; 0: never
        "invalid_trade": "reject_batch",  # or "skip": counted nowhere, code 0
        "unchanged_counts": "chg",  # or "neither"
        "num_price_change": "ignored",  # or "refused"
        "await_audit_change": "overwrite",  # or "flag": a new address waits for a clerk
        "raw_visible": True,  # trade_query shows trades before 递交
        "nick_limit": 0,  # trades of one buyer_nick in a push; the web edition has 30
        "address_library": True,
        "unknown_goods": "stick",  # or "accept"
        "failed_sync_returns": False,
        "transfer_repeat": "refused",  # or "same"
        # The pace, ms on the virtual clock; clerk_ms 0: nobody decides a flagged trade by himself.
        "submit_ms": 2_000,
        "audit_ms": 3_000,
        "pack_ms": 5_000,
        "ship_ms": 5_000,
        "done_ms": 60_000,
        "retry_ms": 60_000,
        "clerk_ms": 0,
        "transfer_ms": 60_000,
    }

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self.stock = Stock(self.store, self.clock)
        self.trades = Trades(self.store, self.clock, self.stock)
        self.feedback = Feedback(self.store, self.clock, self._setting)
        self.autopilot = Autopilot(
            self.store, self.clock, self.jobs, trades=self.trades, stock=self.stock, feedback=self.feedback,
            config=self._setting,
        )  # fmt: skip
        intake = Intake(self.store, self.clock, self.trades, config=self._setting, moved=self.autopilot.moved)
        queries = Queries(self.trades, self.stock, self._setting)
        self.transfers = Transfers(self.store, self.clock, self.jobs, self.stock, self._setting)
        self._methods: dict[str, Callable[[Params], dict[str, Any]]] = {
            "trade_push": intake.trade_push,
            "trade_query": queries.trade_query,
            "sales_refund_push": intake.sales_refund_push,
            "stock_query": queries.stock_query,
            "stockout_order_query_trade": queries.stockout_query,
            "logistics_sync_query": self.feedback.logistics_sync_query,
            "logistics_sync_ack": self.feedback.logistics_sync_ack,
            "api_goods_stock_change_query": self.feedback.stock_change_query,
            "api_goods_stock_change_ack": self.feedback.stock_change_ack,
            "stock_transfer_push": self.transfers.stock_transfer_push,
            "stock_transfer_query": self.transfers.stock_transfer_query,
        }

    # ---- partner ----------------------------------------------------------------------------------

    def partner_routes(self) -> list[BaseRoute]:
        return [Route("/openapi2/{method}.php", self._endpoint, methods=["POST"])]

    def rate_limited(self, method: str) -> Reply:
        return _reply({"code": TOO_OFTEN, "message": TOO_OFTEN_TEXT}, str(TOO_OFTEN))

    async def _endpoint(self, request: Request) -> Response:
        raw = await request.body()
        method = request.path_params["method"]
        if method not in self._methods:
            return Response("404 Not Found", 404)
        content_type = request.headers.get("content-type", "")
        return await self.call(method, lambda: self._answer(method, raw, content_type), raw=_unquoted(raw))

    def _answer(self, method: str, raw: bytes, content_type: str) -> Reply:
        ref = ""
        try:
            params = self._admitted(raw, content_type)
            if not self.limits.allow(method, int(self.config["per_minute"]), 60_000):
                return self.rate_limited(method)
            ref = _reference(params)
            with self.store.savepoint():
                result = self._methods[method](params)
        except Refusal as refusal:
            return _reply({"code": refusal.code, "message": refusal.message}, str(refusal.code), ref)
        return _reply({"code": 0, "message": "", **result}, "ok", ref)

    def _admitted(self, raw: bytes, content_type: str) -> Params:
        """The verified parameters; raises Refusal for a bad form, account, signature or time."""
        if not content_type.lower().startswith("application/x-www-form-urlencoded"):
            raise Refusal(AUTH, "请求格式错误")
        try:
            pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        except ValueError as error:
            raise Refusal(AUTH, "请求格式错误") from error
        params = dict(pairs)
        if len(params) != len(pairs):
            raise Refusal(AUTH, "参数重复")
        if params.get("sid") != self.config["sid"]:
            raise Refusal(AUTH, "sid不存在")
        if params.get("appkey") != self.config["appkey"]:
            raise Refusal(AUTH, "appkey不存在或已停用")
        if not is_signed(params, self.config["appsecret"]):
            raise Refusal(AUTH, "签名错误")
        timestamp = params.get("timestamp", "")
        if len(timestamp) != 10 or not (timestamp.isascii() and timestamp.isdigit()):
            raise Refusal(AUTH, "时间戳错误")
        if abs(int(timestamp) * 1000 - self.clock.wall_ms()) > _TOLERANCE_MS:
            raise Refusal(AUTH, "时间戳已过期")
        return params

    # ---- control ----------------------------------------------------------------------------------

    def control_routes(self) -> list[BaseRoute]:
        return [
            control("/_sim/stock", self._set_stock),
            control("/_sim/pack", self._pack),
            control("/_sim/label", self._label),
            control("/_sim/number", self._number),
            control("/_sim/clerk", self._clerk),
            control("/_sim/cancel_transfer", self._cancel_transfer),
        ]

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        shown = super().configure(changes)
        with self.store.tx():
            self.autopilot.moved_all()
        return shown

    def ledger(self) -> dict[str, Any]:
        return {
            "trades": self.trades.truth(),
            "stock": self.stock.truth(),
            "refunds": dict(self.store.items("refunds")),
            "sync_rows": self.feedback.truth(),
            "transfers": self.transfers.truth(),
        }

    def _set_stock(self, rows: Any) -> Any:
        """A stocktake: [{spec_no, warehouse_no, stock_num}]."""
        with self.store.tx():
            for row in rows:
                self.stock.set(str(row["spec_no"]), str(row["warehouse_no"]), int(row["stock_num"]))
            self.autopilot.moved_all()
        return self.stock.truth()

    def _pack(self, body: Any) -> Any:
        """A scan: {tid, logistics_no, oids?}. Refused when the trade must not be packed."""
        with self.store.tx():
            trade = self._found(body)
            self.autopilot.scan(trade, str(body["logistics_no"]), [str(oid) for oid in body.get("oids") or []])
        return {"tid": body["tid"], "packed": True}

    def _label(self, body: Any) -> Any:
        """{tid, logistics_no}: a label that was printed elsewhere is on the parcel; the memo knows of no number."""
        with self.store.tx():
            self.autopilot.label(self._found(body), str(body["logistics_no"]))
        return {"tid": body["tid"], "label": body["logistics_no"]}

    def _number(self, body: Any) -> Any:
        """{tid, logistics_no}: somebody types the number into a trade, after it was shipped without one."""
        with self.store.tx():
            trade = self._found(body)
            self.trades.report_number(trade, str(body["logistics_no"]))
            self.trades.save(trade)
        return {"tid": body["tid"], "logistics_no": trade["logistics_no"]}

    def _clerk(self, body: Any) -> Any:
        """{tid, action: accept | keep | cancel} for a trade that a re-push or refund flagged."""
        with self.store.tx():
            trade = self._found(body)
            self.autopilot.clerk(trade, str(body["action"]))
        return {"tid": body["tid"], "state": trade["state"]}

    def _cancel_transfer(self, body: Any) -> Any:
        """{outer_no}: a clerk cancels a transfer that is under way."""
        with self.store.tx():
            self.transfers.cancel(str(body["outer_no"]))
        return self.transfers.truth()

    def _found(self, body: Any) -> dict[str, Any]:
        trade = self.trades.get(str(body["tid"]))
        if trade is None:
            raise ControlError(f"no trade {body['tid']}", 404)
        return trade

    def _setting(self, name: str) -> Any:
        return self.config[name]


def _reply(answer: dict[str, Any], outcome: str, ref: str = "") -> Reply:
    """JSON, but never said to be (§2.1)."""
    body = json.dumps(answer, ensure_ascii=False).encode()
    return Reply(body, outcome, ref, content_type="text/html;charset=UTF-8")


def _reference(params: Params) -> str:
    """The business ids in a request, for the call log."""
    found = [params[name] for name in _REFERENCES if name in params]
    for name in ("trade_list", "api_refund_list", "logistics_list"):
        try:
            rows = json.loads(params.get(name, "[]"))
            found += [str(row.get("tid") or row.get("rec_id") or "") for row in rows]
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue
    return ",".join(found)


def _unquoted(raw: bytes) -> bytes:
    """The form in clear text, for dials that match by content."""
    return " ".join(value for _, value in parse_qsl(raw.decode("latin-1"))).encode("utf-8", "replace")
