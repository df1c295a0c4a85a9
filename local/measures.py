"""Measures for people: a table of counts, their share of the orders placed, and the exact interval."""

from collections.abc import Mapping
from typing import Any

from local.text import table


def measure_lines(shown: Mapping[str, Any]) -> list[str]:
    """What `GET /api/measures/address-changes` answers, as lines."""
    rows = [["", "n", "每万单 per 10,000", "占比 share", "95 %"]]
    rows += [
        [
            f"{row['name']['zh']} {row['name']['en']}",
            str(row["count"]),
            "–" if row["per_10_000"] is None else str(row["per_10_000"]),
            row["percent"],
            f"{row['low']} … {row['high']}",
        ]
        for row in shown["figures"]
    ]
    return [*table(rows, right=(1, 2, 3)), f"  of {shown['orders']} orders placed in that time 期间下单"]
