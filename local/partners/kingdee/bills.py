"""The receivables of one Kingdee account: saved, submitted, audited, on disk (sheet §4).

FDocumentStatus: Z draft, A created, B submitted, C audited, D to be audited again. Call it in a transaction.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from local.partners.chassis import Doc, Store
from local.partners.kingdee.envelopes import NO_DATA, NOT_ALLOWED, PARAMETER, VALIDATION, Outcome, Refused
from local.partners.kingdee.receivable import (
    BaseData,
    BillLine,
    check_head,
    check_plan,
    computed_line,
    whole_of,
)

BILLS, NUMBERS, ATTEMPTS = "bills", "numbers", "attempts"
EDITABLE = "ZAD"
STEPS = {
    "Submit": ("AD", "B", "单据[{}]的状态不是创建或重新审核，不允许提交"),
    "Audit": ("B", "C", "单据[{}]的状态不是审核中，不允许审核"),
    "UnAudit": ("C", "D", "单据[{}]的状态不是已审核，不允许反审核"),
}


class Bills:
    """All bills, by id and by number."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Doc]:
        """Oldest first."""
        return self._store.all(BILLS)

    def attempts(self) -> dict[str, dict[str, int]]:
        """Per bill number that a client chose: how often Save was asked, and refused as already used."""
        return dict(self._store.items(ATTEMPTS))

    def save(self, data: dict[str, Any], base: BaseData, *, draft: bool = False) -> Doc:
        """Creates a bill, or updates the one with `FID`. Raises Refused."""
        model = data.get("Model")
        if not isinstance(model, dict):
            raise Refused("参数错误: 缺少Model", PARAMETER)
        number = str(model.get("FBillNo") or "")
        if number:
            self._count(number, "asked")
        bill_id = whole_of(model, "FID")
        old = self._by_id(bill_id) if bill_id else None
        if old is not None and old["status"] not in EDITABLE:
            text = "单据已审核，不允许修改" if old["status"] == "C" else "单据审核中，不允许修改"
            raise Refused(text, NOT_ALLOWED)
        if old is None and number and self._store.get(NUMBERS, number):
            self._count(number, "refused_as_used")
            raise Refused(f"违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。", VALIDATION, "FBillNo")
        digest = hashlib.sha256(json.dumps(model, default=str, sort_keys=True).encode()).hexdigest()
        if data.get("ValidateRepeatJson") and any(bill["digest"] == digest for bill in self.all()):
            raise Refused("重复的JSON数据", VALIDATION)
        return self._written(old, model, data, base, digest, draft)

    def step(self, name: str, number: str) -> Doc:
        """Submit, Audit or UnAudit of one bill. Raises Refused when its status is another one."""
        before, after, message = STEPS[name]
        bill = self.find(number)
        if bill["status"] not in before:
            raise Refused(message.format(bill["bill_no"]), NOT_ALLOWED, "FDocumentStatus")
        bill["status"] = after
        bill[name.lower() + "s"] += 1
        self._put(bill)
        return bill

    def delete(self, number: str) -> Doc:
        """Deletes a bill that is not submitted or audited. Raises Refused."""
        bill = self.find(number)
        if bill["status"] not in EDITABLE:
            raise Refused("单据已审核，不允许删除", NOT_ALLOWED)
        self._store.delete(BILLS, str(bill["id"]))
        self._store.delete(NUMBERS, bill["bill_no"])
        return bill

    def find(self, number: str) -> Doc:
        """The bill of this number. Raises Refused."""
        doc = self._store.get(NUMBERS, number)
        if doc is None:
            raise Refused(f"编码[{number}]对应的数据不存在", NO_DATA, "FBillNo")
        return self._by_id(int(doc["id"]))

    def named(self, data: dict[str, Any]) -> list[str]:
        """The bill numbers that a Submit, Audit, … names by `Numbers` or `Ids`. Raises Refused."""
        numbers = data.get("Numbers") or []
        if isinstance(numbers, str):
            numbers = [part.strip() for part in numbers.split(",") if part.strip()]
        ids = [part.strip() for part in str(data.get("Ids") or "").split(",") if part.strip()]
        if not all(bill_id.isdigit() for bill_id in ids):
            raise Refused("参数错误: Ids", PARAMETER)
        found = [str(number) for number in numbers] + [self._by_id(int(i))["bill_no"] for i in ids]
        if not found:
            raise Refused("参数错误: Numbers与Ids不能同时为空", PARAMETER)
        return found

    def _written(
        self,
        old: Doc | None,
        model: dict[str, Any],
        data: dict[str, Any],
        base: BaseData,
        digest: str,
        draft: bool,
    ) -> Doc:
        plain = json.loads(json.dumps(model, default=str))
        head = {**(old["head"] if old else {}), **plain}
        sent = head.pop("FEntityDetail", None)
        rows = _rows_after(old, sent, data.get("IsDeleteEntry", True))
        check_head({**head, "FEntityDetail": rows}, base)
        lines = [self._line(row, base) for row in rows]
        total_fen = sum(line.amount_fen for line in lines)
        check_plan(head, total_fen)
        bill = old or {"id": 100_000 + self._store.next_number("bill"), "saves": 0}
        bill.setdefault("bill_no", head.get("FBillNo") or f"AR{self._store.next_number('bill_no'):08d}")
        bill.update(
            status="Z" if draft else (old["status"] if old and old["status"] == "D" else "A"),
            head={**head, "FID": bill["id"], "FBillNo": bill["bill_no"]},
            lines=[asdict(line) for line in lines],
            total_fen=total_fen,
            digest=digest,
            saves=bill["saves"] + 1,
        )
        for step in STEPS:
            bill.setdefault(step.lower() + "s", 0)
        self._put(bill)
        self._store.put(NUMBERS, bill["bill_no"], {"id": bill["id"]})
        return bill

    def _line(self, row: dict[str, Any], base: BaseData) -> BillLine:
        entry_id = whole_of(row, "FEntryID")
        line = computed_line(row, entry_id, base)
        line.entry_id = entry_id or 200_000 + self._store.next_number("entry")
        line.raw = {**row, "FEntryID": line.entry_id}
        return line

    def _by_id(self, bill_id: int) -> Doc:
        bill = self._store.get(BILLS, str(bill_id))
        if bill is None:
            raise Refused(f"内码[{bill_id}]对应的数据不存在", NO_DATA, "FID")
        return bill

    def _put(self, bill: Doc) -> None:
        self._store.put(BILLS, str(bill["id"]), bill, sort=bill["id"])

    def _count(self, number: str, what: str) -> None:
        counts = self._store.get(ATTEMPTS, number) or {"asked": 0, "refused_as_used": 0}
        counts[what] += 1
        self._store.put(ATTEMPTS, number, counts)


def each(numbers: list[str], work: Any) -> Outcome:
    """Does `work(number)` for every bill; one that is refused does not stop the others."""
    outcome = Outcome()
    for index, number in enumerate(numbers):
        try:
            bill = work(number)
        except Refused as refused:
            refused.index = index
            outcome.errors.append(refused)
        else:
            outcome.done_with(bill["id"], bill["bill_no"], index)
    return outcome


def _rows_after(old: Doc | None, sent: Any, delete_missing: bool) -> list[dict[str, Any]]:
    """The lines after a save: `IsDeleteEntry` (by default true) deletes those that were not sent."""
    before = {line["entry_id"]: line["raw"] for line in old["lines"]} if old else {}
    if sent is None:
        return list(before.values())
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise Refused("字段[明细]格式错误", PARAMETER, "FEntityDetail")
    changed = {whole_of(row, "FEntryID"): row for row in sent}
    kept = [] if delete_missing else [row for entry_id, row in before.items() if entry_id not in changed]
    return kept + [{**before.get(whole_of(row, "FEntryID"), {}), **row} for row in sent]
