"""`hub address ORDER`: customer service gives an order another receiver; without a change, shows who knows."""

import argparse
import getpass
import sys
from typing import Any

from local.api import HubError, running_hub

PARTS = ("name", "phone", "province", "city", "district", "detail")


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("address", help="give an order another receiver, or show who knows of one")
    parser.add_argument("order", help="order id, e.g. youzan-E2026…")
    for part in PARTS:
        parser.add_argument(f"--{part}", default="", help="only what changes; an address whole, to the district")
    parser.add_argument("--by", default=getpass.getuser(), help="who asks (default: you)")
    parser.add_argument("--request-id", default="", help="the same id again asks nothing twice")


def run(args: argparse.Namespace) -> int:
    """Print the change, or all of them with each system's state; 1 when the hub refused."""
    asked = {part: getattr(args, part) for part in PARTS if getattr(args, part)}
    try:
        hub = running_hub()
        if asked:
            taken = hub.change_address(args.order, asked, args.by, args.request_id)
            print(f"{taken['order_id']}: change {taken['change']} {taken['status']} · judged in a moment")
            return 0
        for change in hub.address_changes(args.order)["changes"]:
            print(_line(change))
    except HubError as error:
        print(f"hub address: {error}", file=sys.stderr)
        return 1
    return 0


def _line(change: dict[str, Any]) -> str:
    """`1 brought · door, not_picked_up → overwrite · wms done, carrier done, shop not_needed`"""
    reach = f"{change['scope']}, {change['zone']} → {change['way']}" if change["scope"] else "not judged yet"
    systems = ", ".join(f"{name} {state}" for name, state in change["systems"].items())
    why = f" ({change['outcome']})" if change["outcome"] else ""
    return " · ".join(filter(None, (f"{change['change']} {change['status']}{why}", reach, systems)))
