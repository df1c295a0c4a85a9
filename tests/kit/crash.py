"""Die at a chosen point: before or after each write to AWS, each call of Step Functions, each call of a partner.

Points are counted while a script runs; ``watch(n)`` makes the n-th one deadly. Reads are no points, and of two steps
that follow each other the end of the first and the beginning of the second are one: a process that dies keeps
nothing, so dying before a step is dying after the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from orderhub.adapters.deadline import DeadlineTransport

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


class CrashPoints:
    """One script's points. ``passed`` names those it went through since ``watch`` began."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.deadly: int | None = None
        self.has_struck = False
        self._is_watching = False
        self._only: tuple[str, ...] = ()

    @contextmanager
    def watch(self, deadly: int | None, only: tuple[str, ...] = ()) -> Iterator[None]:
        """Count the points inside (``only`` those named so) and die at number ``deadly`` (None: only count)."""
        self.passed, self.deadly, self.has_struck, self._only = [], deadly, False, only
        self._is_watching = True
        try:
            yield
        finally:
            self._is_watching = False

    def reach(self, when: str, what: str) -> None:
        if not self._is_watching or (self._only and not any(word in what for word in self._only)):
            return
        if when == "before" and self.passed and not self._only:
            return  # with ``only`` other steps lie between the two
        self.passed.append(f"{when} {what}")
        if self.deadly is not None and len(self.passed) == self.deadly + 1:
            self._is_watching, self.has_struck = False, True
            raise Crash(self.passed[-1])

    def on_client(self, client: Any) -> None:
        """Every write of this boto3 client is two points."""
        service = client.meta.service_model.service_name
        for operation in WRITES:
            client.meta.events.register_first(
                f"before-call.{service}.{operation}", lambda operation=operation, **_: self.reach("before", operation)
            )
            client.meta.events.register(
                f"after-call.{service}.{operation}", lambda operation=operation, **_: self.reach("after", operation)
            )


class CrashingTransport(DeadlineTransport):
    """Two points per HTTP call: nothing is sent yet; the partner has done it and its answer is not read."""

    def __init__(self, partner: str, points: CrashPoints) -> None:
        super().__init__()
        self._pool._keepalive_expiry = 2.0  # the simulators' server closes idle connections after 5 s
        self._partner = partner
        self._points = points

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = f"{self._partner} {request.url.path.rpartition('/')[2]}"
        self._points.reach("before", name)
        answer = super().handle_request(request)
        try:
            self._points.reach("after", name)
        except Crash:
            answer.close()
            raise
        return answer
