"""What importing a function costs, beside a function with the usual libraries, in the same run.

    {"cold_import_ms": {function: ms over bare Python}, "typical_import_ms": ms, "cold_import_ratio": ratio}

The ratio is receive_webhook against a module that imports boto3, powertools, pydantic and httpx and makes
neither a client nor a call: a kind comparison, since such a function usually makes a client too. Each
figure is the fastest of several new processes with warm bytecode, as the built layer has it; programs take
turns, so that a busy moment of the machine does not fall on one of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROUNDS = 7
BARE, TYPICAL, SUBJECT = "(bare Python)", "(typical)", "receive_webhook"
TYPICAL_PROGRAM = """
import boto3, httpx
from aws_lambda_powertools import Logger, Metrics
from pydantic import BaseModel
class Model(BaseModel):
    order_id: str
logger, metrics = Logger(service="typical"), Metrics(namespace="typical", service="typical")
"""
ENVIRONMENT = {
    **{name: name.lower() for name in ("ORDERS_TABLE", "STOCK_TABLE", "EVENT_BUS", "KMS_KEY_ID")},
    **{
        f"{partner}_SECRET_ID": f"orderhub/{partner.lower()}"
        for partner in ("YOUZAN", "YOUZAN_KEYS", "WANGDIANTONG", "SF", "KINGDEE", "HUB")
    },
    **{f"{partner}_BASE_URL": "http://127.0.0.1:9" for partner in ("YOUZAN", "WANGDIANTONG", "SF", "KINGDEE")},
    "INBOUND_QUEUE_URL": "http://127.0.0.1:9/000000000000/inbound",
    "LIFECYCLE_ARN": "arn:example:states:us-east-1:000000000000:stateMachine:order_lifecycle",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "000000000000",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_SERVICE_NAME": "orderhub",
    "POWERTOOLS_METRICS_NAMESPACE": "OrderHub",
}


def measure() -> dict[str, Any]:
    """The document above. Raises RuntimeError when a function cannot be imported."""
    functions = {path.parent.name: path.parent for path in sorted((ROOT / "functions").glob("*/handler.py"))}
    programs = {BARE: ("pass", ROOT), TYPICAL: (TYPICAL_PROGRAM, ROOT)}
    programs |= {name: ("import handler", folder) for name, folder in functions.items()}
    for program, folder in programs.values():
        _run(program, folder)
    fastest = dict.fromkeys(programs, float("inf"))
    for _ in range(ROUNDS):
        for name, (program, folder) in programs.items():
            fastest[name] = min(fastest[name], _run(program, folder))
    over = {name: round(ms - fastest[BARE], 1) for name, ms in fastest.items()}
    return {
        "cold_import_ms": {name: over[name] for name in functions},
        "typical_import_ms": over[TYPICAL],
        "cold_import_ratio": round(over[SUBJECT] / over[TYPICAL], 3),
    }


def _run(program: str, folder: Path) -> float:
    path = f"{ROOT / 'layers/orderhub/src'}{os.pathsep}{folder}"
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": path}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    elapsed = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{folder.name} cannot be imported:\n{done.stderr}")
    return elapsed


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
