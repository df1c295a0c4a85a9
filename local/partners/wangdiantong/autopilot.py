"""The warehouse acts by itself: submit → audit → pack → ship → done, each after its delay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx

from local.partners.chassis import Clock, ControlError, Doc, Store
from local.partners.chassis.jobs import Jobs
from local.partners.wangdiantong import trades as t
from local.partners.wangdiantong.feedback import Feedback
from local.partners.wangdiantong.regions import is_in_library
from local.partners.wangdiantong.stock import Stock

_NUMBER = re.compile(r"[A-Z0-9]{10,}")


def number_in(memo: str) -> str:
    """The waybill number in a memo such as `运单号:SF7444000012345`: the last token of [A-Z0-9]{10,}."""
    return str((_NUMBER.findall(memo) or [""])[-1])


def other_number(number: str) -> str:
    """A number of the same shape that is not this one (a slip of the scanner)."""
    return number[:-1] + ("0" if number[-1] != "0" else "1")


def is_stopped(trade: Doc) -> bool:
    """A clerk has to look first; a changed memo alone stops nobody."""
    if trade["state"] == t.AUDITED:
        return bool(trade["block_reason"] & ~t.BLOCK_REMARK)
    return bool(trade["bad_reason"] & ~t.BAD_REMARK) or trade["refund_hold"]


class Autopilot:
    """`moved(trade)` plans the next step of a trade, once; every step checks again when its time has come."""

    def __init__(
        self, store: Store, clock: Clock, jobs: Jobs, *, trades: t.Trades, stock: Stock, feedback: Feedback,
        config: Callable[[str], Any],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._jobs = store, clock, jobs
        self._trades, self._stock, self._feedback, self._config = trades, stock, feedback, config
        self._http = httpx.Client(timeout=5.0, trust_env=False)
        self._steps: dict[str, Callable[[Doc], None]] = {
            "submit": self._submit,
            "audit": self._audit,
            "pack": self._pack,
            "ship": self._ship,
            "done": self._done,
            "clerk": lambda trade: self.clerk(trade, "accept"),
        }
        jobs.inside("step", self._step)
        jobs.inside("late_number", self._late_number)
        jobs.outside("handover", self._hand_over)

    def moved(self, trade: Doc) -> None:
        step = self._next_step(trade)
        planned = trade.get("planned")
        if step and (planned is None or planned["step"] != step or planned["is_retry"]):
            self._plan(trade, step, int(self._config(f"{step}_ms")), is_retry=False)

    def moved_all(self) -> None:
        """Something changed for all of them: a switch, or goods that arrived."""
        for trade in self._trades.all():
            self.moved(trade)

    def scan(self, trade: Doc, label_no: str, oids: list[str]) -> None:
        """A packer sticks this label on a parcel with these lines (none named: all that are left)."""
        self._assert_packable(trade)
        open_oids = [str(line["oid"]) for line in trade["used"]["order_list"] if not t.is_line_closed(line)]
        left = [oid for oid in open_oids if oid not in trade["shipped_oids"]]
        wrong = [oid for oid in oids if oid not in left]
        if wrong:
            raise ControlError(f"lines {wrong} of {trade['tid']} are not there to be packed", 409)
        if not self._pack_parcel(trade, label_no, oids or left):
            raise ControlError(f"not enough stock for {trade['tid']}", 409)

    def label(self, trade: Doc, label_no: str) -> None:
        """Somebody printed this label elsewhere: it is on the parcel whatever the memo lacks."""
        if trade["state"] not in (t.RAW, t.AWAIT_AUDIT, t.AUDITED) or _parcels(trade):
            raise ControlError(f"{trade['tid']} is in state {trade['state']}: too late for a label", 409)
        trade["hand_label"] = label_no
        self._trades.save(trade, modified=False)
        self.moved(trade)

    def clerk(self, trade: Doc, action: str) -> None:
        """A person decides a flagged trade: `accept` the change, `keep` it as it was, or `cancel` it."""
        if trade["state"] not in (t.UNPAID, t.RAW, t.AWAIT_AUDIT, t.AUDITED):
            raise ControlError(f"{trade['tid']} is in state {trade['state']}: nothing to decide", 409)
        trade["bad_reason"] = trade["block_reason"] = 0
        if action == "accept":
            trade["used"] = trade["raw"]
        elif action not in ("keep", "cancel"):
            raise ControlError("action is accept, keep or cancel")
        if action == "cancel" or t.is_closed(trade["used"]):
            trade["cancel_reason"] = "客服取消"
            self._unpack(trade)
            self._trades.enter(trade, t.CANCELLED)
        elif action == "accept" and trade["state"] == t.AUDITED:
            trade["revert_reason"] = "驳回重审"
            self._unpack(trade)
            self._trades.enter(trade, t.AWAIT_AUDIT)
        else:
            self._trades.save(trade)
        self.moved(trade)

    # ---- steps ------------------------------------------------------------------------------------

    def _next_step(self, trade: Doc) -> str:
        state = trade["state"]
        if state == t.RAW:
            return "submit"
        if is_stopped(trade):
            flagged = trade["bad_reason"] & ~t.BAD_REMARK
            return "clerk" if flagged and int(self._config("clerk_ms")) > 0 else ""
        if state == t.AWAIT_AUDIT:
            needs = self._config("number_from") == "seller_memo" and self._config("audit_requires_number")
            return "audit" if not needs or self._number(trade) else ""
        if state == t.AUDITED and any(not parcel["shipped"] for parcel in _parcels(trade)):
            return "ship"
        if state == t.AUDITED and not _parcels(trade):
            return "pack" if self._config("number_from") == "seller_memo" else ""
        return "done" if state == t.SHIPPED else ""

    def _plan(self, trade: Doc, step: str, after_ms: int, *, is_retry: bool) -> None:
        plan = self._store.next_number("plan")
        trade["planned"] = {"step": step, "plan": plan, "is_retry": is_retry}
        self._trades.save(trade, modified=False)
        self._jobs.schedule("step", {"tid": trade["tid"], "plan": plan}, after_ms=after_ms, lane=trade["tid"])

    def _step(self, payload: Doc) -> None:
        trade = self._trades.get(payload["tid"])
        planned = (trade or {}).get("planned")
        if trade is None or planned is None or planned["plan"] != payload["plan"]:
            return
        step = planned["step"]
        trade["planned"] = None
        if self._next_step(trade) == step:
            self._steps[step](trade)
        if self._next_step(trade) == step and trade["planned"] is None:
            self._plan(trade, step, int(self._config("retry_ms")), is_retry=True)
        else:
            self._trades.save(trade, modified=False)
            self.moved(trade)

    def _submit(self, trade: Doc) -> None:
        """递交: a trade that cannot be handed over stays raw, says why, and is tried again after a change."""
        trade["freeze_reason"] = self._why_not(trade)
        if not trade["freeze_reason"]:
            self._trades.enter(trade, t.AWAIT_AUDIT)

    def _why_not(self, trade: Doc) -> str:
        used = trade["used"]
        for line in used["order_list"]:
            claim = self._store.get("oids", str(line["oid"])) or {"tid": trade["tid"]}
            if claim["tid"] != trade["tid"]:
                return "订单货品数量不一致，子订单编号重复"
            self._store.put("oids", str(line["oid"]), claim)
        if self._config("address_library") and not is_in_library(str(used["receiver_province"])):
            return "收货地址与系统地址库不匹配"
        unknown = [spec for spec in t.to_send(trade) if not self._stock.knows(spec)]
        if unknown and self._config("unknown_goods") == "stick":
            return f"未匹配货品:{','.join(unknown)}"
        return ""

    def _audit(self, trade: Doc) -> None:
        self._trades.enter(trade, t.AUDITED)

    def _pack(self, trade: Doc) -> None:
        label_no = self._number(trade) or f"WMS{self._store.next_number('own_label'):012d}"
        left = [
            str(line["oid"])
            for line in trade["used"]["order_list"]
            if not t.is_line_closed(line) and str(line["oid"]) not in trade["shipped_oids"]
        ]
        self._pack_parcel(trade, label_no, left)

    def _pack_parcel(self, trade: Doc, label_no: str, oids: list[str]) -> bool:
        lines = [line for line in trade["used"]["order_list"] if str(line["oid"]) in oids]
        items: dict[str, int] = {}
        for line in lines:
            items[t.spec_of(line)] = items.get(t.spec_of(line), 0) + int(float(line["num"]))
        warehouse_no = trade["warehouse_no"]
        if any(self._stock.on_hand(spec, warehouse_no) < count for spec, count in items.items()):
            return False
        at_ms = self._clock.wall_ms()
        parcel = {"at_ms": at_ms, "label_no": label_no, "oids": oids, "items": items, "shipped": False}
        trade["packed"].append(parcel)
        self._trades.save(trade, modified=False)
        self.moved(trade)
        return True

    def _ship(self, trade: Doc) -> None:
        for parcel in _parcels(trade):
            if parcel["shipped"]:
                continue
            parcel["shipped"] = True
            parcel["shipped_at_ms"] = self._clock.wall_ms()
            label_no = parcel["label_no"]
            wrong = self._config("number_mismatch")
            is_wrong = trade["tid"] in wrong if isinstance(wrong, list) else bool(wrong)
            reported = other_number(label_no) if is_wrong else label_no
            if not self._is_left_out(trade):
                self._trades.report_number(trade, reported)
            elif int(self._config("late_number_ms")) > 0:
                late = {"tid": trade["tid"], "waybill_no": reported}
                self._jobs.schedule("late_number", late, after_ms=int(self._config("late_number_ms")))
            for spec_no, count in parcel["items"].items():
                self._stock.move(spec_no, trade["warehouse_no"], -count, "ship", trade["tid"])
            trade["shipped_oids"] += parcel["oids"]
            is_part = bool(t.to_send(trade)) or trade["shipped_oids"] != parcel["oids"]
            self._feedback.shipped(trade, parcel["oids"], is_part=is_part)
            self._jobs.schedule("handover", {"tid": trade["tid"], "waybill_no": label_no})
        trade["consign_ms"] = self._clock.wire_ms()
        if t.to_send(trade):
            self._trades.save(trade)
        else:
            self._trades.enter(trade, t.SHIPPED)

    def _is_left_out(self, trade: Doc) -> bool:
        """Nobody typed the number in, or a printer did not tell it."""
        left_out = self._config("number_left_out")
        return trade["tid"] in left_out if isinstance(left_out, list) else bool(left_out)

    def _late_number(self, job: Doc) -> None:
        """Somebody types it in after all."""
        trade = self._trades.get(job["tid"])
        if trade is not None:
            self._trades.report_number(trade, job["waybill_no"])
            self._trades.save(trade)

    def _done(self, trade: Doc) -> None:
        self._trades.enter(trade, t.DONE)

    # ---- the rest ---------------------------------------------------------------------------------

    def _number(self, trade: Doc) -> str:
        return number_in(str(trade["used"].get("seller_memo") or "")) or str(trade.get("hand_label") or "")

    def _assert_packable(self, trade: Doc) -> None:
        if trade["state"] != t.AUDITED or is_stopped(trade):
            stopped = " and is stopped" if is_stopped(trade) else ""
            raise ControlError(f"{trade['tid']} is in state {trade['state']}{stopped}: do not pack it", 409)
        if not t.to_send(trade) or any(not parcel["shipped"] for parcel in _parcels(trade)):
            raise ControlError(f"{trade['tid']} is packed already", 409)

    @staticmethod
    def _unpack(trade: Doc) -> None:
        for parcel in trade["packed"]:
            parcel["voided"] = parcel.get("voided", False) or not parcel["shipped"]

    def _hand_over(self, job: Doc) -> None:
        urls = [url for url in (self._config("carrier_url"), self._config("post_url")) if url]
        if not urls:
            return
        try:
            for url in urls:
                answer = self._http.post(f"{url}/_sim/handover", json={"waybill_no": job["waybill_no"]})
                if answer.status_code != 404:  # who never issued the number leaves it to the other
                    break
            outcome = "accepted" if answer.is_success else f"refused:{answer.status_code}"
            retry = answer.is_server_error
        except httpx.HTTPError as error:
            outcome, retry = f"failed:{type(error).__name__}", True
        if retry:
            self._jobs.schedule("handover", job, after_ms=5_000)
            return
        with self._store.tx():
            trade = self._trades.get(job["tid"])
            if trade is not None:
                trade["handovers"].append({"waybill_no": job["waybill_no"], "outcome": outcome})
                self._trades.save(trade, modified=False)


def _parcels(trade: Doc) -> list[Doc]:
    return [parcel for parcel in trade["packed"] if not parcel.get("voided")]
