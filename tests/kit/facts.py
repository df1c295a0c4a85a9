"""Facts of one order as they are stored, for tests of what is made from them. Synthetic data."""

from __future__ import annotations

from typing import Any

from orderhub.domain.facts import FactType
from orderhub.domain.records import StoredFact
from tests.kit.orders import ORDER_ID, SHOP, T0

T = FactType
NUMBER = "SF7444400000001"
DIGESTS = {"contact_digest": "a" * 32, "tail_digest": "b" * 32, "alias_digest": "c" * 32}


class Told:
    """An order's facts in the order they became true: each `tell` is a commit of its own, a minute later."""

    def __init__(self, order_id: str = ORDER_ID, at: int = T0) -> None:
        self.order_id = order_id
        self.now = at
        self.facts: list[StoredFact] = []

    def tell(self, kind: FactType, after_ms: int = 60_000, **data: Any) -> Told:
        self.now += after_ms
        self.facts.append(
            StoredFact(self.order_id, len(self.facts) + 1, 0, kind.value, data, self.now, self.now + 100, "", "", 0)
        )
        return self

    def placed(self, *, pieces: int = 1, sku: str = "ZP-2026-01", **more: Any) -> Told:
        item = {"line_id": "L1", "sku": sku, "quantity": pieces, "payable_fen": 29_900 * pieces}
        data = {"shop_id": SHOP, "lines": 1, "payable_fen": 29_900 * pieces, "payment_due_at": self.now + 3_600_000,
                "placed_at": self.now, "items": [{**item, "is_presale": False, "is_physical": True}],
                "province": "浙江省", "city": "杭州市", "found_late": False, **DIGESTS, **more}  # fmt: skip
        return self.tell(T.ORDER_PLACED, 0, **data)

    def reserved(self, parcels: int = 1) -> Told:
        held = [{"line_id": "L1", "sku": "ZP-2026-01", "warehouse": "WH01", "quantity": 1}]
        return self.tell(T.STOCK_RESERVED, reservations=held, expires_at=self.now, parcels=parcels)

    def paid(self, fen: int = 29_900) -> Told:
        return self.tell(T.ORDER_PAID, paid_fen=fen)

    def judged(self, outcome: str = "pass") -> Told:
        return self.tell(T.ORDER_JUDGED, outcome=outcome, reasons=[], packs=[])

    def dispatched(self, parcel: int = 1, version: int = 1) -> Told:
        return self.tell(
            T.FULFILLMENT_DISPATCHED, fulfillment=parcel, partner="wangdiantong", warehouse="WH01",
            reference=self.order_id, content_version=version,
        )  # fmt: skip

    def labelled(self, parcel: int = 1, number: str = NUMBER, version: int = 1) -> Told:
        return self.tell(
            T.WAYBILL_ISSUED, fulfillment=parcel, waybill_version=1, carrier="sf", waybill_number=number,
            reference=f"{self.order_id}-{parcel}-1", content_version=version,
        )  # fmt: skip

    def shipped(self, parcel: int = 1, number: str = NUMBER, after_ms: int = 60_000) -> Told:
        return self.tell(
            T.FULFILLMENT_SHIPPED, after_ms, fulfillment=parcel, warehouse="WH01", carrier="sf", waybill_number=number
        )

    def confirmed(self, parcel: int = 1, number: str = NUMBER) -> Told:
        return self.tell(T.SHIPMENT_CONFIRMED, fulfillment=parcel, waybill_number=number)

    def received(self) -> Told:
        return self.tell(T.RECEIPT_CONFIRMED)

    def settled(self, fen: int = 29_900) -> Told:
        return self.tell(T.ORDER_SETTLED, bill_number=self.order_id, received_fen=fen)

    def cancelled(self, reason: str = "cancelled") -> Told:
        return self.tell(T.ORDER_CANCELLED, reason=reason)

    def released(self) -> Told:
        held = [{"line_id": "L1", "sku": "ZP-2026-01", "warehouse": "WH01", "quantity": 1}]
        return self.tell(T.STOCK_RELEASED, reservations=held, reason="cancelled")

    def asked(self, kind: str, *, blocks: bool = True, due_in_ms: int = 3_600_000) -> Told:
        decision_id = f"{self.order_id}.{kind}.x"
        self.tell(T.DECISION_REQUESTED, **{"decision_id": decision_id, "class": kind, "due_at": self.now + due_in_ms},
                  options=["retry"])  # fmt: skip
        return self.tell(T.ORDER_HELD, 0, reason_code=kind, decision_id=decision_id) if blocks else self

    def made(self, kind: str, option: str = "retry") -> Told:
        decision_id = f"{self.order_id}.{kind}.x"
        return self.tell(T.DECISION_MADE, **{"decision_id": decision_id, "class": kind}, option=option, made_by="li")

    def to_warehouse(self) -> Told:
        """Placed, paid, dispatched and labelled: it waits for its shipment."""
        return self.placed().reserved().paid().judged().dispatched().labelled()

    def to_the_end(self) -> Told:
        return self.to_warehouse().shipped().confirmed().received().settled()
