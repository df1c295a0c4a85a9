"""Ask the gift matrix: once for every main product of the order (R30)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.domain.gifts import GiftRow, MainProduct, read_row
from orderhub.domain.rulepack import Evaluation, Match, Pack
from orderhub.rules.engine import evaluate, table_nodes

MAINS = "mains"
"""In the input: the main products, each with ``main_sku``, ``main_quantity``, ``main_paid_fen``, ``line_id``.
A row's columns see one of them at a time, as ``gift.main_sku`` …"""


def ask_matrix(pack: Pack, given: Mapping[str, Any]) -> tuple[Evaluation, tuple[GiftRow, ...]]:
    """One evaluation of all main products together (a row that matched several stands there once, with the first),
    and every matched row read. Pure. Raises ValueError for a row that matched and says nothing sensible."""
    matches: dict[str, Match] = {}
    rows: list[GiftRow] = []
    for values in given[MAINS]:
        main = MainProduct(**values)
        for match in evaluate(pack, {**given, "gift": values}).matches:
            rows.append(read_row(match, pack.version, main))
            matches.setdefault(match.row_id, match)
    return Evaluation(pack.kind, pack.version, tuple(matches.values())), tuple(rows)


def row_of(pack: Pack, row_id: str, line_id: str) -> GiftRow | None:
    """What this row of the matrix says, whatever it asks; its gift goes with this line. None: there is no such row.

    Raises ValueError for a row that says nothing sensible.
    """
    for node in table_nodes(pack.graph):
        content = node["content"]
        for number, row in enumerate(content["rules"], start=1):
            if row["_id"] == row_id:
                asks = {column["id"] for column in content["inputs"]}
                alone = {**row, **dict.fromkeys(asks, "")}
                (match,) = evaluate(replace(pack, graph=_only(pack.graph, node, alone)), {}).matches
                return read_row(replace(match, row=number), pack.version, MainProduct("", 0, 0, line_id))
    return None


def _only(graph: Mapping[str, Any], table: Mapping[str, Any], row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The graph with one table, of one row."""
    one = {**table, "content": {**table["content"], "rules": [row]}}
    ends = {end: next(node for node in graph["nodes"] if node["type"] == end) for end in ("inputNode", "outputNode")}
    return {
        "nodes": [ends["inputNode"], one, ends["outputNode"]],
        "edges": [
            {"id": "in", "sourceId": ends["inputNode"]["id"], "targetId": one["id"], "type": "edge"},
            {"id": "out", "sourceId": one["id"], "targetId": ends["outputNode"]["id"], "type": "edge"},
        ],
    }
