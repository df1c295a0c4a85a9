"""Facts reach the bus, or their keys the retry queue; what goes round in circles ends (P7, P11)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from orderhub.adapters.aws.bus import EventBus
from orderhub.domain.facts import MAX_HOPS
from orderhub.domain.records import StoredFact
from orderhub.services.publish import envelope, publish_facts
from tests.kit.orders import ORDER_ID, T0


def fact(number: int, kind: str = "OrderPaid", hops: int = 0) -> StoredFact:
    return StoredFact(ORDER_ID, 3, number, kind, {"paid_fen": 1}, T0, T0 + 5, "corr", "", hops)


class PutEvents:
    """EventBridge's PutEvents: at most 10 entries, each accepted or refused by itself."""

    def __init__(self, refuses: Sequence[int] = (), *, down: bool = False) -> None:
        self.refuses, self.down = set(refuses), down
        self.calls: list[list[Mapping[str, str]]] = []

    def put_events(self, Entries: list[Mapping[str, str]]) -> Any:
        if self.down:
            raise ConnectionError("no bus")
        assert 1 <= len(Entries) <= 10
        first = sum(len(call) for call in self.calls)
        self.calls.append(Entries)
        rows = [{"ErrorCode": "ThrottlingException"} if first + i in self.refuses else {"EventId": "e"}
                for i in range(len(Entries))]  # fmt: skip
        return {"FailedEntryCount": sum("ErrorCode" in row for row in rows), "Entries": rows}

    @property
    def taken(self) -> list[int]:
        entries = [entry for call in self.calls for entry in call]
        details = [json.loads(entry["Detail"]) for i, entry in enumerate(entries) if i not in self.refuses]
        return [int(detail["metadata"]["event_id"].rpartition(":")[2]) for detail in details]


def publish(client: PutEvents, facts: Sequence[StoredFact]) -> tuple[Mapping[str, int], list[int]]:
    kept: list[int] = []
    counts = publish_facts(facts, EventBus(client, "orderhub"), lambda one: kept.append(one.number))
    return counts, kept


def test_facts_are_published_in_order_ten_at_a_time_under_their_source() -> None:
    client = PutEvents()
    counts, kept = publish(client, [fact(n) for n in range(23)])
    assert (counts, kept) == ({"published": 23, "kept": 0}, [])
    assert [len(call) for call in client.calls] == [10, 10, 3]
    assert client.taken == list(range(23))
    assert {(e["Source"], e["DetailType"], e["EventBusName"]) for e in client.calls[0]} == {
        ("orderhub.order", "OrderPaid", "orderhub")
    }


def test_what_the_bus_refuses_of_a_batch_goes_to_the_retry_queue_and_nothing_else() -> None:
    client = PutEvents(refuses=(2, 11, 22))
    counts, kept = publish(client, [fact(n) for n in range(23)])
    assert (counts, kept) == ({"published": 20, "kept": 3}, [2, 11, 22])
    assert client.taken == [n for n in range(23) if n not in kept]


def test_a_bus_that_is_down_is_no_success() -> None:
    with pytest.raises(ConnectionError):
        publish(PutEvents(down=True), [fact(0)])


def test_a_fact_that_goes_round_in_circles_is_kept_back_and_the_others_go_on() -> None:
    client = PutEvents()
    counts, kept = publish(client, [fact(0), fact(1, hops=MAX_HOPS + 1), fact(2, hops=MAX_HOPS)])
    assert (counts, kept, client.taken) == ({"published": 2, "kept": 1}, [1], [0, 2])


def test_p11_a_fact_of_a_type_nobody_knows_keeps_no_other_from_the_bus() -> None:
    client = PutEvents()
    counts, kept = publish(client, [fact(0), fact(1, kind="FromTheFuture"), fact(2)])
    assert (counts, kept, client.taken) == ({"published": 2, "kept": 1}, [1], [0, 2])


def test_an_envelope_always_tells_what_it_came_from() -> None:
    metadata = json.loads(envelope(fact(4)))["metadata"]
    assert metadata["event_id"] == metadata["causation_id"] == f"{ORDER_ID}:3:4"
    assert (metadata["correlation_id"], metadata["revision"], metadata["hops"]) == ("corr", 3, 0)
