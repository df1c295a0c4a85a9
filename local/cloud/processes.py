"""Processes that we start: each leads a group of its own, is known by its pid, ends with all it started."""

import contextlib
import os
import signal
import time
from pathlib import Path


def tail(file: Path, lines: int = 25) -> str:
    """The last lines of a log; empty when there is none."""
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) if file.exists() else ""


def lives(leader: int) -> bool:
    """Whether the group of this leader still has a process; a dead child of ours is laid to rest here."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(leader, os.WNOHANG)
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def stop_group(leader: int, patience_seconds: float = 10.0) -> None:
    """End a process that leads its own group, with all it started: first asked, then killed. Idempotent."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(leader, sign)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            if not lives(leader):
                return
            time.sleep(0.02)
