"""`hub decide ID OPTION`: a person's answer to an open decision; the order goes on by it. `--undo` takes it back."""

import argparse
import getpass
import sys
from typing import Any

from local.api import HubError, running_hub
from local.text import instant

_NOTHING_CHANGED = {
    "already_made": "somebody was faster",
    "order_ended": "the order has ended meanwhile",
    "order_cancelled": "the order was cancelled meanwhile",
    "order_unpaid": "the order was not paid in time",
}


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("decide", help="answer an open decision; the order goes on")
    parser.add_argument("id", help="as `hub decisions` shows it")
    parser.add_argument("option", nargs="?", default="", help="one of the options of the card")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the option")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides (default: you)")
    parser.add_argument("--note", default="", help="why; kept on the order")
    parser.add_argument("--undo", action="store_true", help="take a decision back, while nothing has left the house")


def run(args: argparse.Namespace) -> int:
    """Print what was decided; 1 when the hub refused, with its reason; 2 for a call that makes no sense."""
    if bool(args.option) == args.undo:
        print("hub decide: give either an option or --undo", file=sys.stderr)
        return 2
    try:
        hub = running_hub()
        if args.undo:
            undone = hub.undo(args.id, args.by, args.note)
            print(f"{undone['decision_id']}: open again · due {instant(undone['due_at'], '%m-%d %H:%M:%S')[:-4]}")
            return 0
        made = hub.decide(args.id, args.option, args.by, args.note, parameters(args.set))
    except HubError as error:
        print(f"hub decide: {_explained(error)}", file=sys.stderr)
        return 1
    print(f"{made['decision_id']}: {made['option']} · {made['made_by']}{_afterwards(made)}")
    return 0


def parameters(given: list[str]) -> dict[str, str]:
    """`name=value` texts as a mapping. Raises HubError for one without `=`."""
    pairs = [text.partition("=") for text in given]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise HubError(f"--set takes NAME=VALUE, not {name!r}")
    return {name: value for name, _, value in pairs}


def _afterwards(made: dict[str, Any]) -> str:
    if made.get("status") == "requested":
        return f" · asked again {instant(made['due_at'], '%m-%d %H:%M:%S')[:-4]}"
    if made.get("undo_until"):
        return f" · `hub decide '{made['decision_id']}' --undo` until {instant(made['undo_until'], '%H:%M:%S')[:-4]}"
    return ""


def _explained(error: HubError) -> str:
    if error.code in _NOTHING_CHANGED:
        return f"{_NOTHING_CHANGED[error.code]}: {error}; nothing was changed"
    advice = {
        "no_such_decision": "there is no decision with this id; `hub decisions` lists the open ones",
        "no_such_option": f"that is no option of this card: {error}",
        "bad_parameter": f"{error}; give it as --set NAME=VALUE",
        "already_shipped": f"too late: {error}",
        "already_dispatched": f"too late: {error}",
    }
    return advice.get(error.code, str(error))
