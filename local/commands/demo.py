"""`hub demo`: a fresh hub, the story of forty orders, everybody's books compared, everything stopped."""

import argparse
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from local.cloud.detached import start_detached
from local.cloud.paths import hub_home
from local.cloud.run_file import Run
from local.cloud.supervisor import stop
from local.stories.perform import CALLS_PER_MINUTE, perform
from local.stories.report import report
from local.stories.world import World

SPEED = 60
TICK_SECONDS = 1


def add(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("demo", help="play a day of forty orders on a fresh hub, check the books, stop")
    parser.add_argument("--keep", action="store_true", help="leave the hub running, to look around")


def run(args: argparse.Namespace) -> int:
    """0 when every check holds. The hub has a folder of its own below HUB_HOME, so another may run beside it."""
    home = hub_home() / "demo"
    signal.signal(signal.SIGTERM, _stopped)
    try:
        print("订单中枢 · order hub: setting up …", flush=True)
        began = time.monotonic()
        running = start(home)
        set_up_seconds = time.monotonic() - began
        print(f"ready after {set_up_seconds:.0f} s at {running.origin}; the story begins", flush=True)
        world = World(running, say=_say)
        outcome = perform(world)
        print(report(world, outcome, set_up_seconds), flush=True)
        return 0 if outcome.is_good else 1
    except RuntimeError as error:
        print(f"hub demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("hub demo: stopped", file=sys.stderr)
        return 130
    finally:
        if args.keep:
            print(f"the hub goes on: HUB_HOME={home} hub status; stop it with HUB_HOME={home} hub down")
        else:
            stop(home)


def start(home: Path) -> Run:
    """A fresh hub on free ports, as the story is played on it. Raises RuntimeError."""
    words = ["--fresh", "--port", "0", "--speed", str(SPEED), "--tick", str(TICK_SECONDS)]
    return start_detached(home, [*words, "--parameter", f"WangdiantongCallsPerMinute={CALLS_PER_MINUTE}"])


def _say(text: str) -> None:
    """In one write: scenes speak from several threads."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _stopped(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
