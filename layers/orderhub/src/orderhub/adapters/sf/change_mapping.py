"""SF's words for a label whose parcel is to go elsewhere: before pickup and on its way (sheet §4.3, §4.8, §7). Pure."""

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.sf.mapping import LANGUAGE, PARTNER, phone_fields, place_of, text_of, unclear
from orderhub.domain.errors import PartnerRejected
from orderhub.domain.order import Receiver, Region
from orderhub.domain.sender import Sender
from orderhub.ports.partners import Interception, ParcelInstruction

_REDIRECT, _RETURN, _RECEIVER = "1", "2", "8"
_BY_SENDER = "1"
_ON_MONTHLY_CARD = "4"


def update_message(parcel: ParcelInstruction, number: str) -> dict[str, Any]:
    """msgData of EXP_RECE_UPDATE_ORDER that changes the consignee and nothing else (``isConfirmNew`` 1).

    Both phone fields are sent, so that neither keeps the old receiver's phone.
    """
    receiver, region = parcel.receiver, parcel.order.region
    return {
        "language": LANGUAGE,
        "orderId": parcel.reference,
        "dealType": 1,
        "isConfirmNew": 1,
        "waybillNoInfoList": [{"waybillType": 1, "waybillNo": number}],
        "destContactInfo": {
            **place_of(receiver, region),
            "tel": receiver.phone,
            "mobile": "",
            **phone_fields(receiver.phone),
        },
    }


def interception_message(number: str, wish: Interception, sender: Sender, monthly_card: str) -> dict[str, Any]:
    """msgData of EXP_RECE_WANTED_INTERCEPT, asked and paid by the sender.

    Raises PartnerRejected (``incomplete-wish``) for a wish without what its kind needs: never sent.
    """
    service, target = _service(wish, sender)
    return {
        "waybillNo": number,
        "serviceCode": service,
        "role": _BY_SENDER,
        "payMode": _ON_MONTHLY_CARD,
        "monthlyCardNo": monthly_card,
        "newDestAddress": target,
    }


def _service(wish: Interception, sender: Sender) -> tuple[str, dict[str, str]]:
    match wish:
        case Interception("redirect", Receiver() as receiver, Region() as region):
            place = _place(region.province, region.city, region.district, receiver.detail)
            return _REDIRECT, place | _person(receiver.name, receiver.phone)
        case Interception("return"):
            home = _place(sender.province, sender.city, sender.district, sender.detail)
            company = {"company": sender.company} if sender.company else {}
            return _RETURN, home | _person(sender.name, sender.phone) | company
        case Interception("receiver", Receiver() as receiver):
            return _RECEIVER, _person(receiver.name, receiver.phone)
    raise PartnerRejected(PARTNER, "incomplete-wish", f"{wish.kind} lacks what it needs")


def _place(province: str, city: str, county: str, address: str) -> dict[str, str]:
    return {"province": province, "city": city, "county": county, "address": address, "countryCode": "CN"}


def _person(name: str, phone: str) -> dict[str, str]:
    return {"contact": name, "phone": phone}


def request_id_of(msg_data: object) -> str:
    """SF's id (``cusId``) of a request to intercept that was taken; "" when SF gave none (§4.8)."""
    if msg_data is None:
        return ""
    if not isinstance(msg_data, Mapping):
        raise unclear("the request was taken and its answer cannot be read")
    return text_of(msg_data.get("cusId"))
