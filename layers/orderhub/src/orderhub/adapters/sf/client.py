"""SF Express as the hub's carrier: labels are bought and changed, parcels turned and followed (sheet §2–§7)."""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from orderhub.adapters.partner_http import PartnerHttp
from orderhub.adapters.sf.answers import BUSINESS_OK, business_code, business_data, read_answer, refusal
from orderhub.adapters.sf.change_mapping import interception_message, request_id_of, update_message
from orderhub.adapters.sf.mapping import (
    LANGUAGE,
    PARTNER,
    SfProduct,
    create_message,
    update_accepted,
    waybill_of,
)
from orderhub.adapters.sf.routes import MAX_ASKED, routes_message, routes_of
from orderhub.adapters.sf.signing import msg_digest
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.parcel import parcel_of
from orderhub.domain.sender import Sender
from orderhub.ports.partners import Interception, IssuedWaybill, ParcelInstruction, RouteEvent

CREATE = "EXP_RECE_CREATE_ORDER"
SEARCH = "EXP_RECE_SEARCH_ORDER_RESP"
UPDATE = "EXP_RECE_UPDATE_ORDER"
INTERCEPT = "EXP_RECE_WANTED_INTERCEPT"
ROUTES = "EXP_RECE_SEARCH_ROUTES"

DUPLICATE = "8016"
UNKNOWN_ORDER = frozenset({"8018", "6150"})
BURNED = frozenset({"8037", "8253"})
ALREADY_CANCELLED = BURNED | {"8019"}

_CONTENT_TYPE = "application/x-www-form-urlencoded;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class SfCredentials:
    """Who we are at SF. ``check_word`` signs and is never sent."""

    partner_id: str
    check_word: str
    month_card: str

    @classmethod
    def of(cls, secret: Mapping[str, str]) -> "SfCredentials":
        """From the secret ``{"partner_id", "check_word", "month_card", …}``. Raises KeyError."""
        return cls(secret["partner_id"], secret["check_word"], secret["month_card"])

    def __repr__(self) -> str:
        return f"SfCredentials({self.partner_id!r}, …)"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _request_id() -> str:
    return uuid.uuid4().hex


