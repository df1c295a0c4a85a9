"""sweep: the hub's own repair. Orders nobody drives, runs that ended badly, orders and decisions that are due.

Trigger: schedules ({"task": "sweep"} and {"task": "deadlines"} every minute, {"task": "recover_all"} every six hours)
and the queue of executions that failed.
Output: counts by what was done, or batch failures. Errors: none planned; the next run tries again.
"""

import json
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.decision_deadlines import meet_deadlines
from orderhub.services.sweep import recover_all, recover_one, sweep


def handler(event: dict[str, Any], context: object) -> Any:
    if "Records" in event:
        return run_batch("sweep", take, event)
    return run_task("sweep", TASKS, event)


def take(record: dict[str, Any]) -> str:
    """An execution that FAILED, TIMED_OUT or was ABORTED: its order must have another run."""
    order_id = json.loads(json.loads(record["body"])["detail"]["input"])["order_id"]
    return recover_one(order_id, wiring.orders(), wiring.executions(), wiring.now_ms(), wiring.change_runs())


TASKS = {
    "sweep": lambda event: sweep(wiring.orders(), wiring.executions(), wiring.now_ms(), wiring.change_runs()),
    "deadlines": lambda event: meet_deadlines(wiring.orders(), wiring.executions(), wiring.now_ms()),
    "recover_all": lambda event: recover_all(
        wiring.orders(), wiring.executions(), wiring.keep_fact_for_retry, wiring.now_ms(), wiring.change_runs()
    ),
}
