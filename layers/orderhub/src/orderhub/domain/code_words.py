"""Codes that facts, cards, changes and records carry, in the words of people: one source for pages and sentences.

A code is looked up by the field it stands in first, for "hold" means one thing of a verdict and another of a rule.
What has no words here comes back as it is: ``tests/unit/test_fact_words.py`` fails for one that the catalogue knows.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from orderhub.domain.decision_kinds import REGISTRY
from orderhub.domain.decision_options import MOOT, OPTIONS
from orderhub.domain.finding_words import FINDINGS
from orderhub.domain.platform_event_words import PLATFORM_EVENTS
from orderhub.domain.staff import ROLE_WORDS
from orderhub.domain.state_words import STATES, STEPS

type Pair = tuple[str, str]

PARTNERS: Mapping[str, Pair] = MappingProxyType(
    {
        "youzan": ("有赞", "Youzan"),
        "wechat": ("微信小店", "WeChat"),
        "wangdiantong": ("旺店通", "Wangdiantong"),
        "sf": ("顺丰", "SF"),
        "ems": ("EMS", "EMS"),
        "kuaidiniao": ("快递鸟", "Kuaidiniao"),
        "kingdee": ("金蝶", "Kingdee"),
        "wecom": ("企业微信", "WeCom"),
    }
)
CARRIERS: Mapping[str, Pair] = MappingProxyType(
    {
        "sf": PARTNERS["sf"], "ems": PARTNERS["ems"], "kuaidiniao": PARTNERS["kuaidiniao"],
        "yzpy": ("邮政快递包裹", "China Post"), "yto": ("圆通", "YTO"), "zto": ("中通", "ZTO"), "sto": ("申通", "STO"),
        "yd": ("韵达", "Yunda"), "jd": ("京东快递", "JD"), "dbl": ("德邦", "Deppon"), "jtsd": ("极兔", "J&T"),
    }
)  # fmt: skip
ZONES: Mapping[str, Pair] = MappingProxyType(
    {
        "not_picked_up": ("未揽收", "not picked up"),
        "in_transit": ("运输中", "in transit"),
        "delivering": ("派送中", "out for delivery"),
        "delivered": ("已签收", "delivered"),
        "returning": ("退回中", "going back"),
    }
)
END_REASONS: Mapping[str, Pair] = MappingProxyType(
    {
        "expired": ("到期未付款", "not paid in time"),
        "cancelled": ("已取消", "cancelled"),
        "refunded": ("已全额退款", "refunded in full"),
        "closed": ("店铺关闭", "closed by the shop"),
        "decided": ("按决策取消", "cancelled by a decision"),
    }
)
"""Why an order ended (``Order.close_reason``)."""

VERBS: Mapping[str, Pair] = MappingProxyType(
    {
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
)
"""What a partner is asked to do (``Effect.verb``)."""

CHANGE_SOURCES: Mapping[str, Pair] = MappingProxyType(
    {
        "shop_event": ("店铺", "the shop"),
        "customer_service": ("客服", "customer service"),
        "buyer_page": ("买家页面", "the buyer's page"),
    }
)
CHANGE_STATUSES: Mapping[str, Pair] = MappingProxyType(
    {
        "requested": ("判定中", "being judged"), "asked": ("待决策", "to be decided"),
        "applied": ("正在告知各系统", "being brought along"), "intercepting": ("截单中", "being turned"),
        "brought": ("全部已知", "everybody knows"), "refused": ("未接受", "refused"),
        "superseded": ("被新的取代", "superseded"),
    }
)  # fmt: skip
SCOPES: Mapping[str, Pair] = MappingProxyType(
    {
        "same": ("未变", "the same"), "door": ("门牌", "another door"), "street": ("街道", "another street"),
        "region": ("跨区", "another region"), "unsure": ("不确定", "unsure"),
    }
)  # fmt: skip
WAYS: Mapping[str, Pair] = MappingProxyType(
    {
        "nothing": ("没有变化", "nothing changes"), "overwrite": ("面单原地改写", "the waybill is changed in place"),
        "reissue": ("面单作废重开", "the waybill is made again"), "intercept": ("在途截单改派", "the parcel is turned"),
        "decide": ("需要有人决定", "a person decides"), "too_late": ("来不及", "too late"),
    }
)  # fmt: skip
CHANGE_REASONS: Mapping[str, Pair] = MappingProxyType(
    {
        "unchanged": ("地址没有变化", "the address is the same"), "decided": ("由人决定", "decided by a person"),
        "refused": ("由人拒绝", "refused by a person"), "order_ended": ("订单已结束", "the order has ended"),
        "older_than_known": ("比已知的改址更早", "older than a known change"),
        "intercept_under_way": ("承运商正在截单", "the carrier is turning the parcel"),
        "intercepted": ("承运商已截单改派", "the carrier turned the parcel"), "too_late": ("来不及", "too late"),
        "carrier_refused": ("承运商拒绝截单", "the carrier refused to turn it"),
        "carrier_silent": ("承运商未确认", "the carrier did not confirm"),
        "carrier_down": ("联系不上承运商", "the carrier could not be reached"),
        "delivered_before": ("截单前已签收", "delivered before it was turned"),
        "rules": ("规则要求有人决定", "the rules ask for a person"),
        "unsure": ("看不准变更范围", "unsure how far it reaches"),
        "window_over": ("超过自助改址时限", "past the window for changes"),
        "surcharge": ("买家要补费用", "costs the buyer more"),
        "parcels_apart": ("包裹不在同一处", "the parcels are in different places"),
        "carrier_cannot_intercept": ("承运商不能截单", "the carrier turns no parcels"),
        "intercepted_before": ("已截过一次", "turned once already"),
        "left_the_warehouse": ("已出库, 未揽收", "left the warehouse, not picked up"),
        "carrier_cannot_update": ("承运商不能改写面单", "the carrier changes no waybill in place"),
        "carrier_cannot_cancel": ("承运商不能作废面单", "the carrier voids no waybill"),
        "turned_after_refusal": ("拒绝后承运商仍改派了", "turned although it was refused"),
        "confirmed_by_a_person": ("由人确认", "confirmed by a person"), "by_hand": ("已人工处理", "done by hand"),
        "not_in_time": ("未按时生效", "not in time"), "not_shown_yet": ("还没有读回", "not read back yet"),
        "label_kept": ("保留原面单", "the label was kept"), "left": ("已出库", "it has left"),
        "clerk_must_look": ("请仓库文员修改", "the warehouse's clerk must change it"),
        "stays_in_the_hub": ("店铺不接受, 只在中枢生效", "the shop does not take it; it stays in the hub"),
        "asked_the_carrier": ("已请承运商截单", "the carrier was asked"),
        "asked_unclear": ("已请承运商截单, 未答复", "the carrier was asked, no answer yet"),
        **FINDINGS,
    }
)  # fmt: skip
"""Why a change of address went as it did, or a system knows of it or not."""

_CLASSES = {each.value: (kind.name_zh, kind.name_en) for each, kind in REGISTRY.items()}
_OPTIONS = {code: (option.words.zh, option.words.en) for code, option in OPTIONS.items()}
_WHOSE = {"issuer": ("面单方", "the label's issuer"), "warehouse": ("仓库", "the warehouse")}
_TOLD_BY = {
    **_WHOSE, "carrier": ("承运商", "the carrier"), "shop": ("店铺", "the shop"), "person": ("人工", "a person"),
}  # fmt: skip
_PACKING: Mapping[str, Pair] = {
    "wrong_item": ("拿错了商品", "a wrong item"), "too_many": ("多了一件", "one too many"),
    "wrong_label": ("面单不对", "another parcel's label"), "blocked": ("先前的错误未处理", "an earlier mistake stands"),
    "unknown": ("待打包里没有", "not to be packed"), "stopped": ("订单有变化", "the order had changed"),
    "address": ("地址已改", "another address"), "changing": ("正在改址", "its address is changing"),
    "items": ("商品已改", "other items"), "gifts": ("赠品已改", "other gifts"), "label": ("面单已换", "another label"),
    "relabel": ("面单正在更换", "its label is being replaced"), "held": ("订单冻结", "the order is held"),
    "cancelled": ("订单已取消", "the order was cancelled"), "gone": ("已经出库", "it has left"),
    "packed": ("已经打包", "packed already"), "wrong_items": ("商品不符", "wrong items"),
    "missed_gift": ("漏放赠品", "a gift is missing"), "twice": ("重复打包", "packed twice"),
}  # fmt: skip
_VERDICTS: Mapping[str, Pair] = {"pass": ("放行", "pass"), "hold": ("冻结", "hold"), **WAYS}
_JUDGED: Mapping[str, Pair] = {
    **_CLASSES, "has_lines": ("没有商品行", "no lines"), "has_parcel": ("没有要发货的实物", "nothing needs a parcel"),
    "sku_known": ("缺商品编码", "a line has no SKU"), "quantity_positive": ("数量为零", "a line has no pieces"),
    "paid_in_full": ("没有付清", "not paid in full"), "sent_by_express": ("不走快递", "not sent by express"),
    "held_with_sibling": ("与同号码订单一并拦截", "held with another order of the phone"),
    "source_elsewhere": ("改由他仓", "sourced elsewhere"), "transfer": ("调拨", "a transfer"),
    "split": ("拆单", "split"), "hold": ("转人工", "a person decides"),
}  # fmt: skip

_FIELDS: Mapping[str, Mapping[str, Pair]] = MappingProxyType(
    {
        "class": _CLASSES,
        "reason_code": _CLASSES,
        "option": {**_OPTIONS, MOOT: ("不用再决定", "no longer needed")},
        "options": _OPTIONS,
        "role": {role.value: words for role, words in ROLE_WORDS.items()},
        "partner": PARTNERS,
        "waiting_for": PARTNERS,
        "carrier": CARRIERS,
        "zone": ZONES,
        "scope": SCOPES,
        "way": WAYS,
        "source": {**CHANGE_SOURCES, **_WHOSE, "person": ("人工录入", "entered by a person")},
        "said_by": _TOLD_BY,
        "event_type": PLATFORM_EVENTS,
        "step": {**STATES, **STEPS, "change_address": ("改址", "change of address")},
        "asked": VERBS,
        "what": {**VERBS, **_PACKING},
        "deadline": {"own": ("中枢自己的期限", "the hub's own"), "outside": ("外部的期限", "somebody's outside")},
        "effect": {**_OPTIONS, "escalate": ("升级给上级", "somebody above looks")},
        "reason": {
            **END_REASONS, **_PACKING, "reissued": ("重开面单", "made again"),
            "not_matched": ("不再符合规则", "no longer matched"), "call_buyer": ("联系买家", "call the buyer"),
            "check_address": ("核对地址", "check the address"), "carrier_asks": ("承运商询问", "the carrier asks"),
            "complaint": ("处理投诉", "a complaint"), **END_REASONS,
        },
        "closed_because": END_REASONS,
        "reasons": {**CHANGE_REASONS, **_JUDGED},
        "problems": _PACKING,
        "outcome": {**_VERDICTS, **_PACKING, **CHANGE_REASONS},
        "status": {
            **CHANGE_STATUSES, "draft": ("草稿", "draft"), "tested": ("已回测", "back-tested"),
            "live": ("启用", "live"), "retired": ("停用", "retired"),
        },
        "state": {
            "live": ("有效", "live"), "not_issued": ("还没有面单", "no waybill yet"),
            "unsettled": ("未确认", "not settled"), "outdated": ("已过时", "outdated"), "voided": ("已作废", "void"),
            "held": ("冻结", "held"), "cancelled": ("已取消", "cancelled"),
            "wanted": ("等仓库确认", "to be confirmed"), "under_way": ("调拨中", "under way"),
            "received": ("已到货", "received"), "dropped": ("已放弃", "dropped"), "ended": ("已结束", "ended"),
        },
        "form": {"pdf": ("PDF文件", "PDF"), "png": ("图片", "picture")},
        "why": {
            "preview": ("预览", "preview"), "print": ("打印", "print"), "reprint": ("重打", "print again"),
            "check": ("核对", "check"),
            "the parcel had left": ("包裹已出库", "the parcel had left"),
            **{
                f"the warehouse held the trade as {state}": (zh, f"the warehouse held the trade as {state}")
                for state, zh in (
                    ("audited", "仓库已审核"), ("shipped", "仓库已发货"), ("completed", "仓库已完成"),
                )
            },
        },
        "channel": {
            **PARTNERS, "console": ("控制台", "the console"), "api": ("接口", "the API"),
        },
        "kind": {
            "interception": ("拦截", "interception"), "gifts": ("赠品", "gifts"), "sourcing": ("寻源", "sourcing"),
            "carrier": ("承运商", "carriers"), "address_change": ("改址窗口", "address changes"),
            "settlement_bearer": ("费用承担", "who bears what"),
        },
        "changed": {"name": ("收件人", "receiver"), "phone": ("电话", "phone"), "address": ("地址", "address")},
        "charge": {"surcharge": ("附加费", "surcharge"), "intercept": ("截单费", "fee for turning it")},
        "issuer_said": {"not asked yet": ("还没有问", "not asked yet")},
        "warehouse_said": {"not asked yet": ("还没有问", "not asked yet")},
        "hub_number": {"none yet": ("还没有", "none yet")},
        "found": FINDINGS,
        "available": {"unknown SKU": ("没有这个商品", "unknown SKU")},
    }
)  # fmt: skip
"""Field → code → words. What stands in no such field is an id, a number, or text of somebody's."""

