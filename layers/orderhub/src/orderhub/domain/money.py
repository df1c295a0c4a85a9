"""Money is integer fen (1/100 yuan). Yuan appear only at the edges, as decimal text."""

import re
from collections.abc import Sequence

_YUAN = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)


def fen_of_yuan(text: str) -> int:
    """Convert decimal yuan text to fen: ``fen_of_yuan("299.00") == 29900``.

    Trailing zeros beyond two places are accepted (``"299.0000"``).
    Raises ValueError for anything that is not a plain decimal or is finer than one fen.
    """
    if not _YUAN.fullmatch(text):
        raise ValueError(f"not an amount in yuan: {text[:40]!r}")
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    if fraction[2:].strip("0"):
        raise ValueError(f"finer than one fen: {text!r}")
    return sign * (int(whole) * 100 + int((fraction + "00")[:2]))


def yuan_of_fen(fen: int) -> str:
    """Format fen as yuan with two places: ``yuan_of_fen(29900) == "299.00"``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def apportion(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights so that the parts add up to the fen.

    Largest remainder first, earlier parts win ties; all-zero weights count as equal.
    ``apportion(100, [1, 1, 1]) == [34, 33, 33]``. Negative totals are split as their mirror image.
    """
    if not weights:
        if total_fen:
            raise ValueError("an amount cannot be split over nothing")
        return []
    if any(w < 0 for w in weights):
        raise ValueError("weights must not be negative")
    sign = -1 if total_fen < 0 else 1
    total = abs(total_fen)
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(total * shares[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
