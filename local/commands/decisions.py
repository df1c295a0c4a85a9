"""`hub decisions`: what waits for a person (待决策队列), the nearest deadline first."""

import argparse
import json
import sys
from typing import Any

from local.api import HubError, running_hub
from local.text import instant, table


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("decisions", help="what waits for a person, the nearest deadline first")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    """Print the queue; an empty one is success too."""
    try:
        cards = running_hub().decisions()
    except HubError as error:
        print(f"hub decisions: {error}", file=sys.stderr)
        return 1
    cards.sort(key=lambda card: (card["due_at"], card["decision_id"]))
    if args.json:
        print(json.dumps(cards, ensure_ascii=False))
    else:
        print("\n\n".join(map(readable, cards)) or "没有待决策事项 · nothing waits for a person")
    return 0


def readable(card: dict[str, Any]) -> str:
    """One card: what, on which order, why, until when, and the command for each option."""
    rows = [
        ["订单 order", card["order_id"]],
        ["负责 owner", card["owner"]],
        ["截止 due", instant(card["due_at"], "%m-%d %H:%M:%S")[:-4]],
        *(["依据 evidence", f"{key}: {value}"] for key, value in card["evidence"].items()),
        *(["选项 option", f"hub decide '{card['decision_id']}' {option} --by WHO --note WHY"]
          for option in card["options"]),
    ]  # fmt: skip
    title = f"{card['name']['zh']} · {card['name']['en']}   [{card['class']}]"
    return "\n".join([title, *table(rows)])
