"""A child that does not outlive its parent, even when the parent is killed.

The parent keeps the other end of the child's standard input and never writes: end of file means it is gone.
As a program it runs another module on the leash: `python -m local.cloud.leash local.partners --config FILE`.
Standard library only: the emulator's process uses it in an environment of its own.
"""

import os
import runpy
import signal
import sys
import threading


def hold() -> None:
    """From now on, end of file on standard input is SIGTERM to this process."""
    threading.Thread(target=_watch, args=(os.dup(0),), daemon=True, name="leash").start()


def _watch(stdin: int) -> None:
    while os.read(stdin, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    hold()
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
