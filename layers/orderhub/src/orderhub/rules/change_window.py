"""How long after payment an address may still be changed without a person, by shop (改地址窗口).

The table of address changes compares the minutes since payment in several rows; the window is their one number. A shop
with a window of its own has copies of those rows that ask for the shop, before the others: the first match answers.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.rules.plain import Unclear, quoted
from orderhub.rules.rows import columns, new_row_id, rows, tables, with_row, without_row

MINUTES, SHOP = "change.minutes_since_paid", "order.shop_id"
MOST_MINUTES = 60 * 24 * 30
_BOUND = re.compile(r"(>|<=)\s*(\d+)")
_ONE = re.compile(r"[\"']([^\"'\\]+)[\"']")


def windows(graph: Mapping[str, Any]) -> Mapping[str, int | None]:
    """Shop → minutes, ``""`` for all the others; None where its rows do not agree and the grid must be used."""
    found: dict[str, int | None] = {}
    for row in rows(graph):
        bound, shop = _BOUND.fullmatch(row.cells.get(MINUTES, "").strip()), _shop_of(row.cells)
        if row.cells.get(MINUTES, "").strip() and shop is not None:
            number = int(bound[2]) if bound else None
            found[shop] = number if found.get(shop, number) == number else None
    return found


def with_window(graph: Mapping[str, Any], shop: str, minutes: int | None) -> Mapping[str, Any]:
    """The graph with this window; minutes None: the shop has none of its own any more.

    Raises Unclear for minutes or a shop that cannot be, Rejected (``bad_parameter``) where rows do not agree.
    """
    if minutes is not None and not 0 < minutes <= MOST_MINUTES:
        raise Unclear("out_of_range", f"1 … {MOST_MINUTES}")
    known = windows(graph)
    if known.get("") is None or (shop in known and known[shop] is None):
        raise Rejected("bad_parameter", "rows of the window do not agree; use the grid")
    if minutes is None:
        return _without(graph, shop)
    if shop not in known:
        graph = _copied(graph, shop)
    for row in rows(graph):
        bound = _BOUND.fullmatch(row.cells.get(MINUTES, "").strip())
        if bound and _shop_of(row.cells) == shop:
            graph = with_row(graph, row.row_id, {MINUTES: f"{bound[1]} {minutes}"})
    return graph


def _shop_of(cells: Mapping[str, str]) -> str | None:
    """The row's one shop; ``""``: any; None: it asks otherwise."""
    cell = cells.get(SHOP, "").strip()
    found = _ONE.fullmatch(cell)
    return found[1] if found else None if cell else ""


def _without(graph: Mapping[str, Any], shop: str) -> Mapping[str, Any]:
    if not shop:
        raise Rejected("bad_parameter", "the window of all shops can be changed, not removed")
    for row in rows(graph):
        if _shop_of(row.cells) == shop and row.cells.get(MINUTES):
            graph = without_row(graph, row.row_id)
    return graph


def _copied(graph: Mapping[str, Any], shop: str) -> Mapping[str, Any]:
    """The general rows of the window once more for one shop, before the first of them."""
    general = [row for row in rows(graph) if row.cells.get(MINUTES) and not row.cells.get(SHOP)]
    made = copy.deepcopy(dict(graph))
    for row in general:
        content = next(node["content"] for node in tables(made) if node["id"] == row.table)
        first = next(place for place, one in enumerate(content["rules"], 1) if one["_id"] == general[0].row_id)
        row_id = new_row_id(made, f"{row.row_id[:24]}.{shop}")
        asked = {key: row.cells.get(key, "") for key in columns(content).values()}
        made = copy.deepcopy(dict(with_row(made, row_id, {**asked, SHOP: quoted(shop)}, first)))
    return made
