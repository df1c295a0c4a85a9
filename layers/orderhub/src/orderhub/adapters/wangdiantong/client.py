"""Talks to Wangdiantong 企业版 (sheet §2, §3). One method per page of the sheet, nothing is retried here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from orderhub.adapters.partner_http import PartnerHttp, Response
from orderhub.adapters.wangdiantong.answers import (
    PARTNER,
    REFERENCE_USED,
    accepted_count,
    is_about_us,
    read_answer,
    read_shipment,
    read_stock,
    read_stockout,
    read_trade,
    read_transfer,
    refused_rows,
    rows_of,
    text,
    whole,
)
from orderhub.adapters.wangdiantong.mapping import (
    MEMO_PREFIX,
    Trade,
    printed,
    receiver_fingerprint,
    refund_of,
    trade_of,
    transfer_of,
)
from orderhub.adapters.wangdiantong.signing import signed_form
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable, Rejected
from orderhub.domain.order import Receiver
from orderhub.domain.records import StockTransfer
from orderhub.ports.partners import SeenTransfer, ShipmentNotice, StockObservation, TradeInstruction, WarehouseTrade
from orderhub.ports.world import Clock

MAX_TRADES = 50
MAX_ACKNOWLEDGED = 50
MAX_SHIPMENTS = 100
PAGE_SIZE = 100
STOCK_WINDOW_MS = 30 * 86_400_000
TRANSFERS_OVERLAP_MS, TRANSFERS_AHEAD_MS = 600_000, 86_400_000
NOT_TAKEN = "not_taken"
"""Reason for a trade that Wangdiantong counted neither as new nor as changed, and does not show."""


class WangdiantongClient:
    """The warehouse partner. Raises PartnerUnavailable and PartnerRejected, both named `wangdiantong`."""

    def __init__(self, base_url: str, credentials: Mapping[str, str], http: PartnerHttp, clock: Clock) -> None:
        """`credentials`: sid, appkey, appsecret, shop_no, warehouse_no (which trades go to unless they name another);
        `base_url` is what stands before `/openapi2/`."""
        self._base_url = base_url.rstrip("/")
        self._account = {name: credentials[name] for name in ("sid", "appkey", "appsecret")}
        self._shop_no = credentials["shop_no"]
        self._home_warehouse = credentials.get("warehouse_no", "")
        self._http = http
        self._clock = clock

    def push_trades(self, trades: Sequence[TradeInstruction]) -> Mapping[str, str]:
        """Push 1…50 trades; trade id → "" or why it was refused: a code of `trade_of`, or `code: text`.

        One trade that is refused never holds up the others: the batch is pushed again in halves. When the
        counts do not fit, each trade is read back. Repeating the call is safe: `tid` is the key (sheet §5).
        """
        if not 1 <= len(trades) <= MAX_TRADES:
            raise ValueError(f"1…{MAX_TRADES} trades in a push, not {len(trades)}")
        outcome: dict[str, str] = {}
        batch: list[tuple[TradeInstruction, Trade]] = []
        for instruction in trades:
            try:
                batch.append((instruction, trade_of(instruction, self._home_warehouse)))
            except Rejected as refusal:
                outcome[instruction.trade_id] = refusal.code
        return outcome | (self._push(batch) if batch else {})

    def find_trades(self, trade_id: str) -> tuple[WarehouseTrade, ...]:
        """Every system trade that carries this trade."""
        asked = {"src_tid": trade_id, "page_no": "0", "page_size": str(PAGE_SIZE)}
        answer = self._call("trade_query", asked)
        found = [read_trade(row) for row in rows_of(answer, "trades")]
        return tuple(trade for trade in found if trade_id in trade.platform_ids)

    def shows_receiver(self, trade: TradeInstruction) -> str:
        """Name, phone and street are compared; regions come back as Wangdiantong's own numbers (sheet §3.3), so of a
        trade flagged for its address nothing is believed."""
        wanted = trade.receiver
        fingerprint = receiver_fingerprint(wanted.name, wanted.phone, wanted.detail)
        live = [found for found in self.find_trades(trade.trade_id) if found.state != "cancelled"]
        if any(found.is_address_flagged for found in live):
            return "flagged"
        return "shown" if live and all(found.receiver_fingerprint == fingerprint for found in live) else "other"

    def push_refund(self, trade: TradeInstruction, refund_no: str) -> None:
        """Tell the warehouse that the trade is refunded before shipment. Idempotent by `refund_no` (≤ 40)."""
        refund = refund_of(trade, refund_no, self._shop_no, self._clock())
        self._call("sales_refund_push", {"api_refund_list": _json([refund])})

    def shipments(self, limit: int = MAX_SHIPMENTS) -> tuple[ShipmentNotice, ...]:
        """Shipments not acknowledged yet, at most 100 a call."""
        asked = {"shop_no": self._shop_no, "limit": str(max(1, min(limit, MAX_SHIPMENTS)))}
        return tuple(read_shipment(row) for row in rows_of(self._call("logistics_sync_query", asked), "trades"))

    def acknowledge(self, rec_ids: Sequence[str]) -> Mapping[str, str]:
        """Acknowledge shipments; rec_id → reason for those refused."""
        refused: dict[str, str] = {}
        for start in range(0, len(rec_ids), MAX_ACKNOWLEDGED):
            some = rec_ids[start : start + MAX_ACKNOWLEDGED]
            acknowledged = [{"rec_id": int(rec_id), "status": 0, "message": ""} for rec_id in some]
            answer = self._call("logistics_sync_ack", {"logistics_list": _json(acknowledged)})
            refused |= refused_rows(answer)
        return refused

    def stockouts(self, since: int, until: int) -> Iterator[ShipmentNotice]:
        """Stock-outs by the time they were sent (sheet §3.4): shipped and done ones, each order once.

        The stock-out number changes after a re-audit, so it is no key; an order split over several is the last.
        """
        asked = {"start_time": printed(since), "end_time": printed(until)}
        first = self._stockout_page(asked, 0)
        last_page = (whole(first, "total_count", 0) - 1) // PAGE_SIZE
        pages = (self._stockout_page(asked, page) for page in range(last_page, -1, -1))
        seen: set[str] = set()
        for answer in pages if last_page > 0 else (first,):
            for notice in (each for row in rows_of(answer, "stockout_list") for each in read_stockout(row)):
                if notice.platform_id not in seen:
                    seen.add(notice.platform_id)
                    yield notice

    def _stockout_page(self, asked: Mapping[str, str], page: int) -> Mapping[str, Any]:
        wanted = {**asked, "page_no": str(page), "page_size": str(PAGE_SIZE)}
        return self._call("stockout_order_query_trade", wanted)

    def stock(self, since: int, until: int) -> Iterator[StockObservation]:
        """Stock rows modified in the closed window (ms UTC), each SKU and warehouse once, oldest state first.

        Longer windows than the 30 days Wangdiantong takes are asked in parts.
        """
        start = since
        while start <= until:
            end = min(start + STOCK_WINDOW_MS, until)
            yield from self._stock_pages({"start_time": printed(start), "end_time": printed(end)})
            start = end + 1

    def push_transfer(self, transfer: StockTransfer) -> str:
        """Create the transfer; a reference that was used before is looked up instead (sheet §3.8, §5)."""
        try:
            answer = self._call("stock_transfer_push", {"transfer_info": _json(transfer_of(transfer))})
        except PartnerRejected as refusal:
            if REFERENCE_USED not in refusal.message:
                raise
            seen = self.transfers(transfer.requested_at - TRANSFERS_OVERLAP_MS, self._clock() + TRANSFERS_AHEAD_MS)
            known = next((each for each in seen if each.reference == transfer.reference), None)
            if known is None:
                raise PartnerUnavailable(PARTNER, "the transfer is there and not shown yet", unclear=True) from refusal
            return known.transfer_no
        return text(answer, "transfer_no")

    def transfers(self, since: int, until: int) -> Iterator[SeenTransfer]:
        """Transfers modified in the closed window (ms UTC), each once, as it was shown last."""
        newest: dict[str, SeenTransfer] = {}
        start = since
        while start <= until:
            end = min(start + STOCK_WINDOW_MS, until)
            for row in self._pages("stock_transfer_query", "transfers", start, end):
                seen = read_transfer(row)
                newest[seen.reference] = seen
            start = end + 1
        yield from newest.values()

    def _pages(self, method: str, rows: str, since: int, until: int) -> Iterator[Mapping[str, Any]]:
        """All rows of a window, page by page from the last to the first: a changed row moves to the end, not out."""
        asked = {"start_time": printed(since), "end_time": printed(until), "page_size": str(PAGE_SIZE)}
        first = self._call(method, {**asked, "page_no": "0"})
        last_page = (whole(first, "total_count", 0) - 1) // PAGE_SIZE
        for page in range(last_page, 0, -1):
            yield from rows_of(self._call(method, {**asked, "page_no": str(page)}), rows)
        yield from rows_of(self._call(method, {**asked, "page_no": "0"}) if last_page > 0 else first, rows)

    def stock_of(self, skus: Sequence[str]) -> Iterator[StockObservation]:
        """Stock rows of these SKUs, one call each."""
        for sku in skus:
            yield from self._stock_pages({"spec_no": sku})

    def _push(self, batch: Sequence[tuple[TradeInstruction, Trade]]) -> dict[str, str]:
        ids = [instruction.trade_id for instruction, _ in batch]
        try:
            asked = {"shop_no": self._shop_no, "trade_list": _json([trade for _, trade in batch])}
            answer = self._call("trade_push", asked)
        except PartnerRejected as refusal:
            if is_about_us(refusal):
                raise
            if len(batch) == 1:
                reason = _without_receiver(refusal.message, batch[0][0].receiver)
                return {ids[0]: f"{refusal.code}: {reason}"}
            middle = len(batch) // 2
            first = self._push(batch[:middle])
            with _something_was_done():
                return first | self._push(batch[middle:])
        if accepted_count(answer) == len(batch):
            return dict.fromkeys(ids, "")
        with _something_was_done():
            return {instruction.trade_id: self._read_back(instruction) for instruction, _ in batch}

    def _read_back(self, instruction: TradeInstruction) -> str:
        """ "" when the warehouse shows the trade with what this push was to bring, else NOT_TAKEN.

        A closed trade has no mark of its own here; who withdraws an order looks at its state anyway.
        """
        found = self.find_trades(instruction.trade_id)
        number = instruction.waybill_number
        if not found or (number and not any(f"{MEMO_PREFIX}{number}" in trade.memo for trade in found)):
            return NOT_TAKEN
        return ""

    def _stock_pages(self, asked: Mapping[str, str]) -> Iterator[StockObservation]:
        """All pages from the last to the first: a row that changes meanwhile moves to the end, not out."""
        first = self._stock_page(asked, 0)
        last_page = (whole(first, "total_count", 0) - 1) // PAGE_SIZE
        pages = (self._stock_page(asked, page) for page in range(last_page, -1, -1))
        newest: dict[tuple[str, str], StockObservation] = {}
        for answer in pages if last_page > 0 else (first,):
            for seen in map(read_stock, rows_of(answer, "stocks")):
                known = newest.get((seen.sku, seen.warehouse))
                if known is None or known.modified_at <= seen.modified_at:
                    newest[seen.sku, seen.warehouse] = seen
        yield from newest.values()

    def _stock_page(self, asked: Mapping[str, str], page: int) -> Mapping[str, Any]:
        return self._call("stock_query", {**asked, "page_no": str(page), "page_size": str(PAGE_SIZE)})

    def _call(self, method: str, business: Mapping[str, str]) -> Mapping[str, Any]:
        form = signed_form(business, **self._account, timestamp=self._clock() // 1000)
        url = f"{self._base_url}/openapi2/{method}.php"
        answer = self._http.ask(url, data=form, method_name=method, read=_answer_or_refusal)
        if isinstance(answer, PartnerRejected):
            raise answer
        return answer


@contextmanager
def _something_was_done() -> Iterator[None]:
    """A call that surely did nothing fails a push that has done something: as a whole that is unclear."""
    try:
        yield
    except PartnerUnavailable as failure:
        raise PartnerUnavailable(PARTNER, f"pushed, then not read back: {failure}", unclear=True) from failure


def _answer_or_refusal(response: Response) -> Mapping[str, Any] | PartnerRejected:
    """A refusal is an answer: for the circuit breaker the partner is well."""
    try:
        return read_answer(response)
    except PartnerRejected as refusal:
        return refusal


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_receiver(message: str, receiver: Receiver) -> str:
    """The partner's text without what it repeats of the receiver."""
    for part in (receiver.detail, receiver.phone, receiver.name):
        if part:
            message = message.replace(part, "***")
    return message
