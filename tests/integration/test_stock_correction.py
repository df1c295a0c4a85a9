"""The WMS's count corrects the hub by difference, and never books an order in flight (design §4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.domain.stock import Balance, StockKey
from orderhub.domain.stock_correction import CorrectionPolicy, Observation
from orderhub.services.correct_stock import CorrectionReport, correct_stock

from .stock_support import MINUTE, NOW, dynamodb, store_on

SKU, WH = "ZP-2026-01", "WH-SH"
KEY = StockKey(SKU, WH)
POLICY = CorrectionPolicy(settle_ms=30_000, in_flight_ms=600_000)


class Warehouse:
    """What the WMS holds; ``meanwhile`` happens while it is being asked."""

    def __init__(self, **stock_num: int) -> None:
        self.counts = {SKU: {"stock_num": 0, "order_num": 0, "sending_num": 0} | stock_num}
        self.meanwhile: list[Any] = []
        self.asked = 0

    def __call__(self) -> Iterator[Observation]:
        self.asked += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return iter([Observation(sku, WH, **counts) for sku, counts in self.counts.items()])


class Polls:
    """Polls a minute apart."""

    def __init__(self, store: Any, warehouse: Warehouse) -> None:
        self.store, self.warehouse, self.now = store, warehouse, NOW

    def poll(self, after_ms: int = MINUTE, watched: tuple[StockKey, ...] = (KEY,)) -> CorrectionReport:
        self.now += after_ms
        return correct_stock(self.warehouse, self.store, clock=lambda: self.now, watched=watched, policy=POLICY)


@pytest.fixture
def polls() -> Iterator[Polls]:
    with dynamodb() as client:
        store = store_on(client)
        store.seed(SKU, WH, 10, NOW)
        yield Polls(store, Warehouse(stock_num=10))


def balance(polls: Polls) -> Balance:
    level = polls.store.level(SKU, WH)
    assert level is not None
    return level.balance


def test_counts_that_agree_change_nothing(polls: Polls) -> None:
    assert polls.poll().agreed == [KEY]
    assert balance(polls) == Balance(available=10, stocked=10)


def test_a_difference_is_booked_when_two_polls_saw_it(polls: Polls) -> None:
    polls.warehouse.counts[SKU]["stock_num"] = 13
    assert polls.poll().suspected == {KEY: 3}
    assert balance(polls).stocked == 10
    assert polls.poll().corrected == {KEY: 3}
    assert balance(polls) == Balance(available=13, stocked=13)
    assert polls.poll().agreed == [KEY]


def test_two_looks_in_a_row_are_one_look(polls: Polls) -> None:
    polls.warehouse.counts[SKU]["stock_num"] = 7
    polls.poll()
    assert polls.poll(after_ms=1_000).suspected == {KEY: -3}
    assert polls.poll(after_ms=29_000).corrected == {KEY: -3}


def test_a_difference_that_went_away_is_forgotten(polls: Polls) -> None:
    polls.warehouse.counts[SKU]["stock_num"] = 7
    polls.poll()
    polls.warehouse.counts[SKU]["stock_num"] = 10
    assert polls.poll().agreed == [KEY]
    polls.warehouse.counts[SKU]["stock_num"] = 7
    assert polls.poll().suspected == {KEY: -3}


def test_an_order_pushed_and_not_yet_committed_is_not_a_difference(polls: Polls) -> None:
    store = polls.store
    for order in ("o-1", "o-2"):
        store.reserve(order, "1", SKU, WH, 1, NOW + MINUTE, NOW)
        store.firm(order, "1", NOW)
    polls.warehouse.counts[SKU]["order_num"] = 1
    assert polls.poll().suspected == {KEY: -1}
    store.commit("o-1", "1", NOW)
    polls.warehouse.counts[SKU]["order_num"] = 2
    assert polls.poll().suspected == {KEY: -1}
    store.commit("o-2", "1", NOW)
    assert polls.poll().agreed == [KEY]
    assert balance(polls) == Balance(available=8, sold=2, stocked=10)


def test_a_real_loss_beside_paid_orders_is_booked_in_the_end(polls: Polls) -> None:
    polls.store.reserve("o-1", "1", SKU, WH, 2, NOW + MINUTE, NOW)
    polls.store.firm("o-1", "1", NOW)
    polls.warehouse.counts[SKU]["stock_num"] = 9
    polls.poll()
    assert polls.poll().suspected == {KEY: -1}
    assert polls.poll(after_ms=600_000).corrected == {KEY: -1}


def test_what_the_wms_ships_is_no_difference(polls: Polls) -> None:
    polls.store.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)
    polls.store.firm("o-1", "1", NOW)
    polls.store.commit("o-1", "1", NOW)
    for counts in ({"order_num": 1}, {"order_num": 0, "sending_num": 1}, {"sending_num": 0, "stock_num": 9}):
        polls.warehouse.counts[SKU] |= counts
        assert polls.poll().agreed == [KEY]


def test_stock_that_moved_while_the_wms_was_asked_is_left_for_the_next_poll(polls: Polls) -> None:
    polls.warehouse.counts[SKU]["stock_num"] = 7
    polls.warehouse.meanwhile = [lambda: polls.store.reserve("o-1", "1", SKU, WH, 1, NOW + MINUTE, NOW)]
    assert polls.poll().moved == [KEY]
    level = polls.store.level(SKU, WH)
    assert level is not None
    assert level.suspected_difference == 0


def test_a_sku_the_hub_does_not_know_is_seeded(polls: Polls) -> None:
    polls.warehouse.counts["NEW"] = {"stock_num": 8, "order_num": 1, "sending_num": 2}
    assert polls.poll().seeded == {StockKey("NEW", WH): 5}
    assert polls.warehouse.asked == 1
    polls.warehouse.counts["OWED"] = {"stock_num": 1, "order_num": 3, "sending_num": 0}
    report = polls.poll()
    assert report.seeded == {StockKey("OWED", WH): 0}
    assert report.shortfalls == {StockKey("OWED", WH): 2}


def test_a_known_sku_nobody_watched_is_compared_with_a_second_look(polls: Polls) -> None:
    polls.warehouse.counts[SKU]["stock_num"] = 12
    assert polls.poll(watched=()).suspected == {KEY: 2}
    assert polls.warehouse.asked == 2
    assert polls.poll(watched=()).corrected == {KEY: 2}


def test_what_is_promised_and_not_there_is_reported_for_a_person(polls: Polls) -> None:
    polls.store.reserve("o-1", "1", SKU, WH, 8, NOW + 99 * MINUTE, NOW)
    polls.warehouse.counts[SKU]["stock_num"] = 5
    polls.poll()
    report = polls.poll()
    assert (report.corrected, report.shortfalls) == ({KEY: -2}, {KEY: 3})
    assert balance(polls) == Balance(due=8, stocked=8)


def test_a_wms_that_does_not_answer_changes_nothing(polls: Polls) -> None:
    def down() -> list[Observation]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        correct_stock(down, polls.store, clock=lambda: NOW, watched=(KEY,))
    assert balance(polls) == Balance(available=10, stocked=10)
