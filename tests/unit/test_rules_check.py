"""A pack that passes the check means at run time what it says; what does not is told with its row, column, reason."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
import zen
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules import defaults
from orderhub.rules.check import MAX_PROBLEMS, check, read_graph
from orderhub.rules.defaults import default_pack
from orderhub.rules.engine import evaluate
from orderhub.rules.problems import TEXTS, Problem
from tests.kit.packs import graph, hold

SHIPPED = [kind for kind in RuleKind if files(defaults).joinpath(f"{kind.value}.json").is_file()]
INPUT = {
    "order": {"shop_id": "1", "is_presale": False, "paid_at": None, "kind": "express"},
    "lines": {"pieces": 7, "count": 2, "skus": ["ZP-1", "ZP-2"]},
    "amounts": {"paid_fen": 29_900, "goods_fen": 30_000},
    "region": {"city": "杭州市"},
}


def codes(rows: list[dict[str, str]], **asked: Any) -> list[str]:
    return [problem.code for problem in check(RuleKind.INTERCEPTION, graph(rows, **asked))]


def of_cell(field: str, cell: str) -> list[str]:
    return codes([hold("x", **{field.replace(".", "__"): cell})])


@pytest.mark.parametrize("kind", SHIPPED)
def test_every_shipped_pack_passes_its_own_check(kind: RuleKind) -> None:
    assert check(kind, default_pack(kind).graph) == ()


# --- cells -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ['>= "', "> > 5", "(1", "[1..", "1..5", "x > ", "not(>5)", "> 5 5", "> ", "in", '"a', "and", ",", "[]", "  "],
)
def test_broken_syntax_is_found(cell: str) -> None:
    assert set(of_cell("lines.pieces", cell)) <= {"broken", "not_allowed", "unknown_name", "text_for_number"}
    assert of_cell("lines.pieces", cell)


@pytest.mark.parametrize(
    ("field", "cell", "code"),
    [
        ("amounts.paid_fen", '"29900"', "text_for_number"),
        ("amounts.paid_fen", '>= "29900"', "text_for_number"),
        ("amounts.paid_fen", '["29900"]', "text_for_number"),
        ("amounts.paid_fen", "> 299.00", "not_whole"),
        ("amounts.paid_fen", "> 3e4", "not_whole"),
        ("amounts.paid_fen", "true", "wrong_type"),
        ("order.shop_id", "12345678", "number_for_text"),
        ("order.shop_id", "> 5", "text_for_number"),
        ("order.shop_id", "[1..5]", "number_for_text"),
        ("order.shop_id", "in [1, 2]", "number_for_text"),
        ("order.kind", '"pigeon"', "unknown_value"),
        ("order.kind", '!= "pigeon"', "unknown_value"),
        ("order.kind", 'in ["express", "pigeon"]', "unknown_value"),
        ("order.is_presale", '"true"', "wrong_type"),
        ("lines.skus", '"ZP-1"', "needs_contains"),
        ("lines.skus", '["ZP-1"]', "needs_contains"),
        ("lines.skus", "contains($, 5)", "number_for_text"),
        ("lines.pieces", "lines.colour > 2", "unknown_name"),
        ("lines.pieces", "> phone.digest", "unknown_name"),
        ("lines.pieces", "fetch($) > 2", "unknown_function"),
        ("lines.pieces", "len($) > 2", "wrong_type"),
        ("lines.pieces", "order.is_presale and $ > 2", "wrong_type"),
        ("order.is_presale", "not order.is_presale", "not_allowed"),
        ("lines.pieces", "`${$}`", "not_allowed"),
        ("lines.pieces", '$ > 2 ? "a" : "b"', "not_allowed"),
        ("lines.pieces", "(" * 400 + "1" + ")" * 400, "cell_too_long"),
        ("lines.pieces", "(" * 200 + "1" + ")" * 200, "not_allowed"),
        ("order.shop_id", '"' + "a" * 600 + '"', "cell_too_long"),
        ("order.shop_id", '"a\\"b"', "not_allowed"),
    ],
)
def test_a_cell_that_would_never_match_is_refused_with_its_reason(field: str, cell: str, code: str) -> None:
    (problem,) = check(RuleKind.INTERCEPTION, graph([hold("ok", lines__count="0"), hold("x") | {field: cell}]))
    assert (problem.code, problem.row, problem.row_id, problem.column) == (code, 2, "x", field)
    assert problem.zh
    assert problem.en


@pytest.mark.parametrize(
    ("field", "cell", "matches"),
    [
        ("lines.pieces", "7", True),
        ("lines.pieces", "> 5 and < 9", True),
        ("lines.pieces", "1, 7", True),
        ("lines.pieces", "[1..5]", False),
        ("lines.pieces", "(5..7]", True),
        ("lines.pieces", "in [6, 7]", True),
        ("lines.pieces", "not in [6, 7]", False),
        ("lines.pieces", "$ > lines.count + 4", True),
        ("lines.pieces", ">= -1", True),
        ("order.paid_at", "null", True),
        ("order.paid_at", "!= null", False),
        ("order.kind", '!= "express"', False),
        ("order.kind", '"pickup", "express"', True),
        ("order.is_presale", "false", True),
        ("order.is_presale", 'lines.count == 2 and not (order.kind == "pickup")', True),
        ("lines.pieces", "7 or 8", True),
        ("lines.skus", 'contains($, "ZP-1")', True),
        ("lines.skus", '"ZP-1" in $', True),
        ("lines.skus", 'some($, startsWith(#, "ZP"))', True),
        ("lines.skus", "len($) > 2", False),
        ("region.city", '"杭州市"', True),
        ("region.city", 'startsWith($, "杭")', True),
        ("region.city", "'宁波市', '杭州市'", True),
    ],
)
def test_what_passes_the_check_matches_as_it_reads(field: str, cell: str, matches: bool) -> None:
    checked = graph([hold("x") | {field: cell}])
    assert check(RuleKind.INTERCEPTION, checked) == ()
    found = evaluate(Pack(RuleKind.INTERCEPTION, 1, checked), INPUT).matches
    assert bool(found) is matches


@given(st.text(alphabet="$#\"'ab01.,()[]<>=!+-*% andornti", max_size=24))
def test_whatever_passes_the_check_zen_compiles_and_compares_without_an_error(cell: str) -> None:
    if cell.strip() and not of_cell("lines.pieces", cell):
        zen.evaluate_unary_expression(cell, {"$": 3, **INPUT})


# --- outputs, rows, columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"class": ""}, "empty_output"),
        ({"class": '"no_such_class"'}, "unknown_value"),
        ({"reason": "5"}, "number_for_text"),
        ({"reason": '"x'}, "broken"),
        ({"reason": "order"}, "unknown_name"),
        ({"reason": '> "a"'}, "broken"),
        ({"_id": ""}, "row_id"),
        ({"_id": "a b"}, "row_id"),
        ({"_id": "<script>"}, "row_id"),
        ({"_id": "first"}, "row_id_twice"),
    ],
)
def test_a_row_that_says_nothing_usable_is_refused(cells: dict[str, str], code: str) -> None:
    assert codes([hold("first", lines__count="0"), hold("x", lines__count="1") | cells]) == [code]


def test_a_missing_and_an_unknown_output_column_are_refused() -> None:
    found = check(RuleKind.INTERCEPTION, graph([{"lines.count": "0", "why": '"x"'}], outputs=["why", "class"]))
    assert {("unknown_output", "why"), ("output_missing", "reason")} <= {(p.code, p.column) for p in found}


def test_a_field_that_is_not_published_for_the_kind_is_refused() -> None:
    rows = [{"phone.rank": "> 5", "carrier": '"sf"', "surcharge_fen": "0", "bearer": '"brand"'}]
    found = check(RuleKind.CARRIER, graph(rows, outputs=["carrier", "surcharge_fen", "bearer"]))
    assert [(p.code, p.column) for p in found] == [("unknown_field", "phone.rank")]


def test_an_order_independent_column_id_twice_is_refused() -> None:
    made = graph([hold("x", lines__count="0", lines__pieces="1")])
    made["nodes"][1]["content"]["inputs"][1]["id"] = "c0"
    assert "column_twice" in [p.code for p in check(RuleKind.INTERCEPTION, made)]


# --- the document ------------------------------------------------------------------------------------------------


def with_node(node: dict[str, Any]) -> dict[str, Any]:
    made = graph([hold("x", lines__count="0")])
    made["nodes"].append(node)
    return made


def with_content(**changes: Any) -> dict[str, Any]:
    made = graph([hold("x", lines__count="0")])
    made["nodes"][1]["content"] |= changes
    return made


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (with_node({"id": "f", "type": "functionNode", "content": "export const handler = () => 1"}), "unknown_node"),
        (with_node({"id": "f", "type": "expressionNode"}), "unknown_node"),
        (with_node({"id": "f", "type": "customNode"}), "unknown_node"),
        (with_node({"id": "in2", "type": "inputNode"}), "bad_graph"),
        (with_node({"id": "in", "type": "outputNode"}), "bad_graph"),
        (with_node({"id": "t2", "type": "decisionTableNode", "content": {}}), "bad_edge"),
        (with_content(hitPolicy="first"), "hit_policy"),
        (with_content(passThrough=True), "bad_table"),
        (with_content(inputField="lines"), "bad_table"),
        (with_content(rules="drop"), "bad_table"),
        (with_content(rules=[[]]), "bad_table"),
        (with_content(inputs=[{"id": "c0", "field": 5}]), "bad_column"),
        (with_content(inputs=[{"id": "c0", "field": "lines.count", "defaultValue": "1"}]), "bad_column"),
        (with_content(rules=[{"_id": "x", "c0": 5, "o0": '"assessment_held"', "o1": '"x"'}]), "not_a_text"),
        (with_content(rules=[{"_id": "x", "zz": "", "o0": '"assessment_held"', "o1": '"x"'}]), "unknown_column"),
        ([], "bad_graph"),
        ({"nodes": 5, "edges": []}, "bad_graph"),
        ({"nodes": [], "edges": []}, "bad_graph"),
        ({**graph([hold("x", lines__count="0")]), "settings": {}}, "bad_graph"),
        (graph([hold("\ud800", lines__count="0")]), "not_json"),
    ],
)
def test_a_document_that_is_no_pack_is_refused(made: Any, code: str) -> None:
    assert code in [p.code for p in check(RuleKind.INTERCEPTION, made)]


def test_what_the_editor_of_gorules_adds_is_harmless() -> None:
    assert check(RuleKind.INTERCEPTION, with_content(passThrough=False, executionMode="single", inputField=None)) == ()


def test_too_many_rows_and_too_many_bytes_are_refused() -> None:
    rows = [hold(f"r{i}", lines__count="0") for i in range(2_001)]
    assert codes(rows) == ["too_many_rows"]
    fat = [hold(f"r{i}", order__shop_id='"' + "a" * 450 + '"') for i in range(600)]
    assert codes(fat) == ["too_large"]


def test_findings_are_limited() -> None:
    assert len(codes([hold(f"r{i}", lines__count="> >") for i in range(500)])) == MAX_PROBLEMS


@pytest.mark.parametrize("text", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"a": NaN}', b"null", b"5"])
def test_bytes_that_are_no_document_are_refused(text: bytes) -> None:
    found = read_graph(text)
    assert isinstance(found, Problem)
    assert found.code in ("not_json", "bad_graph")


def test_a_document_with_a_byte_order_mark_is_read() -> None:
    made = graph([hold("x", lines__count="0")])
    assert read_graph(b"\xef\xbb\xbf" + json.dumps(made).encode()) == made


def test_every_reason_has_words_in_two_languages() -> None:
    assert all(zh and en and zh != en for zh, en in TEXTS.values())
