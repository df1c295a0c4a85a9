"""One partner simulator as a test sees it: its truth ledger, its dials, its switches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class Partner:
    """The control surface of a simulator (`local/partners/README.md`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def ask(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        """POST to a control."""
        answer = self._http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def truth(self) -> dict[str, Any]:
        """Everything that really happened there."""
        answer: dict[str, Any] = self._http.get("/_sim/state").json()
        return answer

    def calls(self, method: str = "", ref: str = "") -> list[dict[str, Any]]:
        """What was asked of it, oldest first."""
        rows: list[dict[str, Any]] = self._http.get("/_sim/calls", params={"method": method}).json()["calls"]
        return [row for row in rows if ref in str(row.get("ref", ""))]

    def config(self) -> dict[str, Any]:
        """Its settings and switches now."""
        answer: dict[str, Any] = self._http.get("/_sim/config").json()
        return answer

    @contextmanager
    def switched(self, **switches: Any) -> Iterator[None]:
        """These switches for the time of the block."""
        before = self.config()
        self.ask("config", switches)
        try:
            yield
        finally:
            self.ask("config", {name: before[name] for name in switches})

    def turn(self, kind: str, method: str, contains: str = "", **dial: Any) -> None:
        """Turn a fault dial; `contains` is text of the raw body, so that only one order meets it."""
        match = {"method": method} | ({"contains": contains} if contains else {})
        self.ask("faults", {"kind": kind, "match": match, **dial})

    def faults(self) -> list[dict[str, Any]]:
        """The dials that still wait for their call."""
        found = self._http.get("/_sim/faults").json()
        return list(found if isinstance(found, list) else found["faults"])

    def turn_back(self) -> None:
        """Remove every dial."""
        self._http.delete("/_sim/faults").raise_for_status()

    def break_down(self, status: int = 503) -> None:
        """It answers every call with this status and does nothing, until `turn_back`."""
        self.ask("faults", {"kind": "status", "match": {"side": "call"}, "times": -1, "status": status})
