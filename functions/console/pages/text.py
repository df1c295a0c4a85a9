"""How values are written on every page: money, instants, durations, one way each (screens' visual language)."""

from datetime import UTC, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))  # people read Asia/Shanghai (R5)
UNKNOWN = "—"


def yuan(fen: int | None) -> str:
    """¥1,299.00; unknown is a dash, never 0."""
    if fen is None:
        return UNKNOWN
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def instant(at: int | None, now: int) -> str:
    """14:03:22 today, 02-15 14:03 this year, 2025-02-15 before."""
    if not at:
        return UNKNOWN
    then, today = _local(at), _local(now)
    if then.date() == today.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M") if then.year == today.year else then.strftime("%Y-%m-%d")


def iso(at: int | None) -> str:
    """For <time datetime>: UTC, to the second."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def day(at: int) -> str:
    """2026-11-29 as people in Shanghai count days."""
    return _local(at).strftime("%Y-%m-%d")


def duration(ms: int | None) -> str:
    """850 ms, 12 s, 4 min 5 s, 2 h 14 min, 3 d 4 h."""
    if ms is None:
        return UNKNOWN
    sign, ms = ("-" if ms < 0 else ""), abs(ms)
    if ms < 1000:
        return f"{sign}{ms} ms"
    seconds = ms // 1000
    for size, unit, small, name in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // small
            return f"{sign}{seconds // size} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{sign}{seconds} s"


def evidence(value: object, name: str, now: int) -> str:
    """A value of a card by its name: amounts as money, instants as times, all else as it is."""
    digits = str(value)
    if not digits.lstrip("-").isdecimal():
        return digits
    if name.endswith("_fen"):
        return yuan(int(digits))
    return instant(int(digits), now) if name.endswith(("_at", "since", "until")) and len(digits) == 13 else digits


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZONE)
