"""`hub decisions`: what waits for a person (待决策队列), the nearest deadline first; many of them decided at once."""

import argparse
import getpass
import json
import sys
import uuid
from typing import Any

from local.api import Hub, HubError, running_hub
from local.commands.decide import parameters
from local.text import instant, table

AT_ONCE = 50


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("decisions", help="what waits for a person, the nearest deadline first")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--class", dest="decision_class", default="", help="only this class")
    parser.add_argument("--owner", default="", help="only of this owner, for example purchasing")
    parser.add_argument("--order", default="", help="only of this order")
    parser.add_argument("--cause", default="", help="only of this cause, as the cards show it")
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--bulk-preview", default="", metavar="OPTION", help="what this option would do to all of them")
    many.add_argument("--apply", default="", metavar="OPTION", help="decide all of them with this option")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the option")
    parser.add_argument("--by", default=getpass.getuser(), help="who decides (default: you)")
    parser.add_argument("--note", default="", help="why; kept on the orders")
    parser.add_argument("--request-id", default="", help="of an --apply that was cut off: repeats nothing")


def run(args: argparse.Namespace) -> int:
    """Print the queue; an empty one is success too. 1 when the hub refused, or refused one of many."""
    try:
        hub = running_hub()
        cards = hub.decisions(
            **{"class": args.decision_class, "owner": args.owner, "order_id": args.order, "cause": args.cause}
        )
        if args.bulk_preview or args.apply:
            return _many(hub, cards, args)
    except HubError as error:
        print(f"hub decisions: {error}", file=sys.stderr)
        return 1
    cards.sort(key=lambda card: (card.get("nearest_at", card["due_at"]), card["decision_id"]))
    if args.json:
        print(json.dumps(cards, ensure_ascii=False))
    else:
        print("\n\n".join(map(readable, cards)) or "没有待决策事项 · nothing waits for a person")
    return 0


def _many(hub: Hub, cards: list[dict[str, Any]], args: argparse.Namespace) -> int:
    """Fifty at a time, of one class; what was said of each."""
    request_id = args.request_id or uuid.uuid4().hex
    rows: list[dict[str, Any]] = []
    for start in range(0, len(cards), AT_ONCE):
        bulk = {
            "decision_ids": [card["decision_id"] for card in cards[start : start + AT_ONCE]],
            "option": args.bulk_preview or args.apply,
            "parameters": parameters(args.set),
            "by": args.by,
            "note": args.note,
        }
        told = hub.preview(bulk) if args.bulk_preview else hub.decide_many({**bulk, "request_id": request_id})
        rows += told["results"]
    if args.json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print("\n".join([*table([_said(row) for row in rows]), _total(rows, args.apply and request_id)]))
    return 1 if any(row["error"] for row in rows) else 0


def _said(row: dict[str, Any]) -> list[str]:
    if row["error"]:
        return [row["order_id"], "✗", row["error"]["message"]]
    return [row["order_id"], "✓", f"{row['step']} → {row['next_step']}" if "step" in row else "decided"]


def _total(rows: list[dict[str, Any]], request_id: str) -> str:
    refused = sum(1 for row in rows if row["error"])
    told = f"{len(rows) - refused} of {len(rows)}"
    return f"{told} decided · request {request_id}" if request_id else f"{told} would be decided; nothing was done"


def readable(card: dict[str, Any]) -> str:
    """One card: what, on which order, why, until when, what is usual, and the command for each option."""
    words = card.get("evidence_words", {})
    rows = [
        ["订单 order", card["order_id"]],
        ["负责 owner", card["owner"]],
        ["截止 due", _due(card)],
        *(["依据 evidence", f"{words.get(key, {}).get('zh', key)} {key}: {value}"]
          for key, value in card["evidence"].items()),
        *_usual(card),
        *(["选项 option", f"hub decide '{card['decision_id']}' {option}{_asks(card, option)} --by WHO --note WHY"]
          for option in card["options"]),
    ]  # fmt: skip
    title = f"{card['name']['zh']} · {card['name']['en']}   [{card['class']}]"
    return "\n".join([title, *table(rows)])


def _due(card: dict[str, Any]) -> str:
    shown = instant(card["due_at"], "%m-%d %H:%M:%S")[:-4]
    if card.get("is_expired"):
        shown += " · 已超时 expired"
    if outside := card.get("outside"):
        shown += f" · {outside['effect']} at {instant(outside['due_at'], '%m-%d %H:%M:%S')[:-4]} by itself"
    return shown


def _usual(card: dict[str, Any]) -> list[list[str]]:
    usual = card.get("suggestion")
    return [["建议 usual", f"{usual['option']} · {usual['times']} of {usual['n']}"]] if usual else []


def _asks(card: dict[str, Any], option: str) -> str:
    asked = [p for command in card.get("commands", ()) if command["option"] == option for p in command["parameters"]]
    return "".join(f" --set {p['name']}=…" if p["is_required"] else f" [--set {p['name']}=…]" for p in asked)
