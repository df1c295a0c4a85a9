"""`hub rebuild`: make all lists and figures anew from the orders' facts."""

import argparse
import json
import sys
from typing import Any

from local.cloud.aws import client
from local.cloud.paths import hub_home
from local.cloud.run_file import read_run

CALLS = 1_000  # of some 40 s each


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("rebuild", help="make all lists and figures anew from the orders' facts")
    parser.add_argument("--restart", action="store_true", help="from the beginning, not where the last one was cut off")


def run(args: argparse.Namespace) -> int:
    """Call `project` until it is done; prints what each call did. Exit code 1 when orders were left out."""
    try:
        running = read_run(hub_home())
    except FileNotFoundError:
        print("hub rebuild: no hub runs here; `hub up` starts one", file=sys.stderr)
        return 1
    functions, restart, failed = client("lambda", running.endpoint), args.restart, 0
    for _ in range(CALLS):
        asked = json.dumps({"task": "rebuild", "restart": restart}).encode()
        answer = functions.invoke(FunctionName=running.functions["project"], Payload=asked)
        told = json.loads(answer["Payload"].read())
        print(json.dumps(told, ensure_ascii=False), flush=True)
        if "is_done" not in told:
            return 1
        failed, restart = failed + int(told["failed"]), False
        if told["is_done"]:
            break
    return 1 if failed else 0
