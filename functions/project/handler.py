"""project: keeps the ledger of stock movements (read models come with their issue).

Trigger: the StockTable's stream (NEW_AND_OLD_IMAGES), and the queue of its batches that were given up on.
Input: DynamoDB stream records, or SQS records with a DDBStreamBatchInfo.
Output: {"batchItemFailures": [{"itemIdentifier": sequence number or message id}]}.
Errors: none raised; a record that failed is logged by sequence number and answered as failed.
"""

import json
from typing import Any

from orderhub.contracts import stock_stream
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.record_stock_movements import record_stock_movements


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event["Records"] and event["Records"][0].get("eventSource") == "aws:sqs":
        return run_batch("project", again, event)
    failed: list[str] = []
    run_task("project", {"record": lambda _: failed.extend(_record(event))}, {"task": "record"})
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}


def again(record: dict[str, Any]) -> str:
    """A batch that was given up on; when a record of it fails again, all of it is delivered again."""
    failed = _record({"Records": wiring.stream_range(json.loads(record["body"]))})
    if failed:
        wiring.refuse_range(failed)
    return "recorded"


def _record(event: dict[str, Any]) -> list[str]:
    return record_stock_movements(
        stock_stream.records(event), stock_stream.movement_of, wiring.stock_ledger(), wiring.report_failure
    )
