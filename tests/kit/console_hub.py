"""The console's pages over a whole hub in one process: who asks, a form or a path, and the page's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from orderhub.adapters.dynamodb.tallies import DynamoTallies
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.domain.staff import Role
from orderhub.ports.world import RunHistory, StateVisit
from orderhub.runtime import opened, wiring
from pages import door
from pages.catalogue import PAGES
from pages.page import Answer
from tests.kit.console import KEY, People, event, signed_in
from tests.kit.world import World

DIGEST = KeyedDigest(lambda: "key-of-the-tests")


class Log:
    """ExecutionLog of one run."""

    run: RunHistory | None = RunHistory(
        "RUNNING", 1000, 0, (StateVisit("Reserve", 1000, 1500), StateVisit("Odd", 1500))
    )

    def history(self, execution: str) -> RunHistory | None:
        return self.run

    def arn_of(self, execution: str) -> str:
        return f"arn:aws-none:states:cn-north-1:0:execution:m:{execution}"


class InProcess:
    """The function ``labels`` as its tasks, called without a cloud."""

    def ask(self, task: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return opened.TASKS[task]({"task": task, **asked})


class Console:
    """``get`` and ``post`` as somebody of a role; nobody signed in for an empty name."""

    def __init__(self, hub: World, patch: pytest.MonkeyPatch) -> None:
        self.people = People()
        self.tallies = DynamoTallies(hub.clients.dynamodb, hub.orders_table)
        made: dict[str, Any] = {
            "orders": lambda: hub.orders, "executions": Log, "staff": lambda: self.people, "session_key": lambda: KEY,
            "now_ms": hub.clock, "is_allowed": lambda headers: True, "seal": lambda: hub.clients.kms,
            "digest": lambda: DIGEST, "rules": lambda: hub.rules, "tallies": lambda: self.tallies,
        }  # fmt: skip
        for name, value in made.items():
            patch.setattr(wiring, name, value)
        for name in ("orders", "seal", "digest", "tallies", "now_ms"):
            patch.setattr(opened, name, made[name])
        patch.setattr(opened, "_labels", InProcess)
        patch.setenv("HUB_URL", "http://127.0.0.1:8000")

    def get(self, path: str, query: str = "", who: str = Role.CUSTOMER_SERVICE) -> Answer:
        cookies = (signed_in(who)[0],) if who else ()
        return self._opened("GET", path, event("GET", path, query=query, cookies=cookies))

    def post(self, path: str, who: str = Role.CUSTOMER_SERVICE, **form: str) -> Answer:
        cookie, token = signed_in(who) if who else ("", "")
        cookies = (cookie,) if who else ()
        return self._opened("POST", path, event("POST", path, {**form, "csrf": token}, cookies=cookies))

    def _opened(self, method: str, path: str, asked: dict[str, Any]) -> Answer:
        given = path.strip("/").split("/")
        for page in PAGES:
            wanted = page.path.strip("/").split("/")
            pairs = list(zip(wanted, given, strict=False))
            fits = len(wanted) == len(given) and all(w == g or w.startswith("{") for w, g in pairs)
            if page.method == method and fits:
                named = {w[1:-1]: g for w, g in pairs if w.startswith("{")}
                return door.open_page(page, asked, named)
        raise AssertionError(f"no page {method} {path}")
