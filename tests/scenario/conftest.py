"""The world of the scenarios: one running hub, its partners, its buyers."""

from collections.abc import Iterator

import pytest

from local.browser import browser as chromium
from local.cloud.run_file import Run
from tests.scenario.screen import Screens
from tests.scenario.stack import STACK
from tests.scenario.world import World, shared_world

pytest.register_assert_rewrite("tests.scenario.books")

LAST = "afterwards"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back at the whole session (`afterwards/…`) runs after everything else."""
    items.sort(key=lambda item: LAST in item.path.parts)


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A fresh hub on free ports; stopped at the end, with no process left."""
    try:
        yield STACK.start(tmp_path_factory.mktemp("hub"))
    finally:
        STACK.stop()


@pytest.fixture(scope="session")
def world(running_hub: Run) -> World:
    """The hub, with partners that answer as often as they are asked and know what the scenarios sell."""
    return shared_world(running_hub)


@pytest.fixture(scope="session", autouse=True)
def strange_parcel(world: World) -> str:
    """A route of a parcel nobody knows, pushed before everything else: giving it up takes several deliveries."""
    number = "SF7999999999999"
    assert world.push_route(number).json()["return_code"] == "0000"
    return number


@pytest.fixture(scope="session")
def screens(running_hub: Run) -> Iterator[Screens]:
    """Browsers of people who are signed in to the console."""
    with chromium() as started:
        yield Screens(started, running_hub.origin)
