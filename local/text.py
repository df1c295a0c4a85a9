"""Text for terminals: columns that line up although a Chinese character is two cells wide; money; instants."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def width(text: str) -> int:
    """Terminal cells: wide and full-width characters take two, combining marks none.

    >>> width("面单 SF1"), width("×→✓")
    (8, 3)
    """
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """`text` filled with blanks to `cells`, at its left when `right`; never shortened."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "  ") -> list[str]:
    """Lines with aligned columns two blanks apart; the columns numbered in `right` are set to the right."""
    if not rows:
        return []
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (indent + "  ".join(pad(cell, widths[n], right=n in right) for n, cell in enumerate(row))).rstrip()
        for row in rows
    ]


def money(fen: int) -> str:
    """Fen as yuan.

    >>> money(29900), money(-5), money(123456789)
    ('¥299.00', '-¥0.05', '¥1,234,567.89')
    """
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def instant(ms: int, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Epoch milliseconds as Asia/Shanghai time, with milliseconds.

    >>> instant(1795359546186)
    '2026-11-22 22:59:06.186'
    """
    moment = datetime.fromtimestamp(ms // 1000, UTC).astimezone(SHANGHAI)
    return f"{moment.strftime(pattern)}.{ms % 1000:03d}"


def instant_of(text: str) -> int:
    """A day or a minute in Shanghai as epoch ms. Raises ValueError with what is understood."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no day like 2026-11-01, nor a time like 2026-11-01T08:00") from None
    return int((read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).timestamp() * 1000)
