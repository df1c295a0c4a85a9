"""The partner simulators as a process of ours: `python -m local.partners`, on a leash."""

import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.cloud.paths import HUB_PYTHON, ROOT
from local.cloud.processes import stop_group, tail
from local.cloud.run_file import write_json

START_SECONDS = 30.0


@dataclass(frozen=True)
class Simulators:
    """All partners of one hub; `settings` has, per partner, its port and its own settings."""

    home: Path
    settings: dict[str, dict[str, Any]]

    def urls(self) -> dict[str, str]:
        """Base url by partner."""
        return {name: f"http://127.0.0.1:{values['port']}" for name, values in self.settings.items()}

    def start(self) -> subprocess.Popen[bytes]:
        """Start them and return when all answer; raises RuntimeError with the end of their log."""
        self.home.mkdir(parents=True, exist_ok=True)
        config, log_file = self.home / "config.json", self.home / "partners.log"
        write_json(config, {"state_dir": str(self.home), "partners": self.settings})
        with log_file.open("ab") as log:
            process = subprocess.Popen(
                [str(HUB_PYTHON), "-m", "local.cloud.leash", "local.partners", "--config", str(config)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not all(_answers(url) for url in self.urls().values()):
            if process.poll() is not None or time.monotonic() > deadline:
                stop_group(process.pid)
                raise RuntimeError(f"the partner simulators did not start:\n{tail(log_file)}")
            time.sleep(0.05)
        return process


def control(url: str, body: Any) -> Any:
    """POST to a simulator's control surface (`…/_sim/…`) and return its answer."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_sim/clock", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
