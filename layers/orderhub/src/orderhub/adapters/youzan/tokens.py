"""Access tokens of a self-use app (自用型), one per shop, for as long as they live (sheet §2)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence

from orderhub.adapters.youzan.signing import App
from orderhub.domain.errors import PartnerRejected
from orderhub.ports.world import Clock

MARGIN_MS = 600_000
"""A token this close to its end is not used any more."""

type Grant = Callable[[bytes], tuple[str, int]]
"""Asks `/auth/token` with this body: (token, end in ms UTC). Raises PartnerRejected."""


class Tokens:
    """Keeps a token per shop in memory; grants are made one at a time.

    While a secret is rotated several apps are known: each is asked until one is accepted.
    """

    def __init__(self, apps: Sequence[App], grant: Grant, clock: Clock) -> None:
        if not apps:
            raise ValueError("no app is configured")
        self._apps = tuple(apps)
        self._grant = grant
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, int]] = {}

    def of(self, shop_id: str) -> str:
        """A token of the shop that should still be good."""
        with self._lock:
            token, ends_at = self._known.get(shop_id, ("", 0))
            return token if ends_at - MARGIN_MS > self._clock() else self._granted(shop_id)

    def renewed(self, shop_id: str, refused: str) -> str:
        """Another token than the one the gateway refused; one that was granted meanwhile will do."""
        with self._lock:
            token, _ = self._known.get(shop_id, ("", 0))
            return token if token not in ("", refused) else self._granted(shop_id)

    def _granted(self, shop_id: str) -> str:
        failure: PartnerRejected | None = None
        for client_id, client_secret in self._apps:
            body = {
                "client_id": client_id,
                "client_secret": client_secret,
                "authorize_type": "silent",
                "grant_id": shop_id,
                "refresh": False,
            }
            try:
                self._known[shop_id] = self._grant(json.dumps(body).encode())
            except PartnerRejected as refusal:
                failure = failure or refusal
            else:
                return self._known[shop_id][0]
        assert failure is not None
        raise failure
