"""An SF client written from the sheet alone, and a receiver of its pushes."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from typing import Any
from urllib.parse import quote, urlencode

import httpx

PARTNER, CHECK_WORD, CARD = "CLIENT01", "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci", "7551234567"
SETTINGS = {
    "partner_id": PARTNER,
    "check_word": CHECK_WORD,
    "month_card": CARD,
    "per_second": 10_000,
    "per_day": 10_000,
}


def java(text: str) -> str:
    """URL encoding as Java does it, from Python's: `*` is kept, `~` is not, a space is `+`."""
    return quote(text, safe="*").replace("~", "%7E").replace("%20", "+")


def msg_digest(msg_data: str, timestamp: str, check_word: str, *, raw: bool = False) -> str:
    text = msg_data + timestamp + check_word
    return base64.b64encode(hashlib.md5((text if raw else java(text)).encode()).digest()).decode()


class Client:
    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10)

    def form(self, service: str, message: Any, *, raw: bool = False, **fields: str) -> dict[str, str]:
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        timestamp = fields.get("timestamp", str(int(time.time() * 1000)))
        return {
            "partnerID": PARTNER, "requestID": str(uuid.uuid4()), "serviceCode": service,
            "timestamp": timestamp, "msgData": text,
            "msgDigest": msg_digest(text, timestamp, CHECK_WORD, raw=raw), **fields,
        }  # fmt: skip

    def send(self, form: dict[str, str]) -> dict[str, Any]:
        answer = self.http.post(
            "/std/service",
            content=urlencode(form),
            headers={"content-type": "application/x-www-form-urlencoded;charset=UTF-8"},
        )
        assert answer.status_code == 200
        envelope: dict[str, Any] = answer.json()
        assert len(envelope["apiResponseID"]) == 32
        return envelope

    def platform(self, service: str, message: Any, **options: Any) -> str:
        return str(self.send(self.form(service, message, **options))["apiResultCode"])

    def ask(self, service: str, message: Any) -> dict[str, Any]:
        """The business answer."""
        envelope = self.send(self.form(f"EXP_RECE_{service}", message))
        assert envelope["apiResultCode"] == "A1000", envelope
        assert isinstance(envelope["apiResultData"], str)
        business: dict[str, Any] = json.loads(envelope["apiResultData"])
        assert business["success"] is (business["errorCode"] == "S0000")
        return business

    def code(self, service: str, message: Any) -> str:
        return str(self.ask(service, message)["errorCode"])

    def create(self, order_id: str, **fields: Any) -> dict[str, Any]:
        return self.ask("CREATE_ORDER", order(order_id, **fields))

    def number(self, order_id: str) -> str:
        """A new label's number."""
        return str(self.create(order_id)["msgData"]["waybillNoInfoList"][0]["waybillNo"])

    def cancel(self, order_id: str, **fields: Any) -> str:
        return self.code("UPDATE_ORDER", {"orderId": order_id, "dealType": 2, **fields})

    def routes(self, number: str, kind: str = "1") -> list[dict[str, Any]]:
        asked = {"language": "0", "trackingType": kind, "trackingNumber": [number], "methodType": "1"}
        found: list[dict[str, Any]] = self.ask("SEARCH_ROUTES", asked)["msgData"]["routeResps"][0]["routes"]
        return found

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.http.get("/_sim/state").json()
        return state

    def truth(self, order_id: str) -> dict[str, Any]:
        truth: dict[str, Any] = self.state()["orders"][order_id]
        return truth

    def control(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        assert self.control("clock", {"advance_ms": int(seconds * 1000)})["settled"] is True


def order(order_id: str, **fields: Any) -> dict[str, Any]:
    sender = {
        "contactType": 1, "contact": "仓库", "tel": "075586000000", "country": "CN", "province": "广东省",
        "city": "深圳市", "county": "南山区", "address": "科技路1号",
    }  # fmt: skip
    consignee = {
        "contactType": 2, "contact": "张三", "mobile": "13800138000", "country": "CN", "province": "北京市",
        "city": "北京市", "county": "朝阳区", "address": "幸福路1号 3~4*",
    }  # fmt: skip
    return {
        "language": "zh-CN", "orderId": order_id, "contactInfoList": [sender, consignee],
        "cargoDetails": [{"name": "智能喂食器", "count": 1}], "monthlyCard": CARD, "payMethod": 1,
        "expressTypeId": 2, "remark": "赠品:智能饮水机滤芯×1", **fields,
    }  # fmt: skip
