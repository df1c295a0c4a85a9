"""Many at once, conflicts and throttles: never oversold, never a silent success (P5, R12)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderhub.domain.errors import HubUnavailable, Stale
from orderhub.domain.stock import Balance, Firmed, Reserved, Short

from .stock_support import (
    MINUTE,
    NOW,
    Wire,
    assert_nothing_leaked,
    cancelled,
    dynamodb,
    rows,
    shard_levels,
    store_on,
)

SKU, WH = "ZP-2026-01", "WH-SH"


@pytest.fixture
def client() -> Iterator[Any]:
    with dynamodb() as client:
        yield client


def buy(store: Any, order: str, quantity: int = 1, now: int = NOW) -> bool:
    """As the state machine does: try again when too many are at it."""
    while True:
        try:
            outcome = store.reserve(order, "1", SKU, WH, quantity, now + 15 * MINUTE, now)
            return isinstance(outcome, Reserved) and isinstance(store.firm(order, "1", now), Firmed)
        except Stale:
            continue


@pytest.mark.parametrize("shards", [1, 4])
def test_p5_fifty_of_fifty_are_sold_to_many_buyers_at_once(client: Any, shards: int) -> None:
    store = store_on(client, shards)
    store.seed(SKU, WH, 50, NOW)
    with ThreadPoolExecutor(16) as pool:
        sold = sum(pool.map(lambda number: buy(store, f"o-{number}"), range(120)))
    assert sold == 50
    level = store.level(SKU, WH)
    assert level is not None
    assert level.balance == Balance(firm=50, stocked=50)
    assert_nothing_leaked(shard_levels(client, SKU, WH, shards), rows(client), 50)


def test_p5_two_buyers_for_the_last_unit_one_gets_it(client: Any) -> None:
    store, wire = store_on(client), Wire(client)
    store.seed(SKU, WH, 1, NOW)
    won: list[bool] = []
    wire.at("before", 0, lambda: won.append(buy(store_on(client), "o-2")))
    assert store.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW) == Short(0)
    assert won == [True]


@pytest.mark.parametrize("shards", [1, 3])
def test_expired_stock_is_sold_once_to_many_who_are_short_at_once(client: Any, shards: int) -> None:
    store = store_on(client, shards)
    store.seed(SKU, WH, 12, NOW)
    for number in range(12):
        store.reserve(f"old-{number}", "1", SKU, WH, 1, NOW + (1 + number % 4) * MINUTE, NOW)
    later = NOW + 10 * MINUTE
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda number: buy(store, f"new-{number}", now=later), range(20)))
    late = [isinstance(store.firm(f"old-{number}", "1", later), Firmed) for number in range(12)]
    assert sum(new) + sum(late) == 12
    assert sum(new) == 12
    assert_nothing_leaked(shard_levels(client, SKU, WH, shards), rows(client), 12)


def test_shards_that_are_short_alone_serve_a_bigger_order_together(client: Any) -> None:
    store = store_on(client, 3)
    store.seed(SKU, WH, 7, NOW)
    assert buy(store, "o-1", 6)
    assert store.reserve("o-2", "1", SKU, WH, 2, NOW + MINUTE, NOW) == Short(1)
    assert_nothing_leaked(shard_levels(client, SKU, WH, 3), rows(client), 7)


def test_a_conflict_is_tried_again_and_one_that_does_not_end_is_stale(client: Any) -> None:
    store, wire = store_on(client), Wire(client)
    store.seed(SKU, WH, 5, NOW)
    wire.at("before", 0, cancelled(client, "None", "TransactionConflict"))
    assert buy(store, "o-1")
    wire.every_time(cancelled(client, "None", "TransactionConflict"))
    with pytest.raises(Stale):
        store.reserve("o-2", "1", SKU, WH, 1, NOW + MINUTE, NOW)
    with pytest.raises(Stale):
        store.release("o-1", "1", NOW)
    wire.clear()
    assert store.reservations("o-2") == ()
    assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_write_is_tried_again_and_never_reported_as_done(client: Any, code: str) -> None:
    store, wire = store_on(client), Wire(client)
    store.seed(SKU, WH, 5, NOW)
    wire.at("before", 0, cancelled(client, code, "None"))
    assert buy(store, "o-1")
    wire.every_time(cancelled(client, code, "None"))
    for step in (
        lambda: store.reserve("o-2", "1", SKU, WH, 1, NOW + MINUTE, NOW),
        lambda: store.commit("o-1", "1", NOW),
        lambda: store.release("o-1", "1", NOW),
        lambda: store.seed("OTHER", WH, 1, NOW),
    ):
        with pytest.raises(HubUnavailable):
            step()
    wire.clear()
    level = store.level(SKU, WH)
    assert level is not None
    assert level.balance == Balance(available=4, firm=1, stocked=5)


def test_conditions_that_keep_failing_are_stale_not_short(client: Any) -> None:
    store, wire = store_on(client), Wire(client)
    store.seed(SKU, WH, 5, NOW)
    wire.every_time(cancelled(client, "None", "ConditionalCheckFailed"))
    with pytest.raises(Stale):
        store.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)


def test_a_transaction_refused_for_another_reason_is_an_error(client: Any) -> None:
    store, wire = store_on(client), Wire(client)
    store.seed(SKU, WH, 5, NOW)
    wire.at("before", 0, cancelled(client, "ValidationError", "None"))
    with pytest.raises(ClientError):
        store.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)


def test_keys_left_unread_are_read_again_and_at_last_an_error(client: Any) -> None:
    store = store_on(client)
    store.seed(SKU, WH, 5, NOW)
    call, left_out = client._make_api_call, [2]

    def sparing(operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "BatchGetItem" and left_out[0]:
            left_out[0] -= 1
            return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}
        return call(operation, arguments)

    client._make_api_call = sparing
    level = store.level(SKU, WH)
    assert level is not None
    assert level.available == 5
    left_out[0] = 99
    with pytest.raises(HubUnavailable):
        store.level(SKU, WH)
