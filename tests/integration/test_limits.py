"""The shared token bucket, against DynamoDB (moto): several instances never exceed the partner's limit."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from orderhub.adapters.dynamodb.limits import DynamoLimits, Rate
from tests.kit.quick_tables import quick_tables
from tests.kit.tables import client_of

TABLE = "orders"
ACCOUNTS = {"wangdiantong": "shop-1"}


def make_table() -> Any:
    client = client_of("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws(), quick_tables():
        yield make_table()


def limits(client: Any, rate: Rate, accounts: dict[str, str] | None = None) -> DynamoLimits:
    return DynamoLimits(client, TABLE, {("wangdiantong", "*"): rate}, accounts or ACCOUNTS)


def test_a_burst_is_free_and_the_next_call_waits_one_interval(client: Any) -> None:
    bucket = limits(client, Rate(60, 60_000, burst=10))
    assert [bucket.take("wangdiantong", "trade_push", 5_000) for _ in range(10)] == [0] * 10
    assert bucket.take("wangdiantong", "trade_push", 5_000) == 1_200
    assert bucket.take("wangdiantong", "trade_push", 6_199) == 1
    assert bucket.take("wangdiantong", "trade_push", 6_200) == 0


def test_an_idle_bucket_fills_up_but_never_beyond_its_burst(client: Any) -> None:
    bucket = limits(client, Rate(60, 60_000, burst=2))
    assert bucket.take("wangdiantong", "trade_push", 1_000) == 0
    later = 9_000_000
    assert [bucket.take("wangdiantong", "trade_push", later) for _ in range(2)] == [0, 0]
    assert bucket.take("wangdiantong", "trade_push", later) > 0


def test_instances_share_one_bucket(client: Any) -> None:
    rate = Rate(60, 60_000, burst=4)
    instances = [limits(client, rate) for _ in range(4)]
    granted = [one.take("wangdiantong", "trade_push", 1_000) for _ in range(3) for one in instances]
    assert granted.count(0) == 4


def test_methods_and_accounts_have_buckets_of_their_own(client: Any) -> None:
    rate = Rate(2, 60_000)
    first, second = limits(client, rate), limits(client, rate, {"wangdiantong": "shop-2"})
    assert first.take("wangdiantong", "trade_push", 1_000) == 0
    assert first.take("wangdiantong", "trade_query", 1_000) == 0
    assert second.take("wangdiantong", "trade_push", 1_000) == 0
    assert first.take("wangdiantong", "trade_push", 1_000) > 0


def test_a_pause_holds_for_every_instance_until_it_is_over(client: Any) -> None:
    rate = Rate(600, 60_000, burst=10)
    one, other = limits(client, rate), limits(client, rate)
    assert other.take("wangdiantong", "trade_push", 1_000) == 0
    one.pause("wangdiantong", "trade_push", 61_000)
    assert other.take("wangdiantong", "trade_push", 2_000) == 59_000
    assert one.take("wangdiantong", "trade_push", 60_999) == 1
    assert other.take("wangdiantong", "trade_push", 61_000) == 0


def test_a_shorter_pause_does_not_end_a_longer_one(client: Any) -> None:
    one, other = limits(client, Rate(60, 60_000)), limits(client, Rate(60, 60_000))
    one.pause("wangdiantong", "trade_push", 61_000)
    other.pause("wangdiantong", "trade_push", 11_000)
    assert other.take("wangdiantong", "trade_push", 20_000) == 41_000


def test_a_clock_that_runs_behind_cannot_take_more(client: Any) -> None:
    rate = Rate(60, 60_000, burst=2)
    ahead, behind = limits(client, rate), limits(client, rate)
    assert [ahead.take("wangdiantong", "trade_push", 100_000) for _ in range(2)] == [0, 0]
    assert behind.take("wangdiantong", "trade_push", 40_000) > 0


def test_what_is_kept_is_one_small_item_per_bucket(client: Any) -> None:
    bucket = limits(client, Rate(600, 60_000, burst=10))
    for now in range(1_000, 6_000, 1_000):
        bucket.take("wangdiantong", "trade_push", now)
    (item,) = client.scan(TableName=TABLE)["Items"]
    assert item["pk"]["S"] == "LIMIT#wangdiantong#shop-1#trade_push"
    assert item["sk"]["S"] == "LIMIT"
    assert item["revision"]["N"] == "5"


@pytest.mark.parametrize("rate", [(0, 1000, 0), (10, 1000, 10), (10, 1000, 11), (10, 0, 1)])
def test_a_rate_that_means_nothing_is_refused(rate: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="burst"):
        Rate(*rate)


@given(
    rate=st.sampled_from([Rate(10, 60_000, 3), Rate(7, 10_000, 6), Rate(3, 1_000), Rate(30, 1_000, 10)]),
    steps=st.lists(st.tuples(st.integers(0, 1_500), st.integers(0, 2)), min_size=10, max_size=40),
)
@settings(max_examples=25, deadline=None)
def test_no_sliding_window_ever_holds_more_than_the_limit(rate: Rate, steps: list[tuple[int, int]]) -> None:
    with mock_aws(), quick_tables():
        client = make_table()
        instances = [limits(client, rate) for _ in range(3)]
        now, granted = 1_000, []
        for gap, who in steps:
            now += gap
            granted += [now for _ in range(4) if not instances[who].take("wangdiantong", "trade_push", now)]
    for start in granted:
        assert sum(start <= at < start + rate.per_ms for at in granted) <= rate.calls
