"""One order as each system has it (R42): value, since when, whose value counts, what differs and why.

Only what the hub truly knows of a system is told: what it was given and confirmed (effects), what was read back, what
the shop says, what was booked. The rest is unknown, with its reason. Nothing personal: receivers are masked.
"""

from collections.abc import Callable, Mapping
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.label import CARRIER_NAMES
from orderhub.domain.order import Order
from orderhub.domain.parcel import parcels_of
from orderhub.ports.orders import OrderStore
from orderhub.services import side_by_side_outside as outside
from orderhub.services.side_by_side_cells import (
    CARRIER,
    HUB,
    LEDGER,
    SHOP,
    WMS,
    Cell,
    Known,
    Words,
    alike,
    goods_text,
    hub_state,
    receiver_text,
    unknown,
    yuan,
)

SYSTEMS = (SHOP, HUB, WMS, CARRIER, LEDGER)
FIELDS: Mapping[str, Words] = {
    "address": ("收件地址", "Address"),
    "state": ("状态", "State"),
    "goods": ("商品", "Goods"),
    "gifts": ("赠品", "Gifts"),
    "waybill": ("运单号", "Waybill number"),
    "money": ("实收金额", "Money received"),
    "content_version": ("内容版本", "Content version"),
}
_CHANNELS: Mapping[str, Words] = {"youzan": ("有赞", "Youzan"), "wechat": ("微信小店", "WeChat shop")}
_CARRIERS_EN = {"sf": "SF", "ems": "EMS", "kuaidiniao": "Kuaidiniao"}
_NOT_SAID = ("店铺还没有给出订单内容", "the shop has not said yet what this order is")


def systems_of(order_id: str, orders: OrderStore) -> dict[str, Any]:
    """``{order_id, systems: [{system, name}], fields: [{field, name, cells: {system: cell}}], differing}``.

    A cell: ``{value, at, is_owner, differs, unknown}``; value, unknown and ``differs.why`` in both languages, ``at``
    and ``differs.since`` ms UTC (0: not known). ``differing``: how many cells differ. Raises Rejected
    (``no_such_order``).
    """
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    changes = orders.address_changes_of(order_id) if order.address_changes else ()
    settlement = next(iter(orders.records_of(order_id).get("settlement", [])), None)
    return compared(Known(order, orders.effects_of(order_id), orders.waybills_of(order_id), changes, settlement))


def compared(known: Known) -> dict[str, Any]:
    """The same, of what was read."""
    rows = {field: _row(field, known) for field in FIELDS}
    return {
        "order_id": known.order.order_id,
        "systems": [{"system": name, "name": _words(words)} for name, words in _names(known.order).items()],
        "fields": [
            {
                "field": field,
                "name": _words(FIELDS[field]),
                "cells": {system: _shown(cell) for system, cell in row.items()},
            }
            for field, row in rows.items()
        ],
        "differing": sum(bool(cell.differs) for row in rows.values() for cell in row.values()),
    }


def _row(field: str, known: Known) -> dict[str, Cell]:
    if known.order.snapshot is None and field != "state":
        return dict.fromkeys(SYSTEMS, unknown(_NOT_SAID))
    return _ROWS[field](known)


def _address(known: Known) -> dict[str, Cell]:
    order, snapshot = known.order, known.said
    kept = order.active_correction
    text = receiver_text(kept or snapshot, order.region)
    hub = alike(text, kept.corrected_at if kept else snapshot.taken_at)
    is_same = kept is None or (kept.receiver_digest, kept.region) == (snapshot.receiver_digest, snapshot.region)
    shop = alike(receiver_text(snapshot, snapshot.region), snapshot.taken_at)
    if is_same:
        shop = shop.owning()
    else:
        hub = hub.owning()
        shop = shop.differing(outside.why_shop_differs(known), hub.at)
    none = ("应收单不写地址", "a receivable names no address")
    return {
        SHOP: shop,
        HUB: hub,
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_address(known, parcel, text)),
        CARRIER: outside.by_parcel(known, lambda parcel: outside.carrier_address(known, parcel, text)),
        LEDGER: unknown(none),
    }


def _state(known: Known) -> dict[str, Cell]:
    return {
        SHOP: outside.shop_state(known),
        HUB: hub_state(known).owning(),
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_state(known, parcel)),
        CARRIER: outside.by_parcel(known, lambda parcel: outside.carrier_state(known, parcel)),
        LEDGER: outside.ledger_state(known),
    }


