"""快递鸟's words for a parcel, a label and a place on its way (sheet §3, §5, §8). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import OrderLine, Receiver, Region
from orderhub.domain.sender import Sender
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction

PARTNER = "kuaidiniao"
MAX_REMARK, MAX_GOODS_NAME = 100, 100

SHIPPERS: Mapping[str, str] = {
    "sf": "SF",
    "ems": "EMS",
    "yzpy": "YZPY",
    "yto": "YTO",
    "zto": "ZTO",
    "sto": "STO",
    "yd": "YD",
    "jd": "JD",
    "dbl": "DBL",
    "jtsd": "JTSD",
}
"""The hub's name of a carrier → ShipperCode (sheet §8)."""
CARRIERS: Mapping[str, str] = {code: carrier for carrier, code in SHIPPERS.items()}

_NEEDS_POSTCODE = frozenset({"EMS", "YZPY"})
_MUNICIPALITIES = frozenset({"北京市", "上海市", "天津市", "重庆市"})
# Forbidden inside values (sheet §1): a wide sign reads the same and breaks nothing.
_WIDE = str.maketrans({"'": "’", '"': "”", "#": "＃", "&": "＆", "+": "＋",
                       "<": "＜", ">": "＞", "%": "％", "\\": "＼"})  # fmt: skip
_LABEL_FIELDS = (
    "ShipperCode",
    "MarkDestination",
    "OriginCode",
    "OriginName",
    "DestinatioCode",
    "DestinatioName",
    "SortingCode",
    "PackageCode",
    "PackageName",
    "DestinationAllocationCentre",
    "KDNOrderCode",
)

_KINDS: Mapping[str, str] = {
    code: kind
    for kind, codes in {
        "announced": "0 10",
        "picked_up": "1",
        "moving": "2 201 204 205 206 211 5 6 601 602 603 604",
        "out_for_delivery": "202",
        "delivered": "3 301 302 304 311",
        "exception": "4 401 402 403 405 407 412 413 414 415 416 417 418 419 420 421 422 423",
        "turned": "404 406",
    }.items()
    for code in codes.split()
}


@dataclass(frozen=True, slots=True)
class Account:
    """How one carrier's labels are bought: the monthly card or the e-waybill account at its branch, and the product."""

    exp_type: int = 1
    pay_type: int = 3
    month_code: str = ""
    customer_name: str = ""
    customer_pwd: str = ""
    send_site: str = ""


def shipper_of(carrier: str) -> str:
    """Raises PartnerRejected (``shipper-unknown``) for a carrier that the sheet does not name."""
    if carrier not in SHIPPERS:
        raise PartnerRejected(PARTNER, "shipper-unknown", carrier)
    return SHIPPERS[carrier]


def kind_of(code: str) -> str:
    """What State, StateEx or Action means for a parcel (§5); ``unknown`` for a code that the sheet does not explain."""
    return _KINDS.get(code, "unknown")


def create_request(parcel: ParcelInstruction, shipper: str, sender: Sender, account: Account) -> dict[str, Any]:
    """RequestData of 1007. Raises PartnerRejected when there is nothing that could be carried."""
    lines = parcel.lines
    if parcel.order.snapshot is None or not lines or not parcel.reference:
        raise PartnerRejected(PARTNER, "nothing-to-carry", parcel.reference)
    if shipper in _NEEDS_POSTCODE:
        # §3: mandatory for these two, and no shop says the receiver's.
        raise PartnerRejected(PARTNER, "postcode-missing", shipper)
    asked: dict[str, Any] = {
        "OrderCode": parcel.reference,
        "ShipperCode": shipper,
        "PayType": account.pay_type,
        "ExpType": account.exp_type,
        "MonthCode": account.month_code,
        "CustomerName": account.customer_name,
        "CustomerPwd": account.customer_pwd,
        "SendSite": account.send_site,
        "Sender": _sender(sender),
        "Receiver": _receiver(parcel.receiver, parcel.order.region),
        "Commodity": [_goods(line) for line in lines],
        "Quantity": 1,
        "Remark": _plain(" ".join(parcel.receiver.note.split())[:MAX_REMARK]),
        "IsNotice": 1,
        "IsReturnPrintTemplate": "0",
    }
    return {name: value for name, value in asked.items() if value != ""}


def waybill_of(reference: str, answer: Mapping[str, Any]) -> IssuedWaybill:
    """The label in an answer of 1007. Raises PartnerUnavailable (unclear) without a number, or for another order."""
    order = answer.get("Order")
    number = _text(order.get("LogisticCode")) if isinstance(order, Mapping) else ""
    if not isinstance(order, Mapping) or not number or not number.isascii() or not number.isalnum():
        raise PartnerUnavailable(PARTNER, "a label without its number", unclear=True)
    if _text(order.get("OrderCode")) not in ("", reference):
        raise PartnerUnavailable(PARTNER, "the answer is about another order", unclear=True)
    routing = {name: _text(order.get(name)) for name in _LABEL_FIELDS}
    return IssuedWaybill(reference, number, {name: value for name, value in routing.items() if value})


def _sender(sender: Sender) -> dict[str, str]:
    party = {
        "Company": sender.company,
        "PostCode": sender.postcode,
        **_party(sender.name, sender.phone, Region(sender.province, sender.city, sender.district), sender.detail),
    }
    return {name: value for name, value in party.items() if value}


def _receiver(receiver: Receiver, region: Region) -> dict[str, str]:
    return _party(receiver.name, receiver.phone, region, receiver.detail)


def _party(name: str, phone: str, region: Region, detail: str) -> dict[str, str]:
    """Suffixes stay, but municipalities are plain (§3)."""
    province = region.province
    return {
        "Name": _plain(name),
        "Mobile" if len(phone) == 11 and phone.startswith("1") else "Tel": _plain(phone),
        "ProvinceName": province.removesuffix("市") if province in _MUNICIPALITIES else province,
        "CityName": region.city,
        "ExpAreaName": region.district,
        "Address": _plain(detail),
    }


def _goods(line: OrderLine) -> dict[str, Any]:
    return {"GoodsName": _plain((line.name or line.sku)[:MAX_GOODS_NAME]), "Goodsquantity": line.quantity}


def _plain(text: str) -> str:
    return text.translate(_WIDE)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
