"""What buyers, the seller and the outside world do to the shop: the `/_sim` paths of Youzan.

Each control takes `{"push": false}` (its pushes are lost for good) or `{"push": ["<event>", …]}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.routing import BaseRoute

from local.partners.chassis import ControlError, control
from local.partners.youzan import buyers, life, refunds, tokens
from local.partners.youzan.book import DELIVERED, PUSHES, REFUNDS, WAYBILLS, Book
from local.partners.youzan.messages import Event
from local.partners.youzan.model import WAIT_BUYER_PAY, Buyer, Line, Order, Refund
from local.partners.youzan.units import apportion, barcode_of, line_no, order_no

Change = Callable[[Order, dict[str, Any]], list[Event]]


class Controls:
    """The functions behind the routes; each is one transaction."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            control("/_sim/orders", self.place),
            control("/_sim/orders/{tid}/pay", self._on(self._pay)),
            control("/_sim/orders/{tid}/cancel", self._on(self._cancel)),
            control("/_sim/orders/{tid}/refund", self._on(self._refund)),
            control("/_sim/orders/{tid}/address", self._on(self._address)),
            control("/_sim/orders/{tid}/memo", self._on(self._memo)),
            control("/_sim/orders/{tid}/receive", self._on(self._receive)),
            control("/_sim/orders/{tid}/repush", self.repush),
            control("/_sim/delivered", self.delivered),
            control("/_sim/tokens", self.tokens),
        ]

    def place(self, body: Any) -> Any:
        """One order, or a list of them: `{tid}` each."""
        with self._book.store.tx():
            if isinstance(body, list):
                return [self._place(one or {}) for one in body]
            return self._place(body or {})

    def repush(self, body: Any, tid: str) -> Any:
        """Sends kept pushes again, as a person does in the console: all, or those of `types`."""
        types = (body or {}).get("types")
        with self._book.store.tx():
            kept = [doc for doc in self._book.pushes_of(tid) if not types or doc["push"]["type"] in types]
            for doc in kept:
                self._book.push_again(doc)
        return {"tid": tid, "sent": [doc["push"]["type"] for doc in kept]}

    def delivered(self, body: Any) -> Any:
        """A carrier has handed a parcel over; the shop may learn only later which orders were in it."""
        waybill_no = str(body["waybill_no"])
        with self._book.store.tx():
            self._book.store.put(DELIVERED, waybill_no, {"at_ms": self._book.clock.wire_ms()})
            tids = (self._book.store.get(WAYBILLS, waybill_no) or {"tids": []})["tids"]
            for tid in tids:
                order = self._book.find(tid)
                if order is not None:
                    self._book.arrive(order, waybill_no)
        return {"waybill_no": waybill_no, "tids": tids}

    def tokens(self, body: Any) -> Any:
        """`{"do": "expire"}` or `{"do": "forget"}`: what happens to all access tokens."""
        with self._book.store.tx():
            return {"ended": tokens.end_all(self._book, body["do"])}

    def _on(self, change: Change) -> Callable[..., Any]:
        def apply(body: Any, tid: str) -> Any:
            asked = body or {}
            with self._book.store.tx():
                order = self._book.find(tid)
                if order is None:
                    raise ControlError(f"there is no order {tid}", 404)
                try:
                    events = change(order, asked)
                except life.Refusal as refusal:
                    raise ControlError(str(refusal), 409) from refusal
                self._book.record(order, events, asked.get("push", True))
                return {"tid": tid, "status": order.status, "events": [event.type for event in events]}

        return apply

    def _place(self, asked: dict[str, Any]) -> dict[str, Any]:
        order = self._new_order(asked)
        switches = self._book.switches
        events = life.created(order, self._book.shop(order), switches)
        self._book.record(order, events, asked.get("push", True))
        expires_in_ms = int(asked.get("expires_in_ms", switches.pay_within_ms))
        if asked.get("pay", True):
            self._book.record(order, self._pay(order, {}), asked.get("push", True))
        else:
            self._book.jobs.schedule("expire", {"tid": order.tid}, after_ms=expires_in_ms, lane=f"expire-{order.tid}")
        return {"tid": order.tid}

    def _new_order(self, asked: dict[str, Any]) -> Order:
        store, clock = self._book.store, self._book.clock
        serial, now_ms = store.next_number("order"), clock.wire_ms()
        expires_in_ms = int(asked.get("expires_in_ms", self._book.switches.pay_within_ms))
        kdt_id = str(asked.get("kdt_id", self._book.directory.first_shop.kdt_id))
        if kdt_id not in self._book.directory.shops:
            raise ControlError(f"there is no shop {kdt_id}", 404)
        lines = [self._new_line(line, now_ms) for line in asked["lines"]]
        freight_fen, discount_fen = int(asked.get("freight_fen", 0)), int(asked.get("discount_fen", 0))
        goods_fen = sum(line.total_fen for line in lines)
        if not lines or not 0 <= discount_fen <= goods_fen or freight_fen < 0:
            raise ControlError("an order has lines, and a discount between nothing and its goods")
        parts = apportion(goods_fen - discount_fen, [line.total_fen for line in lines])
        for line, part in zip(lines, parts, strict=True):
            line.payment_fen = part
        buyer = asked.get("buyer")
        return Order(
            tid=order_no(now_ms, serial),
            kdt_id=kdt_id,
            created_ms=now_ms,
            updated_ms=now_ms,
            expires_ms=now_ms + int(expires_in_ms / clock.view()["speed"]),
            status=WAIT_BUYER_PAY,
            lines=lines,
            buyer=Buyer(**buyer) if buyer else buyers.invented(int(asked.get("seed", serial))),
            freight_fen=freight_fen,
            discount_fen=discount_fen,
            payable_fen=goods_fen - discount_fen + freight_fen,
            buyer_message=str(asked.get("buyer_message", "")),
        )

    def _new_line(self, asked: dict[str, Any], now_ms: int) -> Line:
        number = self._book.store.next_number("line")
        num, price_fen, is_gift = int(asked["num"]), int(asked["price_fen"]), bool(asked.get("is_gift"))
        if num < 1 or price_fen < 0:
            raise ControlError("a line has at least one piece and a price")
        return Line(
            oid=line_no(now_ms, number),
            sku=str(asked["sku"]),
            title=str(asked["title"]),
            num=num,
            price_fen=price_fen,
            total_fen=0 if is_gift else num * price_fen,
            payment_fen=0,
            item_id=500_000_000 + number,
            sku_id=0 if is_gift else 400_000_000 + number,
            is_gift=is_gift,
            is_presale=bool(asked.get("presale")),
            barcode=str(asked.get("barcode", barcode_of(str(asked["sku"])))),
        )

    def _pay(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        events = life.pay(order, self._book.shop(order), self._book.switches, self._book.clock.wire_ms())
        self._book.jobs.cancel("expire", f"expire-{order.tid}")
        return events

    def _cancel(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        if order.pay_ms is None:
            now_ms = self._book.clock.wire_ms()
            self._book.jobs.cancel("expire", f"expire-{order.tid}")
            return life.close(order, life.BY_BUYER, self._book.switches, now_ms)
        if order.deliveries:
            raise life.Refusal("cancelling an order that was shipped; use /refund")
        return self._refund(order, {"reason": asked.get("reason", "不想要了")})

    def _refund(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        switches, now_ms = self._book.switches, self._book.clock.wire_ms()
        if "refund_id" in asked:
            refund = next((r for r in order.refunds if r.refund_id == str(asked["refund_id"])), None)
            if refund is None:
                raise ControlError("this order has no such refund", 404)
            return refunds.step(order, refund, str(asked["step"]), switches, now_ms)
        refund = self._new_refund(order, asked, now_ms)
        events = refunds.apply(order, refund, switches, now_ms)
        self._book.store.put(REFUNDS, refund.refund_id, {"refund_id": refund.refund_id, "tid": order.tid})
        for verb in () if asked.get("apply_only") else refunds.WHOLE_WAY[refund.with_return]:
            events += refunds.step(order, refund, verb, switches, now_ms)
        return events

    def _new_refund(self, order: Order, asked: dict[str, Any], now_ms: int) -> Refund:
        oids = [str(oid) for oid in asked.get("oids") or [line.oid for line in order.lines]]
        if set(oids) - {line.oid for line in order.lines}:
            raise ControlError("a refund names lines of its order")
        whole = order.paid_fen - order.asked_back_fen
        of_lines = sum(line.payment_fen for line in order.lines if line.oid in oids)
        return Refund(
            refund_id=f"{order.tid[1:15]}{self._book.store.next_number('refund'):08d}",
            oids=oids,
            fee_fen=int(asked.get("fee_fen", of_lines if asked.get("oids") else whole)),
            reason=str(asked.get("reason", "多买/买错/不想要")),
            with_return=bool(asked.get("with_return")),
            status="WAIT_SELLER_AGREE",
            version=now_ms,
            created_ms=now_ms,
            modified_ms=now_ms,
        )

    def _address(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        parts = ("name", "phone", "province", "city", "district", "detail")
        changes = {part: str(asked[part]) for part in parts if part in asked}
        if not changes:
            raise ControlError(f"an address change names some of {parts}")
        by_seller, book = asked.get("by", "buyer") == "seller", self._book
        return life.change_address(order, changes, by_seller, book.shop(order), book.switches, book.clock.wire_ms())

    def _memo(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        star = int(asked.get("flag", order.star))
        now_ms = self._book.clock.wire_ms()
        return life.write_memo(order, str(asked["memo"]), star, self._book.switches, now_ms)

    def _receive(self, order: Order, asked: dict[str, Any]) -> list[Event]:
        events = life.receive(order, self._book.clock.wire_ms())
        self._book.jobs.cancel("receive", order.tid)
        return events


def known_pushes(book: Book) -> dict[str, list[dict[str, Any]]]:
    """Per order, every push and its fate, for the truth ledger."""
    pushes: dict[str, list[dict[str, Any]]] = {}
    for doc in book.store.all(PUSHES):
        push = doc["push"]
        told = {key: push[key] for key in ("type", "msg_id", "version")}
        pushes.setdefault(push["id"], []).append({**told, "state": doc["state"]})
    return pushes
