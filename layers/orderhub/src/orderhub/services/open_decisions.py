"""How many decisions wait for somebody, and how long the most urgent one still may (R24, R43)."""

from collections.abc import Collection
from typing import Any

from orderhub.domain.decision_kinds import DecisionClass
from orderhub.ports.orders import OrderStore
from orderhub.ports.read_models import Rows
from orderhub.services.scope import theirs

MOST = 100
READS = 5
"""Stretches of the queue that are looked through for some shops' cards."""


def open_decisions(orders: OrderStore, rows: Rows, shops: Collection[str] = ()) -> dict[str, Any]:
    """``{"n", "is_cut", "nearest_at"}`` of the shops (all when empty): ``is_cut``: there are more than were looked
    through; ``nearest_at``: the nearest deadline, ms UTC, None of none."""
    deadlines: list[int] = []
    after, is_last = "", False
    for _ in range(READS):
        page = orders.open_page(tuple(DecisionClass), after, MOST)
        own = theirs((card.order_id for _, card in page.cards), shops, rows, orders)
        deadlines += [card.nearest_at for _, card in page.cards if card.order_id in own]
        is_last = page.is_last or not page.cards
        if is_last or len(deadlines) >= MOST:
            break
        after = page.cards[-1][0]
    return {"n": len(deadlines), "is_cut": not is_last, "nearest_at": min(deadlines, default=None)}
