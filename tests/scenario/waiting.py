"""Waiting for a condition with a deadline: the only way these tests wait."""

import time
from collections.abc import Callable

# Long: a test that passes does not wait, and a machine may be several times slower than this one.
DEADLINE_SECONDS = 240.0
COMPLETED_SECONDS = 400.0
GLANCE_SECONDS = 0.1


def until[T](condition: Callable[[], T], what: str | Callable[[], object], seconds: float = DEADLINE_SECONDS) -> T:
    """The first true value of `condition`; fails the test, saying `what` was waited for, after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds:.0f} s: {what() if callable(what) else what}")
        time.sleep(GLANCE_SECONDS)
