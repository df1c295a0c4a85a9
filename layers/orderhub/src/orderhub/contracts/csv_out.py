"""Tables as CSV, for every export of the hub: opens in Excel as Chinese, and no cell is ever a formula.

Source: OWASP "CSV Injection": a cell that begins with one of these signs may be run by a spreadsheet.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_BYTE_ORDER_MARK = "\ufeff"

type Cell = str | int | Decimal | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """RFC 4180 with a byte order mark. Text that a spreadsheet might run gets an apostrophe before it; numbers, which
    the hub computed, stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([_cell(cell) for cell in row])
    return _BYTE_ORDER_MARK + out.getvalue()


def _cell(cell: Cell) -> str | int | Decimal:
    if cell is None:
        return ""
    if isinstance(cell, int | Decimal):
        return cell
    plain = cell.replace("\x00", "")
    return f"'{plain}" if plain.lstrip(" \u3000\u200b\ufeff").startswith(_RUNS) or plain.startswith(_RUNS) else plain


def yuan(fen: int) -> Decimal:
    """Fen as an amount that a spreadsheet adds up: 129900 is ``1299.00``. Exact."""
    return Decimal(fen).scaleb(-2)