SYSTEMS: Mapping[str, Pair] = MappingProxyType(
    {
        "wms": ("旺店通", "Wangdiantong"), "carrier": ("承运商", "Carrier"), "shop": ("有赞", "Youzan"),
        "finance": ("财务", "Finance"),
    }
)  # fmt: skip
"""Who may hold an old address."""


_REASONED = frozenset({"outcome", "reasons"})  # where a reason may name a partner's own code, or another change


def is_coded(field: str) -> bool:
    """Whether what stands in this field is a code."""
    return field in _FIELDS


def word_of(field: str, code: object) -> Pair | None:
    """The words of one code; None where there are none."""
    return _FIELDS.get(field, {}).get(str(code))


def said(field: str, value: str) -> Pair:
    """A text of codes as it stands on a card, ``a, b``, in words; what is no code of this field stays as it is.

    >>> said("zone", "in_transit")
    ('运输中', 'in transit')
    """
    if field == "behind":
        return _behind(value)
    if field == "pack":
        return pack_words(value)
    if field == "parcels":
        return _parcels(value), value
    if whole := word_of(field, value):
        return whole
    if not is_coded(field):
        return value, value
    unknown = reason_words if field in _REASONED else _as_it_is
    pairs = [word_of(field, one) or unknown(one) for one in re.split(r",\s*", value)]
    if all(pair[0] == pair[1] for pair in pairs):
        return value, value  # no codes: somebody's own words
    return "、".join(pair[0] for pair in pairs), ", ".join(pair[1] for pair in pairs)


