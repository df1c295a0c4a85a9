"""Youzan's units: money as yuan text, time as Shanghai text, identifiers (sheet §1, §6)."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def yuan(fen: int) -> str:
    """123 fen is `1.23`."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen_of(text: object) -> int | None:
    """`1.23` is 123 fen; None for anything that is not yuan text above zero."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text):
        return None
    whole, _, fraction = text.partition(".")
    return int(whole) * 100 + int(fraction.ljust(2, "0")) or None


def shanghai(at_ms: int | None) -> str:
    """`yyyy-MM-dd HH:mm:ss` in Shanghai; an instant that has not come is the empty text."""
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(SHANGHAI).strftime(TIME_FORMAT)


def from_shanghai(text: str) -> int:
    """Epoch milliseconds of a Shanghai time text. Raises ValueError for anything else, a bare date too."""
    return int(datetime.strptime(text, TIME_FORMAT).replace(tzinfo=SHANGHAI).timestamp()) * 1000


def order_no(at_ms: int, serial: int) -> str:
    """A tid: `E`, 14 digits of time, 9 of a serial number."""
    stamp = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
    return f"E{stamp}{serial % 10**9:09d}"


def is_order_no(text: object) -> bool:
    """Has the shape of a tid."""
    return isinstance(text, str) and len(text) == 24 and text[0] == "E" and text[1:].isdigit()


def line_no(at_ms: int, serial: int) -> str:
    """An oid: 19 digits, beyond what a JSON number in JavaScript can hold."""
    return f"27{at_ms // 1000:010d}{serial % 10**7:07d}"


def barcode_of(sku: str) -> str:
    """An invented EAN-13 of a product, always the same: of manufacturer 0000, with its check digit."""
    digits = f"6900000{zlib.crc32(sku.encode()) % 10**5:05d}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def apportion(total: int, weights: list[int]) -> list[int]:
    """`total` split by weight, to the fen: parts add up to it (largest remainder, first wins a tie)."""
    whole = sum(weights)
    if whole == 0:
        return [total if i == 0 else 0 for i in range(len(weights))]
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for i in by_rest[: total - sum(parts)]:
        parts[i] += 1
    return parts
