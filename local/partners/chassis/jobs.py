"""What a simulated world does by itself: jobs on the virtual clock, kept on disk."""

from __future__ import annotations

import json
import logging
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.partners.chassis.clock import Clock
from local.partners.chassis.store import Store

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], None]

_LANES = 8
_SCHEMA = """
create table if not exists jobs (
  id integer primary key autoincrement, due integer not null, kind text not null, lane text not null,
  payload text not null, held integer not null default 0, running integer not null default 0);
create index if not exists jobs_by_due on jobs (running, due, id);
"""


class Jobs:
    """Runs due jobs in the order of their due time.

    An inside job runs in one store transaction with its own removal: exactly once, even over a crash. An
    outside job (network) runs without a transaction, in order within its lane and at least once. A job
    scheduled by a job counts its delay from the due time of the first, so that one long advance of the
    clock plays a whole chain.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._inside: dict[str, Handler] = {}
        self._outside: dict[str, Handler] = {}
        self._wake = threading.Condition()
        self._dirty = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._lanes: dict[int, ThreadPoolExecutor] = {}
        self._current = threading.local()
        store.script(_SCHEMA)
        store.query("update jobs set running = 0")

    def inside(self, kind: str, handler: Handler) -> None:
        self._inside[kind] = handler

    def outside(self, kind: str, handler: Handler) -> None:
        self._outside[kind] = handler

    def schedule(
        self, kind: str, payload: dict[str, Any], *, after_ms: int = 0, lane: str = "", held: bool = False
    ) -> None:
        due = self.base_ms() + after_ms
        self._store.query(
            "insert into jobs (due, kind, lane, payload, held) values (?, ?, ?, ?, ?)",
            (due, kind, lane, json.dumps(payload, ensure_ascii=False), int(held)),
        )
        self.notify()

    def base_ms(self) -> int:
        """The moment delays count from: the running job's due time, else now."""
        due: int | None = getattr(self._current, "due", None)
        return self._clock.now_ms() if due is None else due

    def release_held(self, kind: str, lane: str) -> None:
        """Lets held jobs of a lane run right after everything of that lane that is already due."""
        self._store.query(
            "update jobs set held = 0, due = ? where held = 1 and kind = ? and lane = ?",
            (self.base_ms() + 1, kind, lane),
        )
        self.notify()

    def cancel(self, kind: str, lane: str) -> None:
        self._store.query("delete from jobs where kind = ? and lane = ? and running = 0", (kind, lane))

    def waiting(self) -> list[dict[str, Any]]:
        rows = self._store.query("select kind, lane, due from jobs order by due, id limit 1000")
        return [{"kind": kind, "lane": lane, "due_ms": due} for kind, lane, due in rows]

    def start(self) -> None:
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._loop, name="partner-jobs", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self.notify()
        if self._thread is not None:
            self._thread.join(timeout=10)
            self._thread = None
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)
        self._lanes.clear()

    def notify(self) -> None:
        with self._wake:
            self._dirty = True
            self._wake.notify_all()

    def settle(self, timeout_seconds: float = 10.0) -> bool:
        """Waits until nothing is due or running; False when the time is over first."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            busy = self._store.query(
                "select 1 from jobs where running = 1 or due <= ? limit 1", (self._clock.now_ms(),)
            )
            if not busy:
                return True
            self.notify()
            with self._wake:
                self._wake.wait(0.01)
        return False

    def _loop(self) -> None:
        while not self._stopping:
            with self._wake:
                self._dirty = False
            self._run_due()
            idle_seconds = self._idle_seconds()  # before the lock: schedule() holds the store and wants the lock
            with self._wake:
                if not self._dirty and not self._stopping:
                    self._wake.wait(idle_seconds)

    def _idle_seconds(self) -> float:
        rows = self._store.query("select min(due) from jobs where running = 0")
        return 5.0 if rows[0][0] is None else min(5.0, self._clock.real_delay_seconds(rows[0][0]) + 0.001)

    def _run_due(self) -> None:
        while not self._stopping:
            rows = self._store.query(
                "select id, due, kind, lane, payload from jobs where running = 0 and due <= ? order by due, id limit 1",
                (self._clock.now_ms(),),
            )
            if not rows:
                return
            job_id, due, kind, lane, payload = rows[0]
            if kind in self._outside:
                self._store.query("update jobs set running = 1 where id = ?", (job_id,))
                index = zlib.crc32(lane.encode()) % _LANES
                executor = self._lanes.setdefault(index, ThreadPoolExecutor(1, f"partner-lane-{index}"))
                executor.submit(self._run_outside, job_id, due, kind, payload)
            else:
                self._run_inside(job_id, due, kind, payload)

    def _run_inside(self, job_id: int, due: int, kind: str, payload: str) -> None:
        self._current.due = due
        try:
            with self._store.tx():
                # Cancelled between the look and this transaction: another thread's work took it away.
                if self._store.query("delete from jobs where id = ? returning 1", (job_id,)):
                    self._inside[kind](json.loads(payload))
        except Exception:
            log.exception("job %s failed and is dropped", kind)
            self._store.query("delete from jobs where id = ?", (job_id,))
        finally:
            self._current.due = None

    def _run_outside(self, job_id: int, due: int, kind: str, payload: str) -> None:
        self._current.due = due
        try:
            self._outside[kind](json.loads(payload))
        except Exception:
            log.exception("job %s failed and is dropped", kind)
        finally:
            self._current.due = None
            self._store.query("delete from jobs where id = ?", (job_id,))
            self.notify()
