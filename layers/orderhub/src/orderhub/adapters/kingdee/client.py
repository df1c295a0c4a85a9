"""Kingdee Cloud Galaxy as the hub's ledger: find, save, submit and audit a receivable (sheet §1–§5)."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from orderhub.adapters.kingdee.answers import (
    CALL_LIMIT,
    CALL_LIMIT_SECONDS,
    Refusal,
    read_operation,
    read_query,
)
from orderhub.adapters.kingdee.mapping import (
    FORM,
    PARTNER,
    LedgerSettings,
    operation_request,
    query_request,
    receivable_of,
    save_request,
)
from orderhub.adapters.kingdee.signing import signed_headers
from orderhub.adapters.partner_http import PartnerHttp, Response
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.settlement import SettlementSplit
from orderhub.ports.partners import Receivable

SAVE, SUBMIT, AUDIT, QUERY = "Save", "Submit", "Audit", "ExecuteBillQuery"
METHODS = (SAVE, SUBMIT, AUDIT, QUERY)
_SERVICE = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService"
_SUBMITTED, _AUDITED = frozenset("BC"), frozenset("C")


@dataclass(frozen=True, slots=True)
class KingdeeCredentials:
    """Who we are at Kingdee (§2.1): data centre, user, third-party app. ``org_num`` "0": none."""

    acct_id: str
    user: str
    app_id: str
    app_secret: str
    org_num: str = "0"
    lcid: int = 2052

    @classmethod
    def of(cls, secret: Mapping[str, Any]) -> "KingdeeCredentials":
        """From the secret {"acct_id", "user", "app_id", "app_secret", "org_num", "lcid"}. Raises KeyError."""
        texts = (secret["acct_id"], secret["user"], secret["app_id"], secret["app_secret"])
        return cls(*texts, org_num=str(secret.get("org_num") or "0"), lcid=int(secret.get("lcid") or 2052))

    def __repr__(self) -> str:
        return f"KingdeeCredentials({self.acct_id!r}, …)"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class KingdeeClient:
    """LedgerPartner over signed requests; no session is opened, each request proves itself.

    ``base_url`` is the host or the address ending in ``/K3Cloud``.
    """

    def __init__(
        self,
        http: PartnerHttp,
        base_url: str,
        credentials: KingdeeCredentials,
        settings: LedgerSettings,
        *,
        clock: Callable[[], int] = _now_ms,
    ) -> None:
        path = urlsplit(base_url).path.rstrip("/")
        self._base = base_url.rstrip("/") + ("" if path else "/K3Cloud")
        self._http = http
        self._credentials = credentials
        self._settings = settings
        self._clock = clock

    def find(self, bill_no: str) -> Receivable | None:
        """The receivable of this number with its status and total, or None.

        Raises PartnerRejected, PartnerUnavailable.
        """
        answer = self._ask(QUERY, {"data": query_request(bill_no)}, read_query)
        if isinstance(answer, Refusal):
            raise answer.error()
        return receivable_of(bill_no, answer)

    def save(self, bill_no: str, split: SettlementSplit, shop_id: str, settled_on: str) -> None:
        """Create the receivable. A number already used counts as created when its total is ours.

        Raises PartnerUnavailable and PartnerRejected: what cannot be booked (``nothing-to-book``,
        ``unknown-customer``, …: never sent), ``total-differs`` (another bill has our number),
        ``number-changed`` (the ledger numbered it itself), Kingdee's own refusals by MsgCode.
        """
        data = save_request(bill_no, split, shop_id, settled_on, self._settings)
        answer = self._ask(SAVE, {"formid": FORM, "data": data}, read_operation)
        if not isinstance(answer, Refusal):
            _expect_bill(bill_no, answer)
            return
        if not answer.is_number_used(bill_no):
            raise answer.error()
        known = self.find(bill_no)
        if known is None:
            raise PartnerUnavailable(PARTNER, "the number is used, but no bill has it", unclear=True)
        if known.total_fen != split.receivable_fen:
            message = f"{known.total_fen} fen in the ledger, {split.receivable_fen} fen here"
            raise PartnerRejected(PARTNER, "total-differs", message)

    def submit(self, bill_no: str) -> None:
        """Submit for audit. Submitted or audited before counts as done.

        Raises PartnerRejected, PartnerUnavailable.
        """
        self._operate(SUBMIT, bill_no, _SUBMITTED)

    def audit(self, bill_no: str) -> None:
        """Audit. Audited before counts as done. Raises PartnerRejected, PartnerUnavailable."""
        self._operate(AUDIT, bill_no, _AUDITED)

    def _operate(self, method: str, bill_no: str, done: frozenset[str]) -> None:
        answer = self._ask(method, {"formid": FORM, "data": operation_request(bill_no)}, read_operation)
        if not isinstance(answer, Refusal):
            _expect_bill(bill_no, answer)
            return
        error = answer.error()
        # "Not in that status" has no code of its own: only the bill tells whether it is there already (§4).
        if isinstance(error, PartnerRejected):
            bill = self.find(bill_no)
            if bill is not None and bill.status in done:
                return
        raise error

    def _ask[T: (tuple[str, ...], Sequence[Any])](
        self, method: str, body: Mapping[str, Any], read: Callable[[Response], T | Refusal]
    ) -> T | Refusal:
        answer = self._send(method, body, read)
        if isinstance(answer, Refusal) and answer.is_session_lost:
            # Seen now and then on a good signature (§7.5); it did nothing, so a second try is safe.
            answer = self._send(method, body, read)
        if isinstance(answer, Refusal) and answer.msg_code == CALL_LIMIT:
            self._http.pause(method, CALL_LIMIT_SECONDS)
        return answer

    def _send[T](self, method: str, body: Mapping[str, Any], read: Callable[[Response], T]) -> T:
        url = f"{self._base}/{_SERVICE}.{method}.common.kdsvc"
        seconds = str(self._clock() // 1000)
        who = self._credentials
        headers = signed_headers(
            url,
            app_id=who.app_id,
            app_secret=who.app_secret,
            acct_id=who.acct_id,
            user=who.user,
            lcid=who.lcid,
            org_num=who.org_num,
            timestamp=seconds,
            nonce=seconds,  # as the official SDK does
        )
        return self._http.ask(
            url,
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", **headers},
            method_name=method,
            read=read,
        )


def _expect_bill(bill_no: str, done: tuple[str, ...]) -> None:
    if done != (bill_no,):
        raise PartnerRejected(PARTNER, "number-changed", f"asked for {bill_no}, the ledger did {done[0][:80]}")
