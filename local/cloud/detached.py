"""A hub in the background, for commands and tests that need one beside them."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.cloud.paths import ROOT
from local.cloud.processes import stop_group, tail
from local.cloud.run_file import NAME, Run, read_run
from local.cloud.supervisor import stop

START_SECONDS = 300.0


def start_detached(home: Path, words: Sequence[str]) -> Run:
    """`hub up <words>` in a group of its own; returns when it is ready. Raises RuntimeError with the end of its log."""
    stop(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    log_file = home.with_name(home.name + ".log")
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cli", "up", *words],
            cwd=ROOT,
            env={**os.environ, "HUB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (home / NAME).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            stop_group(process.pid)
            stop(home)
            raise RuntimeError(f"it did not start:\n{tail(log_file)}")
        time.sleep(0.1)
    return read_run(home)
