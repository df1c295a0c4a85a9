"""Call limits as partners impose them: at most N calls in a sliding window, a refused call is not counted."""

from __future__ import annotations

import threading
from collections import deque

from local.partners.chassis.clock import Clock


class RateLimiter:
    """Counts in wire time, so that advancing the clock frees the window and speeding it up does not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: dict[str, deque[int]] = {}

    def allow(self, key: str, limit: int, window_ms: int) -> bool:
        now = self._clock.wire_ms()
        with self._lock:
            taken = self._taken.setdefault(key, deque())
            while taken and taken[0] <= now - window_ms:
                taken.popleft()
            if len(taken) >= limit:
                return False
            taken.append(now)
            return True
