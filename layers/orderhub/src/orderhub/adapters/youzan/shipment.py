"""What Youzan holds about the shipment of an order, and which express company it means (sheet §6, §7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from orderhub.adapters.youzan.answers import PARTNER, undocumented
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

ALREADY_SHIPPED = ("102570007", "102570020")
"""`already shipped` and `nothing to ship`: the second is also said of a closed or refunded order."""
SHIPPED_STATES = ("WAIT_BUYER_CONFIRM_GOODS", "TRADE_SUCCESS")
UNSHIPPED_STATES = ("", "WAIT_SELLER_SEND_GOODS")
REPLICA_LAG_SECONDS = 30.0

_NAMES = {
    "sf": ("顺丰速运", "顺丰快递", "顺丰"),
    "ems": ("EMS", "EMS标准快递", "中国邮政EMS"),
    "yzpy": ("邮政快递包裹", "邮政国内小包"),
    "yto": ("圆通速递", "圆通快递"),
    "zto": ("中通快递", "中通速递"),
    "sto": ("申通快递", "申通速递"),
    "yd": ("韵达快递", "韵达速递", "韵达快运"),
    "jd": ("京东快递", "京东物流"),
    "dbl": ("德邦快递", "德邦物流"),
    "jtsd": ("极兔速递", "极兔快递"),
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """An order's status and the waybill numbers the shop has for it, as its replica shows them.

    ``lines_of``: number → its lines, where the shop names them (a sub-order carries one number).
    """

    status: str
    numbers: tuple[str, ...]
    lines_of: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def numbers_for(self, line_ids: Sequence[str]) -> tuple[str, ...]:
        """The numbers under which one of these lines left; numbers whose lines nobody named count for all."""
        wanted = frozenset(line_ids)
        return tuple(n for n in self.numbers if not self.lines_of.get(n) or not wanted or self.lines_of[n] & wanted)


def shipped(detail: Mapping[str, Any]) -> Shipped:
    """Read from the `data` of `youzan.trade.get`."""
    info = detail.get("full_order_info")
    head = info.get("order_info") if isinstance(info, dict) else None
    if not isinstance(head, dict):
        raise undocumented("trade.get without order_info")
    lines_of: dict[str, frozenset[str]] = {}
    for delivery in _objects(detail.get("delivery_order")):
        for parcel in _objects(delivery.get("dists")):
            express = parcel.get("express_info")
            number = express.get("express_no") if isinstance(express, dict) else None
            if isinstance(number, str) and number:
                named = _oids(parcel.get("dist_items")) or _oids(delivery.get("oids"))
                lines_of[number] = lines_of.get(number, frozenset()) | named
    return Shipped(str(head.get("status") or ""), tuple(lines_of), MappingProxyType(lines_of))


def _oids(value: object) -> frozenset[str]:
    """Lines named in a delivery; what is not as the sheet says names none."""
    items = value if isinstance(value, list) else []
    return frozenset(str(item["oid"]) for item in items if isinstance(item, dict) and item.get("oid"))


def settle_refusal(known: Shipped, waybill_number: str, refusal: PartnerRejected, line_ids: Sequence[str] = ()) -> None:
    """Decide what "nothing left to ship" means: returns when the shop holds our shipment of these lines.

    Raises PartnerRejected `number_differs` when it holds another number; PartnerUnavailable (unclear)
    while its replica still shows the order unshipped; the refusal itself when the order is closed.
    """
    if waybill_number in known.numbers:
        return
    others = known.numbers_for(line_ids)
    if others:
        raise PartnerRejected(PARTNER, "number_differs", ",".join(others))
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
