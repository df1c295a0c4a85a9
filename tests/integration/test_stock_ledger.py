"""The table's stream becomes a ledger: one row per revision, whatever is doubled or fails (R12)."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderhub.adapters.dynamodb.stock_ledger import DynamoStockLedger
from orderhub.contracts.stock_stream import movement_of, records
from orderhub.domain.stock import Balance, MovementKind
from orderhub.runtime import wiring
from orderhub.services.record_stock_movements import record_stock_movements

from .stock_support import MINUTE, NOW, STOCK, dynamodb, store_on

SKU, WH = "ZP-2026-01", "WH-SH"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def client() -> Iterator[Any]:
    with dynamodb() as client:
        yield client


class Stream:
    """The table's stream: old and new image of every write, in the shape in which Lambda delivers it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._images: dict[str, Any] = {}
        self._records: list[dict[str, Any]] = []
        for operation in ("TransactWriteItems", "PutItem"):
            client.meta.events.register(f"after-call.dynamodb.{operation}", lambda **_: self._look())

    def event(self) -> dict[str, Any]:
        return json.loads(json.dumps({"Records": self._records}))  # type: ignore[no-any-return]

    def _look(self) -> None:
        for item in self._client.scan(TableName=STOCK, ConsistentRead=True)["Items"]:
            key = item["pk"]["S"] + item["sk"]["S"]
            old = self._images.get(key)
            if old == item:
                continue
            change = {"SequenceNumber": f"{len(self._records):021d}", "NewImage": item}
            self._records.append({"dynamodb": change | ({"OldImage": old} if old else {})})
            self._images[key] = item


def record(client: Any, event: dict[str, Any]) -> list[str]:
    failures: dict[str, Exception] = {}
    ledger = DynamoStockLedger(client, stock_table=STOCK)
    failed = record_stock_movements(records(event), movement_of, ledger, failures.__setitem__)
    assert sorted(failures) == sorted(failed)
    return failed


def live_a_little(client: Any) -> Stream:
    stream, store = Stream(client), store_on(client)
    store.seed(SKU, WH, 5, NOW)
    store.reserve("o-1", "1", SKU, WH, 3, NOW + MINUTE, NOW)
    store.reserve("o-2", "1", SKU, WH, 4, NOW + 9 * MINUTE, NOW + 5 * MINUTE)
    store.firm("o-2", "1", NOW + 5 * MINUTE)
    store.suspect(SKU, WH, -1, 5, NOW + 5 * MINUTE)
    store.commit("o-2", "1", NOW + 5 * MINUTE)
    store.release("o-2", "1", NOW + 5 * MINUTE)
    level = store.level(SKU, WH)
    assert level is not None
    store.adjust(SKU, WH, -1, level.revision, "wms difference", NOW + 6 * MINUTE)
    return stream


def test_the_ledger_tells_every_movement_and_adds_up_to_the_item(client: Any) -> None:
    stream = live_a_little(client)
    assert record(client, stream.event()) == []
    ledger = DynamoStockLedger(client, stock_table=STOCK).movements(SKU, WH)
    assert [(row.revision, row.kind, row.quantity, row.order_id) for row in ledger] == [
        (1, MovementKind.SEEDED, 5, ""),
        (2, MovementKind.RESERVED, 3, "o-1"),
        (3, MovementKind.RECLAIMED, 3, ""),
        (4, MovementKind.RESERVED, 4, "o-2"),
        (5, MovementKind.FIRMED, 4, "o-2"),
        (6, MovementKind.COMMITTED, 4, "o-2"),
        (7, MovementKind.RELEASED_SOLD, 4, "o-2"),
        (8, MovementKind.ADJUSTED, -1, ""),
    ]
    for earlier, later in pairwise(ledger):
        assert earlier.left.after(later.kind, later.quantity) == later.left
    level = store_on(client).level(SKU, WH)
    assert level is not None
    assert ledger[-1].left == level.balance == Balance(available=4, stocked=4)
    assert ledger[-1].reason == "wms difference"


def test_a_record_delivered_again_is_written_once_and_ledger_rows_are_ignored(client: Any) -> None:
    stream = live_a_little(client)
    record(client, stream.event())
    ledger = DynamoStockLedger(client, stock_table=STOCK)
    before = ledger.movements(SKU, WH)
    assert record(client, stream.event()) == []
    assert ledger.movements(SKU, WH) == before
    assert ledger.record(before[0]) is False


def test_a_record_that_cannot_be_read_is_reported_and_blocks_no_other(client: Any) -> None:
    stream = live_a_little(client)
    event = stream.event()
    event["Records"][1]["dynamodb"]["NewImage"].pop("last_movement")
    broken = event["Records"][1]["dynamodb"]["SequenceNumber"]
    assert record(client, event) == [str(broken)]
    written = [row.revision for row in DynamoStockLedger(client, stock_table=STOCK).movements(SKU, WH)]
    assert written == [1, 3, 4, 5, 6, 7, 8]


def test_a_throttled_ledger_is_answered_as_failed_and_written_on_the_next_delivery(client: Any) -> None:
    stream = live_a_little(client)
    event = stream.event()
    call = client._make_api_call

    def throttled(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "PutItem" and arguments["Item"]["sk"]["S"].endswith("2"):
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, operation)
        return call(operation, arguments)

    client._make_api_call = throttled
    assert len(record(client, event)) == 1
    client._make_api_call = call
    assert record(client, event) == []
    assert len(DynamoStockLedger(client, stock_table=STOCK).movements(SKU, WH)) == 8


def test_a_removed_item_is_no_movement() -> None:
    removed = {"dynamodb": {"SequenceNumber": "1", "Keys": {}, "OldImage": {"sk": {"S": "STOCK"}}}}
    assert movement_of(removed) is None


def test_the_function_answers_the_stream_with_the_records_that_failed(
    client: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    event = live_a_little(client).event()
    event["Records"][3]["dynamodb"]["NewImage"]["last_movement"] = {"M": {}}
    broken = event["Records"][3]["dynamodb"]["SequenceNumber"]
    ledger = DynamoStockLedger(client, stock_table=STOCK)
    monkeypatch.setattr(wiring, "stock_ledger", lambda: ledger)
    handler = runpy.run_path(str(ROOT / "functions" / "project" / "handler.py"))["handler"]
    assert handler(event, None) == {"batchItemFailures": [{"itemIdentifier": broken}]}
    assert [row.revision for row in ledger.movements(SKU, WH)] == [1, 2, 3, 5, 6, 7, 8]
    assert broken in capsys.readouterr().out
