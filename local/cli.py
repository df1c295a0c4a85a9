"""`hub`: the one command of the laptop's order hub.

Every command is a module in local/commands with `add(subparsers)`, which describes it and its arguments,
and `run(args) -> int`, which does it and returns the exit code. A new file there is a new command.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

from local import commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one `hub` command; 0 when it did what was asked, 1 when it could not, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="hub", description="The order hub on a laptop.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    runners = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(commands.__path__)):
        module = importlib.import_module(f"{commands.__name__}.{name}")
        module.add(subparsers)
        runners[name] = module.run
    args = parser.parse_args(argv)
    try:
        return int(runners[args.command](args))
    except BrokenPipeError:
        # Whoever read the output has seen enough (`hub logs … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
