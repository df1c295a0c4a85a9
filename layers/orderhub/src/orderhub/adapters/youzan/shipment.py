"""What Youzan holds about the shipment of an order, and which express company it means (sheet §6, §7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.adapters.youzan.answers import PARTNER, undocumented
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

ALREADY_SHIPPED = ("102570007", "102570020")
"""`already shipped` and `nothing to ship`: the second is also said of a closed or refunded order."""
SHIPPED_STATES = ("WAIT_BUYER_CONFIRM_GOODS", "TRADE_SUCCESS")
UNSHIPPED_STATES = ("", "WAIT_SELLER_SEND_GOODS")
REPLICA_LAG_SECONDS = 30.0

_NAMES = {"sf": ("顺丰速运", "顺丰快递", "顺丰"), "ems": ("EMS", "EMS标准快递", "中国邮政EMS")}


@dataclass(frozen=True, slots=True)
class Shipped:
    """An order's status and the waybill numbers the shop has for it, as its replica shows them."""

    status: str
    numbers: tuple[str, ...]


def shipped(detail: Mapping[str, Any]) -> Shipped:
    """Read from the `data` of `youzan.trade.get`."""
    info = detail.get("full_order_info")
    head = info.get("order_info") if isinstance(info, dict) else None
    if not isinstance(head, dict):
        raise undocumented("trade.get without order_info")
    numbers = [
        number
        for delivery in _objects(detail.get("delivery_order"))
        for parcel in _objects(delivery.get("dists"))
        if isinstance(express := parcel.get("express_info"), dict)
        and isinstance(number := express.get("express_no"), str)
        and number
    ]
    return Shipped(str(head.get("status") or ""), tuple(dict.fromkeys(numbers)))


def settle_refusal(known: Shipped, waybill_number: str, refusal: PartnerRejected) -> None:
    """Decide what "nothing left to ship" means: returns when the shop holds our shipment.

    Raises PartnerRejected `number_differs` when it holds another number; PartnerUnavailable (unclear)
    while its replica still shows the order unshipped; the refusal itself when the order is closed.
    """
    if waybill_number in known.numbers:
        return
    if known.numbers:
        raise PartnerRejected(PARTNER, "number_differs", ",".join(known.numbers))
    if known.status in SHIPPED_STATES:
        return  # by hand, without a number
    if known.status in UNSHIPPED_STATES:
        raise PartnerUnavailable(
            PARTNER, "shipment not visible yet", unclear=True, retry_after_seconds=REPLICA_LAG_SECONDS
        )
    raise refusal


def express_id(companies: Sequence[Mapping[str, Any]], carrier: str) -> str:
    """Youzan's id of a carrier; hidden companies are not offered. PartnerRejected `express_unknown`."""
    shown = [(str(c.get("name") or ""), c.get("id")) for c in companies if str(c.get("display", 0)) == "0"]
    for wanted in _NAMES.get(carrier.lower(), (carrier,)):
        for name, number in shown:
            if name == wanted and str(number).isdigit():
                return str(number)
    raise PartnerRejected(PARTNER, "express_unknown", carrier)


def _objects(value: object) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise undocumented("delivery_order is not a list of objects")
    return value
