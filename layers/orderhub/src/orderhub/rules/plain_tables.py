"""Plain packs as CSV in the words of people, for spreadsheets and for pasting from them (R8, R45).

    编号,省 [region.province],承运商 [out:carrier],附加费 [out:surcharge_fen]
    remote,新疆维吾尔自治区、新疆,EMS,15.00

The key in brackets names a column, whatever stands before it. Cells are as ``rules.plain`` has them, codes in words.
What a spreadsheet would take for a formula gets an apostrophe before it (``rules.tables``), which is taken off again.
A file whose header names keys alone is the other form, of ``rules.tables``.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.check import MAX_PROBLEMS, check
from orderhub.rules.plain import Unclear, cell_of, plain
from orderhub.rules.problems import Problem
from orderhub.rules.rows import OUT, columns, field_name, field_of, tables
from orderhub.rules.schema import Field, FieldType
from orderhub.rules.tables import MAX_CSV_BYTES, Lines, graph_of, marked, read_csv, split, unmarked
from orderhub.rules.value_words import code_of, word_of

ROW_ID = "编号"
_KEY = re.compile(r"\[([^\[\]]+)\]\s*$")


def write_plain(kind: RuleKind, graph: Mapping[str, Any]) -> bytes | None:
    """The one table of a checked graph; None when it has several."""
    if len(tables(graph)) != 1:
        return None
    (content,) = (node["content"] for node in tables(graph))
    keys = columns(content)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([ROW_ID, *(_heading(kind, key) for key in keys.values())])
    for row in content["rules"]:
        cells = [_said(kind, key, str(row.get(column) or "")) for column, key in keys.items()]
        writer.writerow([row["_id"], *map(marked, cells)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def read_plain(kind: RuleKind, text: str) -> Mapping[str, Any] | tuple[Problem, ...]:
    """The graph of a file in either form, or everything wrong with it, each with its line, row and column."""
    if len(text.encode("utf-8", "replace")) > MAX_CSV_BYTES:
        return (Problem("too_large"),)
    head = text.lstrip("\ufeff").partition("\n")[0]
    if ROW_ID not in head:
        return read_csv(kind, text.encode("utf-8", "replace"))
    read = split(text, ROW_ID)
    if isinstance(read, tuple):
        return read
    return _read(kind, read)


def _read(kind: RuleKind, read: Lines) -> Mapping[str, Any] | tuple[Problem, ...]:
    keys = ["_id" if name == ROW_ID else _key(name) for name in read.header]
    at_id = keys.index("_id")
    problems: list[Problem] = []
    rows: list[list[str]] = []
    for place, (line, cells) in enumerate(read.rows, 1):
        made: list[str] = []
        for key, cell in zip(keys, cells, strict=True):
            try:
                made.append(_cell(kind, key, unmarked(cell)))
            except Unclear as unclear:
                where = {"row": place, "row_id": cells[at_id][:60], "column": field_name(key)[:80], "line": line}
                problems.append(Problem(unclear.code, detail=unclear.detail, **where))  # type: ignore[arg-type]
                made.append("")
        rows.append(made)
    graph = graph_of(kind, [field_name_of(key) for key in keys], rows, is_marked=False)
    unclear_at = {(one.row, one.column) for one in problems}
    for one in check(kind, graph):
        line = read.rows[one.row - 1][0] if one.row else 0
        if (one.row, one.column) not in unclear_at:
            problems.append(Problem(one.code, one.table, one.row, one.row_id, one.column, one.detail, line))
    if problems:
        return tuple(sorted(problems, key=lambda one: one.line)[:MAX_PROBLEMS])
    return graph


def _key(name: str) -> str:
    found = _KEY.search(name)
    return found[1].strip() if found else name


def field_name_of(key: str) -> str:
    """A key as the other form names its column: without the number of a second column."""
    return OUT + field_name(key) if key.startswith(OUT) else field_name(key)


def _heading(kind: RuleKind, key: str) -> str:
    field = field_of(kind, key)
    word = field.zh.replace("(分)", "(元)") if field else ""
    return f"{word} [{key}]"


def _said(kind: RuleKind, key: str, cell: str) -> str:
    field = field_of(kind, key)
    if field is None:
        return cell
    return _each(plain(cell, field_name(key), field, key.startswith(OUT)), field, word_of)


def _cell(kind: RuleKind, key: str, said: str) -> str:
    field = field_of(kind, key)
    if key == "_id" or field is None:  # a column that nobody knows is refused by the check
        return said.strip()
    return cell_of(_each(said.strip(), field, code_of), field_name(key), field, key.startswith(OUT))


def _each(said: str, field: Field, other: Any) -> str:
    """Every code of a cell in the other way of saying it."""
    if said.startswith("=") or not (field.values or field.type is FieldType.TRUTH):
        return said
    head = "≠ " if said.startswith("≠") else ""
    parts: Sequence[str] = re.split(r"([、,，])", said.removeprefix("≠").strip())
    return head + "".join(part if part in "、,，" else other(field, part.strip()) for part in parts)
