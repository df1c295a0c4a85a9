"""`hub up`: run the whole hub on this laptop."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from local.cloud.detached import start_detached
from local.cloud.paths import TEMPLATE, hub_home
from local.cloud.run_file import NAME, Run
from local.cloud.supervisor import Options, Supervisor


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("up", help="run the whole hub and stay; Ctrl-C stops it")
    parser.add_argument("--detach", action="store_true", help="return when it is ready; `hub down` stops it")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run of this folder kept")
    parser.add_argument("--cold", action="store_true", help="start each function when it is first called, not before")
    parser.add_argument("--port", type=int, default=8000, help="of the origin; 0 takes a free one (default 8000)")
    parser.add_argument("--tick", type=float, default=2.0, help="seconds between two runs of every schedule")
    parser.add_argument("--speed", type=float, default=60.0, help="the partners' clock: seconds in one second")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="a parameter of the template; may be repeated",
    )
    parser.add_argument("--template", type=Path, default=TEMPLATE, help="template to deploy")


def run(args: argparse.Namespace) -> int:
    """Start, stay until Ctrl-C or `hub down`, stop; with --detach return when it is ready."""
    home = hub_home()
    try:
        if args.detach:
            _say(start_detached(home, _words(args)), home)
        else:
            _stay(home, args)
    except RuntimeError as error:
        print(f"hub up: {error}", file=sys.stderr)
        return 1
    return 0


def _stay(home: Path, args: argparse.Namespace) -> None:
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    supervisor = Supervisor(
        Options(
            home,
            args.template.resolve(),
            args.port,
            args.tick,
            args.speed,
            fresh=args.fresh,
            prewarm=not args.cold,
            parameters=dict(args.parameter),
        )
    )
    try:
        _say(supervisor.start(), home)
        threading.Thread(target=supervisor.watch, daemon=True, name="watch").start()
        stopped.wait()
    finally:
        supervisor.stop()


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _words(args: argparse.Namespace) -> list[str]:
    """The same call without --detach."""
    words = ["--port", str(args.port), "--tick", str(args.tick), "--speed", str(args.speed)]
    words += ["--template", str(args.template.resolve())]
    words += [word for name, value in args.parameter for word in ("--parameter", f"{name}={value}")]
    return [*words, *["--fresh"] * args.fresh, *["--cold"] * args.cold]


def _say(run: Run, home: Path) -> None:
    print(f"hub is up: {run.origin}", flush=True)
    for name, url in run.partners.items():
        print(f"  {name:13} {url}", flush=True)
    print(f"  {'run file':13} {home / NAME}", flush=True)
