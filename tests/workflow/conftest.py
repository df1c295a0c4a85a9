"""The same running hub as the scenarios'."""

from collections.abc import Iterator

import pytest

from local.cloud.run_file import Run
from tests.scenario.stack import STACK
from tests.scenario.world import World, shared_world

pytest.register_assert_rewrite("tests.scenario.books")


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A fresh hub, or the one that the scenarios started."""
    try:
        yield STACK.start(tmp_path_factory.mktemp("hub"))
    finally:
        STACK.stop()


@pytest.fixture(scope="session")
def world(running_hub: Run) -> World:
    """The hub with its partners."""
    return shared_world(running_hub)
