"""Where every function but the front door begins: tasks, queue batches, one canonical log line.

Nothing personal leaves through here: an error the hub did not plan for is reported by its type and the places
it passed through, never by its text, which may quote data.
"""

import json
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from orderhub.domain.errors import HubError, HubUnavailable
from orderhub.runtime.log_line import write_log_line

type Task = Callable[[Any], Any]
type Take = Callable[[dict[str, Any]], str]

_cold = True


class Unplanned(Exception):
    """Stands for an error nobody planned for; its text is the type of that error and the place it came from."""


def run_task(function: str, tasks: Mapping[str, Task], event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run the task an event names: ``{"task": …, "order_id": …, "epoch": …}``.

    Errors of the hub keep their class name, which is what the state machine catches, but that a part of the hub is
    away is always called HubUnavailable; all others become ``Unplanned``. Raises ValueError for a task this function
    does not have.
    """
    name = str(event.get("task", ""))
    task = tasks.get(name)
    if task is None:
        raise ValueError(f"{function} has no task {name[:40]!r}")
    result = _observed(function, name, str(event.get("order_id", "")), lambda: task(event))
    return result if isinstance(result, Mapping) else {"outcome": result or "done"}


def run_batch(function: str, take: Take, event: Mapping[str, Any]) -> dict[str, Any]:
    """Take each SQS record by itself; those that failed are delivered again, the others are not (R3).

    Returns ``{"batchItemFailures": [{"itemIdentifier": message id}]}``.
    """
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        name = str(record.get("eventSourceARN", "")).rpartition(":")[2] or "record"
        try:
            _observed(function, name, "", lambda record=record: take(record))  # type: ignore[misc]
        except (HubError, Unplanned):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def run_whole_batch(
    function: str, take: Callable[[list[dict[str, Any]]], list[str]], event: Mapping[str, Any]
) -> dict[str, Any]:
    """Take all records of a batch in one go; ``take`` returns the message ids to deliver again.

    An error of the whole fails all of them.
    """
    records = list(event["Records"])
    try:
        failed: list[str] = []
        _observed(function, "batch", "", lambda: failed.extend(take(records)))
    except (HubError, Unplanned):
        failed = [record["messageId"] for record in records]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def event_detail(record: Mapping[str, Any]) -> dict[str, Any]:
    """The ``detail`` of an EventBridge event that came through a queue."""
    return dict(json.loads(record["body"])["detail"])


def _observed(function: str, task: str, order_id: str, work: Callable[[], Any]) -> Any:
    global _cold
    was_cold, _cold = _cold, False
    started = time.perf_counter()
    outcome = "done"
    fields: dict[str, str] = {}
    try:
        result = work()
        if isinstance(result, str):
            outcome = result
        elif isinstance(result, Mapping):
            outcome = str(result.get("next") or result.get("outcome") or "done")
        return result
    except Exception as error:
        outcome, fields = outcome_of(error)
        match error:
            case HubUnavailable():
                raise HubUnavailable(_told(error)) from None
            case HubError():
                raise
        raise Unplanned(_told(error)) from None
    finally:
        write_log_line(
            fields={
                "task": task,
                "order_id": order_id,
                "outcome": outcome,
                "cold": was_cold or None,
                **fields,
            },
            counts={"Invocations": 1, "Failures": int(outcome == "Unplanned")},
            milliseconds={"TaskMs": round((time.perf_counter() - started) * 1000, 3)},
            dimensions={"function": function},
        )


def outcome_of(error: Exception) -> tuple[str, dict[str, str]]:
    """(name, fields) of an error in a log line."""
    match error:
        case HubUnavailable():
            return HubUnavailable.__name__, {"problem": type(error).__name__, "where": _places(error)}
        case HubError():
            return type(error).__name__, {"problem": str(error)[:200]}
    return Unplanned.__name__, {"problem": type(error).__name__, "where": _places(error)}


def _told(error: BaseException) -> str:
    return f"{type(error).__name__} at {_places(error).partition(' < ')[0]}"


def _places(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
