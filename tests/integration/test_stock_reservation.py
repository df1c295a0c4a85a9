"""Reserve, firm, commit, release: every step, its repeat, and every condition both ways (R12, P6, P21)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.adapters.dynamodb import stock_keys
from orderhub.adapters.dynamodb.stock import DynamoStockStore
from orderhub.domain.errors import Rejected
from orderhub.domain.stock import (
    Balance,
    Firmed,
    Lost,
    Released,
    ReservationStatus,
    Reserved,
    Short,
)

from .stock_support import (
    MINUTE,
    NOW,
    STOCK,
    Crash,
    Wire,
    assert_nothing_leaked,
    crash,
    dynamodb,
    rows,
    shard_levels,
    store_on,
)

SKU, WH = "ZP-2026-01", "WH-SH"
SOON = NOW + 15 * MINUTE
LATE = SOON + 1


@pytest.fixture
def client() -> Iterator[Any]:
    with dynamodb() as client:
        yield client


@pytest.fixture
def store(client: Any) -> DynamoStockStore:
    store = store_on(client)
    assert store.seed(SKU, WH, 5, NOW)
    return store


def balance(store: DynamoStockStore) -> Balance:
    level = store.level(SKU, WH)
    assert level is not None
    return level.balance


def reserve(store: DynamoStockStore, order: str, quantity: int = 1, now: int = NOW, line: str = "1") -> Any:
    return store.reserve(order, line, SKU, WH, quantity, now + 15 * MINUTE, now)


def test_a_reservation_goes_from_available_to_due_to_firm_to_sold(store: DynamoStockStore) -> None:
    assert isinstance(reserve(store, "o-1", 2), Reserved)
    assert balance(store) == Balance(available=3, due=2, stocked=5)
    assert isinstance(store.firm("o-1", "1", NOW), Firmed)
    assert balance(store) == Balance(available=3, firm=2, stocked=5)
    assert store.commit("o-1", "1", NOW).reservation.status is ReservationStatus.COMMITTED
    assert balance(store) == Balance(available=3, sold=2, stocked=5)


def test_repeating_any_step_gives_the_same_outcome_and_moves_nothing(store: DynamoStockStore) -> None:
    first = reserve(store, "o-1", 2)
    assert reserve(store, "o-1", 2) == first
    assert balance(store) == Balance(available=3, due=2, stocked=5)
    firmed = store.firm("o-1", "1", NOW)
    assert store.firm("o-1", "1", NOW + 5) == firmed
    committed = store.commit("o-1", "1", NOW)
    assert store.commit("o-1", "1", NOW + 5) == committed
    assert store.firm("o-1", "1", NOW) == Firmed(committed.reservation)
    assert reserve(store, "o-1", 2) == Reserved(committed.reservation)
    assert balance(store) == Balance(available=3, sold=2, stocked=5)
    assert store.release("o-1", "1", NOW) == Released(2)
    assert store.release("o-1", "1", NOW) == Released(0)
    assert balance(store) == Balance(available=5, stocked=5)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_p6_release_gives_back_once_from_whatever_stage(store: DynamoStockStore, steps: int) -> None:
    reserve(store, "o-1", 2)
    for step in (store.firm, store.commit)[:steps]:
        step("o-1", "1", NOW)
    assert store.release("o-1", "1", NOW) == Released(2)
    assert store.release("o-1", "1", NOW) == Released(0)
    assert balance(store) == Balance(available=5, stocked=5)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["reserve", "firm", "commit", "release"])
def test_p6_a_process_that_dies_at_any_write_leaves_a_step_that_can_be_repeated(
    store: DynamoStockStore, client: Any, step: str, when: str
) -> None:
    steps = {
        "reserve": lambda: reserve(store, "o-1", 2),
        "firm": lambda: store.firm("o-1", "1", NOW),
        "commit": lambda: store.commit("o-1", "1", NOW),
        "release": lambda: store.release("o-1", "1", NOW),
    }
    wire = Wire(client)
    for name, take in steps.items():
        if name == step:
            wire.at(when, 0, crash)
            with pytest.raises(Crash):
                take()
            assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)
        take()
    assert balance(store) == Balance(available=5, stocked=5)


def test_p21_a_partial_cancel_releases_exactly_its_lines(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 2, line="1")
    reserve(store, "o-1", 1, line="2")
    store.firm("o-1", "1", NOW)
    store.firm("o-1", "2", NOW)
    store.commit("o-1", "1", NOW)
    assert store.release("o-1", "1", NOW) == Released(2)
    assert balance(store) == Balance(available=4, firm=1, stocked=5)
    assert [(row.line_id, row.status.value) for row in store.reservations("o-1")] == [
        ("1", "released"),
        ("2", "firm"),
    ]
    assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)


def test_short_says_how_much_there_is_and_writes_nothing(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 3)
    assert reserve(store, "o-2", 3) == Short(2)
    assert store.reservations("o-2") == ()
    assert isinstance(reserve(store, "o-2", 2), Reserved)


def test_a_sku_the_hub_never_had_there_is_told_from_a_shortage(store: DynamoStockStore) -> None:
    assert store.reserve("o-1", "1", "NO-SUCH", WH, 1, SOON, NOW) == Short(0, is_known=False)
    assert store.level("NO-SUCH", WH) is None


def test_nothing_can_be_reserved_less_than_one(store: DynamoStockStore) -> None:
    with pytest.raises(ValueError, match="cannot reserve 0"):
        reserve(store, "o-1", 0)


def test_an_expired_reservation_is_free_to_the_next_buyer_without_a_sweeper(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 5)
    assert reserve(store, "o-2", 1, now=SOON - 1) == Short(0)
    assert isinstance(reserve(store, "o-2", 1, now=SOON), Reserved)
    assert balance(store) == Balance(available=4, due=1, stocked=5)
    assert store.firm("o-1", "1", SOON) == Lost()
    (row,) = store.reservations("o-1")
    assert (row.status, row.lost) == (ReservationStatus.RELEASED, True)
    assert store.firm("o-1", "1", SOON) == Lost()


def test_a_late_payment_still_finds_its_stock_while_nobody_was_short(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 2)
    reserve(store, "o-2", 1, now=LATE + 3 * MINUTE)
    assert isinstance(store.firm("o-1", "1", LATE + 3 * MINUTE), Firmed)
    assert balance(store) == Balance(available=2, due=1, firm=2, stocked=5)


def test_releasing_a_reservation_that_was_taken_back_adds_nothing(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 5)
    reserve(store, "o-2", 1, now=LATE)
    assert store.release("o-1", "1", LATE) == Released(0)
    assert balance(store) == Balance(available=4, due=1, stocked=5)


def test_a_lost_line_can_reserve_again(store: DynamoStockStore) -> None:
    first = reserve(store, "o-1", 5)
    reserve(store, "o-2", 1, now=LATE)
    assert store.firm("o-1", "1", LATE) == Lost()
    assert reserve(store, "o-1", 5, now=LATE) == Short(4)
    store.release("o-2", "1", LATE)
    again = reserve(store, "o-1", 5, now=LATE)
    assert isinstance(again, Reserved)
    assert again.reservation.revision > first.reservation.revision
    assert again.reservation.minute > first.reservation.minute
    assert isinstance(store.firm("o-1", "1", LATE), Firmed)


def test_a_line_taken_back_unnoticed_can_reserve_again_without_firming_first(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 5)
    reserve(store, "o-2", 1, now=LATE)
    store.seed("OTHER", WH, 1, NOW)
    assert isinstance(store.reserve("o-1", "1", "OTHER", WH, 1, LATE + MINUTE, LATE), Reserved)
    assert balance(store) == Balance(available=4, due=1, stocked=5)


def test_a_minute_that_was_taken_back_is_never_used_again(store: DynamoStockStore, client: Any) -> None:
    """A writer whose clock is behind would revive the minute, and with it the reservations that were lost."""
    reserve(store, "o-1", 5)
    reserve(store, "o-2", 1, now=LATE)
    slow = store.reserve("o-3", "1", SKU, WH, 2, SOON, NOW)
    assert isinstance(slow, Reserved)
    assert slow.reservation.minute > SOON // MINUTE
    assert store.firm("o-1", "1", LATE) == Lost()
    assert isinstance(store.firm("o-3", "1", LATE), Firmed)
    assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)


def test_a_minute_closed_between_reading_and_writing_is_refused_and_another_one_found(
    store: DynamoStockStore, client: Any
) -> None:
    reserve(store, "o-1", 4)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: reserve(other, "o-2", 2, now=LATE))
    slow = store.reserve("o-3", "1", SKU, WH, 1, SOON, NOW)
    assert isinstance(slow, Reserved)
    assert slow.reservation.minute > SOON // MINUTE
    assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)


def test_a_late_payment_between_reading_and_reclaiming_wins(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 5)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: other.firm("o-1", "1", LATE))
    assert reserve(store, "o-2", 1, now=LATE) == Short(0)
    assert balance(store) == Balance(firm=5, stocked=5)


def test_a_cancellation_between_reading_and_firming_wins(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 2)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: other.release("o-1", "1", NOW))
    assert store.firm("o-1", "1", NOW) == Lost()
    assert balance(store) == Balance(available=5, stocked=5)


def test_a_payment_between_reading_and_releasing_is_given_back_as_firm(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 2)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: other.firm("o-1", "1", NOW))
    assert store.release("o-1", "1", NOW) == Released(2)
    assert balance(store) == Balance(available=5, stocked=5)


@pytest.mark.parametrize("verb", ["firm", "commit", "release"])
def test_a_step_taken_by_two_at_once_moves_the_stock_once(store: DynamoStockStore, client: Any, verb: str) -> None:
    """Others hold enough in the same minute and stage: the stock alone would allow it twice."""
    for order in ("o-1", "o-2"):
        reserve(store, order, 2)
        if verb == "commit":
            store.firm(order, "1", NOW)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: getattr(other, verb)("o-1", "1", NOW))
    getattr(store, verb)("o-1", "1", NOW)
    assert_nothing_leaked(shard_levels(client, SKU, WH), rows(client), 5)
    held = balance(store)
    assert (held.due, held.firm, held.sold) == {
        "firm": (2, 2, 0),
        "commit": (0, 2, 2),
        "release": (2, 0, 0),
    }[verb]


def test_the_same_line_reserved_twice_at_once_is_held_once(store: DynamoStockStore, client: Any) -> None:
    wire, other = Wire(client), store_on(client)
    found: list[Any] = []
    wire.at("before", 0, lambda: found.append(reserve(other, "o-1", 2)))
    assert [reserve(store, "o-1", 2)] == found
    assert balance(store) == Balance(available=3, due=2, stocked=5)


def test_a_released_line_reserved_again_twice_at_once_is_held_once(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 1)
    store.release("o-1", "1", NOW)
    wire, other = Wire(client), store_on(client)
    wire.at("before", 0, lambda: reserve(other, "o-1", 2))
    reserve(store, "o-1", 2)
    assert balance(store) == Balance(available=3, due=2, stocked=5)


def test_holding_something_else_is_refused_until_it_is_released(store: DynamoStockStore) -> None:
    reserve(store, "o-1", 2)
    with pytest.raises(Rejected) as refusal:
        reserve(store, "o-1", 3)
    assert refusal.value.code == "reserved_otherwise"
    store.release("o-1", "1", NOW)
    assert isinstance(reserve(store, "o-1", 3), Reserved)


def test_only_firm_stock_can_be_committed(store: DynamoStockStore) -> None:
    for prepare in (lambda: None, lambda: reserve(store, "o-1"), lambda: store.release("o-1", "1", NOW)):
        prepare()
        with pytest.raises(Rejected) as refusal:
            store.commit("o-1", "1", NOW)
        assert refusal.value.code == "stock_not_firm"
    reserve(store, "o-1")
    store.firm("o-1", "1", NOW)
    assert store.commit("o-1", "1", NOW).reservation.quantity == 1


def test_firming_what_was_never_reserved_is_lost(store: DynamoStockStore) -> None:
    assert store.firm("o-9", "1", NOW) == Lost()
    assert store.release("o-9", "1", NOW) == Released(0)


def test_skus_with_separators_never_share_an_item() -> None:
    keys = {
        stock_keys.stock_pk(sku, warehouse, shard)
        for sku, warehouse, shard in [("A", "B", 1), ("A", "B#1", 0), ("A#B", "1", 0), ("A%23B", "1", 0)]
    }
    assert len(keys) == 4


def test_the_item_stays_small_when_nobody_is_ever_short(client: Any) -> None:
    store = store_on(client)
    store.seed(SKU, WH, 10_000, NOW)
    for minute in range(60):
        reserve(store, f"o-{minute}", now=NOW + minute * MINUTE)
    level = store.level(SKU, WH)
    assert level is not None
    assert len(level.past(NOW + 59 * MINUTE)) <= 31
    assert level.balance.is_sound


def test_the_row_says_what_the_table_of_the_design_asks(store: DynamoStockStore, client: Any) -> None:
    reserve(store, "o-1", 2)
    key = stock_keys.reservation_key("o-1", "1")
    item = client.get_item(TableName="Orders", Key=key)["Item"]
    assert item["pk"] == {"S": "ORDER#o-1"}
    assert item["sk"] == {"S": "RESERVATION#1"}
    assert {
        "entity",
        "schema_version",
        "revision",
        "updated_at",
        "sku",
        "warehouse",
        "quantity",
    } <= item.keys()
    assert item["status"] == {"S": "reserved"}
    stock = client.get_item(TableName=STOCK, Key=stock_keys.stock_key(SKU, WH))["Item"]
    assert {"entity", "schema_version", "revision", "updated_at", "last_movement"} <= stock.keys()
