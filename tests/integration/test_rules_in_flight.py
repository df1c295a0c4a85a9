"""Rules change while orders are under way, or cannot be read: every verdict says who judged, none passes unjudged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderhub.adapters.dynamodb.rule_packs import DynamoRulePacks
from orderhub.domain.order import Milestone
from orderhub.domain.rulepack import LiveMark, RuleKind
from orderhub.rules import schema
from orderhub.rules.defaults import default_pack
from orderhub.services.rule_packs import save_draft, switch_on
from orderhub.services.rulebook import FRESH_MS, LiveRules
from tests.kit.world import World, order_id

KIND = RuleKind.INTERCEPTION
ORDERS = 20


class Failing(DynamoRulePacks):
    """The real store while its table does not answer."""

    def live_mark(self, kind: RuleKind) -> LiveMark | None:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")


@pytest.fixture
def packs(hub: World) -> Iterator[DynamoRulePacks]:
    store = DynamoRulePacks(hub.clients.dynamodb, hub.orders_table)
    hub.rules = LiveRules(store, hub.clock)
    yield store


def switched_to_next(packs: DynamoRulePacks, hub: World, replaces: int) -> int:
    """The shipped rows as a version of the brand's own, live."""
    pack = save_draft(KIND, default_pack(KIND).graph, "ops", "", "li", packs, hub.clock())
    switch_on(KIND, pack.version, replaces, "test", "li", packs, hub.clock())
    return pack.version


def judged_by(hub: World, tid: str) -> list[int]:
    verdicts: Any = hub.orders.records_of(order_id(tid)).get("verdict", [])
    return [one["version"] for verdict in verdicts for one in verdict["evaluations"] if one["kind"] == KIND]


def test_a_pack_switched_while_orders_are_in_flight_is_named_by_each_verdict(
    hub: World, packs: DynamoRulePacks
) -> None:
    lines = [{"sku": "ZP-2026-02", "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1}]
    tids = [hub.place(lines=lines) for _ in range(ORDERS)]
    hub.receive()
    expected: dict[str, int] = {}
    live = 0
    assess = hub.functions["orders"]

    def judging(event: Any) -> Any:
        nonlocal live
        if event["task"] == "assess":
            if len(expected) == ORDERS // 2:
                live = switched_to_next(packs, hub, 0)
                hub.clock.advance(FRESH_MS)
            expected.setdefault(event["order_id"], live)
        return assess(event)

    hub.functions["orders"] = judging
    hub.play()
    assert {tid: judged_by(hub, tid) for tid in tids} == {tid: [expected[order_id(tid)]] for tid in tids}
    assert sorted(expected.values()) == [0] * (ORDERS // 2) + [1] * (ORDERS // 2)


def test_orders_park_while_the_rules_cannot_be_read_and_go_on_when_they_can(hub: World, packs: DynamoRulePacks) -> None:
    hub.rules = LiveRules(Failing(hub.clients.dynamodb, hub.orders_table), hub.clock)
    tid = hub.place()
    hub.receive()
    hub.play()
    assert not hub.known(tid).has(Milestone.ASSESSED)
    assert judged_by(hub, tid) == []
    assert [card.decision_class for card in hub.open_cards(tid)] == ["step_failed"]
    hub.rules = LiveRules(packs, hub.clock)
    hub.decide(tid, "step_failed", "retry")
    hub.play()
    assert hub.known(tid).has(Milestone.ASSESSED)


def test_orders_park_while_the_live_pack_asks_for_a_removed_field(
    hub: World, packs: DynamoRulePacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_to_next(packs, hub, 0)
    fields = {name: field for name, field in schema.INPUTS[KIND].items() if name != "lines.count"}
    with monkeypatch.context() as changed:
        changed.setitem(schema.INPUTS, KIND, fields)  # type: ignore[arg-type]
        tid = hub.place()
        hub.receive()
        hub.play()
    assert not hub.known(tid).has(Milestone.ASSESSED)
    (card,) = hub.open_cards(tid)
    assert card.decision_class == "step_failed"
    hub.decide(tid, "step_failed", "retry")
    hub.play()
    assert (hub.known(tid).has(Milestone.ASSESSED), judged_by(hub, tid)) == (True, [1])
