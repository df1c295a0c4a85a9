"""Follow the stock transfers (调拨) that orders wait for: instruct them once, see them arrive, let the orders go on.

A retry finds, by where the previous run ended:
    before the intent              nothing happened; the transfer is instructed
    after the WMS took it          the reference is used: it is looked up, never instructed again
    some lines departed            the others depart; a departed line departs once
    arrived, some lines booked     the others are booked; a booked line is booked once
    order committed, nobody woken  the fact wakes the driver
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from orderhub.domain.decision import DecisionClass, DecisionStatus
from orderhub.domain.errors import HubError, Interrupted, PartnerRejected, PartnerUnavailable, Stale, Superseded
from orderhub.domain.facts import Fact, FactType, FactValue
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import StockTransfer, TransferStatus
from orderhub.domain.stock import ReservationStatus
from orderhub.ports.orders import Change
from orderhub.ports.partners import SeenTransfer
from orderhub.ports.world import Executions
from orderhub.services.dispatch import Warehouse
from orderhub.services.drive import advance
from orderhub.services.effects import Attempt, Outcome, perform, spec_for
from orderhub.services.park import decision_for, made_fact, request_decision
from orderhub.services.reserve import let_go
from orderhub.services.stock_transfer import TRANSFER_DUE_MS
from orderhub.services.tasks import retried_when_stale

VERB = "push_transfer"
OVERLAP_MS = 600_000
AHEAD_MS = 86_400_000  # how far the WMS's clock may be ahead of ours: a window that ends too early hides what is new
MADE_BY, NOTE = "hub", "the goods have come"


def follow_transfers(world: Warehouse, executions: Executions) -> Mapping[str, int]:
    """Take every open transfer one step on; counts by outcome.

    One that the WMS does not answer for waits for the next run and does not keep the others.
    """
    transfers = list(world.orders.open_transfers())
    counts: Counter[str] = Counter()
    seen = _seen(transfers, world)
    for transfer in transfers:
        try:
            outcome = retried_when_stale(lambda one=transfer: _step(one, seen, world))  # type: ignore[misc]
        except (PartnerUnavailable, Interrupted, Superseded, Stale) as error:
            counts[type(error).__name__] += 1
            continue
        counts[outcome] += 1
        if outcome not in ("instructed", "under_way", "overdue"):
            advance(transfer.order_id, world.orders, executions, world.clock())
    return dict(counts)


def _seen(transfers: list[StockTransfer], world: Warehouse) -> Mapping[str, SeenTransfer]:
    """What the WMS shows of those under way; nothing when it does not answer."""
    asked = [each.requested_at for each in transfers if each.status is TransferStatus.UNDER_WAY]
    if not asked:
        return {}
    try:
        shown = world.partner.transfers(min(asked) - OVERLAP_MS, world.clock() + AHEAD_MS)
        return {each.reference: each for each in shown}
    except HubError:
        return {}


def _step(transfer: StockTransfer, seen: Mapping[str, SeenTransfer], world: Warehouse) -> str:
    order = world.orders.load(transfer.order_id)
    if order is None:
        raise KeyError(transfer.order_id)
    if transfer.status is TransferStatus.WANTED:
        return _instruct(transfer, order, world) if _is_wanted(transfer, order) else _drop(transfer, order, world)
    known = seen.get(transfer.reference)
    if known is not None and known.state == "received":
        return _receive(transfer, order, world)
    if order.is_finished:
        return _close(transfer, order, world, TransferStatus.ENDED, "ended")
    if known is not None and known.state == "cancelled":
        words = _evidence(replace(transfer, status=TransferStatus.ENDED))
        return _give_up(transfer, order, world, DecisionClass.TRANSFER_OVERDUE, transfer.reference, words, "cancelled")
    return _remind(transfer, order, world)


def _is_wanted(transfer: StockTransfer, order: Order) -> bool:
    ended = order.is_finished or order.has(Milestone.CANCELLED)
    is_same = order.transfer == transfer.reference and order.content_version == transfer.content_version
    return is_same and not ended


def _instruct(transfer: StockTransfer, order: Order, world: Warehouse) -> str:
    """The WMS moves the goods; they leave the hub's stock of the first warehouse with it. Refused: a card."""
    spec = spec_for(order, VERB, transfer.reference, 0, transfer.from_warehouse, transfer.to_warehouse, transfer.items)
    attempt = Attempt(lambda: {"transfer_no": world.partner.push_transfer(transfer)}, lambda: _look(transfer, world))
    try:
        outcome = perform(world.effects, spec, attempt, world.clock)
    except PartnerRejected as refused:
        words = {"partner": refused.partner, "code": refused.code, "message": refused.message}
        return _give_up(transfer, order, world, DecisionClass.WAREHOUSE_REJECTED, refused.partner, words, "refused")
    _leave_the_books(transfer, order, world)
    now = world.clock()
    number = str(outcome["transfer_no"])
    data: dict[str, FactValue] = {
        "reference": transfer.reference,
        "transfer_no": number,
        "from_warehouse": transfer.from_warehouse,
        "to_warehouse": transfer.to_warehouse,
        "due_at": transfer.due_at,
        "items": tuple({"sku": sku, "quantity": pieces} for sku, pieces in transfer.items.items()),
    }
    fact = Fact(FactType.TRANSFER_REQUESTED, data, now)
    under_way = replace(transfer, status=TransferStatus.UNDER_WAY, transfer_no=number)
    world.orders.commit(Change(order, order, now, facts=(fact,), records=(under_way,)))
    return "instructed"


