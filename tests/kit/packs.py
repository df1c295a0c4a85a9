"""Rule packs for tests: one plain table, written as rows of cells by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.domain.rulepack import Pack, RuleKind


def graph(
    rows: Sequence[Mapping[str, str]], inputs: Sequence[str] | None = None, outputs: Sequence[str] = ("class", "reason")
) -> dict[str, Any]:
    """A JDM document: ``rows`` map a field, or ``_id``, to its cell; columns are the fields that the rows name."""
    asked = list(inputs or dict.fromkeys(f for row in rows for f in row if f not in (*outputs, "_id")))
    ids = {field: f"c{i}" for i, field in enumerate(asked)} | {field: f"o{i}" for i, field in enumerate(outputs)}
    return {
        "nodes": [
            {"id": "in", "name": "order", "type": "inputNode"},
            {
                "id": "t",
                "name": "t",
                "type": "decisionTableNode",
                "content": {
                    "hitPolicy": "collect",
                    "inputs": [{"id": ids[field], "field": field, "name": field} for field in asked],
                    "outputs": [{"id": ids[field], "field": field, "name": field} for field in outputs],
                    "rules": [
                        {"_id": row.get("_id", f"r{i}"), **{ids[f]: row.get(f, "") for f in (*asked, *outputs)}}
                        for i, row in enumerate(rows, 1)
                    ],
                },
            },
            {"id": "out", "name": "answer", "type": "outputNode"},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "t", "type": "edge"},
            {"id": "e2", "sourceId": "t", "targetId": "out", "type": "edge"},
        ],
    }


def hold(reason: str = "dear", **cells: str) -> dict[str, str]:
    """A row of an interception pack. Dots of field names are written ``__``."""
    return {
        **{name.replace("__", "."): cell for name, cell in cells.items()},
        "class": '"assessment_held"',
        "reason": f'"{reason}"',
        "_id": reason,
    }


def interception(*rows: Mapping[str, str], version: int = 1) -> Pack:
    """An interception pack of these rows."""
    return Pack(RuleKind.INTERCEPTION, version, graph(rows))
