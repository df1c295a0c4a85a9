"""The emulator as a process of ours: its scrubbed environment, start, readiness and stop.

Without AWS_ENDPOINT_URL in its environment, functions would call the real AWS; without BIND_HOST it would
listen on every interface: both are always set, and nothing of the caller's environment gets in except PATH.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.cloud.paths import EMULATOR_PYTHON, ROOT
from local.cloud.processes import stop_group, tail

# The twelve digits are the account; they and the secret are dummies that the emulator does not check.
ACCOUNT = "000000000000"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test"}
START_SECONDS = 30.0
PREWARM_SECONDS = 120.0


@dataclass(frozen=True)
class Emulator:
    """Where one emulator lives: its port and its folder under HUB_HOME."""

    port: int
    home: Path

    @property
    def endpoint(self) -> str:
        """The address that stands for all of AWS."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the emulator prints."""
        return self.home / "emulator.log"

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, return when it answers; raises RuntimeError with the end of its log if it does not."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(EMULATOR_PYTHON), str(ROOT / "local" / "cloud" / "host.py")],
                env=self._environment(),
                cwd=self.home,
                # The leash: when whoever holds the other end dies, the emulator saves and stops.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                stop_group(process.pid)
                raise RuntimeError(f"the emulator did not start:\n{tail(self.log)}")
            time.sleep(0.05)
        return process

    def answers(self) -> bool:
        """Whether it is ready for requests."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def prewarm(self, workers: Mapping[str, int]) -> None:
        """Start so many workers per function name before a call needs them; returns when they wait."""
        order = self.home / "prewarm.json"
        aside = order.with_suffix(".tmp")
        aside.write_text(json.dumps(workers))
        aside.replace(order)
        deadline = time.monotonic() + PREWARM_SECONDS
        while order.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def forget(self) -> None:
        """Remove its state: the next start is a first start."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        scratch = self.home / "tmp"
        scratch.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TMPDIR": str(scratch),
            "HOME": str(scratch),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            # `make bench` puts a counting proxy between the functions and the emulator.
            "AWS_ENDPOINT_URL": os.environ.get("HUB_FUNCTIONS_ENDPOINT") or self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": REGION,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            **CREDENTIALS,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.home / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.home / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "MINISTACK_WORKER_THREADS": "256",
            # Workers are started before they are needed, as with provisioned concurrency on AWS.
            "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency",
            "HUB_SAVE_SECONDS": os.environ.get("HUB_SAVE_SECONDS", "2"),
            "HUB_WORKERS": os.environ.get("HUB_WORKERS", "4"),
            "LOG_LEVEL": "WARNING",
        }
