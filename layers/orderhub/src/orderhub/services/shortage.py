"""The card of an order whose goods are not there (level 3): what is short, where, and who else waits for it (R23)."""

from itertools import islice

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.order import Order
from orderhub.domain.sourcing import Supply
from orderhub.ports.orders import OrderStore
from orderhub.services.park import decision_for
from orderhub.services.source import Sourced

UNKNOWN = "unknown SKU"
CARDS_READ = 500  # bounds the look at who else waits; beyond it the figures say "at least"


def shortage_card(order: Order, sourced: Sourced, orders: OrderStore, now: int) -> Decision:
    """The decision ``stock_mismatch`` for purchasing, about the first SKU that stops the order.

    ``orders_waiting`` and ``at_risk_fen`` (payable of those orders, fen) count this order and the open cards of the
    same SKU at this moment.
    """
    supply = sourced.supply
    missing, uncut = supply.missing, supply.uncut
    sku = next(iter(missing or uncut or supply.short_at_preferred), "")
    mine = order.snapshot.amounts.payable_fen if order.snapshot else 0
    cards = islice(orders.open_decisions_of(DecisionClass.STOCK_MISMATCH), CARDS_READ)
    others = [card for card in cards if card.evidence.get("sku") == sku and card.order_id != order.order_id]
    evidence = {
        "sku": sku,
        "warehouse": supply.preferred,
        "wanted": str(supply.wanted.get(sku, 0)),
        "available": str(supply.together(sku)) if supply.is_known(sku) else UNKNOWN,
        "by_warehouse": _by_warehouse(supply, sku),
        "missing": str(missing.get(sku, 0)),
        "also_missing": ", ".join(f"{each} {lack}" for each, lack in missing.items() if each != sku),
        "uncut": " + ".join(map(str, uncut.get(sku, ()))),
        "order_fen": str(mine),
        "orders_waiting": str(1 + len(others)),
        "at_risk_fen": str(mine + sum(int(card.evidence.get("order_fen", "0")) for card in others)),
    }
    shown = {name: text for name, text in evidence.items() if text}
    return decision_for(order.order_id, DecisionClass.STOCK_MISMATCH, sku or "no-sku", shown, now)


def _by_warehouse(supply: Supply, sku: str) -> str:
    """``WH01 2, WH02 0``: what each warehouse that knows the SKU has of it."""
    free = {each: supply.free[sku, each] for each in supply.warehouses if (sku, each) in supply.free}
    return ", ".join(f"{each} {pieces}" for each, pieces in free.items())
