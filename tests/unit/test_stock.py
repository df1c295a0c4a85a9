"""The arithmetic and the plans of stock (design §4 "Stock", R12)."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain import stock, stock_plan, stock_shards
from orderhub.domain.stock import (
    EFFECTS,
    Balance,
    MovementKind,
    ReservationStatus,
    StockLevel,
    minute_for,
    movement_back,
)
from orderhub.domain.stock_correction import CorrectionPolicy, Observation, Verdict, difference_of, judge
from orderhub.domain.stock_plan import Gather, GiveUp, Reclaim, Take, plan_reserve
from orderhub.domain.stock_shards import even_out, share_out, split, total

MINUTE = 60_000
POLICY = CorrectionPolicy(settle_ms=30_000, in_flight_ms=600_000)


def level(available: int = 0, shard: int = 0, **more: object) -> StockLevel:
    return StockLevel(sku="ZP-2026-01", warehouse="WH-SH", available=available, shard=shard, **more)  # type: ignore[arg-type]


def test_the_examples_in_the_docstrings_are_true() -> None:
    for module in (stock, stock_shards):
        outcome = doctest.testmod(module)
        assert outcome.attempted > 0
        assert outcome.failed == 0


def test_p6_every_kind_of_movement_keeps_the_sum() -> None:
    assert set(EFFECTS) == set(MovementKind)
    for effect in EFFECTS.values():
        assert effect.available + effect.due + effect.firm + effect.sold == effect.stocked


@given(st.lists(st.tuples(st.sampled_from(MovementKind), st.integers(-9, 9))))
def test_p6_no_sequence_of_movements_breaks_the_sum(movements: list[tuple[MovementKind, int]]) -> None:
    balance = Balance()
    for kind, quantity in movements:
        balance = balance.after(kind, quantity)
    assert balance.available + balance.due + balance.firm + balance.sold == balance.stocked


def test_giving_back_undoes_the_way_to_that_status() -> None:
    way = {
        ReservationStatus.RESERVED: [MovementKind.RESERVED],
        ReservationStatus.FIRM: [MovementKind.RESERVED, MovementKind.FIRMED],
        ReservationStatus.COMMITTED: [MovementKind.RESERVED, MovementKind.FIRMED, MovementKind.COMMITTED],
    }
    for status, kinds in way.items():
        balance = Balance(available=7, stocked=7)
        for kind in [*kinds, movement_back(status)]:
            balance = balance.after(kind, 3)
        assert balance == Balance(available=7, stocked=7)


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**9))
def test_a_reservation_is_never_kept_under_a_minute_that_is_over(expires: int, now: int, closed: int) -> None:
    minute = minute_for(expires, now, closed)
    assert minute * MINUTE >= expires
    assert minute * MINUTE > now
    assert minute > closed


def test_a_minute_is_past_exactly_when_it_is_over() -> None:
    held = level(due={10: 2})
    assert held.past(10 * MINUTE - 1) == []
    assert held.past(10 * MINUTE) == [10]
    assert (held.free(10 * MINUTE - 1), held.free(10 * MINUTE)) == (0, 2)


def test_enough_available_is_taken_even_when_minutes_have_passed() -> None:
    held = level(3, due={1: 2})
    assert plan_reserve([held], 0, 3, now=9 * MINUTE) == Take(held)


def test_on_shortage_the_oldest_minutes_go_first_and_no_more_than_needed() -> None:
    held = level(1, due={3: 1, 1: 1, 2: 1, 99: 5})
    assert plan_reserve([held], 0, 3, now=9 * MINUTE) == Reclaim(held, {1: 1, 2: 1})


def test_short_counts_what_has_expired_and_nothing_that_has_not() -> None:
    assert plan_reserve([level(1, due={1: 1, 99: 5})], 0, 3, now=9 * MINUTE) == GiveUp(2)
    assert plan_reserve([], 0, 1, now=0) == GiveUp(0)


def test_too_many_past_minutes_are_taken_back_so_that_the_item_stays_small() -> None:
    held = level(9, due=dict.fromkeys(range(1, 33), 1))
    assert plan_reserve([held], 0, 1, now=99 * MINUTE) == Reclaim(held, {1: 1, 2: 1})


def test_every_shard_is_tried_from_the_preferred_one() -> None:
    shards = [level(1, 0), level(0, 1), level(2, 2)]
    assert plan_reserve(shards, 1, 1, now=0) == Take(shards[2])
    assert plan_reserve(shards, 3, 1, now=0) == Take(shards[0])
    assert plan_reserve(shards, 0, 2, now=0) == Take(shards[2])


def test_shards_that_are_short_alone_are_gathered_after_what_expired_in_them() -> None:
    waiting = level(1, 1, due={1: 1})
    assert plan_reserve([level(2, 0), waiting], 0, 4, now=9 * MINUTE) == Reclaim(waiting, {1: 1})
    assert plan_reserve([level(2, 0), level(2, 1)], 0, 3, now=0) == Gather({0: 1, 1: -1})
    assert plan_reserve([level(2, 0), level(2, 1)], 0, 5, now=0) == GiveUp(4)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(-60, 60))
def test_a_difference_falls_on_the_shards_without_going_below_zero(available: list[int], wanted: int) -> None:
    shards = [level(each, number) for number, each in enumerate(available)]
    shares = share_out(shards, wanted) if wanted else {}
    assert all(shard.available + shares.get(shard.shard, 0) >= 0 for shard in shards)
    assert sum(shares.values()) == max(wanted, -sum(available))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6))
def test_evening_out_moves_only_and_leaves_nearly_equal_shards(available: list[int]) -> None:
    shards = [level(each, number) for number, each in enumerate(available)]
    changes = even_out(shards)
    after = [shard.available + changes.get(shard.shard, 0) for shard in shards]
    assert sum(after) == sum(available)
    assert max(after) - min(after) <= 1


def test_all_shards_as_one_level_add_up() -> None:
    one = total([level(1, 0, due={5: 1}, revision=3, stocked=2), level(2, 1, due={5: 2}, revision=4, stocked=4)])
    assert (one.available, dict(one.due), one.revision, one.stocked) == (3, {5: 3}, 7, 6)
    assert split(0, 3) == [0, 0, 0]


def test_sellable_is_what_the_wms_has_not_promised() -> None:
    seen = Observation("ZP-2026-01", "WH-SH", stock_num=10, order_num=3, sending_num=2)
    assert seen.sellable == 5
    assert difference_of(level(4, due={9: 2}, firm=1), seen) == -2


def test_a_difference_is_believed_only_when_the_poll_before_saw_it_too() -> None:
    assert judge(level(5), 0, 0, POLICY) is Verdict.AGREES
    assert judge(level(5), 2, 0, POLICY) is Verdict.SUSPECTED
    seen = level(5, suspected_difference=2, suspected_at=1_000)
    assert judge(seen, 2, 31_000, POLICY) is Verdict.CONFIRMED
    assert judge(seen, 2, 30_999, POLICY) is Verdict.SUSPECTED
    assert judge(seen, 1, 31_000, POLICY) is Verdict.SUSPECTED


def test_a_loss_that_paid_orders_in_flight_explain_must_stand_longer() -> None:
    seen = level(5, firm=2, suspected_difference=-2, suspected_at=0)
    assert judge(seen, -2, 599_999, POLICY) is Verdict.SUSPECTED
    assert judge(seen, -2, 600_000, POLICY) is Verdict.CONFIRMED
    bigger = level(5, firm=2, suspected_difference=-3, suspected_at=0)
    assert judge(bigger, -3, 30_000, POLICY) is Verdict.CONFIRMED


def test_the_item_forgets_no_more_than_the_update_can_say() -> None:
    held = level(0, due=dict.fromkeys(range(1, 200), 1))
    step = plan_reserve([held], 0, 199, now=999 * MINUTE)
    assert isinstance(step, Reclaim)
    assert len(step.minutes) == stock_plan.RECLAIM_AT_ONCE
