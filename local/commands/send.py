"""`hub send FILE`: a sample webhook, signed as its partner would, to the running hub."""

import argparse
import sys
from pathlib import Path
from typing import Any

from local.api import HubError, running_hub
from local.webhooks import SampleError, read_sample, signed


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("send", help="sign a sample webhook as its partner would and deliver it")
    parser.add_argument("file", type=Path, help="for example events/webhooks/youzan/trade_TradeBuyerPay.json")
    parser.add_argument("--partner", help="who sends it; by default the name of the file's folder")
    parser.add_argument("--forge", action="store_true", help="sign it with a wrong secret")
    parser.add_argument("--times", type=int, default=1, metavar="N", help="deliver the same bytes N times")


def run(args: argparse.Namespace) -> int:
    """Print the hub's answers; 0 when they were what they should be: accepted, or refused when forged."""
    try:
        hub = running_hub()
        partner = args.partner or args.file.resolve().parent.name
        webhook = signed(partner, read_sample(args.file), hub.run.credentials, forge=args.forge)
        answers = [hub.deliver(webhook.path, webhook.headers, webhook.body) for _ in range(max(1, args.times))]
    except (HubError, SampleError) as error:
        print(f"hub send: {error}", file=sys.stderr)
        return 1
    for status, text in answers:
        print(f"{status} {text}")
    accepted = [200 <= status < 300 for status, _ in answers]
    return 0 if (not any(accepted) if args.forge else all(accepted)) else 1
