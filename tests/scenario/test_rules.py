"""The rules over HTTP: a broken pack is refused, a good one tried, switched on, judges the next order (R20, R27)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.packs import graph, hold
from tests.scenario.waiting import until
from tests.scenario.world import World

KIND = "interception"
BROKEN = graph([hold("dear", amounts__paid_fen="> 90000000"), hold("many", lines__pieces='> "5"')])
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def rules(world: World) -> Iterator[World]:
    """The world; whatever was switched on, the shipped rules judge again afterwards."""
    yield world
    live = world.get(f"rules/{KIND}")["live"]
    if live:
        world.rules(f"{KIND}/0/switch", {"replaces": live, "by": "demo-ops", "reason": "end of the scenario"})


def with_a_row(world: World) -> dict[str, Any]:
    """The shipped pack and one row more: nobody pays that much."""
    shipped: dict[str, Any] = world.get(f"rules/{KIND}/0")["graph"]
    table = next(node for node in shipped["nodes"] if node["type"] == "decisionTableNode")["content"]
    table["inputs"].append({"id": "scenario", "field": "amounts.paid_fen", "name": "amounts.paid_fen"})
    said = {column["field"]: column["id"] for column in table["outputs"]}
    row = {"_id": "scenario", "scenario": "> 99000000", said["class"]: '"assessment_held"', said["reason"]: '"dear"'}
    table["rules"].append(row)
    return shipped


def judged_by(world: World, tid: str) -> set[int]:
    """The versions of the interception pack that the order's verdicts name."""
    verdicts = world.order(tid)["verdicts"]
    return {one["version"] for verdict in verdicts for one in verdict["evaluations"] if one["kind"] == KIND}


def order_judged(world: World) -> tuple[str, set[int]]:
    tid = world.place()
    world.reached(tid, "assessed")
    return tid, judged_by(world, tid)


def test_a_broken_pack_is_refused_with_row_column_and_reason(rules: World) -> None:
    before = rules.get(f"rules/{KIND}")["versions"]
    answer = rules.rules(KIND, {"graph": BROKEN, "owner": "demo-ops", "by": "demo-ops"})
    assert answer.status_code == 422
    (problem,) = answer.json()["error"]["problems"]
    where = (problem["row"], problem["row_id"], problem["column"], problem["code"])
    assert where == (2, "many", "lines.pieces", "text_for_number")
    assert rules.get(f"rules/{KIND}")["versions"] == before


def test_a_pack_is_saved_tried_switched_on_judges_the_next_order_and_is_switched_off(rules: World) -> None:
    before, versions = order_judged(rules)
    assert versions == {0}
    saved = rules.rules(KIND, {"graph": with_a_row(rules), "owner": "demo-ops", "by": "demo-ops", "note": "scenario"})
    assert saved.status_code == 200, saved.text
    version = saved.json()["version"]

    switch = {"replaces": 0, "by": "demo-ops"}
    assert rules.rules(f"{KIND}/{version}/switch", switch).json()["error"]["code"] == "untested"
    now = rules.order(before)["verdicts"][0]["judged_at"]
    period = {"since": now - DAY_MS, "until": now + DAY_MS, "by": "demo-ops"}
    tried = rules.rules(f"{KIND}/{version}/backtest", period)
    assert tried.status_code == 200, tried.text
    assert tried.json()["orders"] >= 1
    assert tried.json()["changed"]["newly_matched"] == {"orders": 0, "paid_fen": 0}
    assert rules.rules(f"{KIND}/{version}/switch", switch).status_code == 200
    second = rules.rules(f"{KIND}/{version}/switch", switch)
    assert (second.status_code, second.json()["error"]["code"]) == (409, "switched_meanwhile")

    until(lambda: order_judged(rules)[1] == {version}, "orders are judged by the new version")
    assert judged_by(rules, before) == {0}  # what was judged stays as it was (R27)

    off = rules.rules(f"{KIND}/0/switch", {"replaces": version, "by": "demo-ops", "reason": "scenario over"})
    assert off.status_code == 200, off.text
    until(lambda: order_judged(rules)[1] == {0}, "orders are judged by the shipped rules again")
