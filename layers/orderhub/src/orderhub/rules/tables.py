"""Plain packs as CSV for a spreadsheet: one table, a row a line, cells as they are written (R20, R8).

    _id,lines.pieces,order.kind,out:class,out:reason
    many,> 20,'express','assessment_held','many'

Columns may stand in any order; a field may have two columns. Written as UTF-8 with a byte order mark, read as that
or as GB18030 (what Excel saves in China). A cell that a spreadsheet would take for a formula is written with an
apostrophe before it, which is taken off again when read (OWASP, CSV Injection).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.check import MAX_PROBLEMS, check
from orderhub.rules.problems import Problem

MAX_CSV_BYTES = 1024 * 1024
OUT = "out:"
_OWN = ("_id", "_description")
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠|%")
_UNSEEN = " \u3000\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read: its graph, and the file's line of every row."""

    graph: Mapping[str, Any]
    lines: Sequence[int]


def write_csv(graph: Mapping[str, Any]) -> bytes | None:
    """The one table of a checked graph; None when it has several and so is no plain table."""
    tables = [node["content"] for node in graph["nodes"] if node["type"] == "decisionTableNode"]
    if len(tables) != 1:
        return None
    (table,) = tables
    described = any(row.get("_description") for row in table["rules"])
    names = ["_id", *(("_description",) if described else ())]
    columns = [*names, *(column["id"] for column in (*table["inputs"], *table["outputs"]))]
    header = [*names, *(c["field"] for c in table["inputs"]), *(OUT + c["field"] for c in table["outputs"])]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([marked(str(row.get(column) or "")) for column in columns] for row in table["rules"])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def read_csv(kind: RuleKind, data: bytes) -> Mapping[str, Any] | tuple[Problem, ...]:
    """The graph of a CSV file, or everything wrong with it, each with its line: nothing is taken in half."""
    if len(data) > MAX_CSV_BYTES:
        return (Problem("too_large"),)
    text = decoded(data)
    if text is None:
        return (Problem("encoding"),)
    read = _table(kind, text)
    if isinstance(read, tuple):
        return read
    found = check(kind, read.graph)
    if found:
        return tuple(replace(one, line=read.lines[one.row - 1] if one.row else 0) for one in found)
    return read.graph


def decoded(data: bytes) -> str | None:
    """A file's text: UTF-8, or GB18030 (what Excel saves in China); None for neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _table(kind: RuleKind, text: str) -> Table | tuple[Problem, ...]:
    read = split(text)
    if isinstance(read, tuple):
        return read
    return Table(graph_of(kind, read.header, [cells for _, cells in read.rows]), [line for line, _ in read.rows])


@dataclass(frozen=True, slots=True)
class Lines:
    """A file's columns, and its rows each with its line; as many cells in each as there are columns."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def split(text: str, row_id: str = "_id") -> Lines | tuple[Problem, ...]:
    """A CSV text, or one pasted from a spreadsheet (tabs). One column is named ``row_id``."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if row_id not in header or any(header.count(name) > 1 for name in (*_OWN, row_id)):
            return (Problem("no_header", line=1),)
        rows: list[tuple[int, Sequence[str]]] = []
        problems: list[Problem] = []
        for cells in reader:
            if not any(cells):
                continue
            rows.append((reader.line_num, cells))
            if len(cells) != len(header):
                detail = f"{len(cells)} ≠ {len(header)}"
                problems.append(Problem("row_width", row=len(rows), detail=detail, line=reader.line_num))
    except csv.Error as error:
        return (Problem("not_csv", detail=str(error)[:120], line=reader.line_num),)
    if problems:
        return tuple(problems[:MAX_PROBLEMS])
    return Lines(header, rows)


def graph_of(
    kind: RuleKind, header: Sequence[str], rows: Sequence[Sequence[str]], *, is_marked: bool = True
) -> dict[str, Any]:
    """A graph of one table: columns as the file names them, cells as it has them."""
    ids = [name if name in _OWN else f"{'o' if name.startswith(OUT) else 'c'}{n}" for n, name in enumerate(header)]
    columns = {
        column_id: {"id": column_id, "field": name.removeprefix(OUT), "name": name.removeprefix(OUT)}
        for column_id, name in zip(ids, header, strict=True)
        if column_id not in _OWN
    }
    table = {
        "hitPolicy": "collect",
        "inputs": [column for column_id, column in columns.items() if column_id.startswith("c")],
        "outputs": [column for column_id, column in columns.items() if column_id.startswith("o")],
        "rules": [dict(zip(ids, (map(unmarked, cells) if is_marked else cells), strict=True)) for cells in rows],
    }
    name = kind.value
    return {
        "nodes": [
            {"id": "in", "name": "order", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {"id": name, "name": name, "type": "decisionTableNode", "position": {"x": 300, "y": 0}, "content": table},
            {"id": "out", "name": "answer", "type": "outputNode", "position": {"x": 600, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": name, "type": "edge"},
            {"id": "e2", "sourceId": name, "targetId": "out", "type": "edge"},
        ],
    }


def marked(cell: str) -> str:
    """Safe in a spreadsheet: an apostrophe before what it would take for a formula."""
    return f"'{cell}" if _runs(cell) or cell[:1] == "'" else cell


def unmarked(cell: str) -> str:
    """As it was before ``marked``."""
    is_marked = cell[:1] == "'" and (_runs(cell[1:]) or cell[1:2] == "'")
    return cell[1:] if is_marked else cell


def _runs(cell: str) -> bool:
    """Whether a spreadsheet might take it for a formula."""
    return cell[:1] in _FORMULA or cell.lstrip(_UNSEEN)[:1] in _FORMULA
