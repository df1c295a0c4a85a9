"""Cells in the words of people and back, the gift sentence, thresholds with their words, edges of a threshold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules import gift_sentence, thresholds
from orderhub.rules.check import check
from orderhub.rules.defaults import default_pack
from orderhub.rules.plain import Unclear, cell_of, plain
from orderhub.rules.plain_tables import read_plain, write_plain
from orderhub.rules.rows import OUT, field_name, field_of, new_row_id, row, rows, with_row
from orderhub.services.edge_cases import Edges
from orderhub.services.rule_words import sentence

GIFTS, HOLDS = RuleKind.GIFTS, RuleKind.INTERCEPTION


@pytest.mark.parametrize(
    ("key", "said", "cell"),
    [
        ("region.province", "新疆、西藏", '"新疆", "西藏"'),
        ("region.province", "新疆, 西藏", '"新疆", "西藏"'),
        ("order.kind", "≠ express", '!= "express"'),
        ("amounts.paid_fen", "≥ 299.00", ">= 29900"),
        ("amounts.paid_fen", ">=¥1,299", ">= 129900"),
        ("lines.pieces", "> 2 且 ≤ 5", "> 2 and <= 5"),
        ("lines.pieces", "1..5", "[1..5]"),
        ("order.placed_at", "≥ 2026-11-01 00:00", ">= 1793462400000"),
        ("order.is_presale", "true", "true"),
        ("lines.skus", "A、B", 'contains($, "A") or contains($, "B")'),
        ("lines.pieces", "=lines.count > 2", "lines.count > 2"),
        ("out:waybill_line", "a, b、c", '"a, b、c"'),
        ("out:name", '5" 滤芯', "'5\" 滤芯'"),
        ("out:quota", "10", "10"),
    ],
)
def test_what_people_write_is_a_cell_that_the_check_takes(key: str, said: str, cell: str) -> None:
    field = field_of(GIFTS, key)
    assert field
    assert cell_of(said, field_name(key), field, key.startswith(OUT)) == cell
    graph = with_row(default_pack(GIFTS).graph, "filter-from-299", {key: cell})
    assert check(GIFTS, graph) == ()
    again = plain(cell, field_name(key), field, key.startswith(OUT))
    assert cell_of(again, field_name(key), field, key.startswith(OUT)) == cell


@pytest.mark.parametrize(
    ("key", "said", "code"),
    [
        ("amounts.paid_fen", "≥ 二百", "not_a_number"),
        ("amounts.paid_fen", "≥ 1.005", "not_a_number"),
        ("amounts.paid_fen", "≥ NaN", "not_a_number"),
        ("amounts.paid_fen", "≥ 1e99", "not_a_number"),
        ("order.placed_at", "≥ 昨天", "not_a_time"),
        ("order.is_presale", "maybe", "not_a_truth"),
        ("region.province", "a\\b", "quotes"),
        ("out:name", "'\"", "quotes"),
    ],
)
def test_what_is_unclear_is_told(key: str, said: str, code: str) -> None:
    field = field_of(GIFTS, key)
    assert field
    with pytest.raises(Unclear) as raised:
        cell_of(said, field_name(key), field, key.startswith(OUT))
    assert raised.value.code == code


@pytest.mark.parametrize("cell", ['"a,b"', 'startsWith($, "a")', '"=x"', "''", '" a"', '"a" or "b"'])
def test_a_cell_without_a_plain_form_stays_as_it_is(cell: str) -> None:
    field = field_of(GIFTS, "region.province")
    assert field
    assert cell_of(plain(cell, "region.province", field), "region.province", field) == cell


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc"))))
def test_any_text_of_a_gift_comes_back_or_is_refused(text: str) -> None:
    field = field_of(GIFTS, "out:name")
    assert field
    try:
        cell = cell_of(text, "name", field, is_output=True)
    except Unclear:
        return
    if not text.strip().startswith("="):
        said = plain(cell, "name", field, is_output=True)
        assert cell_of(said, "name", field, is_output=True) == cell


@pytest.mark.parametrize("kind", RuleKind)
def test_every_shipped_table_goes_out_and_comes_back_the_same(kind: RuleKind) -> None:
    graph = default_pack(kind).graph
    data = write_plain(kind, graph)
    assert data
    again = read_plain(kind, data.decode())
    assert not isinstance(again, tuple)
    assert [(one.row_id, one.cells) for one in rows(again)] == [(one.row_id, one.cells) for one in rows(graph)]


def test_what_a_gift_asks_beyond_its_sentence_stays() -> None:
    cells = {"gift.main_sku": '"A"', "amounts.paid_goods_fen": "[1..5]", "order.is_presale": "true"}
    read = gift_sentence.read(cells)
    assert read.beyond == {"amounts.paid_goods_fen": "[1..5]", "order.is_presale": "true"}
    written, unclear = gift_sentence.write({**gift_sentence.FRESH, **read.form, "quantity": "1"}, read.beyond)
    assert unclear == {}
    assert not {"amounts.paid_goods_fen", "order.is_presale"} & written.keys()


def test_a_period_that_ends_before_it_begins_is_told() -> None:
    form = {**gift_sentence.FRESH, "begins": "2026-11-02", "ends": "2026-11-02"}
    assert gift_sentence.write(form, {})[1]["ends"].code == "ends_first"


def test_a_threshold_takes_its_words_along_but_no_other_number() -> None:
    graph = default_pack(HOLDS).graph
    again, unclear = thresholds.changed(HOLDS, graph, {"phone_velocity|phone.rank": "24"})
    assert unclear == {}
    cells = row(again, "phone_velocity").cells
    assert cells["out:zh"] == '"同一号码24小时内下单超过24单"'
    back, _ = thresholds.changed(HOLDS, again, {"phone_velocity|phone.rank": "5"})
    assert row(back, "phone_velocity").cells == row(graph, "phone_velocity").cells
    assert thresholds.changed(HOLDS, graph, {"nowhere|x": "5"})[1]["nowhere|x"].code == "unknown_name"


def test_a_new_row_has_an_id_of_its_own() -> None:
    graph = default_pack(GIFTS).graph
    assert new_row_id(graph, "filter-from-299") == "filter-from-299-2"
    assert new_row_id(graph, "滤芯") == "row"


def test_a_row_is_one_sentence_in_both_languages() -> None:
    zh, en = sentence(GIFTS, rows(default_pack(GIFTS).graph)[0].cells)
    assert zh.startswith("当 主商品 = ZP-2026-01 且 实付货款 ≥ ¥299.00 → 赠送 FP-001 智能饮水机滤芯 × 1")
    assert en.startswith("When main SKU = ZP-2026-01 and paid for goods ≥ ¥299.00 → give FP-001")


@pytest.mark.parametrize(
    ("paid", "sku", "is_edge"),
    [(29_900, "ZP-2026-01", True), (29_601, "ZP-2026-01", True), (29_600, "ZP-2026-01", False),
     (30_199, "ZP-2026-01", True), (30_200, "ZP-2026-01", False), (29_900, "OTHER", False)],
)  # fmt: skip
def test_an_edge_is_an_order_just_at_the_threshold(paid: int, sku: str, is_edge: bool) -> None:
    edges = Edges(Pack(GIFTS, 0, default_pack(GIFTS).graph))
    edges.take("o-1", json.dumps({"amounts": {"paid_goods_fen": paid}, "mains": [{"main_sku": sku}]}))
    edges.take("o-2", "broken")
    assert edges.shown()["edge_orders"] == is_edge
