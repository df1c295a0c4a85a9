"""What the console has done where personal data may be opened: tasks of the function ``labels`` (ADR 0017)."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.runtime import wiring
from orderhub.runtime.carriers import carriers
from orderhub.runtime.clients import aws, now_ms
from orderhub.runtime.settings import required
from orderhub.runtime.stores import digest, orders, seal, tallies


@cache
def _labels() -> Any:
    from orderhub.adapters.aws.lambda_tasks import LambdaTasks

    return LambdaTasks(aws("lambda"), required("LABELS_FUNCTION")["LABELS_FUNCTION"])


def ask(task: str, **asked: Any) -> Mapping[str, Any]:
    """The answer of a task. Raises Rejected as the task refused, and ``not_now`` when it could not be done: nothing is
    shown or changed then, though a reveal may be on the timeline."""
    from orderhub.adapters.aws.lambda_tasks import TaskFailed

    try:
        said: Mapping[str, Any] = _labels().ask(task, asked)
    except TaskFailed:
        raise Rejected("not_now", task) from None
    if refused := said.get("refused"):
        raise Rejected(refused["code"], refused["message"], refused["evidence"])
    return said


def _reveal(event: Mapping[str, Any]) -> Mapping[str, Any]:
    from orderhub.services.tell_person import Telling, tell_person

    world = Telling(orders(), seal(), tallies(), now_ms)
    return tell_person(event["order_id"], event["by"], event["reason"], world)


def _preview(event: Mapping[str, Any]) -> Mapping[str, Any]:
    from orderhub.services.judge_address_change import Judging
    from orderhub.services.preview_address_change import preview_address_change

    nobody: Any = None  # nothing is written, so no run is woken
    world = Judging(orders(), wiring.rules(), seal(), digest(), nobody, now_ms, carriers())
    return preview_address_change(event["order_id"], event["asked"], event["source"], world)


def _answered(task: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Any], Mapping[str, Any]]:
    """A refusal is an answer: the caller raises it again."""

    def answer(event: Any) -> Mapping[str, Any]:
        try:
            return task(event)
        except Rejected as refused:
            message = str(refused).removeprefix(f"{refused.code}: ")
            told = {"code": refused.code, "message": message, "evidence": dict(refused.evidence)}
            return {"refused": told}

    return answer


TASKS: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "reveal": _answered(_reveal),
    "preview_address": _answered(_preview),
}
"""What ``labels`` does for the console; nobody else may invoke it."""
