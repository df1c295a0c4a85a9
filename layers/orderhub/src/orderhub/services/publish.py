"""Publish facts on the bus (outbox): what cannot be published now is remembered by its key, never lost."""

import json
from collections.abc import Callable, Mapping, Sequence

from orderhub.domain.facts import MAX_HOPS, FactType
from orderhub.domain.records import StoredFact
from orderhub.ports.world import Bus

_KNOWN = frozenset(FactType)


def envelope(fact: StoredFact) -> str:
    """The event's detail: ``{"metadata": …, "data": …}`` as the catalogue describes it."""
    metadata = {
        "event_id": fact.event_id,
        "version": 1,
        "occurred_at": fact.occurred_at,
        "order_id": fact.order_id,
        "revision": fact.revision,
        "correlation_id": fact.correlation_id or fact.order_id,
        "causation_id": fact.causation_id or fact.event_id,
        "hops": fact.hops,
    }
    return json.dumps({"metadata": metadata, "data": fact.data}, ensure_ascii=False)


def publish_facts(
    facts: Sequence[StoredFact], bus: Bus, keep_for_retry: Callable[[StoredFact], None]
) -> Mapping[str, int]:
    """Publish in order; each fact that failed goes to the retry queue by its key. Returns counts.

    A fact that came through more than 20 hops is going round in circles, and one of a type this version does not
    know has no source: both are kept for retry, where they end in the dead letters and are seen.
    """
    travelling = [fact for fact in facts if fact.hops <= MAX_HOPS and fact.type in _KNOWN]
    for fact in facts:
        if fact not in travelling:
            keep_for_retry(fact)
    entries = [
        {"source": FactType(fact.type).source, "detail_type": fact.type, "detail": envelope(fact)}
        for fact in travelling
    ]
    failed = bus.publish(entries) if entries else ()
    for position in failed:
        keep_for_retry(travelling[position])
    kept = len(failed) + len(facts) - len(travelling)
    return {"published": len(facts) - kept, "kept": kept}
