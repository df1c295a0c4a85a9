"""What one accepted webhook costs receive_webhook when warm, AWS answered at the socket by another process.

    {"webhook_cpu_ms": mean CPU ms of a call, "webhook_wall_ms": mean ms, "webhook_calls": n}

A call is the whole handler with the sample event: reading the request, the signature, the envelope, signing
and sending to SQS, checking its answer, the log line. CPU is user and system time of the function's process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.cold_import import ENVIRONMENT

ROOT = Path(__file__).parents[2]
WARM_UP, CALLS = 200, 3000
SECRET = {
    "apps": [{"client_id": "f0e1d2c3b4a5968778", "client_secret": "0a1b2c3d4e5f60718293a4b5c6d7e8f9"}],
    "kdt_ids": ["12345678"],
}
PROGRAM = """
import json, sys, time
import handler
event = json.load(open(sys.argv[1], encoding="utf-8"))
warm_up, calls = int(sys.argv[2]), int(sys.argv[3])
accepted = sum(handler.handler(event, None)["statusCode"] == 200 for _ in range(warm_up))
wall, cpu = time.perf_counter(), time.process_time()
accepted += sum(handler.handler(event, None)["statusCode"] == 200 for _ in range(calls))
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
json.dump({"accepted": accepted, "cpu": cpu, "wall": wall}, sys.stderr)
"""


def measure() -> dict[str, Any]:
    """The document above. Raises RuntimeError when a call was not accepted."""
    secrets = json.dumps({"orderhub/youzan": json.dumps(SECRET)})
    aws = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.aws_at_the_socket", secrets],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert aws.stdin and aws.stdout
        result = _calls(aws.stdout.readline().strip())
    finally:
        aws.communicate()
    if result["accepted"] != WARM_UP + CALLS:
        raise RuntimeError(f"only {result['accepted']} of {WARM_UP + CALLS} calls were accepted")
    return {
        "webhook_cpu_ms": round(result["cpu"] / CALLS * 1000, 3),
        "webhook_wall_ms": round(result["wall"] / CALLS * 1000, 3),
        "webhook_calls": CALLS,
    }


def _calls(url: str) -> dict[str, Any]:
    path = f"{ROOT / 'layers/orderhub/src'}{os.pathsep}{ROOT / 'functions/receive_webhook'}"
    sample = ROOT / "events/functions/receive_webhook.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(sample), str(WARM_UP), str(CALLS)],
        env={**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": url, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stderr)
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
