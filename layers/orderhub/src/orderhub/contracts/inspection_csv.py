"""The daily inspection as CSV: its figures beside those of earlier days, then what is over time and who signed."""

from collections.abc import Iterator, Mapping
from typing import Any

from orderhub.contracts.csv_out import Cell, csv_text
from orderhub.contracts.orders_csv import shanghai

HEADER = ("类别", "名称", "当日", "n", "昨日", "n", "上周", "n", "对昨日", "对上周")
_CHANGES = {"worse": "变差", "better": "变好", "same": "持平", "unknown": "未知"}


def inspection_csv(found: Mapping[str, Any]) -> str:
    """Of what ``services.inspection`` answered. Payment to outbound is in seconds."""
    return csv_text(HEADER, _rows(found))


def _rows(found: Mapping[str, Any]) -> Iterator[list[Cell]]:
    for figure in found["figures"]:
        cells: list[Cell] = ["指标", figure["name"]["zh"]]
        for name in ("today", "yesterday", "last_week"):
            cells += [_value(figure, name), figure[name]["n"]]
        yield [*cells, *(_CHANGES[figure["change"][name]] for name in ("yesterday", "last_week"))]
    for cause in found["causes"]:
        yield ["变差原因", cause["name"]["zh"], cause["count"], None, cause["count"] - cause["more"]]
    yield ["超时决策", "", found["overdue"]["count"]]
    for waiting in found["waiting"]:
        yield ["等待合作方", waiting["partner"], waiting["orders"], None, shanghai(waiting["since"])]
    for signed in found["signatures"]:
        yield ["签字", signed["by"], shanghai(signed["signed_at"]), None, signed["note"]]


def _value(figure: Mapping[str, Any], name: str) -> Cell:
    value = figure[name]
    if not value["n"]:
        return None
    return value["shown"] or (value["value"] or 0) // 1000
