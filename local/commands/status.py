"""`hub status`: what runs, and what waits."""

import argparse
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.aws import client
from local.cloud.paths import hub_home
from local.cloud.run_file import Run, read_run
from local.cloud.supervisor import running

_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("status", help="what runs and what waits; exit code 1 when the hub is not up")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Print processes, addresses, queue depths and running executions."""
    home = hub_home()
    processes = running(home)
    try:
        found = read_run(home)
    except FileNotFoundError:
        found = None
    report: dict[str, Any] = {"up": bool(found) and all(processes.values()), "processes": processes}
    if found:
        report |= {"origin": found.origin, "partners": found.partners}
        report |= {"emulator_restarts": found.emulator_restarts, **_waiting(found)}
    print(json.dumps(report, ensure_ascii=False) if args.json else _readable(report))
    return 0 if report["up"] else 1


def _waiting(found: Run) -> dict[str, Any]:
    queues, machines = client("sqs", found.endpoint), client("stepfunctions", found.endpoint)
    try:
        depths = {
            name: sum(
                int(count)
                for count in queues.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))[
                    "Attributes"
                ].values()
            )
            for name, url in found.queues.items()
        }
        executions = 0
        if found.state_machine:
            pages = machines.get_paginator("list_executions").paginate(
                stateMachineArn=found.state_machine, statusFilter="RUNNING"
            )
            executions = sum(len(page["executions"]) for page in pages)
    except (BotoCoreError, ClientError) as error:
        return {"emulator": str(error)}
    return {"queues": depths, "running_executions": executions}


def _readable(report: dict[str, Any]) -> str:
    lines = ["hub is " + ("up" if report["up"] else "down")]
    for name, value in report.items():
        if name == "up":
            continue
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {key:24} {shown}" for key, shown in value.items())]
        else:
            lines.append(f"{name:26} {value}")
    return "\n".join(lines)
