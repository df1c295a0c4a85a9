"""`hub up`: run the whole hub on this laptop."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from local.cloud.paths import ROOT, TEMPLATE, hub_home
from local.cloud.processes import stop_group, tail
from local.cloud.run_file import NAME, Run, read_run
from local.cloud.supervisor import Options, Supervisor

DETACHED_SECONDS = 300.0


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("up", help="run the whole hub and stay; Ctrl-C stops it")
    parser.add_argument("--detach", action="store_true", help="return when it is ready; `hub down` stops it")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run of this folder kept")
    parser.add_argument("--port", type=int, default=8000, help="of the origin; 0 takes a free one (default 8000)")
    parser.add_argument("--tick", type=float, default=2.0, help="seconds between two runs of every schedule")
    parser.add_argument("--speed", type=float, default=60.0, help="the partners' clock: seconds in one second")
    parser.add_argument("--template", type=Path, default=TEMPLATE, help="template to deploy")


def run(args: argparse.Namespace) -> int:
    """Start, stay until Ctrl-C or `hub down`, stop; with --detach return when it is ready."""
    home = hub_home()
    if args.detach:
        return _detached(home)
    stopped = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    supervisor = Supervisor(Options(home, args.template.resolve(), args.port, args.tick, args.speed, fresh=args.fresh))
    try:
        _say(supervisor.start(), home)
        threading.Thread(target=supervisor.watch, daemon=True, name="watch").start()
        stopped.wait()
    except RuntimeError as error:
        print(f"hub up: {error}", file=sys.stderr)
        return 1
    finally:
        supervisor.stop()
    return 0


def _detached(home: Path) -> int:
    """The same command without --detach, in the background, in a group of its own."""
    arguments = [word for word in sys.argv[1:] if word != "--detach"]
    home.mkdir(parents=True, exist_ok=True)
    (home / NAME).unlink(missing_ok=True)
    log_file = home.with_name(home.name + ".log")
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cli", *arguments],
            cwd=ROOT,
            env={**os.environ, "HUB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + DETACHED_SECONDS
    while not (home / NAME).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            stop_group(process.pid)
            print(f"hub up: it did not start:\n{tail(log_file)}", file=sys.stderr)
            return 1
        time.sleep(0.1)
    _say(read_run(home), home)
    return 0


def _say(run: Run, home: Path) -> None:
    print(f"hub is up: {run.origin}", flush=True)
    for name, url in run.partners.items():
        print(f"  {name:13} {url}", flush=True)
    print(f"  {'run file':13} {home / NAME}", flush=True)
