"""`hub down`: stop a hub, whoever started it and however it ended."""

import argparse
from pathlib import Path
from typing import Any

from local.cloud.paths import hub_home
from local.cloud.supervisor import PIDS, stop


def add(subparsers: Any) -> None:
    """Describe the command."""
    subparsers.add_parser("down", help="stop the hub of this folder, and those kept below it; keeps their state")


def run(args: argparse.Namespace) -> int:
    """Idempotent: nothing running is success too. Hubs of tests live in folders below HUB_HOME."""
    home = hub_home()
    for folder in [home, *_below(home)]:
        ended = stop(folder)
        print(f"{folder.name}: {'stopped ' + ', '.join(ended) if ended else 'nothing was running'}")
    return 0


def _below(home: Path) -> list[Path]:
    return sorted(file.parent for file in home.glob(f"*/{PIDS}"))
