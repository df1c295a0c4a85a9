"""Check a whole pack before it is kept: what passes here means at run time what it says (R20).

zen silently does not match a row with a broken cell, an absent field or a wrong type, and leaves out a row whose
output is broken; so everything a row says is checked when it is saved, and again when a pack is loaded (a field may
have gone from the schema since).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeIs

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.cells import CellProblem, check_condition, check_output
from orderhub.rules.problems import Problem
from orderhub.rules.schema import INPUTS, OUTPUTS, Field

MAX_BYTES = 256 * 1024
MAX_ROWS = 2_000
MAX_PROBLEMS = 200

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}")
_TABLE_KEYS = frozenset({"hitPolicy", "inputs", "outputs", "rules"})
_EDITOR_KEYS: Mapping[str, tuple[object, ...]] = {
    "passThrough": (None, False),
    "passThorough": (None, False),
    "inputField": (None, ""),
    "outputPath": (None, ""),
    "executionMode": (None, "single"),
}
"""What GoRules' editor adds to a table, and the values that leave its meaning as it is."""


def check(kind: RuleKind, graph: object) -> tuple[Problem, ...]:
    """Everything wrong with this graph as a pack of this kind, at most 200 findings; empty: it may be kept."""
    found: list[Problem] = []
    for problem in _problems(kind, graph):
        found.append(problem)
        if len(found) == MAX_PROBLEMS:
            break
    return tuple(found)


