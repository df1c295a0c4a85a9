"""publish_facts: tells the bus what has become true.

Trigger: the OrdersTable's stream (INSERT of FACT# items); the queue of facts that could not be published; the queue
of stream batches that were given up on. Input: DynamoDB stream records, {"pk", "sk"} of a fact, or a
DDBStreamBatchInfo. Output: {"batchItemFailures": […]}.
Errors: a fact the bus refuses goes to the retry queue by its key; the stream's shard is never blocked by it.
"""

import json
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.publish import publish_facts

wiring.prepare(wiring.bus)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event["Records"][0].get("eventSource") == "aws:sqs":
        return run_batch("publish_facts", again, event)
    run_task("publish_facts", {"publish": lambda _: _publish(event)}, {"task": "publish"})
    return {"batchItemFailures": []}


def again(record: dict[str, Any]) -> str:
    """What failed before; when it fails again, the record is delivered again, then it is a dead letter."""
    body = json.loads(record["body"])
    if wiring.is_stream_range(body):
        return str(_publish({"Records": wiring.stream_range(body)}))
    publish_facts([wiring.fact_at(**body)], wiring.bus(), wiring.refuse_again)
    return "published"


def _publish(event: dict[str, Any]) -> Any:
    return publish_facts(wiring.facts_in(event), wiring.bus(), wiring.keep_fact_for_retry)
