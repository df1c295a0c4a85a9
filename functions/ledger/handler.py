"""ledger: splits the money of completed orders and books it; the only function with Kingdee's secret.

Trigger: the state machine (settle), a schedule (drain). Input: {"task", …}. Output: {"seq", "due_at"} or counts.
Errors: Superseded, Interrupted, Stale, PartnerUnavailable.
"""

from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.services.drain import drain
from orderhub.services.settle import settle
from orderhub.services.tasks import TaskCommand

wiring.prepare(wiring.books)


def handler(event: dict[str, Any], context: object) -> Any:
    return run_task("ledger", TASKS, event)


def _settle(event: Any) -> Any:
    return settle(TaskCommand(str(event["order_id"]), int(event["epoch"])), wiring.books())


TASKS = {
    "settle": _settle,
    "drain": lambda event: drain("kingdee", *wiring.drain_with("kingdee")),
}
