"""The shop partner over Youzan's open platform (sheet §6.1, §7). Only a stale token is tried again here."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from orderhub.adapters.partner_http import PartnerHttp
from orderhub.adapters.youzan.answers import PARTNER, objects, undocumented
from orderhub.adapters.youzan.crypto import EVERY_SHOP
from orderhub.adapters.youzan.fields import SHANGHAI
from orderhub.adapters.youzan.gateway import Gateway
from orderhub.adapters.youzan.shipment import (
    ALREADY_SHIPPED,
    REPLICA_LAG_SECONDS,
    Shipped,
    express_id,
    settle_refusal,
    shipped,
)
from orderhub.adapters.youzan.signing import encrypt_config_sign
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.money import yuan_of_fen
from orderhub.domain.order import Receiver, Region
from orderhub.ports.world import Clock

GET, GET_VERSION = "youzan.trade.get", "4.0.2"
SEARCH, SEARCH_VERSION = "youzan.trades.sold.get", "4.0.4"
CONFIRM, CONFIRM_VERSION = "youzan.logistics.online.confirm", "3.0.0"
EXPRESS, EXPRESS_VERSION = "youzan.logistics.express.get", "3.0.0"
ADDRESS, ADDRESS_VERSION = "youzan.trade.order.address.update", "1.0.0"
REFUND, REFUND_VERSION = "youzan.trade.refund.seller.active", "3.0.1"
KEYS, KEYS_VERSION = "youzan.cloud.client.query.encryptconfig", "1.0.0"

PAGE_SIZE = 50
MAX_PAGES = 100
PASSES = 3
SECOND_MS = 1000
NOT_FOUND = "5000"
SF = "sf"


class YouzanClient:
    """The shop partner. Raises PartnerUnavailable and PartnerRejected, both named `youzan`.

    What is read lags: an order may be unknown, or look unshipped, for more than 30 s (sheet §5.3).
    """

    def __init__(
        self,
        base_url: str,
        credentials: Mapping[str, Any],
        http: PartnerHttp,
        clock: Clock,
        *,
        sender_mobile: str = "",
        sender_as_text: bool = False,
    ) -> None:
        """`credentials`: `apps` [{client_id, client_secret}, …]; the first one that works is used.

        `sender_mobile` is named in shipments by SF, which Youzan refuses without it; `sender_as_text`
        sends it as JSON text, for the sheet contradicts itself (§7.3).
        """
        self._gateway = Gateway(base_url, credentials, http, clock)
        self._clock = clock
        self._sender_mobile = sender_mobile
        self._sender_as_text = sender_as_text
        self._express: dict[str, Sequence[Mapping[str, Any]]] = {}

    def read_order(self, shop_id: str, platform_id: str) -> bytes | None:
        """The whole order as JSON bytes of `{"kdt_id", "full_order_info"}`, the same for the same order.

        None when the shop does not know it (yet).
        """
        data = self._detail(shop_id, platform_id)
        if data is None:
            return None
        info = data.get("full_order_info")
        if not isinstance(info, dict) or not info:
            raise undocumented("trade.get without full_order_info")
        return _detail_bytes(shop_id, info)

    def updated_orders(self, shop_id: str, since: int, until: int) -> Iterator[bytes]:
        """Orders updated in the window (ms UTC), each once, read from the last page to the first.

        The window never reaches beyond now: an order that changes while we page leaves it (and is in the
        next), and going backwards that hides none. One that the lagging replica adds meanwhile might: fewer
        orders than the search counts are read again, and PartnerUnavailable after three passes means that
        the watermark must stay. A window of more than 100 pages is asked in halves.
        """
        start = since // SECOND_MS
        end = max(min(until, self._clock()) // SECOND_MS, start + 1)
        yield from self._updated(shop_id, start, end, set())

    def confirm_shipment(
        self, shop_id: str, platform_id: str, line_ids: Sequence[str], carrier: str, waybill_number: str
    ) -> None:
        """Tell the shop that the order, or these lines, left by this carrier (`sf`, `ems` or a name).

        Not idempotent at Youzan: where it says that there is nothing left to ship, what it holds is compared
        with what we say. Another number there is PartnerRejected `number_differs`.
        """
        asked: dict[str, Any] = {
            "tid": platform_id,
            "out_stype": express_id(self._companies(shop_id), carrier),
            "out_sid": waybill_number,
        }
        if line_ids:
            asked["oids"] = ",".join(line_ids)
        if carrier.lower() == SF:
            sender = {"sender_mobile": self._sender_mobile}
            asked["outer_sender"] = json.dumps(sender) if self._sender_as_text else sender
        try:
            self._gateway.call(shop_id, CONFIRM, CONFIRM_VERSION, asked)
        except PartnerRejected as refusal:
            if refusal.code not in ALREADY_SHIPPED:
                raise
            settle_refusal(self._shipped(shop_id, platform_id), waybill_number, refusal, line_ids)

    def shipped_numbers(self, shop_id: str, platform_id: str) -> tuple[str, ...]:
        """The waybill numbers the shop has for the order; empty also while its replica lags."""
        return self._shipped(shop_id, platform_id).numbers

    def pay_back(
        self,
        shop_id: str,
        platform_id: str,
        reference: str,
        amount_fen: int,
        line_shares: Mapping[str, int],
        reason: str,
    ) -> str:
        """Pay the buyer back as the seller; the refund's id. `biz_value` is the idempotency key (sheet §7.6)."""
        asked = {
            "tid": platform_id,
            "biz_value": reference,
            "refund_fee": yuan_of_fen(amount_fen),
            "desc": reason,
            "coupons": [],
            "items": [{"oid": line, "refund_fee": yuan_of_fen(fen)} for line, fen in line_shares.items()],
        }
        data = self._gateway.call(shop_id, REFUND, REFUND_VERSION, asked)
        refund_id = data.get("refund_id") if isinstance(data, dict) else None
        if isinstance(refund_id, bool) or not isinstance(refund_id, str | int) or not str(refund_id).isalnum():
            raise undocumented("a refund without refund_id")
        return str(refund_id)

    def change_address(self, shop_id: str, platform_id: str, receiver: Receiver, region: Region) -> None:
        """Once per order (sheet §7.4). Guess: no public material has the parameters; freight is not recomputed."""
        asked = {
            "tid": platform_id,
            "receiver_name": receiver.name,
            "receiver_tel": receiver.phone,
            "province": region.province,
            "city": region.city,
            "district": region.district,
            "detail": receiver.detail,
        }
        self._gateway.call(shop_id, ADDRESS, ADDRESS_VERSION, asked)

    def decryption_keys(self, shop_id: str) -> Mapping[str, str]:
        """The shop's keys for personal data, version → base64; of keys per app, those of the app."""
        failure: PartnerRejected | None = None
        for client_id, client_secret in self._gateway.apps:
            timestamp = _shanghai(self._clock() // SECOND_MS)
            asked = {
                "client_id": client_id,
                "kdt_id": shop_id,
                "timestamp": timestamp,
                "sign": encrypt_config_sign(client_id, shop_id, timestamp, client_secret),
            }
            try:
                data = self._gateway.call_without_token(KEYS, KEYS_VERSION, asked)
            except PartnerRejected as refusal:
                failure = failure or refusal
            else:
                return _keys(objects(data, "secretKeyInfoList", "secret_key_info_list"), shop_id)
        assert failure is not None
        raise failure

    def _detail(self, shop_id: str, platform_id: str) -> Mapping[str, Any] | None:
        try:
            data = self._gateway.call(shop_id, GET, GET_VERSION, {"tid": platform_id})
        except PartnerRejected as refusal:
            if refusal.code == NOT_FOUND and "not found" in refusal.message:
                return None
            raise
        if not isinstance(data, dict):
            raise undocumented("trade.get without data")
        return data

    def _shipped(self, shop_id: str, platform_id: str) -> Shipped:
        data = self._detail(shop_id, platform_id)
        return Shipped("", ()) if data is None else shipped(data)

    def _companies(self, shop_id: str) -> Sequence[Mapping[str, Any]]:
        if shop_id not in self._express:
            data = self._gateway.call(shop_id, EXPRESS, EXPRESS_VERSION, {})
            self._express[shop_id] = objects(data, "allExpress", "all_express")
        return self._express[shop_id]

    def _updated(self, shop_id: str, start: int, end: int, seen: set[str]) -> Iterator[bytes]:
        """Orders updated from `start` to `end`, both inside, in seconds."""
        total, rows = self._page(shop_id, start, end, 1)
        if total > PAGE_SIZE * MAX_PAGES:
            if end - start <= 1:
                raise PartnerRejected(PARTNER, "too_many_orders", f"{total} orders within a second")
            middle = (start + end) // 2
            yield from self._updated(shop_id, start, middle, seen)
            yield from self._updated(shop_id, middle, end, seen)
            return
        found: set[str] = set()
        for attempt in range(PASSES):
            pages = max(1, -(-total // PAGE_SIZE))
            for page in range(pages, 0, -1):
                if pages > 1 or attempt:
                    total, rows = self._page(shop_id, start, end, page)
                for position, row in enumerate(rows):
                    info = row.get("full_order_info")
                    tid = _tid(info) or f"unreadable-{page}-{position}"
                    found.add(tid)
                    if tid not in seen:
                        seen.add(tid)
                        yield _detail_bytes(shop_id, info)
            if len(found) >= total:
                return
        raise PartnerUnavailable(
            PARTNER, "orders move faster than they are read", retry_after_seconds=REPLICA_LAG_SECONDS
        )

    def _page(self, shop_id: str, start: int, end: int, page: int) -> tuple[int, list[Mapping[str, Any]]]:
        asked = {
            "start_update": _shanghai(start),
            "end_update": _shanghai(end),
            "page_no": page,
            "page_size": PAGE_SIZE,
        }
        data = self._gateway.call(shop_id, SEARCH, SEARCH_VERSION, asked)
        total = data.get("total_results") if isinstance(data, dict) else None
        if isinstance(total, str) and total.isascii() and total.isdigit():
            total = int(total[:12])
        if not isinstance(total, int) or isinstance(total, bool) or total < 0:
            raise undocumented("search without total_results")
        return total, objects(data, "full_order_info_list")


def _tid(info: object) -> str:
    head = info.get("order_info") if isinstance(info, dict) else None
    return str(head.get("tid") or "") if isinstance(head, dict) else ""


def _detail_bytes(shop_id: str, info: object) -> bytes:
    detail = {"kdt_id": shop_id, "full_order_info": info}
    return json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def _shanghai(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _keys(rows: Sequence[Mapping[str, Any]], shop_id: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for row in rows:
        shop = str(row.get("kdtId", row.get("kdt_id", "")))
        key, version = row.get("secretKey", row.get("secret_key")), str(row.get("version", ""))
        if shop not in (shop_id, EVERY_SHOP):
            continue
        if not isinstance(key, str) or not _is_key(key) or not version.isdigit():
            raise undocumented("a decryption key is no key")
        keys[version] = key
    return keys


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16
    except ValueError:
        return False
