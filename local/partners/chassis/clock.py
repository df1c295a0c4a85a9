"""The simulators' clock: a schedule that can be sped up and advanced, beside honest wire time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from local.partners.chassis.store import Store


def wall_ms() -> int:
    """Real time: epoch milliseconds, UTC. Signature freshness is judged by it."""
    return time.time_ns() // 1_000_000


@dataclass
class _Anchor:
    wall: int
    virtual: int
    speed: float
    advanced: int


class Clock:
    """Three readings of time, all epoch milliseconds UTC.

    `wall_ms` is real. `wire_ms` is real plus everything ever advanced: it stamps what partners print on the
    wire and drives per-minute limits, because the other side lives in real time. `now_ms` also runs `speed`
    times faster: jobs are scheduled on it. The three are equal until somebody turns a knob; the knobs
    survive a restart.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        saved = store.get("_clock", "anchor")
        now = wall_ms()
        self._anchor = _Anchor(**saved) if saved else _Anchor(wall=now, virtual=now, speed=1.0, advanced=0)
        if saved is None:
            self._save()

    def wall_ms(self) -> int:
        return wall_ms()

    def wire_ms(self) -> int:
        with self._lock:
            return wall_ms() + self._anchor.advanced

    def now_ms(self) -> int:
        with self._lock:
            return self._now()

    def real_delay_seconds(self, due_ms: int) -> float:
        """How long to wait, in real seconds, until the schedule reaches `due_ms`."""
        with self._lock:
            return max(0.0, (due_ms - self._now()) / self._anchor.speed / 1000)

    def set(self, *, speed: float | None = None, advance_ms: int = 0) -> None:
        """Re-anchors; `speed` > 0 and `advance_ms` ≥ 0, else ValueError: time never runs back."""
        if advance_ms < 0 or (speed is not None and speed <= 0):
            raise ValueError("speed must be > 0 and advance_ms >= 0")
        with self._lock:
            self._anchor = _Anchor(
                wall=wall_ms(),
                virtual=self._now() + advance_ms,
                speed=self._anchor.speed if speed is None else speed,
                advanced=self._anchor.advanced + advance_ms,
            )
        self._save()

    def view(self) -> dict[str, Any]:
        with self._lock:
            return {
                "now_ms": self._now(),
                "wire_ms": wall_ms() + self._anchor.advanced,
                "wall_ms": wall_ms(),
                "speed": self._anchor.speed,
                "advanced_ms": self._anchor.advanced,
            }

    def _now(self) -> int:
        return self._anchor.virtual + int((wall_ms() - self._anchor.wall) * self._anchor.speed)

    def _save(self) -> None:
        self._store.put("_clock", "anchor", dict(vars(self._anchor)))
