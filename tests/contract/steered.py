"""A simulator as the contract tests steer it; each adds the client that talks to it."""

from __future__ import annotations

from typing import Any

import httpx

from orderhub.adapters.partner_http import PartnerHttp

TIMEOUT_SECONDS = 1.5
"""The client waits so long for an answer: enough for a busy machine, and not long where a partner never answers."""


class Steered:
    """A running simulator's controls, and the transport of the hub's client for it."""

    def __init__(self, url: str, partner: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.url = url
        self.sim = httpx.Client(base_url=url, timeout=20, trust_env=False)
        self.http = PartnerHttp(partner, timeout_seconds)

    def control(self, path: str, body: Any = None) -> Any:
        answer = self.sim.post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **changes: Any) -> None:
        self.control("config", changes)

    def fault(self, kind: str, method: str, **dial: Any) -> None:
        self.control("faults", {"kind": kind, "match": {"method": method}, **dial})

    def advance(self, ms: int) -> None:
        assert self.control("clock", {"advance_ms": ms})["settled"]

    def calls(self, method: str) -> int:
        return len(self.sim.get("/_sim/calls", params={"method": method}).json()["calls"])

    def state(self) -> Any:
        """The simulator's truth ledger."""
        return self.sim.get("/_sim/state").json()

    def close(self) -> None:
        self.http.close()
        self.sim.close()
