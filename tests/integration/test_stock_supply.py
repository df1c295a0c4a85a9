"""Seeding, corrections and shards: every condition both ways (issue 2 item 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.adapters.dynamodb.stock_supply import StockSupply
from orderhub.adapters.dynamodb.stock_transact import Transactor
from orderhub.domain.stock import Adjusted, Balance, Moved, Reserved, StockLevel

from .stock_support import (
    MINUTE,
    NOW,
    STOCK,
    Wire,
    assert_nothing_leaked,
    dynamodb,
    no_pause,
    rows,
    shard_levels,
    store_on,
)

SKU, WH = "ZP-2026-01", "WH-SH"


@pytest.fixture
def client() -> Iterator[Any]:
    with dynamodb() as client:
        yield client


def level(store: Any) -> StockLevel:
    found = store.level(SKU, WH)
    assert found is not None
    return found


def test_seeding_makes_stock_known_once(client: Any) -> None:
    store = store_on(client)
    assert store.seed(SKU, WH, 5, NOW)
    assert not store.seed(SKU, WH, 9, NOW)
    assert level(store).balance == Balance(available=5, stocked=5)
    with pytest.raises(ValueError, match="cannot seed -1"):
        store.seed("OTHER", WH, -1, NOW)


def test_two_who_seed_at_once_seed_once(client: Any) -> None:
    store, wire = store_on(client), Wire(client)
    wire.at("before", 0, lambda: store_on(client).seed(SKU, WH, 7, NOW))
    assert not store.seed(SKU, WH, 5, NOW)
    assert level(store).available == 7


def test_seeding_splits_the_stock_over_the_shards(client: Any) -> None:
    store_on(client, 4).seed(SKU, WH, 50, NOW)
    assert [shard.available for shard in shard_levels(client, SKU, WH, 4)] == [13, 13, 12, 12]


def test_raising_the_shards_later_shares_out_what_is_available(client: Any) -> None:
    one = store_on(client)
    one.seed(SKU, WH, 9, NOW)
    one.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)
    more = store_on(client, 4)
    assert not more.seed(SKU, WH, 0, NOW)
    assert [shard.available for shard in shard_levels(client, SKU, WH, 4)] == [2, 2, 2, 2]
    assert_nothing_leaked(shard_levels(client, SKU, WH, 4), rows(client), 9)
    assert more.release("o-1", "1", NOW).quantity == 1


@pytest.mark.parametrize("shards", [1, 3])
def test_a_gain_and_a_loss_change_available_and_stocked(client: Any, shards: int) -> None:
    store = store_on(client, shards)
    store.seed(SKU, WH, 5, NOW)
    assert store.adjust(SKU, WH, 4, level(store).revision, "count", NOW) == Adjusted(4, 0)
    assert store.adjust(SKU, WH, -6, level(store).revision, "count", NOW) == Adjusted(-6, 0)
    assert level(store).balance == Balance(available=3, stocked=3)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_loss_bigger_than_what_is_available_takes_that_and_reports_the_rest(client: Any, shards: int) -> None:
    store = store_on(client, shards)
    store.seed(SKU, WH, 5, NOW)
    assert isinstance(store.reserve("o-1", "1", SKU, WH, 3, NOW + MINUTE, NOW), Reserved)
    assert store.adjust(SKU, WH, -4, level(store).revision, "count", NOW) == Adjusted(-2, -2)
    assert level(store).balance == Balance(due=3, stocked=3)
    revision = level(store).revision
    assert store.adjust(SKU, WH, -1, revision, "count", NOW) == Adjusted(0, -1)
    assert level(store).revision == revision
    assert_nothing_leaked(shard_levels(client, SKU, WH, shards), rows(client), 3)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_difference_is_not_booked_on_stock_that_moved(client: Any, shards: int) -> None:
    store, wire, other = store_on(client, shards), Wire(client), store_on(client, shards)
    store.seed(SKU, WH, 6, NOW)
    seen = level(store).revision
    other.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)
    assert store.adjust(SKU, WH, 2, seen, "count", NOW) == Moved()
    assert not store.suspect(SKU, WH, 2, seen, NOW)
    wire.at("before", 0, lambda: other.release("o-1", "1", NOW))
    assert store.adjust(SKU, WH, 2, level(store).revision, "count", NOW) == Moved()
    assert level(store).balance == Balance(available=6, stocked=6)
    assert store.adjust("NO-SUCH", WH, 2, 1, "count", NOW) == Moved()


def test_a_suspicion_is_kept_without_being_a_movement_and_cleared_by_booking(client: Any) -> None:
    store = store_on(client, 2)
    store.seed(SKU, WH, 5, NOW)
    before = level(store)
    assert store.suspect(SKU, WH, -2, before.revision, NOW + 1)
    seen = level(store)
    assert (seen.suspected_difference, seen.suspected_at, seen.revision) == (-2, NOW + 1, before.revision)
    assert store.adjust(SKU, WH, 3, seen.revision, "count", NOW) == Adjusted(3, 0)
    assert (level(store).suspected_difference, level(store).suspected_at) == (0, 0)


def test_a_suspicion_about_stock_that_moves_meanwhile_is_not_kept(client: Any) -> None:
    store, wire, other = store_on(client), Wire(client), store_on(client)
    store.seed(SKU, WH, 5, NOW)
    revision = level(store).revision
    wire.at("before", 0, lambda: other.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW))
    assert not store.suspect(SKU, WH, -2, revision, NOW)
    assert level(store).suspected_difference == 0


def test_gathering_is_refused_when_a_shard_was_emptied_meanwhile(client: Any) -> None:
    store, wire, other = store_on(client, 2), Wire(client), store_on(client, 2)
    store.seed(SKU, WH, 4, NOW)

    def buy_all() -> None:
        for order in ("a", "b"):
            other.reserve(order, "1", SKU, WH, 2, NOW + MINUTE, NOW)

    wire.at("before", 0, buy_all)
    assert store.reserve("o-1", "1", SKU, WH, 3, NOW + MINUTE, NOW).available == 0  # type: ignore[union-attr]
    assert_nothing_leaked(shard_levels(client, SKU, WH, 2), rows(client), 4)


def test_taking_minutes_back_from_an_old_reading_never_reopens_a_closed_one(client: Any) -> None:
    store = store_on(client)
    store.seed(SKU, WH, 5, NOW)
    for order, minutes in (("o-1", 1), ("o-2", 2)):
        store.reserve(order, "1", SKU, WH, 1, NOW + minutes * MINUTE, NOW)
    seen = level(store)
    earlier, later = sorted(seen.due)
    supply = StockSupply(Transactor(client, no_pause), STOCK, 1)
    assert supply.reclaim(seen, {later: 1}, NOW)
    assert not supply.reclaim(seen, {earlier: 1}, NOW)
    assert level(store).closed_through == later
    assert supply.reclaim(level(store), {earlier: 1}, NOW)
    assert level(store).closed_through == later
