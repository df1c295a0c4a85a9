"""stock_transfer_push: goods leave one warehouse at once and reach the other after a while (§3.8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from local.partners.chassis import Doc, Store
from local.partners.chassis.jobs import Jobs
from local.partners.wangdiantong.errors import BAD_DATA, BAD_VALUE, REPEATED, Refusal
from local.partners.wangdiantong.params import Params, json_value
from local.partners.wangdiantong.stock import Stock


class Transfers:
    def __init__(self, store: Store, jobs: Jobs, stock: Stock, config: Callable[[str], Any]) -> None:
        self._store, self._jobs, self._stock, self._config = store, jobs, stock, config
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
            "status": "50",
        }
        for spec_no, count in items.items():
            self._stock.move(spec_no, source, -count, "transfer_out", transfer["transfer_no"])
        self._store.put("transfers", outer_no, transfer)
        self._jobs.schedule("transfer_arrives", {"outer_no": outer_no}, after_ms=int(self._config("transfer_ms")))
        return {"transfer_no": transfer["transfer_no"]}

    def truth(self) -> list[Doc]:
        return self._store.all("transfers")

    def _arrive(self, job: Doc) -> None:
        transfer = self._store.get("transfers", job["outer_no"])
        if transfer is not None and transfer["status"] == "50":
            for spec_no, count in transfer["items"].items():
                self._stock.move(spec_no, transfer["to"], count, "transfer_in", transfer["transfer_no"])
            self._store.put("transfers", job["outer_no"], {**transfer, "status": "90"})

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
