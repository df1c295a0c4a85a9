"""The shop's books: orders on disk, the replica that readers see, and the pushes that changes cause.

Two clocks (chassis): printed times are wire time; what the shop does by itself, and the lag of the replica,
run on the schedule, which can be sped up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from local.partners.chassis import Simulator
from local.partners.youzan import switches as switchboard
from local.partners.youzan.messages import Event, Push, addressed
from local.partners.youzan.model import WAIT_BUYER_CONFIRM_GOODS, Order
from local.partners.youzan.shops import Directory, Shop, read_directory
from local.partners.youzan.switches import Switches

ORDERS, REPLICA, CATCHING_UP = "orders", "replica", "catching_up"
PUSHES, WAYBILLS, DELIVERED, REFUNDS = "pushes", "waybills", "delivered", "refunds"
SELLER_REFUNDS = "seller_refunds"


class Book:
    """Reads and writes orders; call it inside a store transaction."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.store = simulator.store
        self.jobs = simulator.jobs
        self.clock = simulator.clock

    @property
    def switches(self) -> Switches:
        """As they stand now."""
        return switchboard.read(self._simulator.config)

    @property
    def directory(self) -> Directory:
        """Apps and shops as they stand now."""
        return read_directory(self._simulator.config)

    def shop(self, order: Order) -> Shop:
        """The shop that sold it."""
        return self.directory.shops[order.kdt_id]

    def find(self, tid: object, kdt_id: str | None = None) -> Order | None:
        """The order as it is; None when there is none, or when it belongs to another shop than `kdt_id`."""
        doc = self.store.get(ORDERS, tid) if isinstance(tid, str) else None
        if doc is None or (kdt_id is not None and doc["kdt_id"] != kdt_id):
            return None
        return Order.from_json(doc)

    def record(self, order: Order, events: Iterable[Event], push: bool | list[str] = True) -> None:
        """Keeps the order, lets the replica learn of it, and pushes what happened.

        `push` False, or a list that does not name an event, means that this push is lost for good.
        """
        now_ms = self.clock.wire_ms()
        for event in events:
            message = addressed(event, order, self.shop(order), self.switches, now_ms)
            self._push(message, push is True or (isinstance(push, list) and event.type in push))
        doc = order.to_json()
        self.store.put(ORDERS, order.tid, doc, sort=order.updated_ms)
        serial = f"{self.store.next_number('replica'):012d}"
        self.store.put(CATCHING_UP, serial, doc, sort=self.clock.now_ms())

    def replica(self, tid: object, kdt_id: str) -> Order | None:
        """The order as the reading APIs see it: late by the replica's lag."""
        self._catch_up()
        doc = self.store.get(REPLICA, tid) if isinstance(tid, str) else None
        return Order.from_json(doc) if doc and doc["kdt_id"] == kdt_id else None

    def replica_of_shop(self, kdt_id: str, updated: tuple[int, int] | None = None) -> list[Order]:
        """The shop's orders that the reading APIs see, those updated in a window if given."""
        self._catch_up()
        found = self.store.all(REPLICA)
        if updated is not None:
            found = self.store.range(REPLICA, updated[0], updated[1] + 999)
        return [Order.from_json(doc) for doc in found if doc["kdt_id"] == kdt_id]

    def note_waybill(self, order: Order, waybill_no: str) -> None:
        """Remembers which orders travel in a parcel; one that has arrived already is received in time."""
        doc = self.store.get(WAYBILLS, waybill_no) or {"tids": []}
        self.store.put(WAYBILLS, waybill_no, {"tids": sorted({*doc["tids"], order.tid})})
        if self.store.get(DELIVERED, waybill_no):
            self.arrive(order, waybill_no)

    def arrive(self, order: Order, waybill_no: str) -> None:
        """A parcel is in the buyer's hands; with the last one the buyer's time to confirm begins."""
        for delivery in order.deliveries:
            delivery.delivered = delivery.delivered or delivery.express_no == waybill_no
        everything = all(delivery.delivered for delivery in order.deliveries)
        if everything and order.status == WAIT_BUYER_CONFIRM_GOODS and order.receive_due_ms is None:
            after_ms = self.switches.receive_after_ms
            order.receive_due_ms = self.clock.now_ms() + after_ms
            self.jobs.schedule("receive", {"tid": order.tid}, after_ms=after_ms, lane=order.tid)
        self.keep(order)

    def keep(self, order: Order) -> None:
        """Keeps what readers do not see: counts, deliveries' fate."""
        self.store.put(ORDERS, order.tid, order.to_json(), sort=order.updated_ms)

    def pushes_of(self, tid: str) -> list[dict[str, Any]]:
        """Every push of an order, in the order of happening, with its fate."""
        return [doc for doc in self.store.all(PUSHES) if doc["push"]["id"] == tid]

    def push_again(self, doc: dict[str, Any]) -> None:
        """A person re-sends a push from the console; it keeps its msg_id."""
        self.settle(doc["push"]["msg_id"], "sent")
        self._simulator.pusher.send(doc["push"]["type"], doc["push"], key=doc["push"]["id"])

    def settle(self, msg_id: str, state: str) -> None:
        """Notes the fate of a push: sent, acknowledged, given_up."""
        doc = self.store.get(PUSHES, msg_id)
        if doc is not None:
            self.store.put(PUSHES, msg_id, {**doc, "state": state}, sort=doc["serial"])

    def _push(self, push: Push, really: bool) -> None:
        serial = self.store.next_number("push")
        doc = {"serial": serial, "state": "sent" if really else "withheld", "push": push.to_json()}
        self.store.put(PUSHES, push.msg_id, doc, sort=serial)
        if really:
            self._simulator.pusher.send(push.type, push.to_json(), key=push.id)

    def _catch_up(self) -> None:
        seen_ms = self.clock.now_ms() - self.switches.replica_lag_ms
        rows = self.store.query(
            "delete from docs where coll = ? and sort <= ? returning key, doc", (CATCHING_UP, seen_ms)
        )
        for _, text in sorted(rows):
            order = Order.from_json(json.loads(text))
            self.store.put(REPLICA, order.tid, order.to_json(), sort=order.updated_ms)
