"""A hub of a test's own, which the test may kill: started and stopped by the real `hub` command."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local.cloud.paths import ROOT
from local.cloud.run_file import Run, read_run
from local.cloud.supervisor import PIDS

DEADLINE_SECONDS = 120.0


@dataclass(frozen=True)
class LocalHub:
    """The hub whose state is in `home`."""

    home: Path

    def hub(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a `hub` command for this hub."""
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *words],
            cwd=ROOT,
            env={**os.environ, "HUB_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def up(self, *words: str) -> Run:
        """Start it in the background, its functions when they are called; fails the test when it does not start."""
        started = self.hub("up", "--detach", "--cold", "--port", "0", *words)
        assert started.returncode == 0, started.stderr
        return self.run

    @property
    def run(self) -> Run:
        """What run.json says now."""
        return read_run(self.home)

    def pids(self) -> dict[str, int]:
        """The processes it has noted."""
        noted: dict[str, int] = json.loads((self.home / PIDS).read_text())
        return noted


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; fails the test when it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not in {DEADLINE_SECONDS:.0f} s: {what}"
        time.sleep(0.1)


def post(url: str, body: bytes) -> int:
    """The status of a POST; 0 while nobody answers."""
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def group_has_processes(leader: int) -> bool:
    """Whether any process of this group is left that is more than a zombie."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group, *_ = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if group == str(leader) and state != "Z":
            return True
    return False
