"""What Wangdiantong tells the shop side until acknowledged: shipments, stock changes (§3.5, §3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.partners.chassis import Clock, Doc, Store
from local.partners.wangdiantong.errors import UNKNOWN_SHOP, Refusal
from local.partners.wangdiantong.params import Params, json_rows, number, printed

_WAIT, _FAILED, _OK = 0, 2, 3
_OWN_PLATFORM = "127"


class Feedback:
    """At least once: a row comes back in every query until its acknowledgement arrived."""

    def __init__(self, store: Store, clock: Clock, config: Callable[[str], Any]) -> None:
        self._store, self._clock, self._config = store, clock, config

    def shipped(self, trade: Doc, oids: list[str], *, is_part: bool) -> None:
        """One row per parcel; an oid that has a waybill already never gets a second one."""
        fresh = [oid for oid in oids if oid not in trade["synced_oids"]]
        if not fresh:
            return
        trade["synced_oids"] += fresh
        rec_id = self._store.next_number("sync_rec_id")
        now = self._clock.wire_ms()
        self._store.put(
            "sync_rows",
            f"{rec_id:09d}",
            {
                "rec_id": rec_id,
                "shop_no": trade["shop_no"],
                "tid": trade["tid"],
                "logistics_no": trade["logistics_no"],
                "delivery_term": trade["used"]["delivery_term"],
                "consign_ms": now,
                "is_part_sync": int(is_part),
                "oids": ",".join(fresh) if is_part else "",
                "sync_status": _WAIT,
                "error_msg": "",
                "try_times": 0,
                "created_ms": now,
                "modified_ms": now,
            },
            sort=_WAIT,
        )

    def logistics_sync_query(self, params: Params) -> dict[str, Any]:
        limit = number(params, "limit", 100, 1, 100)
        self._check_shop(params)
        open_states = [_WAIT, _FAILED] if self._config("failed_sync_returns") else [_WAIT]
        rows = [row for status in open_states for row in self._store.range("sync_rows", status, status)]
        return {"trades": [self._shown(row) for row in rows[:limit]]}

    def logistics_sync_ack(self, params: Params) -> dict[str, Any]:
        errors = []
        for ack in json_rows(params, "logistics_list", 50):
            key = f"{int(ack['rec_id']):09d}" if str(ack.get("rec_id", "")).isdigit() else ""
            row = self._store.get("sync_rows", key)
            if row is None or row["sync_status"] == _OK:
                text = f"物流同步结果回传失败,同步表不存在,packId:{ack.get('rec_id')}"
                errors.append({"rec_id": ack.get("rec_id"), "error": text})
                continue
            row["sync_status"] = _OK if str(ack.get("status")) == "0" else _FAILED
            row["error_msg"] = str(ack.get("message") or "")
            row["try_times"] += 1
            row["modified_ms"] = self._clock.wire_ms()
            self._store.put("sync_rows", key, row, sort=row["sync_status"])
        return {"errors": errors} if errors else {}

    def stock_change_query(self, params: Params) -> dict[str, Any]:
        limit = number(params, "limit", 100, 1, 20_000)
        self._check_shop(params)
        rows = [row for row in self._store.all("changes") if row.get("pending")][:limit]
        shown = [
            {
                "rec_id": str(row["rec_id"]),
                "shop_no": self._config("shop_no"),
                "sync_stock": f"{row['sync_stock']}.0000",
                "goods_no": row["spec_no"],
                "spec_no": row["spec_no"],
                "erp_spec_type": "1",
                "stock_change_count": str(row["stock_change_count"]),
            }
            for row in rows
        ]
        return {"current_count": str(len(shown)), "stock_change_list": shown}

    def stock_change_ack(self, params: Params) -> dict[str, Any]:
        """An acknowledgement of an older `stock_change_count` leaves the newer change waiting."""
        errors = []
        rows = {str(row["rec_id"]): row for row in self._store.all("changes")}
        for ack in json_rows(params, "stock_sync_list", 100):
            row = rows.get(str(ack.get("rec_id")))
            if row is None:
                errors.append({"rec_id": ack.get("rec_id"), "error": "库存同步记录不存在"})
            elif str(ack.get("stock_change_count")) == str(row["stock_change_count"]):
                row["pending"] = False
                self._store.put("changes", row["spec_no"], row, sort=row["rec_id"])
        return {"errors": errors} if errors else {}

    def truth(self) -> list[Doc]:
        return self._store.all("sync_rows")

    def _check_shop(self, params: Params) -> None:
        if params.get("shop_no", self._config("shop_no")) != self._config("shop_no"):
            raise Refusal(UNKNOWN_SHOP, "店铺编号不存在或已停用")

    @staticmethod
    def _shown(row: Doc) -> dict[str, Any]:
        return {
            "rec_id": str(row["rec_id"]),
            "shop_no": row["shop_no"],
            "tid": row["tid"],
            "logistics_no": row["logistics_no"],
            "logistics_type": "8",
            "logistics_name": "顺丰速运",
            "logistics_code_erp": "SF",
            "logistics_name_erp": "顺丰速运",
            "delivery_term": str(row["delivery_term"]),
            "consign_time": printed(row["consign_ms"]),
            "is_part_sync": str(row["is_part_sync"]),
            "oids": row["oids"],
            "platform_id": _OWN_PLATFORM,
            "is_need_sync": "1",
            "is_last": "1",
            "sync_status": str(row["sync_status"]),
            "error_code": "",
            "error_msg": row["error_msg"],
            "try_times": str(row["try_times"]),
            "description": "",
            "modified": printed(row["modified_ms"]),
            "created": printed(row["created_ms"]),
        }
