"""What people see of an order's changes of address, those by a decision included: who made them, who knows of them by
now, and nothing of the addresses but their division."""

from collections.abc import Iterable, Sequence
from typing import Any

from orderhub.domain.address_change import ChangeOfAddress
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.decision_options import OPTIONS
from orderhub.domain.errors import Rejected
from orderhub.domain.facts import FactType
from orderhub.domain.order import Order
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import OrderStore
from orderhub.services.request_address_change import CHANGE

CORRECT = "correct_address"


def listed(order_id: str, orders: OrderStore) -> dict[str, Any]:
    """Every change of the order, oldest first. Raises Rejected (``no_such_order``)."""
    order = orders.load(order_id)
    if order is None:
        raise Rejected("no_such_order", order_id)
    return {
        "order_id": order_id,
        "open": order.change_open,
        "relabel": order.relabel,
        "changes": [shown(change) for change in orders.address_changes_of(order_id)],
    }


def shown(change: ChangeOfAddress) -> dict[str, Any]:
    """One change in plain values."""
    return {
        "change": change.number,
        "source": change.source.value,
        "by": change.by,
        "status": change.status.value,
        "outcome": change.outcome,
        "scope": change.scope,
        "changed": list(change.changed),
        "levels": list(change.levels),
        "zone": change.zone,
        "way": change.way,
        "reasons": list(change.reasons),
        "surcharge_fen": change.surcharge_fen,
        "systems": dict(change.systems),
        "notes": dict(change.notes),
        "takes_over": change.takes_over,
        "content_version": change.content_version,
        "occurred_at": change.occurred_at,
        "requested_at": change.requested_at,
        "due_at": change.due_at,
        "ended_at": change.ended_at,
    }


def decided(change: ChangeOfAddress, cards: Iterable[Decision]) -> list[dict[str, Any]]:
    """What people decided about a change: ``{at, by, name, option}``, oldest first."""
    made = [
        card for card in cards if card.status is DecisionStatus.MADE and card.evidence.get(CHANGE) == str(change.number)
    ]
    return [_decided(card) for card in sorted(made, key=lambda card: card.made_at) if card.option in OPTIONS]


def _decided(card: Decision) -> dict[str, Any]:
    words = OPTIONS[card.option].words
    return {
        "at": card.made_at,
        "by": card.made_by,
        "name": {"zh": card.kind.name_zh, "en": card.kind.name_en},
        "option": {"zh": words.zh, "en": words.en},
    }


def corrections(order: Order, cards: Sequence[Decision], facts: Iterable[StoredFact]) -> list[dict[str, Any]]:
    """Addresses that a person corrected on a card: ``{at, by, decision_id, name, region, receiver, state}``, oldest
    first, by what the timeline says: ``state`` is current, undone or replaced; ``receiver`` masked, of the current."""
    known = {card.decision_id: card for card in cards}
    told = sorted(facts, key=lambda fact: (fact.revision, fact.number))
    return [
        _correction(fact, order, known.get(str(fact.data["decision_id"])), told[place + 1 :])
        for place, fact in enumerate(told)
        if fact.type == FactType.DECISION_MADE and fact.data.get("option") == CORRECT
    ]


def _correction(fact: StoredFact, order: Order, card: Decision | None, later: Sequence[StoredFact]) -> dict[str, Any]:
    decision_id, held = str(fact.data["decision_id"]), order.active_correction
    undone = next(
        (one for one in later if one.type == FactType.DECISION_UNDONE and one.data.get("decision_id") == decision_id),
        None,
    )
    is_current = undone is None and held is not None and held.corrected_at == fact.occurred_at
    region = ""
    if held is not None and is_current:
        region = f"{held.region.province} {held.region.city} {held.region.district}"
    elif card is not None and card.made_at == fact.occurred_at:
        region = " ".join(str(card.parameters.get(name, "")) for name in ("province", "city", "district")).strip()
    return {
        "at": fact.occurred_at,
        "by": str(fact.data.get("made_by", "")),
        "decision_id": decision_id,
        "name": {"zh": card.kind.name_zh, "en": card.kind.name_en} if card else None,
        "region": region,
        "receiver": f"{held.masked_name} {held.masked_phone}" if held is not None and is_current else "",
        "state": "undone" if undone else "current" if is_current else "replaced",
        "undone_at": undone.occurred_at if undone else 0,
        "undone_by": str(undone.data.get("undone_by", "")) if undone else "",
    }
