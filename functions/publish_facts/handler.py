"""publish_facts: tells the bus what has become true.

Trigger: the OrdersTable's stream (INSERT of FACT# items), and the queue of facts that could not be published.
Input: DynamoDB stream records, or {"pk", "sk"} of a fact. Output: {"batchItemFailures": […]}.
Errors: a fact the bus refuses goes to the retry queue by its key; the stream's shard is never blocked by it.
"""

import json
from typing import Any

from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch, run_task
from orderhub.services.publish import publish_facts


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event["Records"][0].get("eventSource") == "aws:sqs":
        return run_batch("publish_facts", again, event)
    facts = wiring.facts_in(event)
    counts = run_task(
        "publish_facts",
        {"publish": lambda _: publish_facts(facts, wiring.bus(), wiring.keep_fact_for_retry)},
        {"task": "publish"},
    )
    return {"batchItemFailures": [], **counts}


def again(record: dict[str, Any]) -> str:
    """A fact the bus refused before; when it refuses again, the record is delivered again, then a dead letter."""
    fact = wiring.fact_at(**json.loads(record["body"]))
    publish_facts([fact], wiring.bus(), wiring.refuse_again)
    return "published"
