"""Fill in waybill numbers that are missing (R37): the label's issuer is asked by reference, then the warehouse.

Two schedules share the work, because no function has both secrets: the search itself says whose turn it is, and each
run takes the searches of its own source one step on. A question changes nothing at a partner; all that follows from
the answer is one commit. What a retry finds:
    before the answer                    nothing happened; the source is asked again
    answered, nothing committed          asked again: an issuer gives the same label for the same reference
    card asked for, search not moved on  the card is there; only the search moves on
    number committed, nobody told        its facts tell: the shop, the warehouse, the driver
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from orderhub.domain.backfill import (
    ENDED,
    KNOWN,
    Answer,
    NumberSearch,
    Source,
    answered,
    due_at,
    is_out_of_time,
    misses_number,
)
from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Stale
from orderhub.domain.order import Order, Parcel
from orderhub.domain.parcel import parcel_of
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Clock, Executions
from orderhub.services.drive import advance
from orderhub.services.number_search import answered_cards, fill
from orderhub.services.parcels import named
from orderhub.services.park import decision_for, made_fact, request_decision
from orderhub.services.tasks import retried_when_stale

MOST_AT_ONCE = 40
CAUSE = "number"

type Ask = Callable[[Order, Parcel], Answer]
"""Asks one source. What keeps it from answering is in the answer's words: nobody else waits for it."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """What backfilling works with. ``patience_ms``: ``domain.backfill.PATIENCE_MS``, or as it is set."""

    orders: OrderStore
    executions: Executions
    clock: Clock
    patience_ms: int


def backfill(turn: Source, ask: Ask, world: Backfill) -> Mapping[str, int]:
    """Ask this source about every parcel whose turn has come; returns counts by outcome: filled, asked_on, carded,
    known, ended, moved (another run was faster)."""
    counts: Counter[str] = Counter()
    for search in world.orders.open_searches(turn.value):
        now = world.clock()
        if search.stands_at > now or counts.total() >= MOST_AT_ONCE:
            break
        if due_at(search, world.patience_ms) > now:
            continue
        try:
            counts[_one(search, ask, world)] += 1
        except Stale:
            counts["moved"] += 1
    return dict(counts)


def _one(search: NumberSearch, ask: Ask, world: Backfill) -> str:
    order = world.orders.load(search.order_id)
    if order is None:
        raise KeyError(search.order_id)
    parcel = parcel_of(order, search.fulfillment)
    answer = ask(order, parcel) if misses_number(order, parcel) else Answer("")
    outcome = retried_when_stale(lambda: _apply(search, answer, world))
    if outcome == "filled":
        advance(search.order_id, world.orders, world.executions, world.clock())
    return outcome


def _apply(search: NumberSearch, answer: Answer, world: Backfill) -> str:
    order = world.orders.load(search.order_id)
    now = world.clock()
    if order is None or world.orders.number_search(search.order_id, search.fulfillment) != search:
        return "moved"
    parcel = parcel_of(order, search.fulfillment)
    if not misses_number(order, parcel):
        return _close(order, search, KNOWN if parcel.waybill_number else ENDED, world.orders, now)
    if len(answer.numbers) == 1 and answer.found[0].carrier:
        fill(order, search.fulfillment, answer.found[0], world.orders, now, search)
        return "filled"
    after = answered(search, answer.words, now, world.patience_ms)
    if len(answer.numbers) > 1 or is_out_of_time(after, now, world.patience_ms):
        order = _ask_a_person(order, parcel, after, world.orders, now)
        world.orders.commit(Change(order, order, now, records=(after,)))
        return "carded"
    world.orders.commit(Change(order, order, now, records=(after,)))
    return "asked_on"


def _close(order: Order, search: NumberSearch, outcome: str, orders: OrderStore, now: int) -> str:
    """Nothing is missing any more, or nobody needs it: the number came another way, or the order ended."""
    made = answered_cards(order, search.fulfillment, orders, now)
    facts = tuple(made_fact(card, now) for card in made)
    orders.commit(Change(order, order, now, facts=facts, records=(replace(search, outcome=outcome),), made=made))
    return outcome


def _ask_a_person(order: Order, parcel: Parcel, search: NumberSearch, orders: OrderStore, now: int) -> Order:
    """Who was asked and what they said stands on the card; it is asked once."""
    cause, which = named(order, CAUSE, parcel)
    evidence = {
        "left_at": str(search.left_at),
        "said_by": search.said_by,
        "issuer_said": search.asked.get(Source.ISSUER.value, "not asked yet"),
        "warehouse_said": search.asked.get(Source.WAREHOUSE.value, "not asked yet"),
    } | which
    decision = decision_for(order.order_id, DecisionClass.NUMBER_MISSING, cause, evidence, now)
    # Instants and waybill numbers are what is to be looked at, and not personal.
    return request_decision(orders, order, replace(decision, evidence=evidence), now)
