"""The hub's orders against its partners' truth ledgers: each thing done once, nothing done that nobody ordered."""

from collections.abc import Callable, Iterable
from typing import Any

from local.stories.evidence import Evidence
from local.stories.stock_books import compare_stock
from local.stories.world import Finding, Placed, World

CANCELLED_AT_WAREHOUSE = 5
SHIPPED_AT_WAREHOUSE = (95, 110)

type Claim = Callable[[Evidence, Placed], str]
"""What is wrong with one order by this claim; empty when nothing is."""


def compare(world: World) -> list[Finding]:
    """Every claim about every order, then what must not be there at all, then the stock."""
    seen = world.evidence
    shipped = [placed for placed in world.placed if placed.ends == "completed"]
    ended = [placed for placed in world.placed if placed.ends == "cancelled"]
    return [
        _each("hub: every shipped order is completed", shipped, _completed, seen),
        _each("WMS: packed exactly once, with the hub's waybill", shipped, _packed_once, seen),
        _each("carriers: one waybill, never two live, delivered to the buyer", shipped, _one_waybill, seen),
        _each("Youzan: shipping confirmed once, trade successful", shipped, _confirmed_once, seen),
        _each("Kingdee: one receivable, audited, to the fen", shipped, _booked_once, seen),
        _each("hub: the split of the money adds up to the fen", shipped, _split_adds_up, seen),
        _each("cancelled orders left nothing behind", ended, _nothing_left, seen),
        _nothing_extra(world),
        *compare_stock(seen),
        _nobody_waits(seen),
        _no_dead_letters(seen),
    ]


def _each(claim: str, orders: list[Placed], wrong: Claim, seen: Evidence) -> Finding:
    problems = [f"{placed.tid}: {problem}" for placed in orders if (problem := wrong(seen, placed))]
    found = f"{len(orders) - len(problems)} of {len(orders)}"
    return Finding(claim, not problems and bool(orders), "; ".join([found, *problems[:3]]))


def _order(seen: Evidence, placed: Placed) -> dict[str, Any]:
    return seen.orders.get(placed.order_id) or {"outcome": "unknown to the hub"}


def _completed(seen: Evidence, placed: Placed) -> str:
    outcome = _order(seen, placed)["outcome"]
    return "" if outcome == "completed" else str(outcome)


def _packed_once(seen: Evidence, placed: Placed) -> str:
    trade = seen.warehouse["trades"].get(placed.tid)
    if trade is None:
        return "the warehouse has no such trade"
    accepted = [each for each in trade["handovers"] if each["outcome"] == "accepted"]
    number = _order(seen, placed).get("waybill_number")
    return _unless(
        trade["packed"] == 1
        and trade["waybills"] == [number]
        and len(accepted) == 1
        and trade["state"] in SHIPPED_AT_WAREHOUSE,
        f"packed {trade['packed']}, state {trade['state']}, labels {trade['waybills']}, hub {number}",
    )


def _one_waybill(seen: Evidence, placed: Placed) -> str:
    parcel, every = seen.parcel(placed.parcel), seen.labels(placed.parcel)
    labels = [label for label in every if label.state != "cancelled"]  # another address may have cost an older one
    buyer = seen.shop[placed.tid]["buyer"]
    reached = all(
        label.state == "delivered" and (label.name, label.phone) == (buyer["name"], buyer["phone"]) for label in labels
    )
    return _unless(
        parcel["max_live"] == len(labels) == 1 and parcel["labels"] == len(every) and reached,
        f"labels {parcel['labels']}, at most {parcel['max_live']} live, "
        f"{', '.join(label.state for label in labels) or 'no parcel'}",
    )


def _confirmed_once(seen: Evidence, placed: Placed) -> str:
    trade = seen.shop[placed.tid]
    number = _order(seen, placed).get("waybill_number")
    return _unless(
        trade["confirms_accepted"] == 1 and trade["waybills"] == [number] and trade["status"] == "TRADE_SUCCESS",
        f"{trade['confirms_accepted']} confirmations, {trade['status']}",
    )


def _booked_once(seen: Evidence, placed: Placed) -> str:
    bill = seen.ledger.get(placed.order_id)
    if bill is None:
        return "no receivable"
    trade = seen.shop[placed.tid]
    due = trade["paid_fen"] - trade["refunded_fen"]
    once = (bill["saves"], bill["submits"], bill["audits"]) == (1, 1, 1)
    return _unless(
        once and bill["status"] == "C" and bill["total_fen"] == due,
        f"status {bill['status']}, {bill['total_fen']} fen booked, {due} paid",
    )


def _split_adds_up(seen: Evidence, placed: Placed) -> str:
    settlement = _order(seen, placed).get("settlement")
    if not settlement:
        return "no settlement"
    parts = sum(e["amount_fen"] for e in settlement["entries"] if e["kind"] != "platform_fee")
    return _unless(parts == settlement["receivable_fen"], f"parts {parts}, whole {settlement['receivable_fen']}")


def _nothing_left(seen: Evidence, placed: Placed) -> str:
    order, trade = _order(seen, placed), seen.warehouse["trades"].get(placed.tid)
    live = seen.parcel(placed.parcel)["live"]
    at_rest = trade is None or (trade["state"] == CANCELLED_AT_WAREHOUSE and trade["packed"] == 0)
    shop = seen.shop[placed.tid]
    held = [row["sku"] for row in order.get("reservations", []) if row["status"] != "released"]
    return _unless(
        order["outcome"] == "cancelled"
        and at_rest
        and live == 0
        and placed.order_id not in seen.ledger
        and shop["status"] == "TRADE_CLOSED"
        and shop["paid_fen"] == shop["refunded_fen"]
        and not held,
        f"{order['outcome']}, warehouse {trade and trade['state']}, {live} waybills live, shop {shop['status']}, "
        f"still reserved: {held}",
    )


def _nothing_extra(world: World) -> Finding:
    """A trade, parcel or bill that no buyer asked for would be a parcel or a debt out of nothing."""
    seen = world.evidence
    strangers = [
        *_others(seen.warehouse["trades"], {placed.tid for placed in world.placed}),
        *_others(seen.parcels, {placed.parcel for placed in world.placed}),
        *_others(seen.ledger, {placed.order_id for placed in world.placed}),
    ]
    looked = len(seen.warehouse["trades"]) + len(seen.parcels) + len(seen.ledger)
    found = f"{len(strangers)} strangers among {looked} trades, parcels and bills"
    return Finding("partners: nothing that nobody ordered", not strangers, "; ".join([found, *strangers[:3]]))


def _others(book: Iterable[str], known: set[str]) -> list[str]:
    return sorted(set(book) - known)


def _nobody_waits(seen: Evidence) -> Finding:
    cards = [f"{card['class']} on {card['order_id']}" for card in seen.open_decisions]
    found = "; ".join([f"{len(cards)} open", *cards[:3]])
    return Finding("hub: no decision is left open", not cards, found)


def _no_dead_letters(seen: Evidence) -> Finding:
    dead = {name: count for name, count in seen.dead_letters.items() if count}
    found = (
        f"{sum(dead.values())} letters in {len(seen.dead_letters)} queues, {len(seen.ended_badly)} failed executions"
    )
    details = [f"{name} {count}" for name, count in dead.items()] + seen.ended_badly
    return Finding(
        "hub: no dead letter, no failed execution", not dead and not seen.ended_badly, "; ".join([found, *details[:3]])
    )


def _unless(holds: bool, problem: str) -> str:
    return "" if holds else problem
