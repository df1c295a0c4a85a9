"""Times as SF writes them: ``YYYY-MM-DD HH:mm:ss`` in China. Pure."""

from datetime import datetime, timedelta, timezone

_SHANGHAI = timezone(timedelta(hours=8))


def instant(text: str) -> int | None:
    """The moment in ms UTC; None when it is no time."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHANGHAI)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000
