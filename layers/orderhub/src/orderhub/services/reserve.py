"""Reserve the stock of an order (库存锁定) until the shop's payment deadline."""

from dataclasses import replace

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.errors import Interrupted
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import EXPIRY_GRACE_MS, Step
from orderhub.domain.order import Milestone, Order, OrderLine
from orderhub.domain.stock import Reserved, Short
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.stock import StockStore
from orderhub.services.park import decision_for, request_decision
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale


def reserve(command: TaskCommand, orders: OrderStore, stock: StockStore, warehouse: str, now: int) -> TaskResult:
    """Every physical line holds its stock, or none does and the order is held with a decision.

    Idempotent: lines that hold their stock already are left as they are.
    Raises Superseded, Interrupted (the order wants something else, or is held now), Stale.
    """

    def once() -> TaskResult:
        order = load_for(orders, command)
        expect(order, Step.RESERVE, now)
        _let_misfits_go(order, stock, warehouse, now)
        held = hold_lines(order, stock, warehouse, now)
        if isinstance(held, Lacking):
            let_go(order, stock, now)
            decision = held.decision(order, DecisionClass.STOCK_MISMATCH, now)
            request_decision(orders, order, decision, now)
            raise Interrupted(f"{order.order_id} is short of {held.line.sku}")
        after = replace(order.reach(Milestone.RESERVED, now), warehouse=warehouse)
        fact = Fact(FactType.STOCK_RESERVED, {"reservations": held, "expires_at": expiry_of(order, now)}, now)
        facts = (fact,) if held else ()
        return proceed(orders.commit(Change(order, after, now, facts=facts)), Step.RESERVE, now)

    return retried_when_stale(once)


class Lacking:
    """A line whose stock is not there."""

    def __init__(self, line: OrderLine, warehouse: str, short: Short) -> None:
        self.line = line
        self.warehouse = warehouse
        self.short = short

    def decision(self, order: Order, decision_class: DecisionClass, now: int) -> Decision:
        """The card for purchasing: which SKU, where, how many are asked for and how many there are."""
        evidence = {
            "sku": self.line.sku,
            "warehouse": self.warehouse,
            "wanted": str(self.line.quantity),
            "available": str(self.short.available) if self.short.is_known else "unknown SKU",
        }
        return decision_for(order.order_id, decision_class, self.line.sku or "no-sku", evidence, now)


def expiry_of(order: Order, now: int) -> int:
    """Until when an unpaid order holds its stock, ms UTC."""
    deadline = order.snapshot.payment_due_at if order.snapshot else now
    return max(deadline, now) + EXPIRY_GRACE_MS


def hold_lines(
    order: Order, stock: StockStore, warehouse: str, now: int
) -> tuple[dict[str, str | int | bool], ...] | Lacking:
    """Reserve line by line; the first line that lacks stock ends it (the caller lets the others go)."""
    reservations: list[dict[str, str | int | bool]] = []
    for line in order.physical_lines:
        answer = stock.reserve(
            order.order_id, line.line_id, line.sku, warehouse, line.quantity, expiry_of(order, now), now
        )
        match answer:
            case Reserved():
                reservations.append(
                    {
                        "line_id": line.line_id,
                        "sku": line.sku,
                        "warehouse": warehouse,
                        "quantity": line.quantity,
                    }
                )
            case Short():
                return Lacking(line, warehouse, answer)
    return tuple(reservations)


def _let_misfits_go(order: Order, stock: StockStore, warehouse: str, now: int) -> None:
    """After a change of content: what is held for lines that are gone or different now, and nothing else (P21)."""
    if order.content_version == 1:
        return
    wanted = {line.line_id: (line.sku, warehouse, line.quantity) for line in order.physical_lines}
    for row in stock.reservations(order.order_id):
        if wanted.get(row.line_id) != (row.sku, row.warehouse, row.quantity):
            stock.release(order.order_id, row.line_id, now)


def let_go(order: Order, stock: StockStore, now: int) -> tuple[dict[str, str | int | bool], ...]:
    """Give back whatever the order's lines hold; returns what they held.

    A repeat after a crash returns the same, though it finds everything given back already.
    """
    rows = stock.reservations(order.order_id)
    for row in rows:
        stock.release(order.order_id, row.line_id, now)
    return tuple(
        {"line_id": row.line_id, "sku": row.sku, "warehouse": row.warehouse, "quantity": row.quantity} for row in rows
    )
