"""`hub measures`: what changes of address came to, per 10,000 orders."""

import argparse
import json
import sys
from datetime import datetime, timedelta
from typing import Any

from local.api import HubError, running_hub
from local.measures import measure_lines
from local.text import SHANGHAI, instant_of

USUAL_DAYS = 30


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("measures", help="what changes of address came to, per 10,000 orders")
    parser.add_argument("--since", default="", help="2026-11-01 or 2026-11-01T08:00, Shanghai time (default: 30 days)")
    parser.add_argument("--until", default="", help="the same (default: now)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Print the figures; 1 when the hub refused."""
    try:
        now = datetime.now(SHANGHAI)
        until = instant_of(args.until) if args.until else int(now.timestamp() * 1000)
        usual = int((now - timedelta(days=USUAL_DAYS)).timestamp() * 1000)
        shown = running_hub().address_measures(instant_of(args.since) if args.since else usual, until)
    except (HubError, ValueError) as error:
        print(f"hub measures: {error}", file=sys.stderr)
        return 1
    print(json.dumps(shown, ensure_ascii=False) if args.json else "\n".join(measure_lines(shown)))
    return 0
