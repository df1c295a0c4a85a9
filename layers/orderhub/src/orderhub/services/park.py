"""Ask for a decision (待决策) and stop the order where it must not go on by itself."""

import re
from collections.abc import Mapping
from dataclasses import replace

from orderhub.domain.decision import REGISTRY, Decision, DecisionClass, decision_id_of
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Order
from orderhub.ports.orders import Change, OrderStore, Origin

_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{17}[\dXx])(?!\d)")
"""Mobile and landline numbers, and numbers of identity cards."""
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]{9,}")


def without_personal_data(text: str, limit: int = 240) -> str:
    """Foreign error text made safe to keep in clear: phone and identity numbers masked, long Chinese runs (which
    may quote a name or an address) shortened. Ids and error codes of partners stay readable."""
    return _CHINESE_RUN.sub(lambda m: m[0][:8] + "…", without_numbers(text))[:limit]


def without_numbers(text: str) -> str:
    """What our own staff wrote, with phone and identity numbers masked."""
    return _PHONE.sub(lambda m: m[0][:3] + "*" * (len(m[0]) - 5) + m[0][-2:], text)


def decision_for(
    order_id: str,
    decision_class: DecisionClass,
    cause: str,
    evidence: Mapping[str, str],
    now: int,
    sealed: str = "",
    *,
    outside_due_at: int = 0,
    outside_effect: str = "",
) -> Decision:
    """A decision about to be requested; the same cause on the same order has the same id.

    ``outside_due_at`` (ms UTC): when somebody outside acts by itself, with ``outside_effect`` as a code, e.g. a
    platform that approves a change after 12 h of silence.
    """
    return Decision(
        decision_id_of(order_id, decision_class, cause),
        order_id,
        decision_class,
        cause,
        {key: without_personal_data(value) for key, value in evidence.items()},
        now,
        now + REGISTRY[decision_class].due_ms,
        sealed=sealed,
        outside_due_at=outside_due_at,
        outside_effect=outside_effect,
    )


def request_decision(
    orders: OrderStore,
    order: Order,
    decision: Decision,
    now: int,
    *,
    after: Order | None = None,
    facts: tuple[Fact, ...] = (),
    origin: Origin | None = None,
) -> Order:
    """Put the card in the queue and, when its class blocks, the hold on the order; one commit.

    ``after`` carries other changes of the same commit. A card whose cause was decided before gets a new one
    (``…~2``): what happened again is decided again. Raises Stale when the order moved.
    """
    changed = after or order
    known = orders.decision(order.order_id, decision.decision_id)
    attempt = 2
    while known is not None and known.made_at:
        fresh_id = f"{decision_id_of(order.order_id, decision.decision_class, decision.cause)}~{attempt}"
        decision = replace(decision, decision_id=fresh_id)
        known = orders.decision(order.order_id, decision.decision_id)
        attempt += 1
    blocks = REGISTRY[decision.decision_class].blocks
    if blocks:
        holds = {**changed.holds, decision.decision_id: decision.decision_class.value}
        changed = replace(changed, holds=holds)
    if known is not None and changed == order:
        return order
    told = facts + decision_facts(decision, now)
    return orders.commit(
        Change(
            order,
            changed,
            now,
            facts=facts if known is not None else told,
            decisions=() if known is not None else (decision,),
            origin=origin or Origin(),
        )
    )


def decision_facts(decision: Decision, now: int) -> tuple[Fact, ...]:
    """What is announced when a card enters the queue."""
    kind = decision.kind
    requested = requested_fact(decision, now)
    if not kind.blocks:
        return (requested,)
    held = {"reason_code": decision.decision_class.value, "decision_id": decision.decision_id}
    return (requested, Fact(FactType.ORDER_HELD, held, now))


def requested_fact(decision: Decision, now: int) -> Fact:
    """Somebody is asked: for the first time, or again after the card was put off."""
    data = {
        "decision_id": decision.decision_id,
        "class": decision.decision_class.value,
        "due_at": decision.nearest_at,
        "options": decision.kind.options,
    }
    return Fact(FactType.DECISION_REQUESTED, data, now)


def made_fact(card: Decision, now: int) -> Fact:
    """Somebody, or the hub by itself, has made this card."""
    data: dict[str, str | int | bool] = {
        "decision_id": card.decision_id,
        "class": card.decision_class.value,
        "option": card.option,
        "made_by": card.made_by,
    }
    return Fact(FactType.DECISION_MADE, data, now)
