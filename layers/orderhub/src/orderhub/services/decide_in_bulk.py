"""Many cards of one cause decided together (R29): looked at first, then carried out one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.errors import HubError, Rejected
from orderhub.domain.journey import next_step
from orderhub.domain.why import why_refused
from orderhub.ports.world import Executions
from orderhub.services.decide import decide_and_wake
from orderhub.services.decision_plan import Asked, Plan, plan
from orderhub.services.option_effects import Desk

MOST = 50


@dataclass(frozen=True, slots=True)
class Bulk:
    """One option for many cards. The same ``request_id`` again carries out what is left and repeats nothing."""

    decision_ids: Sequence[str]
    asked: Asked


def preview(bulk: Bulk, desk: Desk, now: int) -> dict[str, Any]:
    """What would happen to every order, nothing done.

    ``{"option", "would": n, "refused": n, "groups": n, "results": [{decision_id, order_id, would, step, next_step,
    error}]}``. Raises Rejected (``bad_bulk``) for no cards, too many, or cards of several classes.
    """
    _must_be_one_class(bulk)
    results = [_previewed(decision_id, bulk.asked, desk, now) for decision_id in bulk.decision_ids]
    would = sum(row["would"] for row in results)
    causes = {row["cause"] for row in results if row["cause"]}
    return {
        "option": bulk.asked.option,
        "would": would,
        "refused": len(results) - would,
        "causes": sorted(causes),
        "results": results,
    }


def carry_out(bulk: Bulk, desk: Desk, executions: Executions, now: int) -> dict[str, Any]:
    """Decide every card; one that is refused or fails does not keep the others.

    ``{"request_id", "done": n, "refused": n, "results": [{decision_id, order_id, done, error}]}``. A card whose
    partner or table could not be reached is reported as ``failed``: ask again with the same request id.
    """
    if not bulk.asked.request_id:
        raise Rejected("bad_bulk", "a request id is needed: it makes asking again safe")
    _must_be_one_class(bulk)
    results = [_carried_out(decision_id, bulk.asked, desk, executions, now) for decision_id in bulk.decision_ids]
    done = sum(row["done"] for row in results)
    return {
        "request_id": bulk.asked.request_id,
        "option": bulk.asked.option,
        "done": done,
        "refused": len(results) - done,
        "results": results,
    }


def _must_be_one_class(bulk: Bulk) -> None:
    if not 1 <= len(bulk.decision_ids) <= MOST:
        raise Rejected("bad_bulk", f"from 1 to {MOST} decisions at once")
    if len(set(bulk.decision_ids)) != len(bulk.decision_ids):
        raise Rejected("bad_bulk", "a decision is named twice")
    classes = {decision_id.split(".")[1] if decision_id.count(".") > 1 else "" for decision_id in bulk.decision_ids}
    if len(classes) > 1:
        raise Rejected("bad_bulk", f"decisions of one class at a time, not of: {', '.join(sorted(classes))}")


def _previewed(decision_id: str, asked: Asked, desk: Desk, now: int) -> dict[str, Any]:
    row = _row(decision_id)
    try:
        found = plan(row["order_id"], replace(asked, decision_id=decision_id), desk, now)
    except Rejected as refused:
        return row | {"would": False, "cause": "", "step": "", "next_step": "", "error": told(refused)}
    return row | {"would": True, "cause": found.decision.group[1], **_steps(found, now), "error": None}


def _steps(found: Plan, now: int) -> dict[str, str]:
    if found.order is None or found.after is None:
        return {"step": "", "next_step": ""}
    return {"step": next_step(found.order, now).value, "next_step": next_step(found.after, now).value}


def _carried_out(decision_id: str, asked: Asked, desk: Desk, executions: Executions, now: int) -> dict[str, Any]:
    row = _row(decision_id)
    try:
        made = decide_and_wake(
            decision_id, asked.option, asked.made_by, asked.note, desk.orders, executions, now,
            parameters=asked.parameters, request_id=asked.request_id, desk=desk,
        )  # fmt: skip
    except Rejected as refused:
        return row | {"done": False, "error": told(refused)}
    except HubError as failed:
        return row | {"done": False, "error": {"code": "failed", "message": str(failed), "evidence": {}}}
    return row | {"done": True, "undo_until": made["undo_until"], "error": None}


def _row(decision_id: str) -> dict[str, Any]:
    return {"decision_id": decision_id, "order_id": decision_id.partition(".")[0]}


def told(refused: Rejected) -> Mapping[str, Any]:
    """A refusal as every answer of the API words it."""
    why = why_refused(refused.code, str(refused), refused.evidence).values
    return {"code": refused.code, "message": str(refused), "evidence": refused.evidence, "why": why}
