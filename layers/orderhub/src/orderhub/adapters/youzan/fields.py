"""Typed reading of what Youzan sends: a field is what the sheet says it is, or the message is unreadable.

Every reader raises UnreadableMessage with `<field>_<what is wrong>`; no code ever holds a value of the
message. Absent, null and empty are one: Youzan uses all three (sheet §6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from orderhub.adapters.strict_json import strict_json
from orderhub.domain.errors import UnreadableMessage
from orderhub.domain.money import fen_of_yuan

type Node = Mapping[str, object]

SHANGHAI = timezone(timedelta(hours=8))

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
_SECONDS_BELOW = 10**11
_VERSION_BELOW = 10**14


def json_object(data: str | bytes, what: str) -> Node:
    """The JSON object in `data`: UTF-8 without NaN, lone surrogates or more than 32 levels."""
    try:
        value = strict_json(data if isinstance(data, bytes) else data.encode())
    except (ValueError, RecursionError):
        raise UnreadableMessage(f"{what}_not_json") from None
    if not isinstance(value, dict):
        raise UnreadableMessage(f"{what}_not_an_object")
    return value


def node(parent: Node, name: str) -> Node:
    """A nested object; empty when there is none."""
    value = parent.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableMessage(f"{name}_type")
    return value


def nodes(parent: Node, name: str) -> list[Node]:
    """A list of objects; empty when there is none."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnreadableMessage(f"{name}_type")
    return value


def text(parent: Node, name: str) -> str:
    """Text as it stands, or `""`."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnreadableMessage(f"{name}_type")
    return value


def identifier(parent: Node, name: str) -> str:
    """An id as text, or `""`. Ids above 2^53 arrive as text or as numbers; both stay exact."""
    value = parent.get(name)
    if value is None or value == "":
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise UnreadableMessage(f"{name}_type")
    if not _ID.fullmatch(value):
        raise UnreadableMessage(f"{name}_unsuitable")
    return value


def needed_identifier(parent: Node, name: str) -> str:
    return identifier(parent, name) or _missing(name)


def flag(parent: Node, name: str) -> bool:
    value = parent.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise UnreadableMessage(f"{name}_type")
    return value


def whole(parent: Node, name: str, default: int) -> int:
    """A whole number that is a JSON number."""
    value = parent.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableMessage(f"{name}_type")
    return value


def fen(parent: Node, name: str) -> int | None:
    """An amount given as yuan text, in fen, never negative; None when there is none."""
    value = text(parent, name)
    if not value:
        return None
    try:
        amount = fen_of_yuan(value)
    except ValueError:
        raise UnreadableMessage(f"{name}_not_yuan") from None
    if amount < 0:
        raise UnreadableMessage(f"{name}_negative")
    return amount


def needed_fen(parent: Node, name: str) -> int:
    amount = fen(parent, name)
    if amount is None:
        raise UnreadableMessage(f"{name}_missing")
    return amount


def instant(parent: Node, name: str) -> int | None:
    """`yyyy-MM-dd HH:mm:ss` of Asia/Shanghai as ms UTC; None when the time has not come."""
    value = text(parent, name)
    if not value:
        return None
    try:
        if not _TIME.fullmatch(value):
            raise ValueError
        moment = datetime.fromisoformat(value).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise UnreadableMessage(f"{name}_not_a_time") from None
    return int(moment.timestamp()) * 1000


def version_ms(parent: Node) -> int:
    """`version` in ms: seconds and milliseconds are both seen (sheet §5.1); 0 when there is none."""
    value = parent.get("version")
    if value is None or value == "":
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableMessage("version_type")
    version = value * 1000 if value < _SECONDS_BELOW else value
    if not 0 <= version < _VERSION_BELOW:
        raise UnreadableMessage("version_unsuitable")
    return version


def _missing(name: str) -> str:
    raise UnreadableMessage(f"{name}_missing")
