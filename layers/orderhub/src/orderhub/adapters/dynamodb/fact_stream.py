"""Facts as the table's stream and their keys show them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from orderhub.adapters.dynamodb import keys
from orderhub.adapters.dynamodb.items import values_of
from orderhub.adapters.dynamodb.record_codec import fact_from
from orderhub.domain.records import StoredFact


def facts_in(event: Mapping[str, Any]) -> list[StoredFact]:
    """The facts inserted by a stream batch, in its order; every other record is passed over."""
    found: list[StoredFact] = []
    for record in event.get("Records", ()):
        image = record.get("dynamodb", {}).get("NewImage")
        if record.get("eventName") == "INSERT" and image and image["sk"].get("S", "").startswith("FACT#"):
            found.append(fact_from(values_of(image)))
    return found


def key_of(fact: StoredFact) -> dict[str, str]:
    return {"pk": keys.order_pk(fact.order_id), "sk": keys.fact_sk(fact.revision, fact.number)}


def fact_at(client: Any, table: str, pk: str, sk: str) -> StoredFact:
    """Raises KeyError when there is no such fact."""
    answer = client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True)
    if not answer.get("Item"):
        raise KeyError(f"{pk} {sk}")
    return fact_from(values_of(answer["Item"]))


def numbered_facts(event: Mapping[str, Any]) -> list[tuple[str, Callable[[], StoredFact | None]]]:
    """Each record of a stream batch by its sequence number, and what reads its fact (None: it tells of none)."""
    return [
        (str(record["dynamodb"]["SequenceNumber"]), partial(_fact_in, record)) for record in event.get("Records", ())
    ]


def _fact_in(record: Mapping[str, Any]) -> StoredFact | None:
    return next(iter(facts_in({"Records": [record]})), None)


def tells_facts(event: Mapping[str, Any]) -> bool:
    """Whether a stream batch comes from the orders table's facts."""
    first: Mapping[str, Any] = next(iter(event.get("Records", ())), {})
    return str(first.get("dynamodb", {}).get("Keys", {}).get("sk", {}).get("S", "")).startswith("FACT#")
