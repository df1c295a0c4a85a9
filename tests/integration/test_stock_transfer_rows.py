"""Pieces that move between warehouses for an order: one step each, whole or not at all, once (P6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.domain.errors import Rejected
from orderhub.domain.stock import Reserved
from tests.integration.stock_support import NOW, Crash, Wire, crash, dynamodb, store_on

SKU, HERE, THERE = "ZP-2026-01", "WH01", "WH02"
LATER = NOW + 600_000


@pytest.fixture(params=[1, 3])
def stock(request: pytest.FixtureRequest) -> Iterator[tuple[DynamoStockStore, Wire]]:
    """Five pieces in the other warehouse, three of them firm for a line; nobody knows the SKU here yet."""
    with dynamodb() as client:
        store = store_on(client, request.param)
        assert store.seed(SKU, THERE, 5, NOW)
        assert isinstance(store.reserve("o-1", "1", SKU, THERE, 3, LATER, NOW), Reserved)
        store.firm("o-1", "1", NOW)
        yield store, Wire(client)


def numbers(store: DynamoStockStore, warehouse: str) -> tuple[int, int, int]:
    """(available, firm, stocked)"""
    level = store.level(SKU, warehouse)
    if level is None:
        return 0, 0, 0
    assert level.balance.is_sound
    return level.available, level.firm, level.stocked


def status(store: DynamoStockStore) -> tuple[str, str]:
    (row,) = store.reservations("o-1")
    return row.status.value, row.warehouse


def test_departed_pieces_are_nowhere_and_arrived_ones_firm_where_they_arrived(stock: Any) -> None:
    store, _ = stock
    store.depart("o-1", "1", NOW)
    assert (status(store), numbers(store, THERE)) == (("transferring", THERE), (2, 0, 2))
    assert store.arrive("o-1", "1", HERE, NOW)
    assert (status(store), numbers(store, HERE)) == (("firm", HERE), (0, 3, 3))
    assert isinstance(store.reserve("o-1", "1", SKU, HERE, 3, LATER, NOW), Reserved)  # it holds them already
    store.commit("o-1", "1", NOW)
    assert numbers(store, HERE) == (0, 0, 3)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", [0, 1, 2])
@pytest.mark.parametrize("step", ["depart", "arrive"])
def test_a_step_that_dies_at_a_write_is_repeated_and_counts_once(stock: Any, step: str, when: str, nth: int) -> None:
    store, wire = stock
    if step == "arrive":
        store.depart("o-1", "1", NOW)
    arguments = ("o-1", "1", NOW) if step == "depart" else ("o-1", "1", HERE, NOW)
    wire.at(when, nth, crash)
    try:
        getattr(store, step)(*arguments)
    except Crash:
        getattr(store, step)(*arguments)
    wire.clear()
    getattr(store, step)(*arguments)
    assert numbers(store, THERE) == (2, 0, 2)
    assert numbers(store, HERE) == ((0, 3, 3) if step == "arrive" else (0, 0, 0))


def test_released_on_the_way_gives_back_nothing_and_arrives_for_nobody(stock: Any) -> None:
    store, _ = stock
    store.depart("o-1", "1", NOW)
    assert store.release("o-1", "1", NOW).quantity == 0
    assert status(store)[0] == "released"
    assert not store.arrive("o-1", "1", HERE, NOW)
    assert (numbers(store, THERE), numbers(store, HERE)) == ((2, 0, 2), (0, 0, 0))


def test_only_firm_pieces_depart(stock: Any) -> None:
    store, _ = stock
    assert isinstance(store.reserve("o-1", "2", SKU, THERE, 1, LATER, NOW), Reserved)
    with pytest.raises(Rejected, match="stock_not_firm"):
        store.depart("o-1", "2", NOW)
    with pytest.raises(Rejected, match="stock_not_firm"):
        store.depart("o-1", "9", NOW)
    assert numbers(store, THERE) == (1, 3, 5)
