"""SF's two verdicts: the platform's (`apiResultCode`) and the business one inside `apiResultData` (§3)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from local.partners.chassis import Reply

PLATFORM = {
    "A1000": "",
    "A1001": "必传参数不可为空",
    "A1002": "请求时效已过期",
    "A1004": "无对应服务权限",
    "A1005": "流量受控",
    "A1006": "数字签名无效",
    "A1007": "重复请求",
}
BUSINESS = {
    "S0001": "非法的JSON格式",
    "S0003": "系统发生数据错误或运行时异常",
    "S0004": "参数超过最大长度",
    "S0007": "参数类型错误",
    "1010": "寄件地址不能为空",
    "1011": "寄件联系人不能为空",
    "1012": "寄件电话不能为空",
    "1014": "到件地址不能为空",
    "1015": "到件联系人不能为空",
    "1016": "到件电话不能为空",
    "1023": "托寄物品名不能为空",
    "6126": "月结卡号不合法",
    "8003": "查询单号超过最大限制",
    "8013": "未传入查询单号",
    "8016": "重复下单",
    "8017": "订单号与运单号不匹配",
    "8018": "未获取到订单信息",
    "8019": "订单已确认或已消单",
    "8037": "订单已取消, 不能重复取消",
    "8057": "快件产品类别为空或未配置",
    "8117": "包裹数量超过307",
    "8119": "月结卡号不存在或已失效",
    "8247": "运单号不合法",
    "8252": "订单已确认",
    "8253": "订单已取消",
}


class PlatformRefusal(Exception):
    """The platform does not take the request."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refusal(Exception):
    """The service takes the request and says no."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or BUSINESS.get(code, "")


def missing(name: str) -> Refusal:
    return Refusal("S0002", f"必传参数{name}不可为空")


def platform_refused(code: str, ref: str = "") -> Reply:
    return _reply({"apiErrorMsg": PLATFORM[code], "apiResultCode": code, "apiResultData": ""}, code, ref)


def answered(data: dict[str, Any], outcome: str, ref: str, *, as_object: bool) -> Reply:
    """Business data under A1000: a JSON string, or the object itself where an endpoint does so (a switch)."""
    text = data if as_object else json.dumps(data, ensure_ascii=False)
    return _reply({"apiErrorMsg": "", "apiResultCode": "A1000", "apiResultData": text}, outcome, ref)


def succeeded(msg_data: Any) -> dict[str, Any]:
    return {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": msg_data}


def refused(refusal: Refusal) -> dict[str, Any]:
    return {"success": False, "errorCode": refusal.code, "errorMsg": refusal.message, "msgData": None}


def _reply(envelope: dict[str, Any], outcome: str, ref: str) -> Reply:
    body = json.dumps({**envelope, "apiResponseID": uuid.uuid4().hex.upper()}, ensure_ascii=False).encode()
    return Reply(body, outcome, ref)
