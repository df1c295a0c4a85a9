"""The shared circuit breaker, against DynamoDB (moto): several instances, one opinion about a partner."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from orderhub.adapters.dynamodb.breaker import CLOSED, HALF_OPEN, OPEN, BreakerPolicy, DynamoBreaker
from orderhub.domain.errors import PartnerUnavailable
from tests.kit.tables import client_of

TABLE = "orders"
POLICY = BreakerPolicy(failures=3, window_ms=10_000, probe_every_ms=5_000, probe_lease_ms=20_000, cache_ms=1_000)


class World:
    """A clock, a table, and a record of every call to it and every change that was told."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.now = 100_000
        self.calls: list[str] = []
        self.changes: list[str] = []
        client.meta.events.register("before-call.dynamodb", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)

    def instance(self) -> DynamoBreaker:
        return DynamoBreaker(
            self.client, TABLE, "sf", lambda: self.now, POLICY, lambda state, now: self.changes.append(state)
        )


@pytest.fixture
def world() -> Iterator[World]:
    with mock_aws():
        client = client_of("dynamodb")
        client.create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield World(client)


def is_let_through(breaker: DynamoBreaker) -> bool:
    try:
        breaker.check()
    except PartnerUnavailable as failure:
        assert failure.unclear is False
        assert failure.retry_after_seconds
        return False
    return True


def opened(world: World) -> DynamoBreaker:
    breaker = world.instance()
    for _ in range(POLICY.failures):
        assert is_let_through(breaker)
        breaker.failed()
    return breaker


def test_a_healthy_partner_costs_neither_a_read_nor_a_write(world: World) -> None:
    breaker = world.instance()
    for _ in range(100):
        breaker.check()
        breaker.succeeded()
    assert world.calls == []


def test_it_opens_at_the_failure_that_is_one_too_many_and_says_when_to_come_back(world: World) -> None:
    breaker = opened(world)
    with pytest.raises(PartnerUnavailable) as caught:
        breaker.check()
    assert caught.value.retry_after_seconds == 5.0
    assert breaker.read().state == OPEN
    assert world.changes == [OPEN]


def test_an_answer_in_between_starts_the_count_again(world: World) -> None:
    breaker = world.instance()
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert is_let_through(breaker)
    assert world.changes == []


def test_failures_far_apart_do_not_add_up(world: World) -> None:
    breaker = world.instance()
    for _ in range(6):
        breaker.failed()
        world.now += 6_000
    assert is_let_through(breaker)


def test_failures_of_several_instances_add_up(world: World) -> None:
    for _ in range(POLICY.failures):
        world.instance().failed()
    assert world.changes == [OPEN]


def test_an_instance_learns_of_an_open_breaker_from_its_first_failure(world: World) -> None:
    opened(world)
    late = world.instance()
    assert is_let_through(late)
    late.failed()
    assert not is_let_through(late)
    assert world.changes == [OPEN]


def test_exactly_one_caller_probes_and_the_others_wait_for_it(world: World) -> None:
    first = opened(world)
    others = [world.instance() for _ in range(4)]
    for other in others:
        other.failed()
    world.now += POLICY.probe_every_ms
    assert [is_let_through(one) for one in [first, *others]].count(True) == 1
    assert first.read().state == HALF_OPEN


def test_a_probe_that_is_answered_closes_it_for_everybody_within_a_second(world: World) -> None:
    first, other = opened(world), world.instance()
    other.failed()
    world.now += POLICY.probe_every_ms
    first.check()
    first.succeeded()
    assert world.changes == [OPEN, CLOSED]
    world.now += POLICY.cache_ms
    assert is_let_through(other)


def test_a_probe_that_fails_keeps_it_open_until_the_next_probe(world: World) -> None:
    breaker = opened(world)
    world.now += POLICY.probe_every_ms
    breaker.check()
    breaker.failed()
    assert not is_let_through(breaker)
    world.now += POLICY.probe_every_ms
    assert is_let_through(breaker)
    assert world.changes == [OPEN]


def test_a_probe_that_never_comes_back_is_replaced_after_its_lease(world: World) -> None:
    breaker = opened(world)
    world.now += POLICY.probe_every_ms
    breaker.check()
    world.now += POLICY.probe_lease_ms - 1
    assert not is_let_through(world_after(world, breaker))
    world.now += 1
    assert is_let_through(breaker)


def world_after(world: World, breaker: DynamoBreaker) -> DynamoBreaker:
    """Another instance that knows what is known."""
    other = world.instance()
    other.read()
    return other


def test_while_open_the_table_is_read_at_most_once_a_second(world: World) -> None:
    breaker = opened(world)
    world.calls.clear()
    for _ in range(50):
        is_let_through(breaker)
        world.now += 50
    assert len(world.calls) <= 3


def test_a_recovery_is_told_once_however_many_see_it(world: World) -> None:
    first, other = opened(world), world.instance()
    other.failed()
    first.succeeded()
    other.succeeded()
    assert world.changes == [OPEN, CLOSED]


def test_it_stands_where_the_waiting_orders_of_the_partner_stand(world: World) -> None:
    opened(world)
    (item,) = world.client.scan(TableName=TABLE)["Items"]
    assert (item["pk"]["S"], item["sk"]["S"]) == ("PARTNER#sf", "BREAKER")
