"""trade_push and sales_refund_push: what they do depends on the state (§3.1, §3.2, §3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.partners.chassis import Clock, Doc, Store
from local.partners.wangdiantong import trades as t
from local.partners.wangdiantong.check import check_trade
from local.partners.wangdiantong.errors import BAD_DATA, BAD_VALUE, REJECTED, UNKNOWN_SHOP, Refusal
from local.partners.wangdiantong.params import Params, json_rows, number

_DESTINATION = (
    "receiver_name", "receiver_province", "receiver_city", "receiver_district", "receiver_address",
    "receiver_mobile", "receiver_telno",
)  # fmt: skip
_REFUND_OPEN = {"2", "3", "4", "wait_seller_agree", "wait_buyer_return_goods", "wait_seller_confirm_goods"}
_REFUND_DONE = {"5", "success", "SUCCESS"}
_REFUND_OFF = {"1", "7", "8", "closed", "seller_refuse_buyer", "goods_returned"}


class Intake:
    """`moved` is told of every trade whose way may go on now (see Autopilot)."""

    def __init__(
        self, store: Store, clock: Clock, trades: t.Trades, *, config: Callable[[str], Any],
        moved: Callable[[Doc], None],
    ) -> None:  # fmt: skip
        self._store, self._clock, self._trades = store, clock, trades
        self._config, self._moved = config, moved

    def trade_push(self, params: Params) -> dict[str, Any]:
        number(params, "switch", 0, 0, 1)
        self._check_shop(params.get("shop_no", ""))
        pushed = json_rows(params, "trade_list", 50)
        self._check_nicks(pushed)
        counts = Counter[str]()
        for trade in pushed:
            try:
                check_trade(trade)
                self._check_amounts_kept(trade)
            except Refusal:
                if self._config("invalid_trade") == "reject_batch":
                    raise
            else:
                counts[self._take(trade)] += 1
        return {"new_count": str(counts["new"]), "chg_count": str(counts["chg"])}

    def sales_refund_push(self, params: Params) -> dict[str, Any]:
        counts = Counter[str]()
        for refund in json_rows(params, "api_refund_list", 10):
            self._check_shop(str(refund.get("shop_no", "")))
            trade = self._trades.get(str(refund.get("tid", "")))
            if trade is None:
                raise Refusal(BAD_DATA, f"退款单{refund.get('refund_no')}对应的原始订单不存在")
            self._check_refund(refund, trade)
            key = str(refund["refund_no"])
            counts["chg" if self._store.get("refunds", key) else "new"] += 1
            self._store.put("refunds", key, {**refund, "at_ms": self._clock.wall_ms()})
            self._apply_refund(trade, refund)
        return {"new_count": str(counts["new"]), "chg_count": str(counts["chg"])}

    # ---- one trade --------------------------------------------------------------------------------

    def _take(self, pushed: Doc) -> str:
        trade = self._trades.get(str(pushed["tid"]))
        if trade is None:
            trade = self._trades.create(self._config("shop_no"), self._config("default_warehouse"), pushed)
            trade["pushes"] = 1
            closed = t.is_closed(pushed)
            self._trades.enter(trade, t.CANCELLED if closed else t.RAW if t.is_paid(pushed) else t.UNPAID)
            self._moved(trade)
            return "new"
        pushed = self._merged(trade, pushed)
        changed = pushed != trade["raw"]
        trade["pushes"] += 1
        effect = self._change(trade, pushed) if changed else "unchanged"
        trade["effects"].append({"at_ms": self._clock.wall_ms(), "state": trade["state"], "effect": effect})
        self._trades.save(trade, modified=changed and trade["state"] not in (t.CANCELLED, t.SHIPPED, t.DONE))
        self._moved(trade)
        return "chg" if changed or self._config("unchanged_counts") == "chg" else "neither"

    def _merged(self, trade: Doc, pushed: Doc) -> Doc:
        """The push with num and price as first pushed, and lines it left out kept (§3.1)."""
        known = {str(line["oid"]): line for line in trade["raw"]["order_list"]}
        lines = []
        for line in pushed["order_list"]:
            old = known.pop(str(line["oid"]), None)
            lines.append(line if old is None else {**line, "num": old["num"], "price": old["price"]})
        return {**pushed, "order_list": [*lines, *known.values()]}

    def _change(self, trade: Doc, pushed: Doc) -> str:
        before, state = trade["used"], trade["state"]
        trade["raw"] = pushed
        if state in (t.CANCELLED, t.SHIPPED, t.DONE):
            return "no effect"
        if state == t.AUDITED:
            return self._flag(trade, before, pushed)
        if t.is_closed(pushed):
            trade["used"] = pushed
            trade["cancel_reason"] = "平台订单已关闭"
            self._trades.enter(trade, t.CANCELLED)
            return "cancelled"
        destination = any(before.get(key) != pushed.get(key) for key in _DESTINATION)
        if state == t.AWAIT_AUDIT and destination and self._config("await_audit_change") == "flag":
            trade["used"] = {**pushed, **{key: before.get(key) for key in _DESTINATION}}
            trade["bad_reason"] |= t.BAD_ADDRESS
            return "flagged"
        trade["used"] = pushed
        if state == t.UNPAID and t.is_paid(pushed):
            self._trades.enter(trade, t.RAW)
        return "overwritten"

    def _flag(self, trade: Doc, before: Doc, pushed: Doc) -> str:
        """Audited: nothing changes; it is marked for a clerk; stopped too, unless only the memo changed."""
        old, new = before["order_list"], pushed["order_list"]
        if t.is_closed(pushed) or sum(map(t.is_line_closed, new)) > sum(map(t.is_line_closed, old)):
            trade["bad_reason"] |= t.BAD_REFUND
            trade["block_reason"] |= t.BLOCK_REFUNDED
        if any(before.get(key) != pushed.get(key) for key in _DESTINATION):
            trade["bad_reason"] |= t.BAD_ADDRESS
            trade["block_reason"] |= t.BLOCK_ADDRESS
        if before.get("seller_memo") != pushed.get("seller_memo"):
            trade["bad_reason"] |= t.BAD_REMARK
            trade["block_reason"] |= t.BLOCK_REMARK
        if {str(line["oid"]) for line in old} != {str(line["oid"]) for line in new}:
            trade["bad_reason"] |= t.BAD_GOODS
            trade["block_reason"] |= t.BLOCK_GOODS
        return "flagged" if trade["bad_reason"] else "no effect"

    def _apply_refund(self, trade: Doc, refund: Doc) -> None:
        status, state = str(refund["status"]), trade["state"]
        oids = {str(row.get("oid")) for row in refund.get("order_list") or trade["used"]["order_list"]}
        if status in _REFUND_OFF:
            trade["refund_hold"] = False
        elif state == t.AUDITED:
            trade["bad_reason"] |= t.BAD_REFUND
            trade["block_reason"] |= t.BLOCK_REFUNDED if status in _REFUND_DONE else t.BLOCK_REFUND_ASKED
        elif state in (t.UNPAID, t.RAW, t.AWAIT_AUDIT) and status in _REFUND_OPEN:
            trade["refund_hold"] = True
        elif state in (t.UNPAID, t.RAW, t.AWAIT_AUDIT):
            trade["refund_hold"] = False
            trade["used"] = {
                **trade["used"],
                "order_list": [
                    {**line, "refund_status": 5} if str(line["oid"]) in oids else line
                    for line in trade["used"]["order_list"]
                ],
            }
            if t.is_closed(trade["used"]):
                trade["cancel_reason"] = "退款成功"
                self._trades.enter(trade, t.CANCELLED)
        self._trades.save(trade, modified=state not in (t.CANCELLED, t.SHIPPED, t.DONE))
        self._moved(trade)

    # ---- refusals ---------------------------------------------------------------------------------

    def _check_shop(self, shop_no: str) -> None:
        if shop_no != self._config("shop_no"):
            raise Refusal(UNKNOWN_SHOP, "店铺编号不存在或已停用")

    def _check_nicks(self, pushed: list[Doc]) -> None:
        most = int(self._config("nick_limit"))
        if most and max(Counter(str(trade.get("buyer_nick")) for trade in pushed).values()) > most:
            raise Refusal(REJECTED, f"同一批次中同一客户网名的订单不能超过{most}单")

    def _check_amounts_kept(self, pushed: Doc) -> None:
        trade = self._trades.get(str(pushed["tid"]))
        if trade is None or self._config("num_price_change") != "refused":
            return
        known = {str(line["oid"]): line for line in trade["raw"]["order_list"]}
        for line in pushed["order_list"]:
            old = known.get(str(line["oid"]), line)
            if any(Decimal(str(old[key])) != Decimal(str(line[key])) for key in ("num", "price")):
                raise Refusal(BAD_DATA, f"{pushed['tid']}:货品数量和单价推送成功后不可修改")

    @staticmethod
    def _check_refund(refund: Doc, trade: Doc) -> None:
        for name in ("platform_id", "refund_no", "type", "status", "refund_fee"):
            if refund.get(name) in (None, ""):
                raise Refusal(BAD_VALUE, f"{name}不能为空")
        if str(refund["platform_id"]) != "127" or str(refund["type"]) not in {"1", "2", "3", "4"}:
            raise Refusal(BAD_VALUE, "platform_id或type的值无效")
        if str(refund["status"]) not in _REFUND_OPEN | _REFUND_DONE | _REFUND_OFF:
            raise Refusal(BAD_VALUE, "退款状态status的值无效")
        known = {str(line["oid"]) for line in trade["raw"]["order_list"]}
        if any(str(row.get("oid")) not in known for row in refund.get("order_list") or []):
            raise Refusal(BAD_DATA, f"退款单{refund['refund_no']}的子订单不存在")
