"""The health board as CSV: a row for each day and figure, with what it is counted from."""

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.contracts.csv_out import Cell, csv_text

HEADER = ("日期", "指标", "值", "单位", "n")
_UNITS = {"payment_to_outbound": "秒 (中位)", "exceptions": "单", "consistency": "单", "accuracy": "单 (差错)"}


def health_csv(board: Mapping[str, Any]) -> str:
    """Of what ``services.show_health`` answered: the day and the 14 before it; what is not known is empty."""
    return csv_text(HEADER, _rows(board))


def _rows(board: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for tile in board["tiles"]:
        for point in tile["trend"]:
            value = point["value"] if point["n"] else None
            if value is not None and tile["key"] == "payment_to_outbound":
                value //= 1000
            yield [point["day"], tile["name"]["zh"], value, _UNITS[tile["key"]], point["n"]]
