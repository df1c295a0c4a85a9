"""An order's timeline as people read it: facts and calls to partners in one line of time, with words and filters."""

from collections.abc import Mapping, Sequence
from typing import Any

FILTERS: Mapping[str, tuple[str, str]] = {
    "decisions": ("决策", "Decisions"),
    "address": ("改址", "Address"),
    "parcel": ("仓库与包裹", "Parcel"),
    "money": ("钱", "Money"),
    "calls": ("合作方调用", "Calls to partners"),
    "people": ("人做的", "By people"),
}
"""Name of a filter → its words."""

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "decisions": ("Decision", "OrderHeld", "Alert"),
    "address": ("Address",),
    "parcel": ("Fulfillment", "Waybill", "Pickup", "Label", "Stock", "Transfer", "Gift"),
    "money": ("OrderPaid", "Refund", "OrderSettled", "Receipt"),
}
_BY = ("made_by", "by", "rendered_by", "revealed_by", "undone_by")
_NOBODY = frozenset({"", "hub"})

VERBS: Mapping[str, tuple[str, str]] = {
    "push_trade": ("旺店通: 推单", "Wangdiantong: push the trade"),
    "write_number": ("旺店通: 写运单号", "Wangdiantong: write the number"),
    "withdraw_trade": ("旺店通: 取消单", "Wangdiantong: cancel the trade"),
    "push_transfer": ("旺店通: 调拨", "Wangdiantong: transfer"),
    "create_waybill": ("承运商: 取面单", "Carrier: make a waybill"),
    "update_waybill": ("承运商: 改写面单", "Carrier: change the waybill"),
    "void_waybill": ("承运商: 作废面单", "Carrier: void the waybill"),
    "intercept": ("承运商: 截单改派", "Carrier: turn the parcel"),
    "confirm_shipment": ("有赞: 回传发货", "Youzan: confirm the shipment"),
    "tell_address": ("有赞: 告知改址", "Youzan: tell the address"),
    "pay_back": ("有赞: 退款", "Youzan: refund"),
    "post_receivable": ("金蝶: 记应收", "Kingdee: post the receivable"),
}
_STATUS: Mapping[str, tuple[str, str]] = {
    "intended": ("进行中", "under way"), "done": ("成功", "done"), "refused": ("被拒绝", "refused"),
}  # fmt: skip

KEYS: Mapping[str, tuple[str, str]] = {
    "reason": ("原因", "reason"), "reasons": ("原因", "reasons"),
    "class": ("类别", "class"), "option": ("选择", "option"),
    "note": ("备注", "note"), "carrier": ("承运商", "carrier"), "waybill_number": ("运单号", "number"),
    "warehouse": ("仓库", "warehouse"), "fulfillment": ("包裹", "parcel"), "reference": ("参考号", "reference"),
    "content_version": ("内容版本", "content"), "waybill_version": ("面单版本", "waybill"), "sku": ("商品", "SKU"),
    "quantity": ("数量", "quantity"), "payable_fen": ("应付", "payable"), "paid_fen": ("实付", "paid"),
    "refunded_fen": ("退款", "refunded"), "received_fen": ("应收", "receivable"), "partner": ("合作方", "partner"),
    "outcome": ("结果", "outcome"), "scope": ("范围", "scope"), "zone": ("位置", "zone"), "way": ("处理", "way"),
    "items": ("商品", "items"), "province": ("省", "province"), "city": ("市", "city"), "options": ("可选", "options"),
    "payment_due_at": ("付款期限", "to be paid by"), "expires_at": ("锁定至", "reserved until"),
    "reservations": ("锁定", "reserved"), "rule_id": ("规则行", "rule"), "pack_version": ("规则版本", "rules v"),
    "goods_fen": ("货款", "goods"), "freight_fen": ("运费", "freight"), "discount_fen": ("优惠", "discount"),
    "platform_fee_fen": ("平台扣点", "platform fee"), "bill_number": ("单据", "bill"), "refund_fen": ("退款", "refund"),
    "reason_code": ("原因", "reason"), "role": ("角色", "role"), "level": ("级别", "level"),
    "parcels": ("包裹数", "parcels"),
    "change": ("改址", "change"), "source": ("来源", "source"),
    "status": ("状态", "status"), "state": ("状态", "state"),
    "why": ("用途", "why"), "form": ("格式", "form"), "lines": ("行数", "lines"), "packs": ("规则", "rules"),
    "code": ("编码", "code"), "attempts": ("尝试", "attempts"), "field": ("字段", "field"), "due_at": ("期限", "due"),
}  # fmt: skip
"""What facts say → words; what has none yet is shown by its name."""


_NOT_TOLD = frozenset({"decision_id", "shop_id", "found_late", "line_id", "message_key", "recipients", "placed_at"})
"""What facts carry for machines, or what the page says elsewhere."""

