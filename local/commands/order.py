"""`hub order ID`: everything the hub knows of one order."""

import argparse
import json
import sys
from typing import Any

from local.api import Hub, HubError, running_hub
from local.order_page import page


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("order", help="state, timeline, executions, external ids and money of one order")
    parser.add_argument("id", help="the hub's order id or the platform's order number")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Print the order; 1 when the hub does not know it."""
    try:
        found = find_order(running_hub(), args.id)
    except HubError as error:
        print(f"hub order: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, ensure_ascii=False, indent=2) if args.json else page(found))
    return 0


def find_order(hub: Hub, wanted: str) -> dict[str, Any]:
    """By the hub's id (`youzan-E2026…`) or by the platform's (`E2026…`). Raises HubError."""
    try:
        return hub.order(wanted if wanted.startswith("youzan-") else f"youzan-{wanted}")
    except HubError as error:
        if error.code != "no_such_order":
            raise
        raise HubError(
            f"there is no order {wanted}: the hub has had no accepted message about it. "
            "Check the number; an order whose webhook was lost appears after the next pull",
            error.code,
            error.status,
        ) from error
