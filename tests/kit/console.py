"""The console's pages as a browser reaches them, without a server: events in, answers out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from orderhub.domain.staff import Role, Staff
from orderhub.runtime.session import Session, Sessions

KEY = "a-session-key-for-tests-0123456789abcdef"
SESSIONS = Sessions(KEY, is_secure=False)


class People:
    """StaffStore in memory: one person of each role, by the role's name."""

    def __init__(self) -> None:
        self.known = {role.value: Staff(role.value, f"张三-{role.value}", (role,)) for role in Role}
        self.saved_by: dict[str, str] = {}

    def read(self, staff_id: str) -> Staff | None:
        return self.known.get(staff_id)

    def listed(self) -> tuple[Staff, ...]:
        return tuple(self.known[one] for one in sorted(self.known))

    def save(self, staff: Staff, by: str, now: int) -> None:
        self.known[staff.staff_id] = staff
        self.saved_by[staff.staff_id] = by


def signed_in(staff_id: str) -> tuple[str, str]:
    """(cookie, form token) of a session."""
    session = Session(staff_id, "one")
    cookie = SESSIONS.cookie_of(session).partition(";")[0]
    return cookie, SESSIONS.token_of(session)


def event(
    method: str,
    path: str,
    form: Mapping[str, Any] | None = None,
    query: str = "",
    cookies: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An event of the HTTP API (payload 2.0)."""
    pairs = re.findall(r"([^=&]+)=([^&]*)", query)
    return {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"content-type": "application/x-www-form-urlencoded", **(headers or {})},
        "cookies": list(cookies), "queryStringParameters": dict(pairs) or None,
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": urlencode(form, doseq=True) if form is not None else None, "isBase64Encoded": False,
    }  # fmt: skip


def text_of(answer: Any) -> str:
    """The page as text."""
    return answer.body if isinstance(answer.body, str) else answer.body.decode()


def data_of(answer: Any) -> Any:
    return json.loads(text_of(answer))
