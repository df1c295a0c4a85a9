"""快递鸟 as a broker of labels and of routes: buy, get again, cancel, subscribe, ask (sheet §1–§5)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from orderhub.adapters.kuaidiniao.answers import (
    CANCELLED_ALREADY,
    check_done,
    check_query,
    label_code,
    read_answer,
    unclear,
)
from orderhub.adapters.kuaidiniao.mapping import PARTNER, Account, create_request, shipper_of, waybill_of
from orderhub.adapters.kuaidiniao.signing import data_sign
from orderhub.adapters.kuaidiniao.tracks import read_parcel
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.domain.errors import PartnerRejected
from orderhub.domain.sender import Sender
from orderhub.ports.partners import IssuedWaybill, ParcelInstruction, RouteEvent

CREATE, CANCEL, SUBSCRIBE, ASK = "1007", "1147", "8008", "8001"
_PATHS = {
    CREATE: "/api/EOrderService",
    CANCEL: "/api/EOrderService",
    SUBSCRIBE: "/api/dist",
    ASK: "/Ebusiness/EbusinessOrderHandle.aspx",
}
_CONTENT_TYPE = "application/x-www-form-urlencoded;charset=utf-8"


@dataclass(frozen=True, slots=True)
class KuaidiniaoCredentials:
    """Who we are at 快递鸟. ``app_key`` signs and is never sent. ``accounts``: carrier → how its labels are bought."""

    business_id: str
    app_key: str
    accounts: Mapping[str, Account] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, secret: Mapping[str, Any]) -> KuaidiniaoCredentials:
        """From the secret ``{"business_id", "app_key", "accounts": {carrier: {…}}, …}``. Raises KeyError."""
        accounts = {name: Account(**account) for name, account in secret.get("accounts", {}).items()}
        return cls(secret["business_id"], secret["app_key"], accounts)

    def __repr__(self) -> str:
        return f"KuaidiniaoCredentials({self.business_id!r}, …)"


class KuaidiniaoClient:
    """One order per call (§3). ``base_url`` is the host, or one whole address for all (the sandbox)."""

    name = PARTNER

    def __init__(self, http: PartnerHttp, base_url: str, credentials: KuaidiniaoCredentials, sender: Sender) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._is_gateway = bool(urlsplit(self._base_url).path)
        self._credentials = credentials
        self._sender = sender

    def create(self, parcel: ParcelInstruction, carrier: str) -> IssuedWaybill:
        """Buy a label of this carrier, or get the one bought before under this reference (1007; again: 106).

        This is the only way to find a label by our reference: 1127 counts the numbers left. So it is also the look-up,
        and only for labels bought here: asked for another carrier's label it would buy a second one.
        Raises PartnerUnavailable, and PartnerRejected: 101…105, or what is no parcel (never sent).
        """
        account = self._credentials.accounts.get(carrier, Account())
        answer = self._call(CREATE, create_request(parcel, shipper_of(carrier), self._sender, account))
        label_code(answer)
        return waybill_of(parcel.reference, answer)

    def cancel(self, reference: str, carrier: str, number: str) -> None:
        """Cancel before pickup (1147); cancelled before counts as done. The reference is burned then (§4).

        Raises PartnerRejected when it is refused, PartnerUnavailable.
        """
        account = self._credentials.accounts.get(carrier, Account())
        asked = {
            "ShipperCode": shipper_of(carrier),
            "OrderCode": reference,
            "ExpNo": number,
            "CustomerName": account.customer_name,
            "CustomerPwd": account.customer_pwd,
        }
        answer = self._call(CANCEL, {name: value for name, value in asked.items() if value})
        if CANCELLED_ALREADY in str(answer.get("Reason") or ""):
            return
        check_done(answer)

    def subscribe(self, reference: str, carrier: str, number: str, phone_tail: str = "") -> None:
        """Have a parcel's way pushed to us (8008). Asking twice changes nothing.

        ``phone_tail``: the last four digits of a party's phone; SF and others show nothing without it (§5).
        """
        check_query(self._call(SUBSCRIBE, _asked(reference, carrier, number, phone_tail)))

    def track(self, reference: str, carrier: str, number: str, phone_tail: str = "") -> Sequence[RouteEvent]:
        """The way of a parcel so far (8001), oldest first; empty while there is none. Needs the number itself."""
        answer = self._call(ASK, _asked(reference, carrier, number, phone_tail))
        check_query(answer)
        try:
            return read_parcel({**answer, "OrderCode": reference})
        except ValueError as damaged:
            raise unclear(str(damaged)) from damaged

    def _call(self, method: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        # The sign covers this very text: what is signed is what is sent.
        text = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
        try:
            sign = data_sign(text, self._credentials.app_key)
        except UnicodeEncodeError as failure:
            raise PartnerRejected(PARTNER, "unsendable-text", "the order holds text that is not Unicode") from failure
        form = {
            "RequestData": text,
            "EBusinessID": self._credentials.business_id,
            "RequestType": method,
            "DataSign": sign,
            "DataType": "2",
        }
        return self._http.ask(
            self._base_url if self._is_gateway else self._base_url + _PATHS[method],
            data=form,
            headers={"Content-Type": _CONTENT_TYPE},
            method_name=method,
            read=read_answer,
        )


def _asked(reference: str, carrier: str, number: str, phone_tail: str) -> dict[str, str]:
    asked = {
        "OrderCode": reference,
        "ShipperCode": shipper_of(carrier),
        "LogisticCode": number,
        "CustomerName": phone_tail,
    }
    return {name: value for name, value in asked.items() if value}