def read_graph(text: str | bytes) -> Mapping[str, Any] | Problem:
    """A JSON document as a graph, or why it is none (also: larger than 256 KB, nested without end)."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES * 4:  # indented documents are larger than what is kept
        return Problem("too_large")
    try:
        graph = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Problem("not_json", detail=str(error)[:120])
    return graph if isinstance(graph, dict) else Problem("bad_graph")


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _problems(kind: RuleKind, graph: object) -> Iterator[Problem]:
    tables, problem = _tables_of(graph)
    if problem:
        yield problem
        return
    try:
        size = len(json.dumps(graph, ensure_ascii=False, separators=(",", ":")).encode())
    except (ValueError, TypeError, RecursionError) as error:  # half a character, or what no JSON document holds
        yield Problem("not_json", detail=str(error)[:120])
        return
    if size > MAX_BYTES:
        yield Problem("too_large", detail=f"{size // 1024} KB")
        return
    ids: set[str] = set()
    rows = 0
    for node in tables:
        yield from _table(kind, node, ids)
        content = node.get("content")
        said = content.get("rules") if isinstance(content, dict) else None
        rows += len(said) if isinstance(said, list) else 0
    if rows > MAX_ROWS:
        yield Problem("too_many_rows", detail=str(rows))


# --- the graph -------------------------------------------------------------------------------------------------


def _tables_of(graph: object) -> tuple[Sequence[Mapping[str, Any]], Problem | None]:
    if not isinstance(graph, dict) or graph.keys() - {"nodes", "edges", "contentType"}:
        return (), Problem("bad_graph")
    nodes, edges = graph.get("nodes"), graph.get("edges")
    if not _is_objects(nodes) or not _is_objects(edges) or len(nodes) > 12:
        return (), Problem("bad_graph")
    ids = [node.get("id") for node in nodes]
    if not all(_is_id(one) for one in ids) or len(set(ids)) < len(ids):
        return (), Problem("bad_graph", detail="id")
    by_type: dict[str, list[dict[str, Any]]] = {}
    for node in nodes:
        by_type.setdefault(str(node.get("type")), []).append(node)
    strangers = by_type.keys() - {"inputNode", "outputNode", "decisionTableNode"}
    if strangers:
        return (), Problem("unknown_node", detail=min(strangers)[:60])
    ends = by_type.get("inputNode", []), by_type.get("outputNode", [])
    tables = by_type.get("decisionTableNode", [])
    if not tables or any(len(end) != 1 for end in ends):
        return (), Problem("bad_graph")
    if any(node.get("content") for end in ends for node in end):
        return (), Problem("bad_graph", detail="content")
    source, sink = (end[0]["id"] for end in ends)
    wanted = {pair for table in tables for pair in ((source, table["id"]), (table["id"], sink))}
    drawn = [(edge.get("sourceId"), edge.get("targetId")) for edge in edges]
    if not all(isinstance(end, str) for pair in drawn for end in pair) or sorted(drawn) != sorted(wanted):
        return (), Problem("bad_edge")
    return tables, None


def _table(kind: RuleKind, node: Mapping[str, Any], ids: set[str]) -> Iterator[Problem]:
    name, content = str(node["id"]), node.get("content")
    if not isinstance(content, dict) or not _is_plain(content):
        yield Problem("bad_table", name)
        return
    if content.get("hitPolicy") != "collect":
        yield Problem("hit_policy", name)
    inputs, outputs, rows = (content.get(part) for part in ("inputs", "outputs", "rules"))
    if not (_is_objects(inputs) and _is_objects(outputs) and _is_objects(rows)):
        yield Problem("bad_table", name)
        return
    found = [*_columns(kind, name, inputs, outputs)]
    yield from found
    if any(problem.code == "bad_column" for problem in found):
        return
    for place, row in enumerate(rows, 1):
        yield from _row(kind, name, place, row, inputs, outputs, ids)


def _is_plain(content: Mapping[str, Any]) -> bool:
    extra = content.keys() - _TABLE_KEYS
    return all(content[key] in _EDITOR_KEYS.get(key, ()) for key in extra)


def _is_objects(value: object) -> TypeIs[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))


# --- columns ---------------------------------------------------------------------------------------------------


def _columns(
    kind: RuleKind, table: str, inputs: Sequence[Mapping[str, Any]], outputs: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    ids = [column.get("id") for column in (*inputs, *outputs)]
    names = [column.get("field") for column in (*inputs, *outputs)]
    if not all(_is_id(one) for one in ids) or not all(isinstance(name, str) for name in names):
        yield Problem("bad_column", table)
        return
    strange = [column for column in (*inputs, *outputs) if column.keys() - {"id", "field", "name"}]
    for column in strange:
        if any(value not in (None, "") for key, value in column.items() if key not in ("id", "field", "name")):
            yield Problem("bad_column", table, column=str(column["field"])[:80])
    if len(set(ids)) < len(ids):
        yield Problem("column_twice", table, detail=_twice(ids))
    for column in inputs:
        if column["field"] not in INPUTS[kind]:
            yield Problem("unknown_field", table, column=column["field"][:80])
    said = [column["field"] for column in outputs]
    if len(set(said)) < len(said):
        yield Problem("column_twice", table, detail=_twice(said))
    for name in said:
        if name not in OUTPUTS[kind]:
            yield Problem("unknown_output", table, column=name[:80])
    for name, field in OUTPUTS[kind].items():
        if name not in said and not field.is_optional:
            yield Problem("output_missing", table, column=name)


def _twice(values: Sequence[Any]) -> str:
    return str(next(value for place, value in enumerate(values) if value in values[:place]))[:80]


# --- rows ------------------------------------------------------------------------------------------------------


def _row(
    kind: RuleKind,
    table: str,
    place: int,
    row: Mapping[str, Any],
    inputs: Sequence[Mapping[str, Any]],
    outputs: Sequence[Mapping[str, Any]],
    ids: set[str],
) -> Iterator[Problem]:
    row_id = row.get("_id")
    if not _is_id(row_id):
        yield Problem("row_id", table, place)
        row_id = ""
    elif row_id in ids:
        yield Problem("row_id_twice", table, place, str(row_id))
    ids.add(str(row_id))
    known = {"_id", "_description", *(column["id"] for column in (*inputs, *outputs))}
    for key in sorted(row.keys() - known):
        yield Problem("unknown_column", table, place, str(row_id), detail=str(key)[:80])
    for column in inputs:
        yield from _cell(INPUTS[kind], False, INPUTS[kind].get(column["field"]), table, place, row, column)
    for column in outputs:
        yield from _cell(INPUTS[kind], True, OUTPUTS[kind].get(column["field"]), table, place, row, column)


def _cell(
    fields: Mapping[str, Field],
    is_output: bool,
    field: Field | None,
    table: str,
    place: int,
    row: Mapping[str, Any],
    column: Mapping[str, Any],
) -> Iterator[Problem]:
    if field is None:
        return  # the column has been refused
    where = (table, place, str(row.get("_id", ""))[:60], str(column["field"]))
    cell = row.get(column["id"], "")
    if cell is None:
        cell = ""
    if not isinstance(cell, str):
        yield Problem("not_a_text", *where)
        return
    if not cell.strip():
        if is_output and not field.is_optional:
            yield Problem("empty_output", *where)
        elif cell:
            yield Problem("broken", *where)
        return
    try:
        (check_output if is_output else check_condition)(cell, field, fields)
    except CellProblem as problem:
        yield Problem(problem.code, *where, problem.detail)
