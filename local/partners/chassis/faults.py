"""Fault dials: what may go wrong between the hub and a partner, turned by tests and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from local.partners.chassis.store import Store

CALL_KINDS = frozenset({
    "latency", "status", "timeout_after", "drop_before", "duplicate", "rate_limit", "malformed",
    "wrong_encoding", "slow",
})  # fmt: skip
PUSH_KINDS = frozenset({"lost_push", "duplicate", "late", "out_of_order"})
_MATCHES = frozenset({"method", "contains", "side"})


@dataclass
class Fault:
    """One dial. `times` -1 = until removed. `ms`, `status`, `after` mean what the kind says they mean.

    `match`: `method` (a partner method, or the event of a push; absent or "*" = any), `contains` (text in
    the raw body), `side` ("call" or "push").
    """

    kind: str
    match: dict[str, str] = field(default_factory=dict)
    times: int = 1
    ms: int | None = None
    status: int = 503
    after: bool = False

    def applies(self, side: str, method: str, body: str) -> bool:
        return (
            self.times != 0
            and self.kind in (CALL_KINDS if side == "call" else PUSH_KINDS)
            and self.match.get("side", side) == side
            and self.match.get("method", "*") in ("*", method)
            and self.match.get("contains", "") in body
        )


class Faults:
    """The dials of one simulator, in the order they were set; kept on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dials: list[Fault] = []
        saved = store.get("_faults", "dials")
        if saved:
            self._dials = [Fault(**dial) for dial in saved["dials"]]

    def add(self, dial: Mapping[str, Any]) -> None:
        """Raises ValueError when the dial is not one of the known shape."""
        unknown = set(dial) - set(Fault.__dataclass_fields__)
        if unknown or dial.get("kind") not in CALL_KINDS | PUSH_KINDS:
            raise ValueError(f"not a fault dial: kind={dial.get('kind')!r}, unknown keys {sorted(unknown)}")
        fault = Fault(**dial)
        if set(fault.match) - _MATCHES:
            raise ValueError(f"match knows {sorted(_MATCHES)} only")
        with self._store.tx():
            self._dials.append(fault)
            self._save()

    def clear(self) -> None:
        with self._store.tx():
            self._dials = []
            self._save()

    def take(self, side: str, method: str, body: str = "") -> list[Fault]:
        """Every dial that applies now; each is used once by this."""
        if not self._dials:
            return []
        with self._store.tx():
            taken = [dial for dial in self._dials if dial.applies(side, method, body)]
            for dial in taken:
                if dial.times > 0:
                    dial.times -= 1
            if taken:
                self._dials = [dial for dial in self._dials if dial.times != 0]
                self._save()
        return taken

    def view(self) -> list[dict[str, Any]]:
        return [asdict(dial) for dial in self._dials]

    def _save(self) -> None:
        self._store.put("_faults", "dials", {"dials": self.view()})
