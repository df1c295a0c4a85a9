"""Physical stock per SKU and warehouse, what is promised from it, and every movement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.partners.chassis import Clock, Doc, Store

ORDER, SENDING = "order_num", "sending_num"
"""Promised to trades that await audit, and to audited ones that await shipping."""


class Stock:
    """Sellable = stock_num − order_num − sending_num; each change raises the SKU's `stock_change_count`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def knows(self, spec_no: str) -> bool:
        return self._store.get("changes", spec_no) is not None

    def on_hand(self, spec_no: str, warehouse_no: str) -> int:
        return int(self._row(spec_no, warehouse_no)["stock_num"])

    def set(self, spec_no: str, warehouse_no: str, stock_num: int) -> None:
        """A stocktake: from now on there are so many."""
        self.move(spec_no, warehouse_no, stock_num - self.on_hand(spec_no, warehouse_no), "stocktake", "")

    def move(self, spec_no: str, warehouse_no: str, delta: int, kind: str, ref: str) -> None:
        """Goods come (+) or go (−); the movement stays on record."""
        row = self._row(spec_no, warehouse_no)
        row["stock_num"] += delta
        self._save(row)
        self._store.put(
            "moves",
            f"{self._store.next_number('move'):09d}",
            {
                "spec_no": spec_no,
                "warehouse_no": warehouse_no,
                "delta": delta,
                "kind": kind,
                "ref": ref,
                "stock_num": row["stock_num"],
                "at_ms": self._clock.wall_ms(),
            },
        )

    def promise(self, trade: Doc, bucket: str, items: Mapping[str, int]) -> None:
        """Replaces what is promised to a trade; an empty bucket promises nothing."""
        before: Doc = trade.get("promised") or {"bucket": "", "items": {}}
        for sign, name, wanted in ((-1, before["bucket"], before["items"]), (1, bucket, items)):
            for spec_no, count in wanted.items() if name else ():
                row = self._row(spec_no, trade["warehouse_no"])
                row[name] += sign * count
                self._save(row)
        trade["promised"] = {"bucket": bucket, "items": dict(items) if bucket else {}}

    def rows(self) -> list[Doc]:
        """All rows, least recently modified first."""
        return self._store.all("stock")

    def truth(self) -> dict[str, Any]:
        moves: dict[str, list[Doc]] = {}
        for move in self._store.all("moves"):
            moves.setdefault(f"{move['spec_no']}@{move['warehouse_no']}", []).append(move)
        return {
            f"{row['spec_no']}@{row['warehouse_no']}": {
                "stock_num": row["stock_num"],
                ORDER: row[ORDER],
                SENDING: row[SENDING],
                "sellable": row["stock_num"] - row[ORDER] - row[SENDING],
                "moves": moves.get(f"{row['spec_no']}@{row['warehouse_no']}", []),
            }
            for row in self.rows()
        }

    def _row(self, spec_no: str, warehouse_no: str) -> Doc:
        return self._store.get("stock", f"{spec_no}@{warehouse_no}") or {
            "spec_no": spec_no,
            "warehouse_no": warehouse_no,
            "stock_num": 0,
            ORDER: 0,
            SENDING: 0,
            "modified_ms": 0,
        }

    def _save(self, row: Doc) -> None:
        row["modified_ms"] = self._clock.wire_ms()
        key = f"{row['spec_no']}@{row['warehouse_no']}"
        self._store.put("stock", key, row, sort=row["modified_ms"] // 1000)
        self._note_change(row["spec_no"])

    def _note_change(self, spec_no: str) -> None:
        sellable = sum(row["stock_num"] - row[ORDER] - row[SENDING] for row in self.rows() if row["spec_no"] == spec_no)
        change = self._store.get("changes", spec_no)
        if change is None:
            rec_id = self._store.next_number("stock_rec_id")
            change = {"rec_id": rec_id, "spec_no": spec_no, "sync_stock": None, "stock_change_count": 0}
        if change["sync_stock"] != sellable:
            change["sync_stock"] = sellable
            change["stock_change_count"] += 1
            change["pending"] = True
            self._store.put("changes", spec_no, change, sort=change["rec_id"])