def _goods(known: Known) -> dict[str, Cell]:
    order, snapshot = known.order, known.said
    sold, sent = goods_text(snapshot.lines), goods_text(order.lines)
    shop, hub = alike((sold, sold), snapshot.taken_at), alike((sent, sent), snapshot.taken_at)
    if order.substitutions:
        why = ("有人决定改发其它商品, 店铺不改", "a person chose to send another SKU; the shop's order stays")
        shop, hub = shop.differing(why, snapshot.taken_at), hub.owning()
    else:
        shop = shop.owning()
    return {
        SHOP: shop,
        HUB: hub,
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_goods(known, parcel)),
        CARRIER: outside.by_parcel(known, lambda parcel: outside.carrier_goods(known, parcel)),
        LEDGER: outside.ledger_goods(known),
    }


def _gifts(known: Known) -> dict[str, Cell]:
    order = known.order
    names = ", ".join(f"{gift.code} {gift.name} ×{gift.quantity}" for gift in order.gifts)
    at = order.at.get("assessed", 0)
    mine: Words = (names or "无", names or "none")
    hub = alike(mine, at) if at else unknown(("还没有评估", "not assessed yet"))
    return {
        SHOP: unknown(("有赞不知道中枢的赠品", "the shop knows no gifts of the hub")),
        HUB: hub.owning(),
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_gifts(known, parcel)),
        CARRIER: unknown(("赠品行由中枢印在面单底部", "the gift line is the hub's own print")),
        LEDGER: unknown(("赠品不入应收", "gifts are no receivable")),
    }


def _waybill(known: Known) -> dict[str, Cell]:
    return {
        SHOP: outside.by_parcel(known, lambda parcel: outside.shop_number(known, parcel)),
        HUB: outside.by_parcel(known, lambda parcel: outside.hub_number(known, parcel)),
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_number(known, parcel)),
        CARRIER: outside.by_parcel(known, lambda parcel: outside.carrier_number(known, parcel)),
        LEDGER: unknown(("应收单不写运单号", "a receivable names no waybill")),
    }


def _money(known: Known) -> dict[str, Cell]:
    order, snapshot = known.order, known.said
    paid, refunded = snapshot.amounts.paid_fen, sum(order.refunds.values())
    back_zh = f", 已退 {yuan(refunded)}" if refunded else ""
    back_en = f", {yuan(refunded)} paid back" if refunded else ""
    net = yuan(paid - refunded)
    shop = alike((f"{yuan(paid)}{back_zh}", f"{yuan(paid)}{back_en}"), snapshot.taken_at)
    return {
        SHOP: shop.owning(),
        HUB: alike((net, net), snapshot.taken_at),
        WMS: unknown(("金额随单推送, 不读回", "amounts are pushed and not read back")),
        CARRIER: unknown(("运费月结, 见运费账", "freight is billed monthly; see the freight ledger")),
        LEDGER: outside.ledger_money(known, paid - refunded),
    }


def _content_version(known: Known) -> dict[str, Cell]:
    order = known.order
    return {
        SHOP: unknown(("有赞只有更新时间", "the shop has only a time of update"), known.said.taken_at),
        HUB: alike((f"v{order.content_version}",) * 2, known.said.taken_at).owning(),
        WMS: outside.by_parcel(known, lambda parcel: outside.wms_version(known, parcel)),
        CARRIER: outside.by_parcel(known, lambda parcel: outside.carrier_version(known, parcel)),
        LEDGER: unknown(("与内容版本无关", "has nothing to do with it")),
    }


_ROWS: Mapping[str, Callable[[Known], dict[str, Cell]]] = {
    "address": _address,
    "state": _state,
    "goods": _goods,
    "gifts": _gifts,
    "waybill": _waybill,
    "money": _money,
    "content_version": _content_version,
}


def _names(order: Order) -> dict[str, Words]:
    codes = list(dict.fromkeys(parcel.carrier for parcel in parcels_of(order) if parcel.carrier))
    zh = " / ".join(CARRIER_NAMES.get(code, code.upper()) for code in codes)
    en = " / ".join(_CARRIERS_EN.get(code, code.upper()) for code in codes)
    return {
        SHOP: _CHANNELS.get(order.channel, (order.channel, order.channel)),
        HUB: ("订单中枢", "Order hub"),
        WMS: ("旺店通", "Wangdiantong"),
        CARRIER: (zh or "承运商", en or "Carrier"),
        LEDGER: ("金蝶", "Kingdee"),
    }


def _shown(cell: Cell) -> dict[str, Any]:
    return {
        "value": _words(cell.value),
        "at": cell.at,
        "is_owner": cell.is_owner,
        "differs": {"why": _words(cell.differs), "since": cell.since} if cell.differs else None,
        "unknown": _words(cell.unknown),
    }


def _words(words: Words | None) -> dict[str, str] | None:
    return {"zh": words[0], "en": words[1]} if words else None
