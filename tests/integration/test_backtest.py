"""A draft is tried on what was stored with past verdicts: what would change, for how much, against people (R20)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.keys import DAY_MS
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.verdicts import DynamoVerdicts
from orderhub.domain.decision import DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.records import JudgedInput, Verdict
from orderhub.domain.rulepack import Evaluation, Match, Pack, RuleKind
from orderhub.ports.orders import Change
from orderhub.rules.batch import CHUNK, evaluate_many
from orderhub.rules.engine import evaluate
from orderhub.services.backtest import EXAMPLES, back_test, summary
from orderhub.services.park import decision_for
from tests.kit.orders import T0, order
from tests.kit.packs import graph, hold, interception

KIND = RuleKind.INTERCEPTION
SINCE, UNTIL = T0, T0 + DAY_MS
HELD: Mapping[str, Any] = {"class": "assessment_held", "reason": "dear"}


class Kept:
    """Verdicts at hand."""

    def __init__(self, *judged: JudgedInput) -> None:
        self._judged = judged

    def judged(self, since: int, until: int) -> Iterator[JudgedInput]:
        return (one for one in self._judged if since <= one.judged_at < until)


def judged(number: int, paid: int, *rows: str, at: int = T0, **more: Any) -> JudgedInput:
    """An order that paid this much, held then by these rows."""
    given = json.dumps({"amounts": {"paid_fen": paid}, "lines": {"pieces": 1}, **more})
    return JudgedInput(f"youzan-E{number}", at, given, {KIND: tuple((row, {**HELD, "reason": row}) for row in rows)})


def tried(pack: Pack, *verdicts: JudgedInput) -> dict[str, Any]:
    return back_test(pack, SINCE, UNTIL, Kept(*verdicts))


DEAR = interception(hold("dear", amounts__paid_fen="> 100000"))


def test_what_would_change_is_counted_in_orders_and_fen() -> None:
    found = tried(
        DEAR,
        judged(1, 200_000),  # newly held
        judged(2, 150_000, "dear"),  # held then and now, for the same reason
        judged(3, 120_000, "many"),  # held for another reason
        judged(4, 5_000, "dear"),  # newly freed
        judged(5, 5_000),
    )
    assert found["orders"] == 5
    assert found["changed"] == {
        "newly_matched": {"orders": 1, "paid_fen": 200_000},
        "no_longer_matched": {"orders": 1, "paid_fen": 5_000},
        "other_outcome": {"orders": 1, "paid_fen": 120_000},
    }
    assert found["rows"] == [{"row": "dear", "orders": 3, "paid_fen": 470_000}]
    assert {one["order_id"] for one in found["examples"]} == {"youzan-E1", "youzan-E3", "youzan-E4"}
    (freed,) = [one for one in found["examples"] if one["change"] == "no_longer_matched"]
    assert (freed["before"], freed["after"]) == ([{"row": "dear", "class": "assessment_held", "reason": "dear"}], [])
    assert summary(found)["changed"] == found["changed"]


def test_an_order_counts_once_by_its_latest_verdict_of_the_kind() -> None:
    other = JudgedInput("youzan-E1", T0 + 9, '{"amounts": {"paid_fen": 1}}', {RuleKind.GIFTS: ()})
    found = tried(DEAR, judged(1, 200_000, at=T0 + 5), judged(1, 90_000, at=T0), other)
    assert (found["orders"], found["changed"]["newly_matched"]["paid_fen"]) == (1, 200_000)


def test_examples_are_few_and_of_every_group() -> None:
    found = tried(DEAR, *(judged(n, 200_000) for n in range(40)), judged(90, 1, "dear"))
    assert len(found["examples"]) == EXAMPLES
    assert {one["change"] for one in found["examples"]} == {"newly_matched", "no_longer_matched"}


def test_an_input_that_cannot_be_read_is_counted_and_spoils_nothing() -> None:
    broken = JudgedInput("youzan-E7", T0, "{", {KIND: ()})
    found = tried(DEAR, broken, judged(1, 200_000))
    assert (found["orders"], found["unreadable"], found["changed"]["newly_matched"]["orders"]) == (2, 1, 1)


@pytest.mark.parametrize(("since", "until"), [(0, 5), (T0, T0), (T0 + 1, T0), (T0, T0 + 63 * DAY_MS), (-5, 5)])
def test_a_period_that_is_none_is_refused(since: int, until: int) -> None:
    with pytest.raises(Rejected, match="bad_period"):
        back_test(DEAR, since, until, Kept())


# --- conflicts ---------------------------------------------------------------------------------------------------


def carrier(*rows: Mapping[str, str]) -> Pack:
    return Pack(RuleKind.CARRIER, 1, graph(rows, outputs=["carrier", "surcharge_fen", "bearer"]))


def test_rows_that_answer_differently_where_the_first_counts_are_a_conflict() -> None:
    sf = {"_id": "all", "lines.pieces": "> 0", "carrier": '"sf"', "surcharge_fen": "0", "bearer": '"brand"'}
    ems = {**sf, "_id": "dear", "amounts.paid_fen": "> 100", "carrier": '"ems"'}
    one = replace(
        judged(1, 500), said={RuleKind.CARRIER: (("x", {"carrier": "sf", "surcharge_fen": 0, "bearer": "brand"}),)}
    )
    found = tried(carrier(sf, ems), one)
    assert found["conflicts"] == [{"row": "all", "with": "dear", "orders": 1, "paid_fen": 500, "example": "youzan-E1"}]
    assert found["changed"]["other_outcome"]["orders"] == 0  # the first row answers as was answered then
    assert tried(carrier(ems, sf), one)["changed"]["other_outcome"]["orders"] == 1


def test_of_sourcing_the_ranking_and_the_actions_count_and_rows_of_the_one_are_no_conflict_with_the_other() -> None:
    def sourcing(*rows: Mapping[str, str]) -> Pack:
        always = [{"_id": f"r{n}", "lines.pieces": "> 0", **row} for n, row in enumerate(rows)]
        return Pack(RuleKind.SOURCING, 1, graph(always, outputs=["warehouse", "priority", "action"]))

    near, far = {"warehouse": '"W1"', "priority": "1"}, {"warehouse": '"W2"', "priority": "2"}
    split, hold_it = {"action": '"split"'}, {"action": '"hold"'}
    then = (
        ("a", {"warehouse": "W1", "priority": 1}),
        ("b", {"warehouse": "W2", "priority": 2}),
        ("c", {"action": "split"}),
    )
    one = replace(judged(1, 500), said={RuleKind.SOURCING: then})
    same, other, reversed_ = sourcing(far, near, split), sourcing(near, far, hold_it), sourcing(
        near, {**far, "priority": "0"}, split)  # fmt: skip
    changed = [tried(pack, one)["changed"]["other_outcome"]["orders"] for pack in (same, other, reversed_)]
    assert changed == [0, 1, 1]
    assert tried(same, one)["conflicts"] == []
    assert [(each["row"], each["with"]) for each in tried(sourcing(near, split, hold_it), one)["conflicts"]] == [
        ("r1", "r2")]  # fmt: skip


def test_a_rule_for_an_order_that_was_held_and_a_new_hold_on_gifts_are_conflicts() -> None:
    all_by_sf = carrier(
        {"_id": "all", "lines.pieces": "> 0", "carrier": '"sf"', "surcharge_fen": "0", "bearer": '"brand"'}
    )
    held = replace(judged(1, 500), said={RuleKind.CARRIER: (), KIND: (("dear", HELD),)})
    assert tried(all_by_sf, held)["conflicts"][0]["with"] == "interception: dear"
    gifted = replace(judged(2, 200_000), said={KIND: (), RuleKind.GIFTS: (("filter", {"code": "FP-001"}),)})
    assert tried(DEAR, gifted)["conflicts"][0]["with"] == "gifts: filter"
    assert tried(DEAR, gifted)["conflicting_orders"] == 1


# --- both ways of evaluating say the same ------------------------------------------------------------------------


def test_a_batch_says_what_one_evaluation_says() -> None:
    pack = interception(
        hold("dear", amounts__paid_fen="> 100000"),
        hold("many", lines__pieces="> 3"),
        hold("never", lines__pieces="< 0"),
    )
    inputs = [
        {"amounts": {"paid_fen": n * 1_000}, "lines": {"pieces": n % 7}, "region": {"city": "杭州"}}
        for n in range(CHUNK + 300)
    ]
    many = list(evaluate_many(pack, (json.dumps(one, ensure_ascii=False) for one in inputs)))
    assert len(many) == len(inputs)
    for given, rows in list(zip(inputs, many, strict=True))[::23]:
        assert rows is not None
        one = [(match.row_id, match.row, match.outputs) for match in evaluate(pack, given).matches]
        assert [(match.row_id, match.row, match.outputs) for match in rows] == one


def test_a_pack_of_two_tables_is_tried_too() -> None:
    two = graph([hold("dear", amounts__paid_fen="> 100000")])
    more = graph([hold("many", lines__pieces="> 0")])["nodes"][1]
    two["nodes"].append({**more, "id": "t2"})
    two["edges"] += [
        {"id": "e3", "sourceId": "in", "targetId": "t2"},
        {"id": "e4", "sourceId": "t2", "targetId": "out"},
    ]
    found = tried(Pack(KIND, 1, two), judged(1, 200_000), judged(2, 5))
    assert [row["row"] for row in found["rows"]] == ["dear", "many"]


# --- from the table ----------------------------------------------------------------------------------------------


def stored(store: DynamoOrders, number: int, paid: int, at: int, *rows: str) -> None:
    """An order with a verdict made at this instant."""
    one = order(order_id=f"youzan-E{number}", platform_id=f"E{number}")
    matches = tuple(Match(row, 1, (), {**HELD, "reason": row}) for row in rows)
    given = {"amounts": {"paid_fen": paid}, "lines": {"pieces": 1}}
    verdict = Verdict(given, (Evaluation(KIND, 0, matches),), "hold" if rows else "pass", rows, at)
    store.commit(Change(None, one, at, records=(verdict,)))


def test_verdicts_of_a_period_are_read_by_the_index_exactly(table: tuple[Any, str]) -> None:
    store, reader = DynamoOrders(*table), DynamoVerdicts(*table)
    day = T0 // DAY_MS * DAY_MS
    for number, at in enumerate((day - 1, day, day + 5, day + DAY_MS - 1, day + DAY_MS)):
        stored(store, number, 5, at, *(["dear"] if number == 2 else []))
    found = {one.order_id: one for one in reader.judged(day, day + DAY_MS)}
    assert sorted(found) == ["youzan-E1", "youzan-E2", "youzan-E3"]
    assert found["youzan-E2"].said == {KIND: (("dear", HELD),)}
    assert json.loads(found["youzan-E2"].input)["amounts"] == {"paid_fen": 5}
    assert len(list(reader.judged(day - 1, day + DAY_MS + 1))) == 5
    assert list(reader.judged(day + 6, day + 7)) == []


def test_false_holds_come_from_what_people_decided_then(table: tuple[Any, str]) -> None:
    store = DynamoOrders(*table)
    for number, option in enumerate(("continue", "continue", "cancel", "moot", ""), 1):
        stored(store, number, 200_000, T0, "dear")
        card = decision_for(f"youzan-E{number}", DecisionClass.ASSESSMENT_HELD, "dear", {}, T0)
        loaded = store.load(card.order_id)
        assert loaded
        asked = store.commit(Change(loaded, loaded, T0, decisions=(card,)))
        if option:
            made = replace(card, status=DecisionStatus.MADE, option=option, made_by="li", made_at=T0)
            store.commit(Change(asked, asked, T0, made=(made,)))
    found = back_test(DEAR, SINCE, UNTIL, DynamoVerdicts(*table), store)
    assert found["false_holds"] == {
        "assessment_held": {"decided": 3, "released": 2, "share_bp": 6_667, "low_bp": 942, "high_bp": 9_916}
    }
    assert found["held_orders_read"] == 5
    freed = interception(hold("never", lines__pieces="< 0"))
    assert back_test(freed, SINCE, UNTIL, DynamoVerdicts(*table), store)["false_holds"] == {}


def test_nothing_is_written(table: tuple[Any, str]) -> None:
    store = DynamoOrders(*table)
    stored(store, 1, 200_000, T0)
    before = store.records_of("youzan-E1")
    back_test(DEAR, SINCE, UNTIL, DynamoVerdicts(*table), store)
    assert store.records_of("youzan-E1") == before
