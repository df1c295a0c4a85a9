"""Judging by the interception pack: golden cases of every default row, the input, and what a release covers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.judging import released_by
from orderhub.domain.order import AddressCheck, Milestone, Order, Region
from orderhub.domain.phone_window import Standing
from orderhub.domain.records import Verdict
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules.defaults import default_pack
from orderhub.rules.schema import INPUTS, FieldType
from orderhub.services.judge import Hit, hits, interception_input, judge_order
from tests.kit.orders import T0, line, order, snapshot

M = Milestone
PACK = default_pack(RuleKind.INTERCEPTION)
BAD = AddressCheck(40, False, ("detail_missing",))


def paid(snap: Any = None, **changes: Any) -> Order:
    return order(M.PLACED, M.RESERVED, M.PAID, snapshot=snap or snapshot(paid=True), **changes)


def judged(of: Order, standing: Standing | None = None, pack: Pack = PACK) -> Verdict:
    return judge_order(of, pack, standing or Standing(), T0)


def found(of: Order, standing: Standing | None = None) -> list[tuple[int, str, str]]:
    verdict = judged(of, standing)
    return [(hit.level, hit.decision_class.value, hit.reason) for hit in hits(of, verdict.evaluations[0])]


def test_a_usual_order_passes_every_default_rule() -> None:
    verdict = judged(paid())
    assert (verdict.outcome, verdict.reasons, verdict.evaluations[0].matches) == ("pass", (), ())
    assert (verdict.evaluations[0].kind, verdict.evaluations[0].version) == (RuleKind.INTERCEPTION, 0)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (snapshot(line(is_physical=False), paid=True), [(0, "assessment_held", "has_parcel")]),
        (snapshot(line(sku=""), paid=True), [(0, "assessment_held", "sku_known")]),
        (snapshot(line(quantity=0), paid=True), [(0, "assessment_held", "quantity_positive")]),
        (snapshot(line(), paid=False), [(0, "assessment_held", "paid_in_full")]),
        (snapshot(paid=True, kind="pickup"), [(0, "assessment_held", "sent_by_express")]),
        (snapshot(paid=True, address=BAD), [(1, "address_unmatched", "address_unmatched")]),
        (snapshot(paid=True, kind="pickup", address=BAD), [(0, "assessment_held", "sent_by_express")]),
    ],
)
def test_each_default_row_holds_what_it_says(of: Any, expected: list[tuple[int, str, str]]) -> None:
    assert found(paid(of)) == expected


def test_an_order_without_lines_has_neither_lines_nor_a_parcel() -> None:
    empty = paid(replace(snapshot(paid=True), lines=()))
    assert [reason for _, _, reason in found(empty)] == ["has_lines", "has_parcel"]


@pytest.mark.parametrize(("rank", "held"), [(1, False), (5, False), (6, True), (7, True), (60, True)])
def test_the_phone_rule_fires_on_the_sixth_and_not_on_the_fifth(rank: int, held: bool) -> None:
    expected = [(2, "phone_velocity", "phone_velocity")] if held else []
    assert found(paid(), Standing(rank, rank, rank)) == expected


def test_the_input_has_exactly_what_the_schema_publishes_and_nothing_personal() -> None:
    given = interception_input(paid(), Standing(3, 4, 2))
    kinds = {FieldType.TEXT: str, FieldType.INTEGER: int, FieldType.TRUTH: bool, FieldType.TEXTS: list}
    for name, field in INPUTS[RuleKind.INTERCEPTION].items():
        part, _, leaf = name.partition(".")
        assert isinstance(given[part][leaf], kinds[field.type]), name
    for secret in ("张", "1380", "测试路", "sealed"):
        assert secret not in str(given)


def test_a_corrected_receiver_is_judged_in_place_of_the_shops() -> None:
    from orderhub.domain.order import Correction

    region = Region("广东省", "深圳市", "南山区")
    correction = Correction("receiver-a", region, "s", "receiver-b", "phone-b", "李*", "138****0002", T0)
    corrected = paid(snapshot(paid=True, address=BAD), correction=correction)
    given = interception_input(corrected, Standing())
    assert judged(corrected).outcome == "pass"
    assert (given["phone"]["digest"], given["region"]["city"]) == ("phone-b", "深圳市")


# --- what a person's release covers -----------------------------------------------------------------------------


def rows(of: Order, standing: Standing | None = None) -> tuple[Hit, ...]:
    return hits(of, judged(of, standing).evaluations[0])


def released(of: Order, standing: Standing | None = None) -> Order:
    """The order after a person released all that holds it."""
    evidence = {"rows": ", ".join(hit.row for hit in rows(of, standing))}
    return replace(of, overrides=(*of.overrides, *released_by(evidence)))


def test_a_released_row_does_not_hold_again_and_the_trace_still_shows_it() -> None:
    let_go = released(paid(snapshot(paid=True, address=BAD)))
    verdict = judged(let_go)
    assert (verdict.outcome, verdict.reasons) == ("pass", ())
    assert [match.row_id for match in verdict.evaluations[0].matches] == ["address_matched"]


def test_another_bad_address_is_asked_about_again() -> None:
    let_go = released(paid(snapshot(paid=True, address=BAD)))
    moved = replace(let_go, snapshot=snapshot(paid=True, address=BAD, receiver_digest="receiver-b"))
    assert judged(moved).reasons == ("address_unmatched",)


def test_a_released_phone_is_not_asked_about_again_when_more_orders_come() -> None:
    let_go = released(paid(), Standing(6, 6, 6))
    assert judged(let_go, Standing(9, 9, 9)).outcome == "pass"


def test_what_is_new_is_asked_about_alone() -> None:
    let_go = released(paid(snapshot(line(sku=""), paid=True)))
    assert judged(let_go, Standing(6, 6, 6)).reasons == ("phone_velocity",)


# --- packs that cannot judge ------------------------------------------------------------------------------------


def pack_saying(**outputs: str) -> Pack:
    """A pack whose only row always matches and says this."""
    columns = [{"id": f"o{n}", "field": name, "name": name} for n, name in enumerate(outputs)]
    row = {"_id": "r1", "c1": "> 0", **{f"o{n}": text for n, text in enumerate(outputs.values())}}
    table = {"hitPolicy": "collect", "inputs": [{"id": "c1", "field": "lines.count", "name": "n"}],
             "outputs": columns, "rules": [row]}  # fmt: skip
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {"id": "t", "name": "t", "type": "decisionTableNode", "position": {"x": 1, "y": 0}, "content": table},
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [{"id": "e1", "sourceId": "in", "targetId": "t", "type": "edge"},
             {"id": "e2", "sourceId": "t", "targetId": "out", "type": "edge"}]  # fmt: skip
    return Pack(RuleKind.INTERCEPTION, 7, {"nodes": nodes, "edges": edges})


def test_the_brands_own_row_holds_with_its_own_words() -> None:
    own = pack_saying(**{"class": '"rule_hold"', "reason": '"vip"', "zh": '"大客户先看一眼"'})
    verdict = judge_order(paid(), own, Standing(), T0)
    (hit,) = hits(paid(), verdict.evaluations[0])
    assert (hit.decision_class.value, hit.level, hit.reason, hit.words) == (
        "rule_hold", 0, "vip", {"zh": "大客户先看一眼"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "outputs",
    [
        {"class": '"rule_hold"'},
        {"reason": '"vip"'},
        {"class": '"carrier_rejected"', "reason": '"vip"'},
        {"class": '"no such class"', "reason": '"vip"'},
        {"class": '"rule_hold"', "reason": '""'},
        {"class": '"rule_hold"', "reason": '"vip"', "level": "4"},
        {"class": '"rule_hold"', "reason": '"vip"', "level": '"2"'},
    ],
)
def test_a_row_that_does_not_say_what_it_must_lets_nothing_pass(outputs: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="row r1"):
        judge_order(paid(), pack_saying(**outputs), Standing(), T0)


@pytest.mark.parametrize("graph", [{"nodes": [], "edges": []}, {"nodes": [{"id": "x"}], "edges": []}])
def test_a_broken_graph_lets_nothing_pass(graph: dict[str, Any]) -> None:
    with pytest.raises((RuntimeError, KeyError, ValueError)):
        judge_order(paid(), Pack(RuleKind.INTERCEPTION, 7, graph), Standing(), T0)
