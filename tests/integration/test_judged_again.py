"""Money paid back, or paid otherwise, has an order judged again that can still be held: rules on money must see it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.absorb import Observation
from orderhub.domain.order import Milestone
from orderhub.ports.orders import Origin
from orderhub.services.drive import advance
from orderhub.services.take_in import take_in
from tests.kit.crash import Crash
from tests.kit.gift_packs import RuleBookWith
from tests.kit.packs import hold, interception
from tests.kit.recovery import LONG_AGO_MS
from tests.kit.world import LEASE_OVER_MS, World, order_id

M = Milestone
LINES = [{"sku": "ZP-2026-02", "title": "智能饮水机", "price_fen": 30_000, "num": 1}]


def ruled(hub: World, **cells: str) -> None:
    """The brand's own row holds orders whose amounts meet these cells."""
    hub.rules = RuleBookWith(interception(hold("money", **cells)))


def placed(hub: World) -> str:
    tid = hub.place(lines=LINES)
    heard(hub)
    return tid


def heard(hub: World) -> None:
    hub.receive()
    hub.play()


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def judgements(hub: World, tid: str) -> list[Any]:
    kept: list[Any] = list(hub.orders.records_of(order_id(tid)).get("verdict", []))
    return [one for one in kept if one["evaluations"][0]["kind"] == "interception"]


def test_a_refund_that_takes_the_cause_away_frees_the_order_by_itself(hub: World) -> None:
    ruled(hub, amounts__paid_goods_fen="> 29000")
    tid = placed(hub)
    assert cards(hub, tid) == ["assessment_held"]
    hub.shop(tid, "refund", fee_fen=500)
    heard(hub)
    assert cards(hub, tid) == ["assessment_held"]  # 295.00 is still above: asked once more, by what it is now
    hub.shop(tid, "refund", fee_fen=500)
    heard(hub)
    assert cards(hub, tid) == []
    assert hub.trade(tid) is not None
    made = {(card.option, card.made_by) for card in hub.orders.decisions_of(order_id(tid))}
    assert made == {("moot", "hub")}
    seen = [(one["outcome"], json.loads(one["input"])["amounts"]["refunded_fen"]) for one in judgements(hub, tid)]
    assert seen == [("hold", 0), ("hold", 500), ("pass", 1_000)]


@pytest.mark.parametrize(
    ("partner", "method", "has_trade"), [("wangdiantong", "trade_push", False), ("sf", "EXP_RECE_CREATE_ORDER", True)]
)
def test_a_refund_before_the_parcel_has_its_number_holds_an_order_that_had_passed(
    hub: World, partner: str, method: str, has_trade: bool
) -> None:
    ruled(hub, amounts__refunded_fen="> 0")
    hub.near.fault(partner, "drop_before", method, times=-1)
    tid = placed(hub)
    assert (hub.known(tid).has(M.ASSESSED), cards(hub, tid)) == (True, [])
    hub.shop(tid, "refund", fee_fen=500)
    heard(hub)
    assert cards(hub, tid) == ["assessment_held"]
    hub.near.calm()
    hub.clock.advance(LEASE_OVER_MS)
    hub.drain(partner)
    hub.play()
    assert ((hub.trade(tid) is not None), hub.known(tid).waybill_number) == (has_trade, "")
    hub.decide(tid, "assessment_held", "continue")
    hub.play()
    assert (cards(hub, tid), hub.known(tid).has(M.LABELLED)) == ([], True)


def test_a_refund_after_that_holds_nothing_up(hub: World) -> None:
    ruled(hub, amounts__refunded_fen="> 0")
    tid = placed(hub)
    assert hub.known(tid).has(M.LABELLED)
    hub.shop(tid, "refund", fee_fen=500)
    heard(hub)
    assert cards(hub, tid) == []
    assert [one["outcome"] for one in judgements(hub, tid)] == ["pass"]


def test_what_the_shop_says_was_paid_is_judged_again_when_it_says_otherwise(hub: World) -> None:
    ruled(hub, amounts__paid_fen="< 31000")
    hub.near.fault("wangdiantong", "drop_before", "trade_push", times=-1)
    tid = placed(hub)
    known = hub.known(tid)
    assert (known.has(M.ASSESSED), cards(hub, tid)) == (True, [])
    assert known.snapshot is not None
    amounts = replace(known.snapshot.amounts, paid_fen=30_999)
    told = replace(known.snapshot, amounts=amounts, taken_at=known.snapshot.taken_at + 1_000)
    said = Observation("youzan", known.shop_id, tid, "detail", f"later-{tid}", 0, hub.clock(), snapshot=told)
    take_in(said, hub.orders, hub.executions, Origin(f"later-{tid}"), hub.clock())
    advance(order_id(tid), hub.orders, hub.executions, hub.clock())
    hub.play()
    assert cards(hub, tid) == ["assessment_held"]
    (card,) = hub.open_cards(tid)
    assert (card.evidence["field"], card.evidence["actual"]) == ("amounts.paid_fen", "30999")


def test_wherever_judging_again_dies_the_order_is_held_once(hub: World) -> None:
    ruled(hub, amounts__refunded_fen="> 0")
    hub.near.fault("sf", "drop_before", "EXP_RECE_CREATE_ORDER", times=-1)

    def refunded() -> str:
        tid = placed(hub)
        hub.shop(tid, "refund", fee_fen=500)
        hub.receive()
        return tid

    refunded()
    with hub.clients.points.watch(None):
        hub.player.play()
    for deadly in range(len(hub.clients.points.passed)):
        tid = refunded()
        with pytest.raises(Crash), hub.clients.points.watch(deadly):
            hub.player.play()
        hub.executions.die()
        hub.clock.advance(LONG_AGO_MS)
        hub.hear_of_dead_runs()
        hub.sweep()
        hub.play()
        assert cards(hub, tid) == ["assessment_held"], deadly
        assert [one["outcome"] for one in judgements(hub, tid)] == ["pass", "hold"], deadly
        assert not hub.known(tid).judgement_due, deadly
