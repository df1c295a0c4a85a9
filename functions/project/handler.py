"""Keep the ledger of stock movements.

Trigger: the StockTable's stream (NEW_AND_OLD_IMAGES, ReportBatchItemFailures).
Input: DynamoDB stream records. Output: {"batchItemFailures": [{"itemIdentifier": sequence number}]}.
Errors: none raised; a record that failed is logged by sequence number and answered as failed.
"""

from typing import Any

from orderhub.contracts import stock_stream
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_task
from orderhub.services.record_stock_movements import record_stock_movements


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    failed: list[str] = []
    run_task("project", {"record": lambda _: failed.extend(_record(event))}, {"task": "record"})
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}


def _record(event: dict[str, Any]) -> list[str]:
    return record_stock_movements(
        stock_stream.records(event), stock_stream.movement_of, wiring.stock_ledger(), wiring.report_failure
    )
