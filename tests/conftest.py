"""What the tests of the core share: partners that are served once, and a hub with empty tables for each test."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.kit.neighbours import Neighbours
    from tests.kit.world import Clients, World


# A machine that is busy with something else is no finding.
settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hub")

_ON_THE_RUNNING_HUB = ("tests/scenario/", "tests/workflow/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: the running hub's tests, then whole stories in one process."""

    def turn(item: pytest.Item) -> int:
        if item.nodeid.startswith(_ON_THE_RUNNING_HUB):
            return 0
        return 1 if item.nodeid.startswith("tests/integration/") else 2

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    """What is loaded now stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Side by side (``-n 2``): one worker has the running hub with all its tests, the others are dealt out by file."""
    from xdist.scheduler import LoadScopeScheduling

    class ByHubOrFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "running hub" if nodeid.startswith(_ON_THE_RUNNING_HUB) else nodeid.partition("::")[0]

    return ByHubOrFile(config, log)


@pytest.fixture(scope="session")
def near() -> Iterator[Neighbours]:
    """The four partners, in this process."""
    from tests.kit.neighbours import neighbours

    with neighbours() as made:
        yield made


@pytest.fixture(autouse=True)
def partners_as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test switched at a partner ends with the test."""
    yield
    if "near" in request.fixturenames:
        request.getfixturevalue("near").put_back()


@pytest.fixture
def late_audit(near: Neighbours) -> None:
    """The warehouse's clock is the wall's: its people begin late, however slow this machine is."""
    near.switch("wangdiantong", audit_ms=100_000)


@pytest.fixture(scope="module")
def clients(near: Neighbours) -> Iterator[Clients]:
    """The partners' clients and an AWS account in memory."""
    from tests.kit.tables import aws
    from tests.kit.world import Clients

    with aws() as dynamodb:
        yield Clients.of(near, dynamodb)


@pytest.fixture
def hub(near: Neighbours, clients: Clients) -> Iterator[World]:
    """A hub with empty tables and a hundred of everything in stock. What it stores is in the event catalogue."""
    from tests.kit.catalogue import facts_are_catalogued
    from tests.kit.world import world

    with facts_are_catalogued(), world(near, clients) as made:
        yield made


@pytest.fixture
def rows_follow(request: pytest.FixtureRequest) -> Iterator[None]:
    """After the test, every order that rests is where its facts alone say it is (`World.check_rows`)."""
    hub: World | None = request.getfixturevalue("hub") if "hub" in request.fixturenames else None
    yield
    if hub is not None:
        hub.check_rows()


@pytest.fixture
def table() -> Iterator[tuple[Any, str]]:
    """(DynamoDB client, name of an empty orders table)."""
    from tests.kit.tables import aws, create_tables

    with aws() as client:
        yield client, create_tables(client)[0]
