"""A Wangdiantong qyb client written from the sheet alone: it shares no line with simulator or adapter."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

SID, APPKEY, APPSECRET, SHOP = "test_sid", "test-key", "test-secret", "shop01"
SETTINGS = {"sid": SID, "appkey": APPKEY, "appsecret": APPSECRET, "shop_no": SHOP}
MEMO = "运单号:SF7444000012345"


def clock_text(seconds: float) -> str:
    return (datetime.fromtimestamp(seconds, UTC) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def pack(params: dict[str, str], by_bytes: bool = False) -> str:
    parts = []
    for key in sorted(params):
        size = len(params[key].encode("utf-8")) if by_bytes else len(params[key])
        parts.append(f"{len(key):02d}-{key}:{size:04d}-{params[key]}")
    return ";".join(parts)


def signature(params: dict[str, str], secret: str, by_bytes: bool = False) -> str:
    return hashlib.md5((pack(params, by_bytes) + secret).encode("utf-8")).hexdigest()


class Client:
    """Signs and sends; `change` edits the finished form, to forge."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10)
        self.at = 0

    def form(self, params: dict[str, Any], *, by_bytes: bool = False, **public: str) -> dict[str, str]:
        form = {"sid": SID, "appkey": APPKEY, "timestamp": str(int(time.time())), **public}
        for key, value in params.items():
            form[key] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        form["sign"] = signature(form, APPSECRET, by_bytes)
        return form

    def raw(self, method: str, form: dict[str, str]) -> httpx.Response:
        return self.http.post(
            f"/openapi2/{method}.php",
            content=urlencode(form),
            headers={"content-type": "application/x-www-form-urlencoded; charset=UTF-8"},
        )

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.raw(method, self.form(params)).content.decode("utf-8"))
        return answer

    def push(self, *trades: dict[str, Any]) -> dict[str, Any]:
        return self.call("trade_push", shop_no=SHOP, switch="0", trade_list=list(trades))

    def one(self, tid: str) -> dict[str, Any]:
        found = self.call("trade_query", src_tid=tid)["trades"]
        assert len(found) == 1
        trade: dict[str, Any] = found[0]
        return trade

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.http.get("/_sim/state").json()
        return state

    def truth(self, tid: str) -> dict[str, Any]:
        truth: dict[str, Any] = self.state()["trades"][tid]
        return truth

    def control(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        assert self.control("clock", {"advance_ms": int(seconds * 1000)})["settled"] is True

    def stock(self, **counts: int) -> None:
        rows = [{"spec_no": spec, "warehouse_no": "WH01", "stock_num": n} for spec, n in counts.items()]
        self.control("stock", rows)


def line(oid: str, **fields: Any) -> dict[str, Any]:
    return {
        "oid": oid, "num": "1", "price": "299.0000", "status": 30, "refund_status": 0, "goods_id": "G1",
        "spec_id": "S1", "goods_no": "ZP", "spec_no": "ZP", "goods_name": "智能喂食器", "adjust_amount": "0",
        "discount": "0", "share_discount": "0", "remark": "", **fields,
    }  # fmt: skip


def trade(tid: str, *, lines: list[dict[str, Any]] | None = None, **fields: Any) -> dict[str, Any]:
    order_list = [line(f"{tid}-1")] if lines is None else lines
    paid = sum(float(row["price"]) * int(float(row["num"])) for row in order_list)
    receiver = {
        "receiver_name": "张三", "receiver_province": "北京", "receiver_city": "北京市",
        "receiver_district": "朝阳区", "receiver_address": "幸福路1号", "receiver_mobile": "13800138000",
    }  # fmt: skip
    money = {"post_amount": "0", "cod_amount": "0", "ext_cod_fee": "0", "other_amount": "0"}
    times = {"trade_time": "2026-01-02 10:00:00", "pay_time": "2026-01-02 10:01:00"}
    states = {"trade_status": 30, "pay_status": 2, "delivery_term": 1}
    return {
        "tid": tid, "buyer_nick": "nick", "paid": f"{paid:.4f}", "seller_memo": MEMO,
        "order_list": order_list, **receiver, **money, **times, **states, **fields,
    }  # fmt: skip


def closed(tid: str, **fields: Any) -> dict[str, Any]:
    return trade(tid, trade_status=80, lines=[line(f"{tid}-1", status=80, refund_status=5)], **fields)
