"""Webhooks a partner sends: retried on the virtual clock; dials lose, double, delay or swap them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from local.partners.chassis.calls import CallLog
from local.partners.chassis.clock import wall_ms
from local.partners.chassis.faults import Faults
from local.partners.chassis.jobs import Jobs

YOUZAN_RETRY_A_MS: tuple[int, ...] = tuple(
    seconds * 1000 for seconds in (10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800, 3600, 7200)
)
"""≤ 16 tries: 10 s, 30 s, 1 … 10 min, 20 min, 30 min, 1 h, 2 h (youzan.md §5.3, version A)."""
YOUZAN_RETRY_B_MS: tuple[int, ...] = (5_000, 320_000, 1_280_000, 7_200_000)
"""≤ 4 tries: 5 s, 5 m 20 s, 21 m 20 s, 2 h (youzan.md §5.3, version B)."""


@dataclass(frozen=True)
class Outgoing:
    """One HTTP POST to the hub."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class PushSource(Protocol):
    """What the pusher asks of a simulator."""

    def push_request(self, event: str, payload: dict[str, Any], attempt: int) -> Outgoing | None:
        """Renders and signs attempt 0, 1, …; None when no webhook address is configured."""

    def push_accepted(self, event: str, status: int, body: bytes) -> bool:
        """Whether the answer is the acknowledgement this partner expects."""

    def push_retries(self, event: str) -> Sequence[int]:
        """Delays in ms before attempt 1, 2, …; after the last the push is given up."""

    def push_settled(self, event: str, payload: dict[str, Any], accepted: bool) -> None:
        """Called once when a push was accepted or given up."""


class Pusher:
    """`send` may be called inside a store transaction; the request leaves after it is committed.

    Pushes of one `key` leave in order unless a dial says otherwise. An answer later than 5 s counts as none.
    """

    def __init__(self, source: PushSource, jobs: Jobs, faults: Faults, calls: CallLog) -> None:
        self._source, self._jobs, self._faults, self._calls = source, jobs, faults, calls
        self._client = httpx.Client(timeout=5.0, trust_env=False)
        jobs.outside("push", self._deliver)

    def send(self, event: str, payload: dict[str, Any], *, key: str, after_ms: int = 0) -> None:
        copies, held = 1, False
        for fault in self._faults.take("push", event, key):
            if fault.kind == "lost_push":
                self._log(event, key, 0, "lost", 0.0)
                return
            if fault.kind == "duplicate":
                copies += 1
            if fault.kind == "late":
                after_ms += 60_000 if fault.ms is None else fault.ms
            if fault.kind == "out_of_order":
                held = True
                after_ms += 10_000 if fault.ms is None else fault.ms
        job = {"event": event, "payload": payload, "key": key, "attempt": 0}
        for _ in range(copies):
            self._jobs.schedule("push", job, after_ms=after_ms, lane=key, held=held)
        if not held:
            self._jobs.release_held("push", key)

    def close(self) -> None:
        self._client.close()

    def _deliver(self, job: dict[str, Any]) -> None:
        event, payload, attempt, key = job["event"], job["payload"], job["attempt"], job["key"]
        request = self._source.push_request(event, payload, attempt)
        if request is None:
            self._log(event, key, attempt, "no_address", 0.0)
            return
        started = time.perf_counter()
        accepted, outcome = False, ""
        try:
            answer = self._client.post(request.url, content=request.body, headers=dict(request.headers))
            accepted = self._source.push_accepted(event, answer.status_code, answer.content)
            outcome = "accepted" if accepted else f"refused:{answer.status_code}"
        except httpx.HTTPError as error:
            outcome = f"failed:{type(error).__name__}"
        self._log(event, key, attempt, outcome, (time.perf_counter() - started) * 1000)
        retries = self._source.push_retries(event)
        if not accepted and attempt < len(retries):
            self._jobs.schedule("push", {**job, "attempt": attempt + 1}, after_ms=retries[attempt], lane=key)
            return
        if not accepted:
            self._log(event, key, attempt, "given_up", 0.0)
        self._source.push_settled(event, payload, accepted)

    def _log(self, event: str, key: str, attempt: int, outcome: str, duration_ms: float) -> None:
        self._calls.add(
            "push", event, at_ms=wall_ms(), duration_ms=duration_ms, outcome=outcome, ref=key, attempt=attempt
        )
