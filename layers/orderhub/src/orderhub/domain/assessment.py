"""The built-in pack of checks: what any order must have before a warehouse can ship it.

Each check is one row of the trace, whether it held or not, so that the verdict explains itself later.
"""

from collections.abc import Mapping
from typing import Any

PACK = "shippable"
VERSION = "1"


def judge(seen: Mapping[str, Any]) -> tuple[str, tuple[str, ...], tuple[Mapping[str, object], ...]]:
    """Judge an assessment input: (``pass`` | ``hold``, the reasons that failed, the trace of all checks)."""
    physical = [line for line in seen["lines"] if line["is_physical"]]
    region = seen["region"]
    checks = (
        ("has_lines", len(seen["lines"]), bool(seen["lines"])),
        ("has_parcel", len(physical), bool(physical)),
        ("sku_known", sum(1 for line in physical if not line["sku"]), all(line["sku"] for line in physical)),
        ("quantity_positive", len(physical), all(line["quantity"] > 0 for line in physical)),
        ("region_complete", len(region), all(region.get(part) for part in ("province", "city"))),
        ("paid_in_full", seen["amounts"]["paid_fen"], _is_paid(seen["amounts"])),
        ("sent_by_express", seen["kind"], seen["kind"] == "express"),
    )
    trace = tuple({"check": name, "saw": saw, "held": held} for name, saw, held in checks)
    reasons = tuple(name for name, _, held in checks if not held)
    return ("hold" if reasons else "pass"), reasons, trace


def _is_paid(amounts: Mapping[str, int]) -> bool:
    return amounts["paid_fen"] >= amounts["payable_fen"]
