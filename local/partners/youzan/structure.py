"""The order as Youzan shows it: the full structure of sheet §6, with its units and its ciphertexts."""

from __future__ import annotations

import json
from typing import Any

from local.partners.youzan import ciphers
from local.partners.youzan.model import STATUS_TEXTS, WAIT_BUYER_PAY, Buyer, Line, Order
from local.partners.youzan.shops import Shop
from local.partners.youzan.switches import Switches
from local.partners.youzan.units import apportion, shanghai, yuan

REFUND_STATES = {
    "WAIT_SELLER_AGREE": 1,
    "SELLER_REFUSE_BUYER": 10,
    "WAIT_BUYER_RETURN_GOODS": 20,
    "WAIT_SELLER_CONFIRM_GOODS": 30,
    "CLOSED": 50,
    "SUCCESS": 60,
}


def seal(text: str, shop: Shop, switches: Switches) -> str:
    """`text` under the shop's current key; nothing stays nothing."""
    version = switches.key_version or max(shop.keys, key=int)
    return ciphers.encrypt(text, shop.keys[version], int(version)) if text else ""


def detail(order: Order, shop: Shop, switches: Switches) -> dict[str, Any]:
    """`data` of `youzan.trade.get` and the `msg` of created, paid and shippable events."""
    return {
        "full_order_info": full_order_info(order, shop, switches, has_codes=switches.codes_everywhere),
        "order_promotion": _promotion(order),
        "delivery_order": _deliveries(order),
        "refund_order": _refunds(order),
    }


def full_order_info(order: Order, shop: Shop, switches: Switches, *, has_codes: bool = True) -> dict[str, Any]:
    """`full_order_info`, the part that the search returns too; `has_codes`: with the lines' codes of 4.0.4."""
    return {
        "order_info": _order_info(order, shop),
        "address_info": _address_info(order.buyer, shop, switches),
        "pay_info": _pay_info(order),
        "orders": [row | (_codes(line) if has_codes else {}) for line, row in _lines(order, switches)],
        "buyer_info": {
            "yz_open_id": f"YZOPENIDTEST{int(order.tid[-9:]):09d}",
            "buyer_phone": "",
            "outer_user_id": "",
            "fans_id": 0,
            "fans_type": 0,
            "fans_nickname": f"买家{int(order.tid[-9:]):09d}",
        },
        "remark_info": {
            "buyer_message": order.buyer_message,
            "trade_memo": order.memo,
            "star": order.star,
        },
        "source_info": {
            "is_offline_order": False,
            "book_key": f"00000000-0000-4000-8000-{int(order.tid[-9:]):012d}",
            "order_mark": "",
            "biz_source": "",
            "source": {"platform": "wx", "wx_entrance": "direct_buy"},
        },
        "invoice_info": None,
        "qrcode_info": None,
        "child_info": {"gift_no": "", "gift_sign": "", "child_orders": []},
        "x_sim_unknown_field": {"why": "unknown fields must be ignored (sheet §6)"},
    }


def _order_info(order: Order, shop: Shop) -> dict[str, Any]:
    paid = order.pay_ms is not None
    return {
        "tid": order.tid,
        "status": order.status,
        "status_str": STATUS_TEXTS[order.status],
        "type": 0,
        "express_type": 0,
        "created": shanghai(order.created_ms),
        "update_time": shanghai(order.updated_ms),
        "pay_time": shanghai(order.pay_ms),
        "consign_time": shanghai(order.consign_ms),
        "success_time": shanghai(order.success_ms),
        "confirm_time": "",
        "expired_time": shanghai(order.expires_ms),
        "refund_state": order.refund_state,
        "close_type": order.close_type,
        "pay_type": 10 if paid else 0,
        "pay_type_str": "WXPAY_DAIXIAO" if paid else "",
        "channel_type": 0,
        "team_type": 0,
        "node_kdt_id": int(shop.kdt_id),
        "root_kdt_id": 0,
        "offline_id": 0,
        "shop_name": shop.name,
        "is_retail_order": False,
        "order_tags": {
            "is_payed": paid,
            "is_secured_transactions": True,
            "is_refund": bool(order.refunded_fen),
            "is_feedback": any(r.status not in ("SUCCESS", "CLOSED") for r in order.refunds),
            "is_virtual": False,
            "is_postage_free": order.freight_fen == 0,
            "is_down_payment_pre": False,
        },
        "order_extra": {"is_from_cart": "false", "is_points_order": "0"},
    }


