"""`hub invoke FUNCTION EVENT`: one function, once, under AWS's own runtime interface emulator."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from local.cloud.paths import TEMPLATE, hub_home
from local.cloud.run_file import read_run
from local.invoke import InvokeError, invoke


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("invoke", help="run one function under Lambda's runtime emulator, no Docker")
    parser.add_argument("function", help="folder under functions/")
    parser.add_argument("event", type=Path, help="JSON file, for example events/functions/<function>.json")


def run(args: argparse.Namespace) -> int:
    """Print its answer (its log goes to stderr); exit code 1 when it failed or could not be run."""
    try:
        running = read_run(hub_home())
    except FileNotFoundError:
        running = None
    try:
        event = json.loads(args.event.read_text(encoding="utf-8"))
        answer = invoke(TEMPLATE, args.function, event, running)
    except (InvokeError, OSError, ValueError) as error:
        print(f"hub invoke: {error}", file=sys.stderr)
        return 1
    print(answer.log, file=sys.stderr, end="")
    print(json.dumps(answer.payload, ensure_ascii=False, indent=2))
    return 1 if answer.failed else 0
