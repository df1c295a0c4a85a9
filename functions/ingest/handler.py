"""ingest: takes partners' messages into the orders they speak of.

Trigger: SQS `inbound` and its dead letters (what was given up on becomes a decision). Batches, each record alone.
Input: `contracts.inbound`. Output: {"batchItemFailures": […]}.
Errors: a record that fails in passing is delivered again; one that cannot be understood becomes a decision.
"""

from typing import Any

from orderhub.contracts.inbound import read_inbound
from orderhub.runtime import wiring
from orderhub.runtime.entry import run_batch
from orderhub.services.take_message import Message, keep_unreadable, take_message

wiring.prepare(wiring.intake, wiring.executions, wiring.address_gate)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return run_batch("ingest", take, event)


def take(record: dict[str, Any]) -> str:
    """One record. A message out of the dead letters is not tried again: a person looks at it."""
    message = _message(record["body"])
    if wiring.is_dead_letter(record):
        return keep_unreadable(message, "gave_up", wiring.intake())
    return take_message(message, wiring.intake())


def _message(body: str) -> Message:
    try:
        read = read_inbound(body)
    except ValueError:
        return Message("unknown", "unknown", "full", 0, "", body.encode("utf-8", "surrogatepass"))
    content_type = read.headers.get("content-type", "")
    return Message(
        read.partner, read.kind, read.trust, read.received_at_ms, read.correlation_id, read.body, content_type
    )
