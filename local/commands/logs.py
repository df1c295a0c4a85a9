"""`hub logs FUNCTION`: what a deployed function printed."""

import argparse
import sys
import time
from typing import Any

from botocore.exceptions import ClientError

from local.cloud.aws import client
from local.cloud.paths import hub_home
from local.cloud.run_file import read_run


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("logs", help="what a function printed")
    parser.add_argument("function", help="folder under functions/")
    parser.add_argument("--since", type=float, default=0, metavar="MINUTES", help="only the last so many minutes")
    parser.add_argument("--grep", default="", help="only lines that contain this text")


def run(args: argparse.Namespace) -> int:
    """Oldest first; exit code 1 when no hub runs or it has no such function."""
    try:
        found = read_run(hub_home())
    except FileNotFoundError:
        print("hub logs: no hub runs; start one with `hub up`", file=sys.stderr)
        return 1
    if args.function not in found.functions:
        print(f"hub logs: no function {args.function}; there are {', '.join(found.functions)}", file=sys.stderr)
        return 1
    since = int((time.time() - args.since * 60) * 1000) if args.since else 0
    name = found.functions[args.function]
    settings = client("lambda", found.endpoint).get_function_configuration(FunctionName=name)
    group = settings.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
    pages = (
        client("logs", found.endpoint).get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since)
    )
    try:
        for page in pages:
            for event in page["events"]:
                if args.grep in event["message"]:
                    print(event["message"].rstrip())
    except ClientError:
        print(f"{args.function} has printed nothing yet", file=sys.stderr)
    return 0
