"""A decision as people and tools see it: with its words, its options as forms, and the answer usually given."""

from collections.abc import Iterable, Mapping
from typing import Any

from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.decision_options import Option, Parameter, ParameterType, Words
from orderhub.domain.option_words import does
from orderhub.ports.decisions import Group
from orderhub.ports.orders import OrderStore
from orderhub.services.explain import evidence_words, explain

LEAST_PAST = 3
"""Fewer past decisions than this suggest nothing."""


def cards(decisions: Iterable[Decision], orders: OrderStore) -> list[dict[str, Any]]:
    """The cards, each with its suggestion; the past is read once for all of them."""
    found = list(decisions)
    past = orders.made_before({decision.group for decision in found if decision.status is DecisionStatus.REQUESTED})
    return [card(decision, past) for decision in found]


def card(decision: Decision, past: Mapping[Group, Mapping[str, int]]) -> dict[str, Any]:
    """One card. Nothing personal: evidence was cleaned when it was written, what is sealed stays away."""
    kind, words = decision.kind, evidence_words(decision)
    shown: dict[str, Any] = {
        "decision_id": decision.decision_id,
        "order_id": decision.order_id,
        "class": decision.decision_class.value,
        "cause": decision.group[1],
        "name": {"zh": kind.name_zh, "en": kind.name_en},
        "owner": kind.owner,
        "blocks": kind.blocks,
        "why": explain(decision).values,
        "evidence": dict(decision.evidence),
        "evidence_words": {name: _words(Words(*words.get(name, (name, name)))) for name in decision.evidence},
        "options": list(kind.options),
        "commands": [_command(decision, option) for option in kind.commands],
        "requested_at": decision.requested_at,
        "due_at": decision.due_at,
        "nearest_at": decision.nearest_at,
        "outside": _outside(decision),
        "at_deadline": kind.at_deadline,
        "is_expired": decision.is_expired,
        "deferred_until": decision.deferred_until,
        "status": decision.status.value,
        "suggestion": suggestion(decision, past),
    }
    if decision.status is DecisionStatus.MADE:
        shown |= {
            "option": decision.option,
            "made_by": decision.made_by,
            "made_at": decision.made_at,
            "note": decision.note,
            "parameters": dict(decision.parameters),
            "undo_until": decision.undo_until,
        }
    return shown


def suggestion(decision: Decision, past: Mapping[Group, Mapping[str, int]]) -> dict[str, Any] | None:
    """What people chose most often for this class and cause: ``{option, times, n, share}``, share of the n.

    None for fewer than 3 past decisions, and for an option the class does not offer any more.
    """
    if decision.status is not DecisionStatus.REQUESTED:
        return None
    chosen = past.get(decision.group, {})
    n = sum(chosen.values())
    if n < LEAST_PAST:
        return None
    option, times = max(chosen.items(), key=lambda row: (row[1], row[0]))
    if option not in decision.kind.options:
        return None
    return {"option": option, "times": times, "n": n, "share": round(times / n, 4)}


def _outside(decision: Decision) -> dict[str, Any] | None:
    if not decision.outside_due_at:
        return None
    return {"due_at": decision.outside_due_at, "effect": decision.outside_effect}


def _command(decision: Decision, option: Option) -> dict[str, Any]:
    return {
        "option": option.code,
        "name": _words(option.words),
        "does": _words(Words(*does(decision.decision_class, option.code))),
        "is_undoable": option.is_undoable,
        "closes": option.closes,
        "parameters": [_parameter(parameter) for parameter in option.parameters],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": parameter.name,
        "type": parameter.type.value,
        "words": _words(parameter.words),
        "is_required": parameter.is_required,
        "is_personal": parameter.is_personal,
    }
    if parameter.type is ParameterType.CHOICE:
        shown["choices"] = list(parameter.choices)
    if parameter.type is ParameterType.TEXT:
        shown["most"] = parameter.most
    if parameter.type is ParameterType.INTEGER:
        shown |= {"least": parameter.least, "most": parameter.most}
    return shown


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