def _as_it_is(code: str) -> Pair:
    return code, code


def pack_words(name: str) -> Pair:
    """``gifts v7``, as an order names what judged it; version 0 ships with the hub.

    >>> pack_words("gifts v0")
    ('赠品规则 随产品', 'gifts, shipped')
    """
    kind, _, version = name.rpartition(" ")
    zh, en = word_of("kind", kind) or (kind, kind)
    return (f"{zh}规则 随产品", f"{en}, shipped") if version == "v0" else (f"{zh}规则 {version}", f"{en} {version}")


_PARCELS = (
    ("delivered", "已签收"), ("shipped", "已出库"), ("called off at", "已取消, 仓库"), ("not sent yet", "未发出"),
    (" from ", " 仓库 "),
)  # fmt: skip


def _parcels(value: str) -> str:
    """``domain.parcel.described`` in Chinese."""
    for en, zh in _PARCELS:
        value = value.replace(en, zh)
    return value


def _behind(value: str) -> Pair:
    """``wms: not_in_time, carrier: left``: systems, each with why it knows nothing."""
    pairs = [(one.partition(": ")[0], one.partition(": ")[2]) for one in value.split(", ")]
    told = [(SYSTEMS.get(system, (system, system)), reason_words(why)) for system, why in pairs]
    return (
        "、".join(f"{system[0]} ({why[0]})" if why[0] else system[0] for system, why in told),
        ", ".join(f"{system[1]} ({why[1]})" if why[1] else system[1] for system, why in told),
    )


def reason_words(code: str) -> Pair:
    """Why a change went so: a code, perhaps with a partner's own code behind a colon, or the change that came later."""
    head, _, tail = code.partition(":")
    if head.startswith("change_") and head[7:].isdigit():
        return f"被改址 #{head[7:]} 取代", f"change #{head[7:]} took its place"
    zh, en = CHANGE_REASONS.get(head, (head, head))
    return (f"{zh} ({tail})", f"{en} ({tail})") if tail else (zh, en)
