"""The rows of a graph: read them, change one, take one away. Pure; the graph that is given stays as it is.

A column's key is its field, ``out:`` before it for an output, and from the second column of one field on its number
behind it: ``lines.pieces``, ``lines.pieces 2``, ``out:code``.
"""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.domain.errors import Rejected
from orderhub.domain.rulepack import RuleKind
from orderhub.rules.schema import INPUTS, OUTPUTS, Field

OUT = "out:"


@dataclass(frozen=True, slots=True)
class Row:
    """``place`` counts from 1 within its table; ``cells`` holds every column's cell, also empty ones."""

    row_id: str
    table: str
    place: int
    cells: Mapping[str, str]


def tables(graph: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The decision tables, in the graph's own order."""
    return [node for node in graph["nodes"] if node["type"] == "decisionTableNode"]


def columns(content: Mapping[str, Any]) -> Mapping[str, str]:
    """A table's columns: id → key."""
    found: dict[str, str] = {}
    for prefix, some in (("", content["inputs"]), (OUT, content["outputs"])):
        for column in some:
            name = prefix + column["field"]
            count = sum(1 for known in found.values() if known.partition(" ")[0] == name) + 1
            found[column["id"]] = name if count == 1 else f"{name} {count}"
    return found


def rows(graph: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every row of every table."""
    found = []
    for node in tables(graph):
        keys = columns(node["content"])
        for place, row in enumerate(node["content"]["rules"], 1):
            cells = {key: str(row.get(column) or "") for column, key in keys.items()}
            found.append(Row(row["_id"], node["id"], place, cells))
    return tuple(found)


def row(graph: Mapping[str, Any], row_id: str) -> Row:
    """Raises Rejected (``no_such_row``)."""
    for one in rows(graph):
        if one.row_id == row_id:
            return one
    raise Rejected("no_such_row", row_id[:60])


def field_of(kind: RuleKind, key: str) -> Field | None:
    """What a column's cells are about; None: the schema does not know it."""
    name = field_name(key)
    return OUTPUTS[kind].get(name) if key.startswith(OUT) else INPUTS[kind].get(name)


def field_name(key: str) -> str:
    """``out:code`` → ``code``, ``lines.pieces 2`` → ``lines.pieces``."""
    return key.removeprefix(OUT).partition(" ")[0]


def keys_of(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of all tables, inputs first."""
    found = dict.fromkeys(key for node in tables(graph) for key in columns(node["content"]).values())
    return (*(key for key in found if not key.startswith(OUT)), *(key for key in found if key.startswith(OUT)))


def with_row(
    graph: Mapping[str, Any], row_id: str, cells: Mapping[str, str], place: int | None = None
) -> Mapping[str, Any]:
    """The row with these cells, its others as they were; a row that is not there comes last, or to its place.
    Columns that the table lacks are added. Cells that are empty need no column."""
    made = copy.deepcopy(dict(graph))
    content = _table_with(made, row_id)["content"]
    for key in cells:
        if cells[key] and key not in columns(content).values():
            _add_column(content, key)
    ids = {key: column for column, key in columns(content).items()}
    every = content["rules"]
    known = next((one for one in every if one["_id"] == row_id), None)
    if known is None:
        known = {"_id": row_id, **dict.fromkeys(ids.values(), "")}
        every.append(known)
    known.update({ids[key]: cell for key, cell in cells.items() if key in ids})
    if place is not None:
        every.remove(known)
        every.insert(min(max(place, 1) - 1, len(every)), known)
    return made


def without_row(graph: Mapping[str, Any], row_id: str) -> Mapping[str, Any]:
    """Raises Rejected (``no_such_row``)."""
    row(graph, row_id)
    made = copy.deepcopy(dict(graph))
    content = _table_with(made, row_id)["content"]
    content["rules"] = [one for one in content["rules"] if one["_id"] != row_id]
    return made


def new_row_id(graph: Mapping[str, Any], wish: str) -> str:
    """An id that no row has, as near to the wish as ids may be."""
    stem = re.sub(r"[^A-Za-z0-9_.:-]+", "-", wish).strip("-_.:")[:50] or "row"
    taken = {one.row_id for one in rows(graph)}
    return next(name for name in _numbered(stem) if name not in taken)


def _numbered(stem: str) -> Iterable[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _table_with(graph: Mapping[str, Any], row_id: str) -> Mapping[str, Any]:
    """The table that has the row, or the first one."""
    every = tables(graph)
    return next((node for node in every if any(one["_id"] == row_id for one in node["content"]["rules"])), every[0])


def _add_column(content: Mapping[str, Any], key: str) -> None:
    taken = columns(content).keys()
    letter = "o" if key.startswith(OUT) else "c"
    column_id = next(name for name in _numbered(f"{letter}{len(taken) + 1}") if name not in taken)
    name = field_name(key)
    content["outputs" if key.startswith(OUT) else "inputs"].append({"id": column_id, "field": name, "name": name})
    for one in content["rules"]:
        one[column_id] = ""