def _look(transfer: StockTransfer, world: Warehouse) -> Outcome | None:
    """What an earlier attempt left: a transfer of this reference."""
    shown = world.partner.transfers(transfer.requested_at - OVERLAP_MS, world.clock() + AHEAD_MS)
    known = next((each for each in shown if each.reference == transfer.reference), None)
    return {"transfer_no": known.transfer_no} if known else None


def _leave_the_books(transfer: StockTransfer, order: Order, world: Warehouse) -> None:
    """What the WMS moves is in no warehouse's stock until it arrives."""
    for row in world.stock.reservations(order.order_id):
        if row.warehouse == transfer.from_warehouse and row.status is ReservationStatus.FIRM:
            world.stock.depart(order.order_id, row.line_id, world.clock())


def _drop(transfer: StockTransfer, order: Order, world: Warehouse) -> str:
    """The order ended or wants something else. What the WMS took all the same leaves the books here; where it arrives,
    the WMS's count finds it."""
    effect = world.effects.load(order.order_id, VERB, transfer.reference)
    if effect is not None and effect.lease_until > world.clock():
        raise PartnerUnavailable(VERB, "the call may still be under way")
    was_taken = effect is not None and effect.attempts > 0 and _look(transfer, world) is not None
    if order.transfer == transfer.reference:
        if was_taken:
            _leave_the_books(transfer, order, world)
        let_go(order, world.stock, world.clock())
    status = TransferStatus.ENDED if was_taken else TransferStatus.DROPPED
    return _close(transfer, order, world, status, "dropped")


def _receive(transfer: StockTransfer, order: Order, world: Warehouse) -> str:
    """The goods are in the order's warehouse, firm for it; Reserve finds them there. An open reminder is closed.

    An order that ended meanwhile holds nothing any more: the WMS's count brings its goods in.
    """
    now = world.clock()
    for row in world.stock.reservations(order.order_id):
        if row.status is ReservationStatus.TRANSFERRING:
            world.stock.arrive(order.order_id, row.line_id, transfer.to_warehouse, now)
    data: dict[str, str | int | bool] = {
        "reference": transfer.reference,
        "transfer_no": transfer.transfer_no,
        "from_warehouse": transfer.from_warehouse,
        "to_warehouse": transfer.to_warehouse,
    }
    fact = Fact(FactType.TRANSFER_RECEIVED, data, now)
    return _close(transfer, order, world, TransferStatus.RECEIVED, "received", fact)


def _give_up(
    transfer: StockTransfer,
    order: Order,
    world: Warehouse,
    decision_class: DecisionClass,
    cause: str,
    evidence: Mapping[str, str],
    outcome: str,
) -> str:
    """Nothing will come: the stock is free again, a person says what now. First the card, then the transfer's end."""
    now = world.clock()
    if order.transfer == transfer.reference:
        let_go(order, world.stock, now)
        decision = decision_for(order.order_id, decision_class, cause, evidence, now)
        order = request_decision(world.orders, order, decision, now, after=replace(order, transfer=""))
    ended = replace(transfer, status=TransferStatus.ENDED)
    world.orders.commit(Change(order, order, now, records=(ended,)))
    return outcome


def _close(
    transfer: StockTransfer, order: Order, world: Warehouse, status: TransferStatus, outcome: str, *facts: Fact
) -> str:
    now = world.clock()
    closed = replace(transfer, status=status)
    is_waiting = order.transfer == transfer.reference
    open_cards = [
        card
        for card in world.orders.decisions_of(order.order_id)
        if card.decision_class is DecisionClass.TRANSFER_OVERDUE and card.status is DecisionStatus.REQUESTED
    ]
    made = [
        replace(card, status=DecisionStatus.MADE, option="retry", made_by=MADE_BY, made_at=now, note=NOTE)
        for card in open_cards
    ]
    ids = {card.decision_id for card in open_cards}
    holds = {key: value for key, value in order.holds.items() if key not in ids}
    after = replace(order, transfer="" if is_waiting else order.transfer, holds=holds)
    told = (*facts, *(made_fact(card, now) for card in made))
    world.orders.commit(Change(order, after, now, facts=told, records=(closed,), made=made, wakes=True))
    return outcome


def _remind(transfer: StockTransfer, order: Order, world: Warehouse) -> str:
    """Overdue goods are a card for purchasing; after it was decided the order waits as long again."""
    now = world.clock()
    if now < transfer.due_at or order.transfer != transfer.reference:
        return "under_way"
    cause = transfer.reference
    decision = decision_for(order.order_id, DecisionClass.TRANSFER_OVERDUE, cause, _evidence(transfer), now)
    asked = request_decision(world.orders, order, decision, now)
    later = replace(transfer, due_at=now + TRANSFER_DUE_MS)
    world.orders.commit(Change(asked, asked, now, records=(later,)))
    return "overdue"


def _evidence(transfer: StockTransfer) -> Mapping[str, str]:
    return {
        "transfer_no": transfer.transfer_no,
        "from_warehouse": transfer.from_warehouse,
        "to_warehouse": transfer.to_warehouse,
        "items": ", ".join(f"{sku} {pieces}" for sku, pieces in transfer.items.items()),
        "requested_at": str(transfer.requested_at),
        "state": transfer.status.value,
    }
