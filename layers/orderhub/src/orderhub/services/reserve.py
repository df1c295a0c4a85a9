"""Reserve the stock of an order (库存锁定) until the shop's payment deadline."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.errors import Interrupted, Stale
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.journey import EXPIRY_GRACE_MS, RESERVE_WHEN_PAID, Step
from orderhub.domain.order import Milestone, Order, OrderLine
from orderhub.domain.parcel import parcels_of
from orderhub.domain.sourcing import Allocation, without_wish
from orderhub.domain.stock import Lost, Reservation, ReservationStatus, Reserved, Short
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.stock import StockStore
from orderhub.services.parcels import plan
from orderhub.services.park import decision_for, request_decision
from orderhub.services.shortage import shortage_card
from orderhub.services.source import Sourced, Sources, source
from orderhub.services.stock_transfer import transfer_for
from orderhub.services.tasks import TaskCommand, TaskResult, expect, load_for, proceed, retried_when_stale

RACES = 5
"""How often an order that others were faster than looks for its goods again before purchasing is asked."""

type Holding = dict[str, str | int | bool]


def reserve(command: TaskCommand, orders: OrderStore, sources: Sources, now: int) -> TaskResult:
    """Every physical line holds its stock in the warehouse the rules choose, or none does and purchasing is asked.

    Where the rules split the order, each line in the warehouse of its parcel; the commit plans the parcels.

    A presale order (预售) that is short goes on to its payment without stock: it reserves once its balance is paid.
    Idempotent: lines that hold their stock already are left as they are.
    Raises Superseded, Interrupted (the order wants something else, or is held now), Stale.
    """

    def once() -> TaskResult:
        order = load_for(orders, command)
        expect(order, Step.RESERVE, now)
        sourced, held = _hold_somewhere(order, sources, now)
        records = (sourced.verdict,)
        if held is not None and sourced.allocation.supplier:
            return _goods_come_first(order, sourced, orders, sources.stock, now)
        if held is not None:
            after = _allocated(order, sourced.allocation).reach(Milestone.RESERVED, now)
            data: dict[str, FactValue] = {"reservations": held, "expires_at": expiry_of(order, now)}
            data["parcels"] = len(parcels_of(after))
            fact = Fact(FactType.STOCK_RESERVED, data, now)
            change = Change(order, after, now, facts=(fact,) if held else (), records=records)
            return proceed(orders.commit(change), Step.RESERVE, now)
        if order.is_presale and not order.has(Milestone.PAID):
            return _put_off(order, sourced, orders, now)
        judged = orders.commit(Change(order, order, now, records=records))
        request_decision(orders, judged, shortage_card(order, sourced, orders, now), now)
        raise Interrupted(f"{order.order_id} is short of goods")

    return retried_when_stale(once)


def _allocated(order: Order, allocation: Allocation) -> Order:
    """The order as it is to leave: from one warehouse, or in the parcels of the split, as they are now."""
    if allocation.split:
        return plan(order, allocation.split)
    return replace(order, warehouse=allocation.warehouse, parcels=())


def _put_off(order: Order, sourced: Sourced, orders: OrderStore, now: int) -> TaskResult:
    """The order goes on to its payment; what is left of Reserve is done after it."""
    after = replace(order, overrides=tuple(dict.fromkeys([*order.overrides, RESERVE_WHEN_PAID])))
    change = Change(order, after, now, records=(sourced.verdict,))
    return proceed(orders.commit(change), Step.RESERVE, now)


def _goods_come_first(order: Order, sourced: Sourced, orders: OrderStore, stock: StockStore, now: int) -> TaskResult:
    """What the order needs is held, part of it in another warehouse: it waits until that has been brought (R13).

    Nothing is moved for an order that is not paid yet: its goods are only held, and this is done after the payment.
    Raises Interrupted: the order waits.
    """
    if not order.has(Milestone.PAID):
        return _put_off(order, sourced, orders, now)
    for line in order.physical_lines:
        if isinstance(stock.firm(order.order_id, line.line_id, now), Lost):
            raise Stale(f"a reservation of {order.order_id} was lost while it was made")
    transfer = transfer_for(order, sourced, 1 + len(orders.transfers_of(order.order_id)), now)
    after = replace(order, transfer=transfer.reference, overrides=without_wish(order.overrides))
    orders.commit(Change(order, after, now, records=(sourced.verdict, transfer)))
    raise Interrupted(f"{order.order_id} waits for goods from {transfer.from_warehouse}")


def _hold_somewhere(order: Order, sources: Sources, now: int) -> tuple[Sourced, tuple[Holding, ...] | None]:
    """The lines' holdings in the chosen warehouse, or None: then nothing is held anywhere.

    Levels are read before the stock is taken, so another order may be faster: then everything is given back, read
    and judged again.
    """
    for _ in range(RACES):
        rows = sources.stock.reservations(order.order_id)
        sourced = source(order, rows, sources, now)
        allocation = sourced.allocation
        if not allocation.warehouse:
            break
        places = {line.line_id: allocation.place_of(line.line_id, line.sku) for line in order.physical_lines}
        _let_misfits_go(order, rows, sources.stock, places, now)
        held = hold_lines(order, sources.stock, places, now)
        if not isinstance(held, Lacking):
            return sourced, held
        let_go(order, sources.stock, now)
    let_go(order, sources.stock, now)
    return sourced, None


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


def hold_lines(order: Order, stock: StockStore, places: Mapping[str, str], now: int) -> tuple[Holding, ...] | Lacking:
    """Reserve each line in its warehouse (``places``: line id → warehouse); the first line that lacks stock ends it,
    and the caller lets go."""
    held: list[Holding] = []
    for line in order.physical_lines:
        where = places[line.line_id]
        answer = stock.reserve(order.order_id, line.line_id, line.sku, where, line.quantity, expiry_of(order, now), now)
        match answer:
            case Reserved():
                held.append({"line_id": line.line_id, "sku": line.sku, "warehouse": where, "quantity": line.quantity})
            case Short():
                return Lacking(line, where, answer)
    return tuple(held)


def _let_misfits_go(
    order: Order, rows: Iterable[Reservation], stock: StockStore, places: Mapping[str, str], now: int
) -> None:
    """What is held for lines that are gone or different now, or elsewhere, is given back; nothing else is (P21)."""
    wanted = {line.line_id: (line.sku, places[line.line_id], line.quantity) for line in order.physical_lines}
    for row in rows:
        is_held = row.status is not ReservationStatus.RELEASED
        if is_held and wanted.get(row.line_id) != (row.sku, row.warehouse, row.quantity):
            stock.release(order.order_id, row.line_id, now)


def let_go(order: Order, stock: StockStore, now: int, line_ids: frozenset[str] | None = None) -> tuple[Holding, ...]:
    """Give back whatever the order's lines hold, or only these lines; returns what they held.

    A repeat after a crash returns the same, though it finds everything given back already.
    """
    rows = [row for row in stock.reservations(order.order_id) if line_ids is None or row.line_id in line_ids]
    for row in rows:
        stock.release(order.order_id, row.line_id, now)
    return tuple(
        {"line_id": row.line_id, "sku": row.sku, "warehouse": row.warehouse, "quantity": row.quantity} for row in rows
    )
