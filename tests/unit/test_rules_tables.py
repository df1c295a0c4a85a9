"""Packs travel as CSV and come back as they were; a file with one bad row brings nothing in."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.rulepack import RuleKind
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.rules.problems import Problem
from orderhub.rules.tables import MAX_CSV_BYTES, read_csv, write_csv
from tests.kit.packs import graph, hold

KIND = RuleKind.INTERCEPTION
HEADER = "_id,lines.pieces,out:class,out:reason\r\n"
GOOD = 'many,> 20,"""assessment_held""","""many"""\r\n'


def rows_of(made: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a table says, without the ids of its columns."""
    table = made["nodes"][1]["content"]
    columns = [*table["inputs"], *table["outputs"]]
    return [(row["_id"], [(c["field"], row.get(c["id"], "")) for c in columns]) for row in table["rules"]]


def problems(data: bytes | str) -> list[tuple[str, int]]:
    read = read_csv(KIND, data.encode() if isinstance(data, str) else data)
    assert isinstance(read, tuple), read
    return [(problem.code, problem.line) for problem in read]


def written(made: Any) -> bytes:
    data = write_csv(made)
    assert data is not None
    return data


@pytest.mark.parametrize("kind", [RuleKind.INTERCEPTION, RuleKind.CARRIER, RuleKind.ADDRESS_CHANGE])
def test_a_shipped_pack_comes_back_as_it_was(kind: RuleKind) -> None:
    shipped = default_pack(kind).graph
    read = read_csv(kind, written(shipped))
    assert not isinstance(read, tuple)
    assert rows_of(read) == rows_of(shipped)


NUMBERS = st.sampled_from(["", "> 5", "-5", "== 5", "1, 2", "[1..5]", "= 5", "+5", "'a'", "> -3"])
WORDS = st.text(alphabet="=+-@'\t\r\n,;ab张＝ ", max_size=8).map(lambda said: f'"{said}"')
WORDS_TOO = st.text(alphabet="=+-@,;ab张＝ ", max_size=8).map(lambda said: f"'{said}'")


@given(st.lists(st.tuples(NUMBERS, st.one_of(st.just(""), WORDS, WORDS_TOO), WORDS), min_size=1, max_size=6))
def test_what_is_exported_is_imported_unchanged(cells: list[tuple[str, str, str]]) -> None:
    rows = [
        hold(f"r{i}") | {"lines.pieces": number, "order.shop_id": text, "reason": said}
        for i, (number, text, said) in enumerate(cells)
    ]
    made = graph(rows)
    read = read_csv(KIND, written(made))
    if check(KIND, made):
        assert isinstance(read, tuple)
    else:
        assert not isinstance(read, tuple)
        assert rows_of(read) == rows_of(made)


@given(st.lists(st.one_of(NUMBERS, WORDS, WORDS_TOO), min_size=1, max_size=5))
def test_no_exported_cell_is_a_formula_to_a_spreadsheet(cells: list[str]) -> None:
    data = written(graph([hold(f"r{i}") | {"order.shop_id": cell} for i, cell in enumerate(cells)]))
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r\n＝＋－＠")]


def test_every_bad_row_is_reported_with_its_line_and_nothing_is_imported() -> None:
    bad = (
        HEADER
        + GOOD
        + 'a,"""20""","""assessment_held""","""x"""\r\n'
        + "\r\n"
        + 'b,> >,"""assessment_held""","""x"""\r\n'
        + 'many,1,"""assessment_held""",\r\n'
    )
    assert problems(bad) == [("text_for_number", 3), ("broken", 5), ("row_id_twice", 6), ("empty_output", 6)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("no_header", 1)]),
        (b"lines.pieces,out:class\r\n", [("no_header", 1)]),
        (b"_id,_id,out:class\r\n", [("no_header", 1)]),
        ((HEADER + "many,> 20\r\n").encode(), [("row_width", 2)]),
        ((HEADER + GOOD.strip() + ",more\r\n").encode(), [("row_width", 2)]),
        ((HEADER + 'many,"> 20').encode(), [("not_csv", 2)]),
        (b"\xff\xfe_\x00i\x00d\x00", [("encoding", 0)]),
        (b"_id," + b"a" * MAX_CSV_BYTES, [("too_large", 0)]),
        (b"_id," + b"a" * 200_000, [("not_csv", 1)]),
        (("colour," + HEADER + "red," + GOOD).encode(), [("unknown_field", 0)]),
        ((HEADER.replace("out:reason", "out:why") + GOOD).encode(), [("unknown_output", 0), ("output_missing", 0)]),
        ((HEADER + GOOD.replace("> 20", "> 20\0")).encode(), [("not_allowed", 2)]),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, expected: list[tuple[str, int]]) -> None:
    assert problems(data) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_the_encodings_that_spreadsheets_save(encoding: str) -> None:
    text = HEADER.replace("lines.pieces", "region.city") + GOOD.replace("> 20", '"""杭州市"""')
    read = read_csv(KIND, text.encode(encoding))
    assert not isinstance(read, tuple)
    assert rows_of(read)[0][1][0] == ("region.city", '"杭州市"')


def test_a_pack_of_several_tables_is_no_plain_table() -> None:
    made = graph([hold("x", lines__count="0")])
    made["nodes"].append(made["nodes"][1])
    assert write_csv(made) is None


def test_a_problem_shows_where_and_why_in_two_languages() -> None:
    shown = Problem("broken", "t", 2, "many", "lines.pieces", ">", 3).shown()
    assert shown == {
        "code": "broken",
        "table": "t",
        "row": 2,
        "row_id": "many",
        "column": "lines.pieces",
        "detail": ">",
        "line": 3,
        "zh": "单元格语法错误:>",
        "en": "the cell cannot be understood: >",
    }
