"""EMS as a carrier of the hub: labels are bought, found, cancelled and fetched, parcels followed (sheet §2–§8).

What EMS does not offer is refused with code ``not-offered``: a change of
the receiver then takes the safe path (void, make again), and an interception is for people at EMS's counter.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from orderhub.adapters.ems.answers import CANCELLED, DUPLICATE, PARTNER, UNKNOWN_ORDER, read_answer, unclear
from orderhub.adapters.ems.mapping import (
    LABEL_TEMPLATES,
    known_waybill,
    label_of,
    order_request,
    printed,
    waybill_of,
)
from orderhub.adapters.ems.signing import SignKey
from orderhub.adapters.ems.tracks import routes_of
from orderhub.adapters.partner_http import PartnerHttp
from orderhub.domain.errors import PartnerRejected
from orderhub.domain.sender import Sender
from orderhub.ports.partners import Interception, IssuedWaybill, ParcelInstruction, RouteEvent

CREATE, CANCEL, LABEL, TRACK, FREIGHT = "020003", "020006", "010004", "040001", "050001"
NOT_OFFERED = "not-offered"
MOST_REMEMBERED = 1_000

_PATH = "/amp-prod-api/f/amp/api/open"
_CONTENT_TYPE = "application/x-www-form-urlencoded;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class EmsCredentials:
    """Who we are at EMS. ``authorization`` is sent in clear, ``sign_key`` seals and is never sent.

    ``product``: 10 电商标快 unless another is contracted. ``cancel_shape``: whether 020006 is an ``object`` or an
    ``array`` of one (§12: clients differ).
    """

    sender_no: str
    authorization: str
    sign_key: str
    product: str = "10"
    cancel_shape: str = "object"

    @classmethod
    def of(cls, secret: Mapping[str, Any]) -> "EmsCredentials":
        """From the secret ``{"sender_no", "authorization", "sign_key", …}``. Raises KeyError."""
        return cls(
            secret["sender_no"],
            secret["authorization"],
            secret["sign_key"],
            str(secret.get("product", "10")),
            str(secret.get("cancel_shape", "object")),
        )

    def __repr__(self) -> str:
        return f"EmsCredentials({self.sender_no!r}, …)"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class EmsClient:
    """CarrierPartner over EMS's one endpoint. ``base_url`` is the host or the whole address of the endpoint (test)."""

    name = PARTNER
    unknown_reference = frozenset({UNKNOWN_ORDER})

    def __init__(
        self,
        http: PartnerHttp,
        base_url: str,
        credentials: EmsCredentials,
        sender: Sender,
        *,
        clock: Callable[[], int] = _now_ms,
    ) -> None:
        path = urlsplit(base_url).path.rstrip("/")
        self._url = base_url.rstrip("/") + ("" if path else _PATH)
        self._http = http
        self._credentials = credentials
        self._sender = sender
        self._clock = clock
        self._numbers: dict[str, str] = {}

    def create(self, parcel: ParcelInstruction) -> IssuedWaybill:
        """Buy a label, or get the one bought before under this reference: sending again is how EMS looks up (§8).

        Where the account refuses a reference it has, 050001 is asked for the number. Raises PartnerRejected:
        ``cancelled-order`` (the reference is burned), what is no parcel (``nothing-to-carry``, …: never sent), EMS's
        other refusals; PartnerUnavailable, also when the label is there and EMS does not say its number.
        """
        credentials = self._credentials
        order = order_request(parcel, self._sender, credentials.sender_no, credentials.product)
        try:
            issued = waybill_of(parcel.reference, self._call(CREATE, [order]))
        except PartnerRejected as refused:
            if refused.code != DUPLICATE:
                raise
            found = self.find(parcel.reference)
            if found is None:
                raise unclear("known as a duplicate, but not found") from refused
            return found
        return self._remembered(issued)

    def find(self, reference: str) -> IssuedWaybill | None:
        """The waybill of a reference, by 050001 (§8), without what its label prints.

        None proves nothing: EMS may show it only after acceptance, or never. Then ``create`` with the same reference
        tells. Raises PartnerUnavailable.
        """
        try:
            found = known_waybill(reference, self._call(FREIGHT, {"logisticsOrderNo": reference}))
        except PartnerRejected:
            return None
        return self._remembered(found) if found else None

    def cancel(self, reference: str, number: str = "") -> None:
        """Cancel before acceptance (020006). Cancelled before counts as done; a reference cancelled is burned.

        EMS wants the number beside the reference. Where the caller does not give it, it is the one that this client
        bought or found, else 050001 is asked, else it is left out; a refusal then is ``unknown-order``: ``create``
        with the same reference tells the number, and cancelling again uses it. Raises PartnerRejected when it is too
        late, PartnerUnavailable.
        """
        number = number or self._numbers.get(reference, "")
        if not number:
            found = self.find(reference)
            number = found.number if found else ""
        asked = {"logisticsOrderNo": reference, "cancelReason": "订单变更"} | ({"waybillNo": number} if number else {})
        try:
            self._call(CANCEL, [asked] if self._credentials.cancel_shape == "array" else asked)
        except PartnerRejected as refused:
            if refused.code == CANCELLED:
                return
            if number:
                raise
            raise PartnerRejected(PARTNER, UNKNOWN_ORDER, refused.message) from refused

    def update_receiver(self, parcel: ParcelInstruction) -> None:
        """Not offered: 订单更新 stands in EMS's index, its code is not published (§4). Raises PartnerRejected."""
        raise PartnerRejected(PARTNER, NOT_OFFERED, "EMS takes no change of a label; cancel it and buy another")

    def intercept(self, number: str, wish: Interception) -> str:
        """Not offered: 改址 and 撤回 are done at EMS's counter (§8). Raises PartnerRejected."""
        raise PartnerRejected(PARTNER, NOT_OFFERED, "EMS turns a parcel at its counter only; ask its customer service")

    def routes(self, numbers: Sequence[str], phone_tails: Sequence[str] = ()) -> tuple[RouteEvent, ...]:
        """The steps of these parcels (040001), one call for each; phone tails are not asked for.

        Raises PartnerRejected, PartnerUnavailable (unclear) for an answer that cannot be read to its end.
        """
        events: list[RouteEvent] = []
        for number in numbers:
            try:
                body = self._call(TRACK, {"waybillNo": number, "direction": "0"})
            except PartnerRejected as refused:
                if refused.code != UNKNOWN_ORDER:
                    raise
                continue
            events += routes_of(number, body)
        return tuple(events)

    def label(self, number: str, template: str = "100x180") -> bytes:
        """EMS's own label of a waybill as PDF (010004). ``template``: a key of ``LABEL_TEMPLATES``, else KeyError.

        Raises PartnerRejected, PartnerUnavailable.
        """
        return label_of(self._call(LABEL, {"waybillNo": number, "type": LABEL_TEMPLATES[template]}))

    def _remembered(self, issued: IssuedWaybill) -> IssuedWaybill:
        """Spares a question when it is cancelled; no truth: the order and its effects have the number."""
        if len(self._numbers) >= MOST_REMEMBERED:
            self._numbers.clear()
        self._numbers[issued.reference] = issued.number
        return issued

    def _call(self, api_code: str, message: object) -> Any:
        try:
            key = SignKey(self._credentials.sign_key)
        except ValueError as failure:
            raise PartnerRejected(PARTNER, "sign-key-unusable", str(failure)) from failure
        try:
            sealed = key.seal(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
        except UnicodeEncodeError as failure:
            raise PartnerRejected(PARTNER, "unsendable-text", "the order holds text that is not Unicode") from failure
        form = {
            "apiCode": api_code,
            "senderNo": self._credentials.sender_no,
            "authorization": self._credentials.authorization,
            "timeStamp": printed(self._clock()),
            "msgType": "0",
            "version": "V1.0.0",
            "logitcsInterface": sealed,
        }
        return self._http.ask(
            self._url,
            data=form,
            headers={"Content-Type": _CONTENT_TYPE},
            method_name=api_code,
            read=read_answer,
        )
