"""advance: makes sure that an order whose next step changed is driven, if the fast path did not, and that a change of
its address is.

Trigger: SQS queue of the rule on facts that wake a driver. Input: EventBridge events. Output: batch failures.
Errors: a record that fails is delivered again.
"""

from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import event_detail, run_batch
from orderhub.services.address_change_run import advance_change
from orderhub.services.drive import advance

wiring.prepare(wiring.orders, wiring.executions)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return run_batch("advance", take, event)


def take(record: dict[str, Any]) -> str:
    order_id = event_detail(record)["metadata"]["order_id"]
    change = advance_change(order_id, wiring.orders(), wiring.change_runs())
    driver = advance(order_id, wiring.orders(), wiring.executions(), wiring.now_ms())
    return driver if change == "no_change" else f"{driver},{change}"