class SfClient:
    """CarrierPartner over SF's one endpoint. Each attempt has its own requestID and timestamp.

    ``base_url`` is the host or the whole address ending in ``/std/service``.
    """

    name = PARTNER
    unknown_reference = UNKNOWN_ORDER

    def __init__(
        self,
        http: PartnerHttp,
        base_url: str,
        credentials: SfCredentials,
        sender: Sender,
        product: SfProduct | None = None,
        *,
        clock: Callable[[], int] = _now_ms,
        new_request_id: Callable[[], str] = _request_id,
    ) -> None:
        path = urlsplit(base_url).path.rstrip("/")
        self._url = base_url.rstrip("/") + ("" if path else "/std/service")
        self._http = http
        self._credentials = credentials
        self._sender = sender
        self._product = product or SfProduct()
        self._clock = clock
        self._new_request_id = new_request_id

    def create(self, parcel: ParcelInstruction) -> IssuedWaybill:
        """Buy a label, or get the one bought before under this reference (§6).

        Raises PartnerUnavailable and PartnerRejected: ``filter-3`` (SF does not serve the address),
        8037/8253 (the reference was cancelled and is burned), what is no parcel (``nothing-to-carry``, …:
        never sent), SF's other refusals by their code.
        """
        message = create_message(parcel, self._sender, self._credentials.month_card, self._product)
        envelope = self._call(CREATE, message)
        code = business_code(envelope)
        if code == DUPLICATE:
            found = self.find(parcel.reference)
            if found is None:
                raise PartnerUnavailable(PARTNER, "known as a duplicate, but not found", unclear=True)
            return found
        if code != BUSINESS_OK:
            raise refusal(code, envelope)
        return waybill_of(parcel.reference, business_data(envelope))

    def find(self, reference: str) -> IssuedWaybill | None:
        """The waybill of a reference (§4.2), or None when SF does not know the reference.

        SF does not say here whether the order was cancelled since. Raises PartnerRejected and
        PartnerUnavailable.
        """
        envelope = self._call(SEARCH, {"language": LANGUAGE, "orderId": reference, "searchType": "1"})
        code = business_code(envelope)
        if code in UNKNOWN_ORDER:
            return None
        if code != BUSINESS_OK:
            raise refusal(code, envelope)
        return waybill_of(reference, business_data(envelope))

    def cancel(self, reference: str, number: str = "") -> None:
        """Cancel before pickup (§4.3); no number is needed. Cancelled before counts as done; the reference is burned.

        Raises PartnerRejected when SF refuses (picked up, unknown order), PartnerUnavailable.
        """
        envelope = self._call(UPDATE, {"language": LANGUAGE, "orderId": reference, "dealType": 2})
        code = business_code(envelope)
        if code in ALREADY_CANCELLED:
            return
        if code != BUSINESS_OK:
            raise refusal(code, envelope)
        update_accepted(business_data(envelope))

    def update_receiver(self, parcel: ParcelInstruction) -> None:
        """Change the consignee before pickup (§4.3, §7). The same content again is the same label.

        SF wants the number beside the reference; where the order does not know it, SF is asked. Raises
        PartnerRejected: 8252/8019 (an auto-confirmed order takes no change, or it is picked up), 8037/8253
        (cancelled), 8017 (number of another reference), 8018 (unknown), SF's others; PartnerUnavailable.
        """
        number = parcel_of(parcel.order, parcel.parcel_number).waybill_number
        if not number:
            found = self.find(parcel.reference)
            if found is None:
                raise PartnerRejected(PARTNER, "8018", "no label under this reference")
            number = found.number
        envelope = self._call(UPDATE, update_message(parcel, number))
        code = business_code(envelope)
        if code != BUSINESS_OK:
            raise refusal(code, envelope)
        update_accepted(business_data(envelope))

    def intercept(self, number: str, wish: Interception) -> str:
        """Ask for a parcel to be turned (§4.8); returns SF's cusId, "" when SF gave none.

        SF does not say which request it refuses a second one for, so after an unclear answer a refusal proves
        nothing: the routes do. Raises PartnerRejected (not picked up, signed, asked before, or ``incomplete-wish``:
        never sent), PartnerUnavailable.
        """
        message = interception_message(number, wish, self._sender, self._credentials.month_card)
        envelope = self._call(INTERCEPT, message)
        code = business_code(envelope)
        if code != BUSINESS_OK:
            raise refusal(code, envelope)
        return request_id_of(envelope.get("msgData"))

    def routes(self, numbers: Sequence[str], phone_tails: Sequence[str] = ()) -> tuple[RouteEvent, ...]:
        """The steps of these parcels, of the last three months (§4.5); ten numbers to a call.

        Raises PartnerRejected, PartnerUnavailable (unclear) for an answer that cannot be read to its end.
        """
        events: list[RouteEvent] = []
        for start in range(0, len(numbers), MAX_ASKED):
            asked = numbers[start : start + MAX_ASKED]
            envelope = self._call(ROUTES, routes_message(asked, phone_tails))
            code = business_code(envelope)
            if code != BUSINESS_OK:
                raise refusal(code, envelope)
            events += routes_of(business_data(envelope), asked)
        return tuple(events)

    def _call(self, service: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
        # The digest covers these very texts: what is signed is what is sent.
        msg_data = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        timestamp = str(self._clock())
        try:
            digest = msg_digest(msg_data, timestamp, self._credentials.check_word)
        except UnicodeEncodeError as failure:
            raise PartnerRejected(PARTNER, "unsendable-text", "the order holds text that is not Unicode") from failure
        form = {
            "partnerID": self._credentials.partner_id,
            "requestID": self._new_request_id(),
            "serviceCode": service,
            "timestamp": timestamp,
            "msgDigest": digest,
            "msgData": msg_data,
        }
        return self._http.ask(
            self._url,
            data=form,
            headers={"Content-Type": _CONTENT_TYPE},
            method_name=service,
            read=read_answer,
        )
