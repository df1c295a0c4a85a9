"""A decision to its item's plain values and back."""

import json
from collections.abc import Mapping
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus


def decision_values(decision: Decision, revision: int, now: int) -> dict[str, object]:
    """A decision; only an open one stands in the index that the queue reads."""
    is_open = decision.status is DecisionStatus.REQUESTED
    index_pk, index_sk = keys.decision_index(
        decision.decision_class.value, decision.nearest_at, decision.decision_id, decision.is_expired
    )
    return {
        "pk": keys.order_pk(decision.order_id),
        "sk": keys.decision_sk(decision.decision_id),
        "gsi1pk": index_pk if is_open else None,
        "gsi1sk": index_sk if is_open else None,
        "entity": "decision",
        "schema_version": 1,
        "revision": revision,
        "updated_at": now,
        "decision_id": decision.decision_id,
        "order_id": decision.order_id,
        "class": decision.decision_class.value,
        "cause": decision.cause,
        "evidence": dict(decision.evidence),
        "requested_at": decision.requested_at,
        "due_at": decision.due_at,
        "status": decision.status.value,
        "option": decision.option or None,
        "made_by": decision.made_by or None,
        "made_at": decision.made_at or None,
        "note": decision.note or None,
        "sealed": decision.sealed or None,
        "parameters": dict(decision.parameters) or None,
        "request_id": decision.request_id or None,
        "outside_due_at": decision.outside_due_at or None,
        "outside_effect": decision.outside_effect or None,
        "expired_at": decision.expired_at or None,
        "deferred_until": decision.deferred_until or None,
        "undo_until": decision.undo_until or None,
        "undo": json.dumps(decision.undo, ensure_ascii=False) if decision.undo else None,
    }


def decision_from(values: Mapping[str, Any]) -> Decision:
    return Decision(
        decision_id=values["decision_id"],
        order_id=values["order_id"],
        decision_class=DecisionClass(values["class"]),
        cause=values["cause"],
        evidence=values["evidence"],
        requested_at=values["requested_at"],
        due_at=values["due_at"],
        status=DecisionStatus(values["status"]),
        option=values.get("option", ""),
        made_by=values.get("made_by", ""),
        made_at=values.get("made_at", 0),
        note=values.get("note", ""),
        sealed=values.get("sealed", ""),
        parameters=values.get("parameters", {}),
        request_id=values.get("request_id", ""),
        outside_due_at=values.get("outside_due_at", 0),
        outside_effect=values.get("outside_effect", ""),
        expired_at=values.get("expired_at", 0),
        deferred_until=values.get("deferred_until", 0),
        undo_until=values.get("undo_until", 0),
        undo=json.loads(values.get("undo", "{}")),
    )
