"""What a poll of the warehouse's stock puts in front of people."""

from collections.abc import Iterator, Sequence
from typing import Any

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.ports.partners import StockObservation
from orderhub.services.poll_stock import poll_stock

NOW = 1_795_325_400_000


class _Warehouse:
    """Has promised three pieces more than it has."""

    def stock(self, since: int, until: int) -> Iterator[StockObservation]:
        yield StockObservation("ZP-2026-01", "WH01", physical=2, awaiting_audit=1, awaiting_shipment=4, modified_at=NOW)


class _NothingYet:
    """A stock that does not know the SKU, and marks that were never set."""

    def level(self, sku: str, warehouse: str) -> None:
        return None

    def seed(self, sku: str, warehouse: str, quantity: int, now: int, reason: str) -> bool:
        return True

    def read(self, partner: str, account: str) -> int:
        return 0

    def advance(self, partner: str, account: str, seen: int, to: int) -> bool:
        return True


class _Queue:
    def __init__(self) -> None:
        self.cards: list[Decision] = []

    def request_alone(self, decision: Decision, facts: Sequence[object], now: int) -> bool:
        self.cards.append(decision)
        return True


def test_a_shortfall_says_how_many_pieces_are_missing() -> None:
    partner: Any = _Warehouse()
    empty: Any = _NothingYet()
    queue: Any = _Queue()
    counts = poll_stock(partner, empty, empty, queue, lambda: NOW)
    assert counts["shortfalls"] == 1
    (card,) = queue.cards
    assert card.decision_class is DecisionClass.STOCK_SHORTFALL
    assert card.evidence == {"sku": "ZP-2026-01", "warehouse": "WH01", "missing": "3"}
