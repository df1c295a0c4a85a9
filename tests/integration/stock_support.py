"""What the stock tests share: tables in moto, a store on them, faults at the wire, and the invariant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.adapters.dynamodb.stock_items import level_of, reservation_of
from orderhub.domain.stock import Reservation, ReservationStatus, StockLevel
from tests.kit.quick_tables import quick_tables
from tests.kit.tables import client_of

ORDERS, STOCK = "Orders", "Stock"
MINUTE = 60_000
NOW = 1_795_325_400_000 // MINUTE * MINUTE


def no_pause(_seconds: float) -> None:
    """Retries do not wait in tests."""


@contextmanager
def dynamodb() -> Iterator[Any]:
    """A client on empty tables. Each call is one step, as in DynamoDB: moto alone is not thread-safe."""
    with mock_aws(), quick_tables():
        client = client_of("dynamodb")
        create_tables(client)
        lock, call = threading.RLock(), client._make_api_call

        def one_at_a_time(operation: str, arguments: dict[str, Any]) -> Any:
            with lock:
                return call(operation, arguments)

        client._make_api_call = one_at_a_time
        yield client


def create_tables(client: Any) -> None:
    for table in (ORDERS, STOCK):
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )


def empty_tables(client: Any) -> None:
    """Start over on the same client."""
    for table in (ORDERS, STOCK):
        client.delete_table(TableName=table)
    create_tables(client)


def store_on(client: Any, shards: int = 1) -> DynamoStockStore:
    return DynamoStockStore(client, orders_table=ORDERS, stock_table=STOCK, shards=shards, pause=no_pause)


def shard_levels(client: Any, sku: str, warehouse: str, shards: int = 1) -> list[StockLevel]:
    found = []
    for shard in range(shards):
        key = stock_keys.stock_key(sku, warehouse, shard)
        answer = client.get_item(TableName=STOCK, Key=key, ConsistentRead=True)
        if "Item" in answer:
            found.append(level_of(answer["Item"]))
    return found


def rows(client: Any) -> list[Reservation]:
    pages = client.get_paginator("scan").paginate(TableName=ORDERS, ConsistentRead=True)
    return [reservation_of(item) for page in pages for item in page["Items"]]


def assert_nothing_leaked(levels: list[StockLevel], held: list[Reservation], stocked: int) -> None:
    """The invariant of P6 on each shard, and that numbers and rows tell the same story."""
    for level in levels:
        assert level.balance.is_sound, level
        here = [row for row in held if (row.sku, row.shard) == (level.sku, level.shard)]
        firm = sum(row.quantity for row in here if row.status is ReservationStatus.FIRM)
        sold = sum(row.quantity for row in here if row.status is ReservationStatus.COMMITTED)
        assert (firm, sold) == (level.firm, level.sold), level
        by_minute = dict.fromkeys(level.due, 0)
        for row in here:
            if row.status is ReservationStatus.RESERVED and row.minute in level.due:
                by_minute[row.minute] += row.quantity
            elif row.status is ReservationStatus.RESERVED:
                assert row.minute <= level.closed_through, (row, level)
        assert by_minute == dict(level.due), level
    assert sum(level.stocked for level in levels) == stocked


class Wire:
    """Does something at the n-th transaction of a client, before it is sent or after it was answered."""

    def __init__(self, client: Any) -> None:
        self._plan: dict[tuple[str, int], Callable[[], None]] = {}
        self._always: Callable[[], None] | None = None
        self._seen = {"before": 0, "after": 0}
        events, name = client.meta.events, "dynamodb.TransactWriteItems"
        events.register(f"before-call.{name}", lambda **_: self._reach("before"))
        events.register(f"after-call.{name}", lambda **_: self._reach("after"))

    def at(self, when: str, nth: int, action: Callable[[], None]) -> None:
        """Plan one action; ``nth`` counts from 0, from now on."""
        self._plan = {(when, nth): action}
        self._seen = {"before": 0, "after": 0}

    def every_time(self, action: Callable[[], None]) -> None:
        """Do this before every transaction, until cleared."""
        self._always = action

    def clear(self) -> None:
        self._plan, self._always = {}, None

    @property
    def is_armed(self) -> bool:
        return bool(self._plan)

    def _reach(self, when: str) -> None:
        here = (when, self._seen[when])
        self._seen[when] += 1
        action = self._plan.pop(here, None)
        if action:
            action()
        elif self._always and when == "before":
            self._always()


class Crash(BaseException):
    """The process dies here: nothing may catch it."""


def crash() -> None:
    raise Crash


def cancelled(client: Any, *codes: str) -> Callable[[], None]:
    """Raises what DynamoDB answers when a transaction is cancelled for these reasons."""

    def answer() -> None:
        raise client.exceptions.TransactionCanceledException(
            {
                "Error": {"Code": "TransactionCanceledException", "Message": f"reasons [{', '.join(codes)}]"},
                "CancellationReasons": [{"Code": code} for code in codes],
            },
            "TransactWriteItems",
        )

    return answer
