"""Days as people count them: in Asia/Shanghai, which has had no daylight saving since 1991 (R5)."""

import re
from datetime import UTC, date, datetime, timedelta

_ZONE = timedelta(hours=8)
DAY_MS = 86_400_000
_DAY = re.compile(r"\d{8}")


def day_of(instant: int) -> str:
    """``20261125``: the Shanghai day of an instant in epoch ms."""
    return (datetime.fromtimestamp(instant // 1000, UTC) + _ZONE).strftime("%Y%m%d")


def start_of(day: str) -> int:
    """The first instant of a Shanghai day, epoch ms. Raises ValueError for what is no day."""
    if not _DAY.fullmatch(day):
        raise ValueError(f"not a day: {day[:20]!r}")
    midnight = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) - _ZONE
    return int(midnight.timestamp()) * 1000


def days_before(day: str, count: int) -> tuple[str, ...]:
    """The ``count`` days before this one, oldest first."""
    last = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    return tuple((last - timedelta(days=back)).strftime("%Y%m%d") for back in range(count, 0, -1))
