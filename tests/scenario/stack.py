"""The one hub that all scenario and workflow tests of a session share."""

import os
import subprocess
import sys
from pathlib import Path

from local.cloud.paths import ROOT
from local.cloud.run_file import Run, read_run
from local.cloud.supervisor import running

START_SECONDS = 300
UP = ("up", "--detach", "--fresh", "--port", "0", "--tick", "2", "--speed", "120")
PARAMETERS = {
    "WangdiantongCallsPerMinute": "6000",  # the partner's limit is proven elsewhere; here many stories run at once
    "AwaitPaymentSeconds": "10",  # a run whose wake was lost looks by itself this soon
}


class Stack:
    """Starts once, stops once, whoever asks and however often.

    HUB_RUNNING names the folder of a hub that is up already: it is used and left running (for writing tests).
    """

    def __init__(self) -> None:
        self._ours: Path | None = None
        self.home = Path()

    def start(self, fallback: Path) -> Run:
        """The running hub; its folder is below HUB_HOME, else `fallback`. Fails with its log when it does not start."""
        if os.environ.get("HUB_RUNNING"):
            self.home = Path(os.environ["HUB_RUNNING"])
        elif self._ours is None:
            below = os.environ.get("HUB_HOME")
            self.home = self._ours = Path(below) / f"scenario-{os.getpid()}" if below else fallback / "home"
            words = [word for pair in PARAMETERS.items() for word in ("--parameter", "=".join(pair))]
            started = self._hub(*UP, *words)
            assert started.returncode == 0, started.stderr
        return read_run(self.home)

    def stop(self) -> None:
        """Nothing of it runs any more."""
        if self._ours is not None:
            self._ours = None
            assert self._hub("down").returncode == 0
            assert not any(running(self.home).values())

    def _hub(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *words],
            cwd=ROOT,
            env={**os.environ, "HUB_HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )


STACK = Stack()
