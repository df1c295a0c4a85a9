"""Take a message into its order: one transaction holds the order, its facts and the message's mark (R2, R3)."""

from dataclasses import dataclass, replace

from orderhub.domain.absorb import Absorbed, Observation, absorb
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.errors import Stale
from orderhub.domain.facts import Fact
from orderhub.domain.journey import next_step
from orderhub.domain.order import Driver, Milestone, Order
from orderhub.ports.orders import AlreadySeen, Change, MessageMark, OrderStore, Origin, Record
from orderhub.ports.world import Executions
from orderhub.services.assess import phone_entry
from orderhub.services.drive import first_driver
from orderhub.services.number_search import begin
from orderhub.services.park import decision_facts, decision_for, made_fact, requested_fact
from orderhub.services.request_address_change import taken

ATTEMPTS = 8

SETTLED = "the money was paid back; what becomes of the parcel is clear"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a message: ``applied``, ``duplicate`` or ``unchanged``; the order it belongs to.

    ``is_known``: the hub has seen the whole order; otherwise somebody must read it from the shop.
    ``stored``: the order as this message left it, when it did.
    """

    order_id: str
    outcome: str
    wakes: bool
    is_known: bool = True
    stored: Order | None = None


def take_in(seen: Observation, orders: OrderStore, executions: Executions, origin: Origin, now: int) -> TakenIn:
    """Merge the message into its order and make it durable.

    A message seen before changes nothing. Raises Stale when the order would not hold still (deliver again).
    """
    mark = MessageMark(seen.channel, seen.message_key)
    for _ in range(ATTEMPTS):
        order = orders.load(seen.order_id)
        absorbed = absorb(order, seen)
        if order is not None and absorbed.order == order and not absorbed.changed:
            return _mark_only(order, mark, orders, origin, now)
        change = _change(order, absorbed, mark, orders, executions, origin, now)
        try:
            stored = orders.commit(change)
        except AlreadySeen:
            return TakenIn(seen.order_id, "duplicate", True, order is None or order.is_known)
        except Stale:
            continue
        return TakenIn(stored.order_id, "applied", change.wakes, stored.is_known, stored)
    raise Stale(seen.order_id)


def _mark_only(order: Order, mark: MessageMark, orders: OrderStore, origin: Origin, now: int) -> TakenIn:
    """Old news needs no new revision; it is safe to hear it again, so no mark is written either."""
    outcome = "duplicate" if orders.seen(mark) else "unchanged"
    return TakenIn(order.order_id, outcome, outcome == "duplicate")


def _change(
    order: Order | None,
    absorbed: Absorbed,
    mark: MessageMark,
    orders: OrderStore,
    executions: Executions,
    origin: Origin,
    now: int,
) -> Change:
    after = absorbed.order
    entry = phone_entry(after)
    records: tuple[Record, ...] = (entry,) if entry and (order is None or entry != phone_entry(order)) else ()
    after = replace(after, driver=_driver(order, after, executions))
    decisions, facts = _new_decisions(absorbed, after, orders, now)
    wish = taken(after, absorbed.address, orders, now) if absorbed.address else None
    if wish:
        after, facts, decisions = wish.order, facts + wish.facts, decisions + wish.asked
    known_cards = {wanted.decision_id for wanted in absorbed.decisions} - {d.decision_id for d in decisions}
    kept_holds = order.holds if order else {}
    holds = {k: v for k, v in after.holds.items() if k not in known_cards or k in kept_holds}
    after = replace(after, holds=holds)
    settled = _settled(absorbed, after, orders, now)
    begun = begin(after, orders, "shop", after.when(Milestone.SHOP_SHIPPED) or now, now)
    return Change(
        order,
        after,
        now,
        facts=absorbed.facts + facts + begun.facts + tuple(made_fact(card, now) for card in settled),
        records=records + begun.searches + (wish.records if wish else ()),
        decisions=decisions,
        made=settled + (wish.made if wish else ()),
        message=mark,
        wakes=order is None or next_step(order, now) is not next_step(after, now),
        origin=origin,
    )


def _driver(before: Order | None, after: Order, executions: Executions) -> Driver | None:
    """A driver from the moment the order is known; a new epoch when a finished order lives again."""
    if after.driver is None:
        return first_driver(executions, after.order_id) if after.is_known else None
    if before is not None and before.is_finished and not after.is_finished:
        return first_driver(executions, after.order_id, after.driver.epoch + 1)
    return after.driver


def _new_decisions(
    absorbed: Absorbed, order: Order, orders: OrderStore, now: int
) -> tuple[tuple[Decision, ...], tuple[Fact, ...]]:
    """The cards that do not exist yet. One that exists, open or decided, is not asked again by a message."""
    decisions: list[Decision] = []
    facts: list[Fact] = []
    for want in absorbed.decisions:
        if orders.decision(order.order_id, want.decision_id) is not None:
            continue
        decision = decision_for(order.order_id, want.decision_class, want.cause, want.evidence, now, sealed=want.sealed)
        if want.decision_id == absorbed.settled:
            decision = decision.moot(now, SETTLED)  # it comes late: what it asks is answered already
        else:
            is_held = decision.decision_id in order.holds  # a card of a class that blocks need not hold this order
            facts += decision_facts(decision, now) if is_held else (requested_fact(decision, now),)
        decisions.append(decision)
    return tuple(decisions), tuple(facts)


def _settled(absorbed: Absorbed, order: Order, orders: OrderStore, now: int) -> tuple[Decision, ...]:
    """The open card that the message answers: nobody has to decide it any more."""
    card = orders.decision(order.order_id, absorbed.settled) if absorbed.settled else None
    return (card.moot(now, SETTLED),) if card and card.status is DecisionStatus.REQUESTED else ()
