"""stock_transfer_push, stock_transfer_query: goods leave a warehouse at once and reach the other later (§3.8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from local.partners.chassis import Clock, Doc, Store
from local.partners.chassis.jobs import Jobs
from local.partners.wangdiantong.errors import BAD_DATA, BAD_VALUE, NO_RANGE, REPEATED, Refusal
from local.partners.wangdiantong.params import Params, json_value, paged, printed, window
from local.partners.wangdiantong.stock import Stock

UNDER_WAY, DONE, CANCELLED = "50", "90", "10"
_MONTH = 30 * 86400


class Transfers:
    def __init__(self, store: Store, clock: Clock, jobs: Jobs, stock: Stock, config: Callable[[str], Any]) -> None:
        self._store, self._clock, self._jobs, self._stock, self._config = store, clock, jobs, stock, config
        jobs.inside("transfer_arrives", self._arrive)

    def stock_transfer_push(self, params: Params) -> dict[str, Any]:
        info = json_value(params, "transfer_info")
        if not isinstance(info, dict):
            raise Refusal(BAD_VALUE, "参数transfer_info无效")
        for name in ("outer_no", "from_warehouse_no", "to_warehouse_no", "skus"):
            if not info.get(name):
                raise Refusal(BAD_VALUE, f"{name}不能为空")
        outer_no, source, target = (str(info[key]) for key in ("outer_no", "from_warehouse_no", "to_warehouse_no"))
        known = self._store.get("transfers", outer_no)
        if known and self._config("transfer_repeat") == "same":
            return {"transfer_no": known["transfer_no"]}
        if known:
            raise Refusal(REPEATED, "此外部单已使用!")
        items = self._items(info["skus"])
        if source == target:
            raise Refusal(BAD_DATA, "调出仓库与调入仓库不能相同")
        for spec_no, count in items.items():
            if self._stock.on_hand(spec_no, source) < count:
                raise Refusal(BAD_DATA, f"{spec_no}库存不足")
        transfer: Doc = {
            "outer_no": outer_no,
            "transfer_no": f"TF{self._store.next_number('transfer'):010d}",
            "from": source,
            "to": target,
            "items": items,
            "status": UNDER_WAY,
            "modified_ms": self._clock.wire_ms(),
        }
        for spec_no, count in items.items():
            self._stock.move(spec_no, source, -count, "transfer_out", transfer["transfer_no"])
        self._save(transfer)
        self._jobs.schedule("transfer_arrives", {"outer_no": outer_no}, after_ms=int(self._config("transfer_ms")))
        return {"transfer_no": transfer["transfer_no"]}

    def stock_transfer_query(self, params: Params) -> dict[str, Any]:
        """By `transfer_no`, else by change in a closed window of at most 30 days."""
        span = window(params, _MONTH)
        transfer_no = params.get("transfer_no", "")
        if span is None and not transfer_no:
            raise Refusal(NO_RANGE, "时间范围与调拨单号不能全部为空")
        found = [
            transfer
            for transfer in self.truth()
            if (not transfer_no or transfer["transfer_no"] == transfer_no)
            and (span is None or span[0] <= transfer["modified_ms"] // 1000 <= span[1])
        ]
        rows, total = paged(found, params)
        return {**total, "transfers": [_shown(row) for row in rows]}

    def cancel(self, outer_no: str) -> None:
        """A clerk takes it back: the goods are where they were. Nothing happens to one that has arrived."""
        transfer = self._store.get("transfers", outer_no)
        if transfer is not None and transfer["status"] == UNDER_WAY:
            for spec_no, count in transfer["items"].items():
                self._stock.move(spec_no, transfer["from"], count, "transfer_back", transfer["transfer_no"])
            self._save({**transfer, "status": CANCELLED})

    def _save(self, transfer: Doc) -> None:
        at = self._clock.wire_ms()
        self._store.put("transfers", transfer["outer_no"], {**transfer, "modified_ms": at}, sort=at // 1000)

    def truth(self) -> list[Doc]:
        return self._store.all("transfers")

    def _arrive(self, job: Doc) -> None:
        transfer = self._store.get("transfers", job["outer_no"])
        if transfer is not None and transfer["status"] == UNDER_WAY:
            for spec_no, count in transfer["items"].items():
                self._stock.move(spec_no, transfer["to"], count, "transfer_in", transfer["transfer_no"])
            self._save({**transfer, "status": DONE})

    @staticmethod
    def _items(skus: Any) -> dict[str, int]:
        if not isinstance(skus, list) or len(skus) > 500 or not all(isinstance(sku, dict) for sku in skus):
            raise Refusal(BAD_VALUE, "skus无效")
        items: dict[str, int] = {}
        for sku in skus:
            try:
                count = Decimal(str(sku["num"]))
            except (KeyError, InvalidOperation) as error:
                raise Refusal(BAD_VALUE, "调拨数量无效") from error
            if count <= 0 or count != count.to_integral_value() or not sku.get("spec_no"):
                raise Refusal(BAD_VALUE, "调拨数量无效")
            items[str(sku["spec_no"])] = items.get(str(sku["spec_no"]), 0) + int(count)
        return items


def _shown(transfer: Doc) -> dict[str, Any]:
    return {
        "transfer_no": transfer["transfer_no"],
        "outer_no": transfer["outer_no"],
        "from_warehouse_no": transfer["from"],
        "to_warehouse_no": transfer["to"],
        "status": transfer["status"],
        "modified": printed(transfer["modified_ms"]),
        "details_list": [{"spec_no": spec_no, "num": f"{count}.0000"} for spec_no, count in transfer["items"].items()],
    }
