"""Keeps a secret in memory, and reads it again when it may have changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

KEEP_SECONDS = 300.0
PAUSE_SECONDS = 10.0


class CachedSecret:
    """A secret that holds a JSON object, read on first use and again every 300 s.

    When it cannot be read again, the last content stays in use: an outage of the secret store must not turn
    good messages away. Once there is a content, the store is asked at most once per 10 s.
    """

    __slots__ = ("_clock", "_content", "_read", "_tried_at", "_until")

    def __init__(self, read: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._content: Mapping[str, object] | None = None
        self._tried_at = 0.0
        self._until = 0.0

    def content(self) -> Mapping[str, object]:
        """The secret. Raises PartnerUnavailable or PartnerRejected when it was never read."""
        if self._content is None:
            return self._load()
        if self._clock() >= self._until:
            self.renew()
        return self._content

    def renew(self) -> bool:
        """Read the secret again, unless that was tried within 10 s. Whether it is another one now."""
        if self._clock() < self._tried_at + PAUSE_SECONDS:
            return False
        before = self._content
        try:
            return self._load() != before
        except (PartnerUnavailable, PartnerRejected):
            return False

    def _load(self) -> Mapping[str, object]:
        self._tried_at = self._clock()
        try:
            content = json.loads(self._read())
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise PartnerRejected("secretsmanager", "unreadable_secret", "the secret is not a JSON object")
        self._content = content
        self._until = self._tried_at + KEEP_SECONDS
        return content
