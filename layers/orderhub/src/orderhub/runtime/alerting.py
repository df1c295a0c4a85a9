"""Alerts, wired: who is told (the secret of WeCom names people), by what, and what a pressed button sets off."""

import json
from collections.abc import Mapping
from functools import cache

from orderhub.ports.alerts import Directory
from orderhub.runtime.clients import now_ms, secret
from orderhub.runtime.partners import limits, wecom
from orderhub.runtime.settings import required
from orderhub.runtime.stores import alerts, executions, orders, queue
from orderhub.services.alerts import Alerting
from orderhub.services.press_button import Desk


def directory() -> Directory:
    """Who stands behind each role now. A secret that names nobody leaves alerts to the queue of decisions."""
    held = secret("WECOM_SECRET_ID").content()
    return read_directory(held)


def read_directory(held: Mapping[str, object]) -> Directory:
    """``members``: role → user ids; ``robots``: role → key; ``escalation``: role → the role told second.

    What is no such shape counts as empty: one wrong line must not stop the alerts of the others.
    """
    members, robots, second = (_object(held.get(name)) for name in ("members", "robots", "escalation"))
    return Directory(
        {
            role: tuple(str(user).lower() for user in users if isinstance(user, str))
            for role, users in members.items()
            if isinstance(users, list)
        },
        frozenset(role for role, key in robots.items() if isinstance(key, str) and key),
        {role: other for role, other in second.items() if isinstance(other, str)},
    )


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def alerting() -> Alerting:
    return Alerting(orders(), alerts(), wecom(), directory, limits(), now_ms, required("HUB_URL")["HUB_URL"])


@cache
def desk() -> Desk:
    return Desk(orders(), executions(), alerts(), directory, _tell, now_ms)


def _tell(decision_id: str) -> None:
    queue("ALERT_QUEUE_URL").send(json.dumps({"decision_id": decision_id}))
