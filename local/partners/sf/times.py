"""Times as SF prints them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_ZONE = timezone(timedelta(hours=8))


def printed(at_ms: int) -> str:
    """`YYYY-MM-DD HH:mm:ss` in +08:00."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")
