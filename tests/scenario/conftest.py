"""One running hub for all scenarios of a session: emulator, the real template, simulators, proxy."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud.paths import ROOT
from local.cloud.run_file import Run, read_run
from local.cloud.supervisor import running

_START_SECONDS = 300


@pytest.fixture(scope="session")
def running_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A fresh hub on free ports; stopped at the end, with no process left."""
    below = os.environ.get("HUB_HOME")
    home = Path(below) / f"scenario-{os.getpid()}" if below else tmp_path_factory.mktemp("hub") / "home"
    hub = [sys.executable, "-m", "local.cli"]
    environment = {**os.environ, "HUB_HOME": str(home)}
    up = [*hub, "up", "--detach", "--fresh", "--port", "0", "--tick", "1"]
    try:
        started = subprocess.run(
            up, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_START_SECONDS, check=False
        )
        assert started.returncode == 0, started.stderr
        yield read_run(home)
    finally:
        subprocess.run([*hub, "down"], cwd=ROOT, env=environment, capture_output=True, check=True)
        assert not any(running(home).values())
