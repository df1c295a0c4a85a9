"""Shipments the warehouse reports (物流同步): applied once, whoever repeats."""

from dataclasses import replace

from orderhub.domain.backfill import Found, Source, misses_number
from orderhub.domain.decision import DecisionClass, decision_id_of
from orderhub.domain.order import Milestone, Order, Parcel, order_id_of
from orderhub.domain.parcel import lines_of, order_and_parcel, parcel_of, parcels_of, reach_in
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.partners import ShipmentNotice, WarehousePartner
from orderhub.ports.world import Executions
from orderhub.services.drive import advance
from orderhub.services.number_search import begin, fill, filled, shipped_fact
from orderhub.services.parcels import named
from orderhub.services.park import decision_for, request_decision
from orderhub.services.pull_orders import Watermarks
from orderhub.services.tasks import retried_when_stale

CHANNEL = "youzan"
ROUNDS = 20
FULL_PAGE = 100  # rows that one query brings at most
HIDDEN_MS = 2 * 3_600_000
SETTLED = ("shipped", "repeated", "after_closing", "filled", "differs")
OVERLAP_MS = 3_600_000
FIRST_WINDOW_MS = 7 * 86_400_000
LONGEST_WINDOW_MS = 29 * 86_400_000  # the warehouse answers at most 30 days


def poll_shipments(partner: WarehousePartner, orders: OrderStore, executions: Executions, now: int) -> dict[str, int]:
    """Apply every shipment not acknowledged yet, then acknowledge it; returns counts by outcome.

    Applied before acknowledged: a crash between brings the row again, and it changes nothing the second time.
    Only what is settled is acknowledged: a row whose order is not known yet, or whose number a person must look
    at, comes back until it is. When a whole page of such rows comes back, newer ones cannot be seen behind it: what
    left within the last hours is then read from the stock-outs.
    """
    counts: dict[str, int] = {}
    done: set[str] = set()
    for _ in range(ROUNDS):
        page = partner.shipments()
        rows = [row for row in page if row.rec_id not in done]
        applied: list[str] = []
        for row in rows:
            outcome = apply_shipment(row, orders, executions, now)
            counts[outcome] = counts.get(outcome, 0) + 1
            done.add(row.rec_id)
            if outcome in SETTLED:
                applied.append(row.rec_id)
        if not rows:
            if len(page) >= FULL_PAGE:
                for row in partner.stockouts(now - HIDDEN_MS, now):
                    outcome = apply_shipment(row, orders, executions, now)
                    counts[outcome] = counts.get(outcome, 0) + 1
            break
        if applied:
            partner.acknowledge(applied)
    return counts


def find_missed_shipments(
    partner: WarehousePartner, orders: OrderStore, executions: Executions, watermarks: Watermarks, now: int
) -> dict[str, int]:
    """Apply every shipment of the window, whether or not its notice ever came; returns counts by outcome.

    Most are ``repeated``. Orders of other channels are ``unknown``, and stay so. The watermark moves when the
    whole window is applied.
    """
    mark = watermarks.read("wangdiantong", "stockouts")
    since = max((mark or now - FIRST_WINDOW_MS) - OVERLAP_MS, now - LONGEST_WINDOW_MS)
    counts: dict[str, int] = {}
    for row in partner.stockouts(since, now):
        outcome = apply_shipment(row, orders, executions, now)
        counts[outcome] = counts.get(outcome, 0) + 1
    watermarks.advance("wangdiantong", "stockouts", mark, now)
    return counts


def apply_shipment(row: ShipmentNotice, orders: OrderStore, executions: Executions, now: int) -> str:
    """``shipped``, ``repeated``, ``filled`` (it left before, and now its number is here) or ``unknown``; with a
    decision: ``mismatch`` (the warehouse used another number), ``differs`` (than one filled in before), ``part`` (only
    some lines left), ``after_closing``."""

    def once() -> tuple[str, str]:
        meant = _meant(row.platform_id, orders)
        if meant is None:
            return "unknown", ""
        order, parcel = meant
        return _apply(order, parcel, row, orders, now), order.order_id

    outcome, order_id = retried_when_stale(once)
    if outcome in ("shipped", "repeated", "filled"):
        advance(order_id, orders, executions, now)
    return outcome


def _meant(trade_id: str, orders: OrderStore) -> tuple[Order, Parcel] | None:
    """The order and parcel of a trade. None for one made by hand, or another channel's: it keeps no other row (P11)."""
    for platform_id, number in filter(None, ((trade_id, 1), order_and_parcel(trade_id))):
        try:
            order = orders.load(order_id_of(CHANNEL, platform_id))
        except ValueError:
            continue
        if order is not None and any(parcel.number == number for parcel in parcels_of(order)):
            return order, parcel_of(order, number)
    return None


