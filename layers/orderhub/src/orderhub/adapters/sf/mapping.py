"""SF's words for a parcel and for a waybill (sheet §4.1, §4.2). Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import OrderLine, Receiver, Region
from orderhub.domain.sender import Sender
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction

PARTNER = "sf"
LANGUAGE = "zh-CN"
MAX_REFERENCE, MAX_REMARK, MAX_CARGO_NAME = 64, 100, 128

# What the label prints, of routeLabelData (§4.1).
_LABEL_FIELDS = (
    "destRouteLabel",
    "codingMapping",
    "codingMappingOut",
    "twoDimensionCode",
    "proCode",
    "proName",
    "limitTypeCode",
    "cargoTypeCode",
    "expressTypeCode",
    "sourceTransferCode",
    "sourceCityCode",
    "destCityCode",
    "destDeptCode",
    "destTeamCode",
    "destTransferCode",
    "printFlag",
    "printIcon",
    "abFlag",
    "newAbFlag",
    "checkCode",
    "xbFlag",
)
_NUMBER = re.compile(r"[0-9A-Za-z]{8,32}")
_MOBILE = re.compile(r"1\d{10}")
_NOT_SERVICEABLE = "3"
_FILTER_RESULTS = {"1", "2", "3", "4"}


@dataclass(frozen=True, slots=True)
class SfProduct:
    """What is bought. ``express_type_id`` 2 is 顺丰标快; only products contracted with SF work."""

    express_type_id: int = 2
    pay_method: int = 1  # 1 the sender pays, on the monthly card


def create_message(parcel: ParcelInstruction, sender: Sender, monthly_card: str, product: SfProduct) -> dict[str, Any]:
    """msgData of EXP_RECE_CREATE_ORDER. Raises PartnerRejected when there is nothing that SF could carry."""
    if not 0 < len(parcel.reference) <= MAX_REFERENCE:
        raise PartnerRejected(PARTNER, "reference-too-long", parcel.reference)
    snapshot, lines = parcel.order.snapshot, parcel.lines
    if snapshot is None or not lines:
        raise PartnerRejected(PARTNER, "nothing-to-carry", parcel.reference)
    message: dict[str, Any] = {
        "language": LANGUAGE,
        "orderId": parcel.reference,
        "contactInfoList": [_sender(sender), _consignee(parcel.receiver, parcel.order.region)],
        "cargoDetails": [_cargo(line) for line in lines],
        "monthlyCard": monthly_card,
        "payMethod": product.pay_method,
        "expressTypeId": product.express_type_id,
        "parcelQty": 1,
        "isGenWaybillNo": 1,
        "isReturnRoutelabel": 1,
    }
    remark = " ".join(parcel.receiver.note.split())[:MAX_REMARK]
    return message | ({"remark": remark} if remark else {})


def _sender(sender: Sender) -> dict[str, Any]:
    contact = {
        "contactType": 1,
        "contact": sender.name,
        "country": "CN",
        "province": sender.province,
        "city": sender.city,
        "county": sender.district,
        "address": sender.detail,
        **phone_fields(sender.phone),
    }
    return contact | ({"company": sender.company} if sender.company else {})


def _consignee(receiver: Receiver, region: Region) -> dict[str, Any]:
    return {"contactType": 2, **place_of(receiver, region), **phone_fields(receiver.phone)}


def place_of(receiver: Receiver, region: Region) -> dict[str, str]:
    """Who and where, without the phone."""
    return {
        "contact": receiver.name,
        "country": "CN",
        "province": region.province,
        "city": region.city,
        "county": region.district,
        "address": receiver.detail,
    }


def phone_fields(phone: str) -> dict[str, str]:
    """A virtual number with an extension, or a landline, is no mobile; SF asks for one of the two (§4.1)."""
    return {"mobile": phone} if _MOBILE.fullmatch(phone) else {"tel": phone}


def _cargo(line: OrderLine) -> dict[str, Any]:
    return {"name": (line.name or line.sku)[:MAX_CARGO_NAME], "count": line.quantity, "unit": "件"}


def waybill_of(reference: str, answer: Mapping[str, Any]) -> IssuedWaybill:
    """The waybill in the msgData of a create or search answer.

    Raises PartnerRejected (``filter-3``) when SF does not serve the address, PartnerUnavailable (unclear)
    when the answer lacks a waybill, names another order, or says something unknown: look again later.
    """
    if str(answer.get("orderId") or reference) != reference:
        raise unclear("the answer is about another order")
    # A number in create, a string in search (§3).
    verdict = str(answer.get("filterResult", ""))
    if verdict == _NOT_SERVICEABLE:
        raise PartnerRejected(PARTNER, "filter-3", text_of(answer.get("remark")) or "not serviceable")
    if verdict and verdict not in _FILTER_RESULTS:
        raise unclear("unknown filterResult")
    return IssuedWaybill(reference, _mother_number(answer), _routing(answer))


def _mother_number(answer: Mapping[str, Any]) -> str:
    numbers = {
        text_of(entry.get("waybillNo"))
        for entry in _dicts(answer.get("waybillNoInfoList"))
        if str(entry.get("waybillType")) == "1"
    } - {""}
    if len(numbers) != 1:
        raise unclear("no single waybill number in a successful answer")
    (number,) = numbers
    if not _NUMBER.fullmatch(number):
        raise unclear("a waybill number of unknown form")
    return number


def _routing(answer: Mapping[str, Any]) -> dict[str, str]:
    routing = {
        "originCode": text_of(answer.get("originCode") or answer.get("origincode")),
        "destCode": text_of(answer.get("destCode") or answer.get("destcode")),
    }
    for label in _dicts(answer.get("routeLabelInfo")):
        data = label.get("routeLabelData")
        if str(label.get("code")) == "1000" and isinstance(data, Mapping):
            routing |= {name: text_of(data.get(name)) for name in _LABEL_FIELDS}
            break
    return {name: value for name, value in routing.items() if value}


def update_accepted(answer: Mapping[str, Any]) -> None:
    """Read the msgData of a change or cancel that SF says succeeded (§4.3): resStatus 2 is done, 1 a mismatch."""
    status = str(answer.get("resStatus", ""))
    if status == "1":
        raise PartnerRejected(PARTNER, "resStatus-1", "order and waybill do not belong together")
    if status != "2":
        raise unclear("unknown resStatus")


def _dicts(value: object) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, Mapping)]


def text_of(value: object) -> str:
    """Text or a number as text; anything else is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def unclear(message: str) -> PartnerUnavailable:
    """An answer that leaves open whether the work was done."""
    return PartnerUnavailable(PARTNER, message, unclear=True)