VALUES: Mapping[str, tuple[str, str]] = {
    "customer_service": ("客服", "customer service"), "buyer_page": ("买家页面", "the buyer's page"),
    "shop_event": ("店铺", "the shop"), "region": ("跨区", "another region"), "street": ("街道", "another street"),
    "door": ("门牌", "another door"), "same": ("相同", "the same"), "unsure": ("不确定", "unsure"),
    "overwrite": ("原地改写", "changed in place"), "reissue": ("作废重开", "made again"),
    "reissued": ("重开", "made again"),
    "intercept": ("截单改派", "turned"), "decide": ("待决策", "to be decided"), "too_late": ("来不及", "too late"),
    "not_picked_up": ("未揽收", "not picked up"), "in_transit": ("运输中", "in transit"),
    "delivering": ("派送中", "out for delivery"), "delivered": ("已签收", "delivered"), "pass": ("放行", "pass"),
    "hold": ("冻结", "hold"), "wangdiantong": ("旺店通", "Wangdiantong"), "sf": ("顺丰", "SF"), "ems": ("EMS", "EMS"),
    "console_preview": ("在控制台预览", "looked at in the console"), "preview": ("预览", "preview"),
    "print": ("打印", "print"), "call_buyer": ("联系买家", "call the buyer"),
    "check_address": ("核对地址", "check the address"), "carrier_asks": ("承运商询问", "the carrier asks"),
    "complaint": ("处理投诉", "a complaint"), "live": ("有效", "live"), "not_issued": ("还没有面单", "no waybill yet"),
    "expired": ("到期未付", "not paid in time"), "cancelled": ("已取消", "cancelled"),
}  # fmt: skip
"""Codes that facts say → words; a code that has none yet is shown as it is."""


def code_words(decisions: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Classes and options by the words of this order's own cards, and the usual codes."""
    said = {code: {"zh": zh, "en": en} for code, (zh, en) in VALUES.items()}
    for card in decisions:
        said[card["class"]] = card["name"]
        said |= {command["option"]: command["name"] for command in card["commands"]}
    return said


def entries_of(facts: Sequence[Mapping[str, Any]], effects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Facts and calls, oldest first: ``{at, kind, name, words, data, by, duration_ms, is_bad}``; ``words`` empty: a
    fact, by its name."""
    told = [_fact(fact) for fact in facts] + [_call(effect) for effect in effects if effect["attempts"]]
    return sorted(told, key=lambda entry: entry["at"])


def chosen(entries: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The entries of a filter; of an unknown or empty one all."""
    if kind == "calls":
        return [entry for entry in entries if entry["kind"] == "call"]
    if kind == "people":
        return [entry for entry in entries if entry["by"]]
    begins = _GROUPS.get(kind)
    return [entry for entry in entries if entry["name"].startswith(begins)] if begins else list(entries)


def _fact(fact: Mapping[str, Any]) -> dict[str, Any]:
    data: Mapping[str, Any] = fact["data"]
    by = next((str(data[key]) for key in _BY if str(data.get(key, "")) not in _NOBODY), "")
    shown = [(KEYS.get(key, (key, key)), key, _plain(value)) for key, value in data.items() if _tells(key, value)]
    return {
        "at": fact["at"], "kind": "fact", "name": fact["type"], "words": None, "data": shown, "by": by,
        "duration_ms": None, "is_bad": fact["type"] in ("OrderHeld", "PartnerDegraded", "DecisionExpired"),
    }  # fmt: skip


def _tells(key: str, value: Any) -> bool:
    is_for_machines = key in _BY or key in _NOT_TOLD or key.endswith("_digest")
    return not is_for_machines and value not in ("", None, [], ())


def _plain(value: Any) -> Any:
    """Lists in one line; numbers stay what they are, for the page writes money and instants."""
    if isinstance(value, Mapping) and "sku" in value:
        return f"{value['sku']} ×{value.get('quantity', 1)}"
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values())
    return ", ".join(str(_plain(one)) for one in value) if isinstance(value, list | tuple) else value


def _call(effect: Mapping[str, Any]) -> dict[str, Any]:
    verb, status = effect["verb"], effect["status"]
    data = [(_STATUS.get(status, (status, status)), "", ""), (KEYS["reference"], "reference", effect["reference"])]
    if effect["attempts"] > 1:
        data.append((KEYS["attempts"], "attempts", effect["attempts"]))
    if effect["code"]:
        data.append((KEYS["code"], "code", effect["code"]))
    return {
        "at": effect["updated_at"], "kind": "call", "name": verb, "words": VERBS.get(verb, (verb, verb)), "data": data,
        "by": "", "duration_ms": effect["duration_ms"] or None, "is_bad": status == "refused",
    }  # fmt: skip
