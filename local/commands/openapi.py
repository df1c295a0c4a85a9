"""`hub openapi`: the OpenAPI document of the hub's HTTP API, generated from its contracts."""

import argparse
import json
from pathlib import Path
from typing import Any

from orderhub.contracts.openapi import document


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("openapi", help="the OpenAPI document of the HTTP API; needs no running hub")
    parser.add_argument("file", nargs="?", type=Path, help="write it there instead of printing it")


def run(args: argparse.Namespace) -> int:
    """Print or write it; the running hub answers the same to `GET /api/openapi.json`."""
    text = json.dumps(document(), ensure_ascii=False, indent=2)
    if args.file:
        args.file.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0
