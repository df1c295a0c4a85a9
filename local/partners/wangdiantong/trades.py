"""The trades as Wangdiantong holds them: what was pushed, what it acts on, how it came there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from local.partners.chassis import Clock, Doc, Store
from local.partners.wangdiantong.stock import ORDER, SENDING, Stock

UNPAID, RAW, AWAIT_AUDIT, AUDITED, SHIPPED, DONE, CANCELLED = 10, 20, 30, 55, 95, 110, 5

BAD_ADDRESS, BAD_REMARK, BAD_GOODS = 2, 16, 32
"""`bad_reason` bits (wangdiantong.md §3.2)."""
BAD_REFUND = 1
"""A refund on an audited trade: the bit is not published for qyb; `block_reason` says it too."""
BLOCK_REFUND_ASKED, BLOCK_REFUNDED, BLOCK_ADDRESS, BLOCK_REMARK, BLOCK_GOODS = 1, 2, 4, 64, 128

_PROMISES = {AWAIT_AUDIT: ORDER, AUDITED: SENDING}
_REFUNDED = "5"


def is_line_closed(line: Doc) -> bool:
    """Refunded, or closed, in the shop."""
    return str(line["refund_status"]) == _REFUNDED or str(line["status"]) in ("80", "90")


def is_closed(pushed: Doc) -> bool:
    """The shop says that nothing of this trade is to be shipped any more."""
    return str(pushed["trade_status"]) in ("80", "90") or all(map(is_line_closed, pushed["order_list"]))


def is_paid(pushed: Doc) -> bool:
    """Paid, or cash on delivery that may be shipped."""
    paid = str(pushed["pay_status"]) == "2" or str(pushed["delivery_term"]) == "2"
    return paid and str(pushed["trade_status"]) not in ("10", "20")


def spec_of(line: Doc) -> str:
    return str(line.get("spec_no") or line["goods_no"])


def to_send(trade: Doc) -> dict[str, int]:
    """SKU → count of what is neither refunded nor shipped yet."""
    items: dict[str, int] = {}
    for line in trade["used"]["order_list"]:
        if not is_line_closed(line) and str(line["oid"]) not in trade["shipped_oids"]:
            items[spec_of(line)] = items.get(spec_of(line), 0) + int(Decimal(str(line["num"])))
    return items


class Trades:
    """Keeps trades by tid, ordered by the second of their last change; states move only through `enter`."""

    def __init__(self, store: Store, clock: Clock, stock: Stock) -> None:
        self._store, self._clock, self._stock = store, clock, stock

    def get(self, tid: str) -> Doc | None:
        return self._store.get("trades", tid)

    def by_trade_no(self, trade_no: str) -> Doc | None:
        found = self._store.get("trade_nos", trade_no)
        return self.get(found["tid"]) if found else None

    def by_waybill(self, waybill_no: str) -> list[Doc]:
        found = self._store.get("waybill_nos", waybill_no)
        return [trade for tid in (found or {"tids": []})["tids"] if (trade := self.get(tid))]

    def all(self) -> list[Doc]:
        """By last change, oldest first: a changed trade moves to the end."""
        return self._store.all("trades")

    def modified_between(self, start: int, end: int) -> list[Doc]:
        return self._store.range("trades", start, end)

    def create(self, shop_no: str, default_warehouse: str, pushed: Doc) -> Doc:
        """Only an auto-flow trade may name its warehouse (§3.1); any other goes to the default one."""
        number = self._store.next_number("trade")
        now = self._clock.wire_ms()
        is_auto_flow = str(pushed.get("is_auto_wms", "0")) == "1"
        trade: Doc = {
            "trade_no": f"JY{number:012d}",
            "tid": str(pushed["tid"]),
            "shop_no": shop_no,
            "warehouse_no": str((is_auto_flow and pushed.get("warehouse_no")) or default_warehouse),
            "state": 0,
            "raw": pushed,
            "used": pushed,
            "bad_reason": 0,
            "block_reason": 0,
            "freeze_reason": "",
            "cancel_reason": "",
            "revert_reason": "",
            "logistics_no": "",
            "stockout_no": "",
            "created_ms": now,
            "consign_ms": 0,
            "accepted_at_ms": self._clock.wall_ms(),
            "history": [],
            "pushes": 0,
            "effects": [],
            "packed": [],
            "reported": [],
            "handovers": [],
            "shipped_oids": [],
            "synced_oids": [],
            "refund_hold": False,
        }
        self._store.put("trade_nos", trade["trade_no"], {"tid": trade["tid"]})
        return trade

    def enter(self, trade: Doc, state: int) -> None:
        """Moves the trade to a state, with what that means for the stock, and saves it."""
        trade["state"] = state
        trade["history"].append({"state": state, "at_ms": self._clock.wall_ms()})
        if state == AUDITED:
            # Rejected and audited again gives another number: it is no stable key (§3.4).
            trade["stockout_no"] = f"CK{self._store.next_number('stockout'):012d}"
        self.save(trade)

    def save(self, trade: Doc, *, modified: bool = True) -> None:
        if modified:
            trade["modified_ms"] = self._clock.wire_ms()
            bucket = _PROMISES.get(trade["state"], "")
            self._stock.promise(trade, bucket, to_send(trade) if bucket else {})
        self._store.put("trades", trade["tid"], trade, sort=trade["modified_ms"] // 1000)

    def report_number(self, trade: Doc, waybill_no: str) -> None:
        """The waybill number that the WMS shows for this trade."""
        trade["logistics_no"] = waybill_no
        trade["reported"].append(waybill_no)
        found = self._store.get("waybill_nos", waybill_no) or {"tids": []}
        self._store.put("waybill_nos", waybill_no, {"tids": sorted({*found["tids"], trade["tid"]})})

    def truth(self) -> dict[str, Any]:
        return {trade["tid"]: _truth(trade) for trade in self.all()}


def _truth(trade: Doc) -> dict[str, Any]:
    used = trade["used"]
    packed = [parcel for parcel in trade["packed"] if not parcel.get("voided")]
    receiver = {key: value for key, value in used.items() if key.startswith("receiver_")}
    return {
        "trade_no": trade["trade_no"],
        "state": trade["state"],
        "states": trade["history"],
        "accepted_at_ms": trade["accepted_at_ms"],
        "pushes": trade["pushes"],
        "repushes": trade["effects"],
        "bad_reason": trade["bad_reason"],
        "block_reason": trade["block_reason"],
        "freeze_reason": trade["freeze_reason"],
        "packed": len(packed),
        "packed_at_ms": [parcel["at_ms"] for parcel in packed],
        "parcels": trade["packed"],
        "waybills": [parcel["label_no"] for parcel in packed],
        "reported_waybills": trade["reported"],
        "handovers": trade["handovers"],
        "shipped_oids": trade["shipped_oids"],
        "warehouse_no": trade["warehouse_no"],
        "receiver": receiver,
        "seller_memo": used.get("seller_memo") or "",
        "memo_told": trade["raw"].get("seller_memo") or "",
        "logistics_no": trade["logistics_no"],
        "remarks": {str(line["oid"]): str(line["remark"]) for line in used["order_list"] if line.get("remark")},
    }
