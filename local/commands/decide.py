"""`hub decide ID OPTION`: a person's answer to an open decision; the order goes on by it."""

import argparse
import getpass
import sys
from typing import Any

from local.api import HubError, running_hub


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("decide", help="answer an open decision; the order goes on")
    parser.add_argument("id", help="as `hub decisions` shows it")
    parser.add_argument("option", help="one of the options of the card")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides (default: you)")
    parser.add_argument("--note", default="", help="why; kept on the order")


def run(args: argparse.Namespace) -> int:
    """Print what was decided; 1 when the hub refused, with its reason."""
    try:
        made = running_hub().decide(args.id, args.option, args.by, args.note)
    except HubError as error:
        print(f"hub decide: {_explained(error)}", file=sys.stderr)
        return 1
    print(f"{made['decision_id']}: {made['option']} · {made['made_by']}")
    return 0


def _explained(error: HubError) -> str:
    advice = {
        "no_such_decision": "there is no open decision with this id; `hub decisions` lists them",
        "no_such_option": f"that is no option of this card: {error}",
        "already_made": f"somebody was faster: {error}; nothing was changed",
        "order_ended": f"the order has ended meanwhile: {error}; nothing was changed",
        "already_shipped": f"too late: {error}",
    }
    return advice.get(error.code, str(error))
