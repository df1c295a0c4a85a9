"""project: keeps the rows of orders that lists and figures are made of, and the ledger of stock movements.

Trigger: the streams of OrdersTable (INSERT of FACT# items) and StockTable, the queues of their batches that were given
up on, a schedule ({"task": "close_days"}), and people ({"task": "rebuild", "restart": true}).
Output: {"batchItemFailures": [{"itemIdentifier": sequence number or message id}]}; of a task its counts.
Errors: none raised; a record that failed is logged by sequence number and answered as failed.
"""

import json
from typing import Any

from orderhub.contracts import stock_stream
from orderhub.runtime import reading, wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.record_stock_movements import record_stock_movements


def handler(event: dict[str, Any], context: object) -> Any:
    if "Records" not in event:
        return run_task("project", TASKS, event)
    if event["Records"] and event["Records"][0].get("eventSource") == "aws:sqs":
        return run_batch("project", again, event)
    failed: list[str] = []
    name = "project" if reading.tells_facts(event) else "record"
    run_task("project", {name: lambda _: failed.extend(_take(event))}, {"task": name})
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}


def again(record: dict[str, Any]) -> str:
    """A batch that was given up on; when a record of it fails again, all of it is delivered again."""
    failed = _take({"Records": wiring.stream_range(json.loads(record["body"]))})
    if failed:
        wiring.refuse_range(failed)
    return "recorded"


def _take(event: dict[str, Any]) -> list[str]:
    if reading.tells_facts(event):
        return reading.project(event)
    return record_stock_movements(
        stock_stream.records(event), stock_stream.movement_of, wiring.stock_ledger(), wiring.report_failure
    )


TASKS = {"rebuild": reading.rebuild, "close_days": lambda event: reading.close_days()}
