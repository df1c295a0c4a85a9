"""EMS's words for a parcel and for a waybill (sheet §4, §5). Pure."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from orderhub.adapters.ems.answers import PARTNER, records_of, unclear
from orderhub.domain.errors import PartnerRejected
from orderhub.domain.order import OrderLine, Receiver, Region
from orderhub.domain.sender import Sender
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction

MAX_REFERENCE, MAX_REMARK, MAX_CARGO_NAME = 50, 100, 100
"""EMS publishes no lengths; 50 is that of the field ``ecommerceUserId``, which holds the same reference."""

PRODUCTS = frozenset({"1", "2", "9", "10", "11"})
"""特快专递, 快递包裹, 国内即日, 电商标快, 国内标快 (§5); 3, which the receiver pays, is no product for a shop."""
LABEL_TEMPLATES: Mapping[str, str] = {"76x130": "129", "76x149": "149", "100x180": "179"}
"""Millimetres → EMS's number of the template (§4, §10)."""

_GOODS, _SENDER_PAYS = "3", "1"
_NUMBER = re.compile(r"[0-9A-Za-z]{8,32}")
_MOBILE = re.compile(r"1\d{10}")
_SHANGHAI = timezone(timedelta(hours=8))


def printed(at: int) -> str:
    """A moment (ms UTC) as EMS writes it.

    >>> printed(1_767_225_600_000)
    '2026-01-01 08:00:00'
    """
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def instant(text: object) -> int:
    """The reverse of ``printed``. Raises ValueError."""
    moment = datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHANGHAI)
    return int(moment.timestamp()) * 1000


def order_request(parcel: ParcelInstruction, sender: Sender, sender_no: str, product: str) -> dict[str, Any]:
    """The order of 020003; the same parcel again is the same text.

    Raises PartnerRejected when there is nothing that EMS could carry.
    """
    if not 0 < len(parcel.reference) < MAX_REFERENCE:
        raise PartnerRejected(PARTNER, "reference-too-long", parcel.reference)
    if product not in PRODUCTS:
        raise PartnerRejected(PARTNER, "product-unknown", product)
    snapshot, lines = parcel.order.snapshot, parcel.lines
    if snapshot is None or not lines:
        raise PartnerRejected(PARTNER, "nothing-to-carry", parcel.reference)
    order: dict[str, Any] = {
        "createdTime": printed(snapshot.placed_at),
        "ecommerceUserId": parcel.reference,
        "senderNo": sender_no,
        "logisticsOrderNo": parcel.reference,
        "contentsAttribute": _GOODS,
        "bizProductNo": product,
        "paymentMode": _SENDER_PAYS,
        "sender": _sender(sender),
        "receiver": _receiver(parcel.receiver, parcel.order.region),
        "cargos": [_cargo(line) for line in lines],
    }
    remark = " ".join(parcel.receiver.note.split())[:MAX_REMARK]
    return order | ({"pickupNotes": remark} if remark else {})


def _sender(sender: Sender) -> dict[str, str]:
    party = _party(sender.name, sender.phone, Region(sender.province, sender.city, sender.district), sender.detail)
    return party | ({"postCode": sender.postcode} if sender.postcode else {})


def _receiver(receiver: Receiver, region: Region) -> dict[str, str]:
    return _party(receiver.name, receiver.phone, region, receiver.detail)


def _party(name: str, phone: str, region: Region, detail: str) -> dict[str, str]:
    """EMS wants a county (§5): a city that has none stands for it. A virtual number or a landline is no mobile."""
    return {
        "name": name,
        "mobile" if _MOBILE.fullmatch(phone) else "phone": phone,
        "prov": region.province,
        "city": region.city,
        "county": region.district or region.city,
        "address": detail,
    }


def _cargo(line: OrderLine) -> dict[str, str]:
    return {"cargoName": (line.name or line.sku)[:MAX_CARGO_NAME], "cargoQuantity": str(line.quantity)}


def waybill_of(reference: str, body: object) -> IssuedWaybill:
    """The waybill in the body of 020003: one object, or an array of one (§4).

    Raises PartnerUnavailable (unclear) when there is none, or it is of another order.
    """
    found = known_waybill(reference, body)
    if found is None:
        raise unclear("no waybill number in a successful answer")
    return found


def known_waybill(reference: str, body: object) -> IssuedWaybill | None:
    """The waybill in an answer about an order, None when it holds no number.

    ``routing`` has ``routeCode`` (分拣码) where EMS gave one. Raises PartnerUnavailable (unclear) when the answer is
    about another order or about several waybills, or holds a number of unknown form.
    """
    records = records_of(body)
    if len(records) > 1:
        raise unclear("several waybills for one order")
    for record in records:
        if text_of(record.get("logisticsOrderNo")) not in ("", reference):
            raise unclear("the answer is about another order")
        number = text_of(record.get("waybillNo"))
        if not number:
            return None
        if not _NUMBER.fullmatch(number):
            raise unclear("a waybill number of unknown form")
        route = text_of(record.get("routeCode"))
        return IssuedWaybill(reference, number, {"routeCode": route} if route else {})
    return None


def label_of(body: object) -> bytes:
    """The PDF in the body of 010004. Raises PartnerUnavailable (unclear) for anything else."""
    try:
        document = b64decode(body, validate=True) if isinstance(body, str) else b""
    except (NotBase64, ValueError):
        document = b""
    if not document.startswith(b"%PDF-"):
        raise unclear("the label is no PDF")
    return document


def text_of(value: object) -> str:
    """Text or a number as text; anything else is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