def _address_info(buyer: Buyer, shop: Shop, switches: Switches) -> dict[str, Any]:
    return {
        "receiver_name": seal(buyer.name, shop, switches),
        "receiver_tel": seal(buyer.phone, shop, switches),
        "delivery_province": buyer.province,
        "delivery_city": buyer.city,
        "delivery_district": buyer.district,
        "delivery_address": address_text(buyer.detail, shop, switches),
        "delivery_postal_code": "",
        "delivery_start_time": "",
        "delivery_end_time": "",
        "self_fetch_info": "",
        "address_extra": json.dumps({"areaCode": "", "lon": 120.1, "lat": 30.3}, separators=(",", ":")),
    }


def address_text(text: str, shop: Shop, switches: Switches) -> str:
    """The detailed address: ciphertext only when the switch says so."""
    return seal(text, shop, switches) if switches.encrypt_address else text


def _pay_info(order: Order) -> dict[str, Any]:
    paid = order.pay_ms is not None
    return {
        "total_fee": yuan(sum(line.total_fen for line in order.lines)),
        "post_fee": yuan(order.freight_fen),
        "payment": yuan(order.payable_fen),
        "real_payment": yuan(order.paid_fen),
        "transaction": [order.tid[1:15] + order.tid[-6:]] if paid else [],
        "outer_transactions": ["42" + order.tid[3:21]] if paid else [],
        "deduction_pay": 0,
        "deduction_real_pay": 0,
        "phase_payments": [],
    }


def _codes(line: Line) -> dict[str, Any]:
    """What 4.0.4 adds: the codes and barcodes of an item (`sku_id` 0) or of its specification."""
    of_item, of_sku = ("item_no", "item_barcode"), ("sku_no", "sku_barcode")
    said, unsaid = (of_sku, of_item) if line.sku_id else (of_item, of_sku)
    return dict(zip(said, (line.sku, line.barcode), strict=True)) | dict.fromkeys(unsaid, "")


def _lines(order: Order, switches: Switches) -> list[tuple[Line, dict[str, Any]]]:
    freight = [0] * len(order.lines)
    if switches.line_payment_has_freight:
        freight = apportion(order.freight_fen, [line.payment_fen for line in order.lines])
    return [(line, _line(line, extra)) for line, extra in zip(order.lines, freight, strict=True)]


def _line(line: Line, freight_fen: int) -> dict[str, Any]:
    unit = 0 if line.is_gift else line.price_fen
    properties = [{"k": "规格", "k_id": 3, "v": "标准", "v_id": 7443}]
    return {
        "oid": line.oid,
        "item_id": line.item_id,
        "sku_id": line.sku_id,
        "outer_item_id": line.sku if line.is_gift else f"SPU-{line.sku}",
        "outer_sku_id": "" if line.is_gift else line.sku,
        "title": line.title,
        "pic_path": "",
        "alias": "",
        "goods_url": "",
        "weight": "500",
        "num": line.num,
        "price": yuan(line.price_fen),
        "discount_price": yuan(unit),
        "total_fee": yuan(line.total_fen),
        "payment": yuan(line.payment_fen + freight_fen),
        "points_price": "0",
        "sku_properties_name": "" if line.is_gift else json.dumps(properties, ensure_ascii=False),
        "buyer_messages": "",
        "item_props": "",
        "item_type": 0,
        "is_present": line.is_gift,
        "is_pre_sale": "1" if line.is_presale else "",
        "pre_sale_type": "0" if line.is_presale else "",
        "is_cross_border": "",
    }


def _promotion(order: Order) -> dict[str, Any]:
    promotion = {
        "promotion_title": "满减",
        "promotion_id": 1,
        "promotion_type": "meetReduce",
        "promotion_type_id": 101,
        "promotion_type_name": "满减送",
        "discount_fee": yuan(order.discount_fen),
        "item_info": [],
    }
    return {
        "item_discount_fee": "0.00",
        "order_discount_fee": yuan(order.discount_fen),
        "adjust_fee": "0.00",
        "item": [],
        "order": [promotion] if order.discount_fen else [],
        "order_paid_promotion": [],
    }


def _deliveries(order: Order) -> list[dict[str, Any]]:
    if order.status == WAIT_BUYER_PAY:
        return []
    return [
        {
            "express_state": 1,
            "express_type": 1,
            "oids": [{"oid": oid} for oid in delivery.oids],
            "dists": [
                {
                    "dist_id": delivery.dist_id,
                    "express_info": {"express_id": delivery.express_id, "express_no": delivery.express_no},
                    "dist_items": [{"oid": oid} for oid in delivery.oids],
                }
            ],
        }
        for delivery in order.deliveries
    ]


def _refunds(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "refund_id": refund.refund_id,
            "refund_type": 1,
            "refund_state": REFUND_STATES[refund.status],
            "refund_fee": yuan(refund.fee_fen),
            "refund_time": shanghai(refund.success_ms),
            "oids": [{"oid": oid} for oid in refund.oids],
            "refund_fund": [],
        }
        for refund in order.refunds
    ]