def _apply(order: Order, parcel: Parcel, row: ShipmentNotice, orders: OrderStore, now: int) -> str:
    if order.has(Milestone.SETTLED):
        return "repeated"
    if parcel.has(Milestone.SHIPPED):
        return _again(order, parcel, row, orders, now)
    if order.has(Milestone.CLOSED) or parcel.is_called_off:
        return _ask_about_closed(order, row, orders, now)
    if row.line_ids and set(row.line_ids) != {line.line_id for line in lines_of(order, parcel)}:
        return _ask_about_part(order, parcel, row, orders, now)
    if row.logistics_no and row.logistics_no != parcel.waybill_number:
        return _ask_about_number(order, parcel, row, orders, now)
    ship(order, parcel.number, row.shipped_at, orders, now, is_named=bool(row.logistics_no))
    return "shipped"


def ship(
    order: Order, parcel_number: int, shipped_at: int, orders: OrderStore, now: int, *, is_named: bool = True
) -> Order:
    """Record that a parcel left; with the last of them the order has left.

    ``is_named`` false: the warehouse does not say under which number. Then it is the label that the hub bought for the
    parcel, told by its issuer; without one its number is searched for, and announced with the shipment when found.
    """
    after = reach_in(order, parcel_number, Milestone.SHIPPED, shipped_at)
    parcel = parcel_of(after, parcel_number)
    if not parcel.waybill_number:
        begun = begin(after, orders, "warehouse", shipped_at, now)
        return orders.commit(Change(order, after, now, facts=begun.facts, records=begun.searches, wakes=True))
    if not is_named:
        own = Found(parcel.waybill_number, parcel.carrier, Source.ISSUER)
        done = filled(after, parcel_number, own, None, now)
        return orders.commit(Change(order, done.order, now, facts=done.facts, wakes=True))
    fact = shipped_fact(after, parcel_number, shipped_at)
    return orders.commit(Change(order, after, now, facts=(fact,), wakes=True))


def _again(order: Order, parcel: Parcel, row: ShipmentNotice, orders: OrderStore, now: int) -> str:
    """Another word about a parcel that has left: it may bring the number that was missing, or contradict one that
    somebody else told (that is asked about once)."""
    number = row.logistics_no
    if not number or number == parcel.waybill_number:
        return "repeated"
    carrier = row.carrier or parcel.carrier
    if misses_number(order, parcel) and carrier:
        search = orders.number_search(order.order_id, parcel.number)
        fill(order, parcel.number, Found(number, carrier, Source.WAREHOUSE), orders, now, search)
        return "filled"
    if not parcel.waybill_number or not parcel.number_source:
        return "repeated"
    cause, _ = named(order, f"number-{number}", parcel)
    known = decision_id_of(order.order_id, DecisionClass.NUMBER_MISMATCH, cause)
    if orders.decision(order.order_id, known) is None:
        _ask_about_number(order, parcel, row, orders, now)
    return "differs"


def _ask_about_closed(order: Order, row: ShipmentNotice, orders: OrderStore, now: int) -> str:
    """A parcel left although it, or the order, was closed: somebody must get it back or let it be."""
    evidence = {"waybill": row.logistics_no, "closed_because": order.close_reason}
    cause = f"number-{row.logistics_no}"
    decision = decision_for(order.order_id, DecisionClass.SHIPPED_AFTER_CLOSING, cause, evidence, now)
    request_decision(orders, order, replace(decision, evidence=evidence), now)
    return "after_closing"


def _ask_about_part(order: Order, parcel: Parcel, row: ShipmentNotice, orders: OrderStore, now: int) -> str:
    """Only some lines left: the parcel is on its way, the rest of the order is not; a person looks at it."""
    cause, which = named(order, f"part-{row.logistics_no}", parcel)
    evidence = {"lines_sent": ",".join(row.line_ids), "waybill": row.logistics_no} | which
    decision = decision_for(order.order_id, DecisionClass.UNHANDLED_EVENT, cause, evidence, now)
    decision = replace(decision, evidence=evidence)  # line ids are long numbers, and not personal
    request_decision(orders, order, decision, now)
    return "part"


def _ask_about_number(order: Order, parcel: Parcel, row: ShipmentNotice, orders: OrderStore, now: int) -> str:
    # By the number: the same shipment is seen twice, as a notice and as a stock-out, and asked about once.
    cause, which = named(order, f"number-{row.logistics_no}", parcel)
    evidence = {"hub_number": parcel.waybill_number or "none yet", "warehouse_number": row.logistics_no} | which
    decision = decision_for(order.order_id, DecisionClass.NUMBER_MISMATCH, cause, evidence, now)
    decision = replace(decision, evidence=evidence)  # numbers of parcels are what is to be compared
    request_decision(orders, order, decision, now)
    return "mismatch"
