"""Gifts from the payment to the parcel, in one process with the warehouse's simulator (R30, R32)."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.gifts import QuotaMove
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change, GiftQuotaUsed
from orderhub.services.gifts import derive_gifts
from orderhub.services.judge import input_of
from tests.kit.crash import Crash
from tests.kit.gift_packs import RuleBookWith, gift_pack, row
from tests.kit.orders import T0, line, order, snapshot
from tests.kit.tables import aws, create_tables
from tests.kit.world import LEASE_OVER_MS, SKU, World, order_id

pytestmark = pytest.mark.usefixtures("late_audit", "rows_follow")

M = Milestone
TEXT = "赠品:智能饮水机滤芯×1[贴纸:面单右上角 85,15mm]"
MAIN = {"sku": SKU, "title": "宠物智能喂食器", "price_fen": 29_900, "num": 1}
OTHER = {"sku": "ZP-2026-02", "title": "智能饮水机", "price_fen": 40_000, "num": 1}
UNDER = 101  # fen to pay back until 299.00 plus 1.00 is below 299.00


def placed(hub: World, *lines: Any, **asked: Any) -> str:
    tid = hub.place(lines=list(lines or (MAIN,)), **asked)
    hub.receive()
    hub.play()
    return tid


def dear(hub: World) -> str:
    """An order of 300.00 that has its gift."""
    tid = placed(hub, {**MAIN, "price_fen": 30_000})
    assert codes(hub, tid) == ["FP-001"]
    return tid


def codes(hub: World, tid: str) -> list[str]:
    return [gift.code for gift in hub.known(tid).gifts]


def cards(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def heard(hub: World) -> None:
    hub.receive()
    hub.play()


# --- golden cases --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price_fen", "gifts"), [(29_899, []), (29_900, ["FP-001"])])
def test_an_order_from_299_yuan_gets_the_filter_and_the_warehouse_is_told(
    hub: World, price_fen: int, gifts: list[str]
) -> None:
    tid = placed(hub, {**MAIN, "price_fen": price_fen})
    assert codes(hub, tid) == gifts
    trade, number = hub.trade(tid), hub.known(tid).waybill_number
    assert trade["seller_memo"] == (f"{TEXT};运单号:{number}" if gifts else f"运单号:{number}")
    assert list(trade["remarks"].values()) == [TEXT] * len(gifts)
    assert hub.fact_types(tid).count("GiftGranted") == len(gifts)
    hub.ship()
    assert hub.trade(tid)["waybills"] == [number]


def test_the_verdict_names_the_matrix_and_what_it_was_asked(hub: World) -> None:
    tid = placed(hub)
    verdict: Any = max(hub.orders.records_of(order_id(tid))["verdict"], key=lambda row: str(row["sk"]))
    evaluations = verdict["evaluations"]
    assert [(one["kind"], one["version"]) for one in evaluations] == [
        ("interception", 0),
        ("carrier", 0),
        ("gifts", 0),
    ]
    assert [match["row_id"] for match in evaluations[2]["matches"]] == ["filter-from-299"]
    asked = json.loads(verdict["input"])["mains"]
    assert [(main["main_sku"], main["main_quantity"], main["main_paid_fen"]) for main in asked] == [(SKU, 1, 29_900)]


def test_the_remark_stands_on_the_main_line_only(hub: World) -> None:
    tid = placed(hub, OTHER, MAIN)
    other, main = hub.known(tid).lines
    assert hub.trade(tid)["remarks"] == {main.line_id: TEXT}
    assert other.line_id not in hub.trade(tid)["remarks"]


# --- refunds ---------------------------------------------------------------------------------------------------------


def test_a_partial_refund_before_packing_takes_the_gift_and_the_warehouse_is_told_again(hub: World) -> None:
    tid = dear(hub)
    before, number = hub.trade(tid), hub.known(tid).waybill_number
    hub.shop(tid, "refund", fee_fen=UNDER)
    heard(hub)
    after = hub.trade(tid)
    assert (codes(hub, tid), cards(hub, tid)) == ([], [])
    assert (after["seller_memo"], after["remarks"]) == (f"运单号:{number}", {})
    assert after["pushes"] == before["pushes"] + 1
    assert hub.known(tid).content_version == 2
    assert [t for t in hub.fact_types(tid) if t.startswith("Gift")] == ["GiftGranted", "GiftRemoved"]
    hub.ship()
    hub.shop(tid, "receive")
    heard(hub)
    assert hub.known(tid).has(M.SETTLED)
    assert hub.trade(tid)["packed"] == hub.parcel(tid)["max_live"] == 1


def test_a_partial_refund_that_leaves_enough_changes_nothing_at_the_warehouse(hub: World) -> None:
    tid = dear(hub)
    pushes = hub.trade(tid)["pushes"]
    hub.shop(tid, "refund", fee_fen=UNDER - 1)
    heard(hub)
    assert (codes(hub, tid), cards(hub, tid)) == (["FP-001"], [])
    assert hub.trade(tid)["pushes"] == pushes
    assert not hub.known(tid).gifts_due


def test_a_refund_asked_for_stops_the_order_and_goes_on_by_itself_when_it_is_paid(hub: World) -> None:
    tid = dear(hub)
    hub.shop(tid, "refund", fee_fen=UNDER, apply_only=True)
    heard(hub)
    assert cards(hub, tid) == ["unhandled_event"]
    assert codes(hub, tid) == ["FP-001"]
    refund = hub.sale(tid)["refunds"][0]["refund_id"]
    hub.shop(tid, "refund", refund_id=refund, step="agree")
    heard(hub)
    assert (codes(hub, tid), cards(hub, tid)) == ([], [])
    assert not hub.known(tid).holds
    (card,) = hub.orders.decisions_of(order_id(tid))
    assert (card.option, card.made_by) == ("moot", "hub")


def test_a_line_paid_back_whole_is_still_decided_by_a_person(hub: World) -> None:
    tid = placed(hub, MAIN, OTHER)
    other = hub.known(tid).lines[1].line_id
    hub.shop(tid, "refund", oids=[other])
    heard(hub)
    assert cards(hub, tid) == ["unhandled_event"]
    assert sum(hub.known(tid).refunds.values()) == 40_000


def test_after_the_parcel_left_the_gift_stays_and_a_person_is_asked_once(hub: World) -> None:
    tid = dear(hub)
    hub.ship()
    for fee_fen in (UNDER, 1_000):
        hub.shop(tid, "refund", fee_fen=fee_fen)
        heard(hub)
    assert codes(hub, tid) == ["FP-001"]
    (card,) = hub.open_cards(tid)
    assert card.decision_class is DecisionClass.RECOVER_GIFT
    assert (card.evidence["gift"], card.evidence["why"]) == ("FP-001", "the parcel had left")
    assert set(card.evidence["refunds"].split(",")) <= set(hub.known(tid).refunds)
    assert not hub.known(tid).holds
    assert "GiftRemoved" not in hub.fact_types(tid)
    hub.shop(tid, "receive")
    heard(hub)
    assert hub.known(tid).has(M.SETTLED)


def test_a_trade_that_was_audited_may_be_packed_with_the_gift_so_a_person_is_asked(hub: World) -> None:
    tid = dear(hub)
    hub.near.advance("wangdiantong", 103_500)
    assert hub.trade(tid)["state"] == 55
    hub.shop(tid, "refund", fee_fen=UNDER)
    heard(hub)
    assert codes(hub, tid) == []
    assert cards(hub, tid) == ["recover_gift"]
    assert not hub.known(tid).push_due


def test_a_refund_that_comes_while_the_warehouse_is_down_is_pushed_when_it_is_back(hub: World) -> None:
    tid = dear(hub)
    hub.near.fault("wangdiantong", "drop_before", "trade_push", times=-1)
    hub.shop(tid, "refund", fee_fen=UNDER)
    heard(hub)
    assert hub.known(tid).waiting_for == "wangdiantong"
    assert TEXT in hub.trade(tid)["seller_memo"]
    hub.near.calm()
    hub.clock.advance(LEASE_OVER_MS)
    hub.drain("wangdiantong")
    hub.play()
    assert hub.trade(tid)["seller_memo"] == f"运单号:{hub.known(tid).waybill_number}"


def test_an_order_cancelled_between_taking_the_gift_and_telling_so_still_loses_its_label(hub: World) -> None:
    tid = dear(hub)
    hub.shop(tid, "refund", fee_fen=UNDER)
    hub.receive()
    hub.shop(tid, "cancel")
    heard(hub)
    assert hub.known(tid).has(M.CLOSED)
    assert hub.parcel(tid)["live"] == 0
    assert hub.trade(tid)["state"] == 5


def test_wherever_it_dies_the_refund_ends_with_the_gift_gone_and_one_label(hub: World) -> None:
    """Died between all side effects of taking the gift away and telling the warehouse."""
    tid = dear(hub)
    hub.shop(tid, "refund", fee_fen=UNDER)
    hub.receive()
    with hub.clients.points.watch(None):
        hub.player.play()
    for deadly in range(len(hub.clients.points.passed)):
        tid = dear(hub)
        hub.shop(tid, "refund", fee_fen=UNDER)
        hub.receive()
        with pytest.raises(Crash), hub.clients.points.watch(deadly):
            hub.player.play()
        hub.executions.die()
        hub.clock.advance(max(LEASE_OVER_MS, 120_000))
        hub.hear_of_dead_runs()
        hub.sweep()
        hub.play()
        assert (codes(hub, tid), cards(hub, tid)) == ([], []), deadly
        assert hub.trade(tid)["seller_memo"] == f"运单号:{hub.known(tid).waybill_number}", deadly
        assert hub.fact_types(tid).count("GiftRemoved") == 1, deadly
        assert hub.parcel(tid)["max_live"] == 1, deadly


# --- quota -----------------------------------------------------------------------------------------------------------


def limited(hub: World, quota: int) -> None:
    hub.rules = RuleBookWith(gift_pack(row("r", f'"{SKU}"', code="CUP", least=29_900, quota=quota)))  # type: ignore[assignment]


def taken(hub: World) -> int:
    key = {"pk": {"S": "GIFT#r#CUP"}, "sk": {"S": "QUOTA"}}
    item = hub.clients.dynamodb.get_item(TableName=hub.orders_table, Key=key, ConsistentRead=True).get("Item")
    return int(item["taken"]["N"]) if item else 0


def test_of_two_orders_for_the_last_gift_one_gets_it_and_the_other_is_decided(hub: World) -> None:
    limited(hub, 1)
    first, second = placed(hub), placed(hub)
    assert (codes(hub, first), codes(hub, second)) == (["CUP"], [])
    (card,) = hub.open_cards(second)
    assert card.decision_class is DecisionClass.GIFT_QUOTA_USED
    assert card.evidence == {"gift": "CUP", "rule": "r", "quota": "1", "pieces": "1"}
    assert hub.trade(second) is None
    hub.decide(second, "gift_quota_used", "continue")
    hub.play()
    assert hub.executions.waiting_in(order_id(second)) == "AwaitShipment"
    assert (codes(hub, second), hub.trade(second)["remarks"], taken(hub)) == ([], {}, 1)


def test_a_quota_that_was_raised_serves_who_tries_again(hub: World) -> None:
    limited(hub, 1)
    placed(hub)
    second = placed(hub)
    hub.decide(second, "gift_quota_used", "retry")
    hub.play()
    assert cards(hub, second) == ["gift_quota_used"]
    limited(hub, 2)
    hub.decide(second, "gift_quota_used", "retry")
    hub.play()
    assert (codes(hub, second), taken(hub)) == (["CUP"], 2)


def two_gifts(hub: World) -> None:
    """One cup only; of the other, which nobody earns by himself, one as well."""
    rows = row("r", f'"{SKU}"', code="CUP", quota=1), row("s", '"NOBODY"', code="BAG", quantity=2, quota=2)
    hub.rules = RuleBookWith(gift_pack(*rows))  # type: ignore[assignment]


def test_another_gift_is_given_in_place_of_one_that_is_used_up_until_that_is_used_up_too(hub: World) -> None:
    two_gifts(hub)
    _, second, third = placed(hub), placed(hub), placed(hub)
    hub.decide(second, "gift_quota_used", "other_gift", gift="BAG")
    hub.play()
    given = hub.known(second).gifts
    assert [(one.code, one.quantity, one.rule_id, one.line_id) for one in given] == [
        ("BAG", 2, "s", hub.known(second).lines[0].line_id)
    ]
    assert hub.executions.waiting_in(order_id(second)) == "AwaitShipment"
    hub.decide(third, "gift_quota_used", "other_gift", gift="BAG")
    hub.play()
    (card,) = hub.open_cards(third)
    assert (card.decision_class, card.evidence["rule"], codes(hub, third)) == ("gift_quota_used", "s", [])
    hub.decide(third, "gift_quota_used", "continue")
    hub.play()
    assert (codes(hub, third), hub.trade(third)["remarks"]) == ([], {})


@pytest.mark.parametrize("code", ["CUP", "NO-SUCH", "A B", "", None])
def test_a_gift_that_is_no_other_gift_of_the_matrix_is_refused_and_the_card_stays(hub: World, code: Any) -> None:
    two_gifts(hub)
    _, second = placed(hub), placed(hub)
    with pytest.raises(Rejected) as refused:
        hub.decide(second, "gift_quota_used", "other_gift", gift=code)
    assert (refused.value.code, refused.value.evidence["parameter"]) == ("bad_parameter", "gift")
    assert cards(hub, second) == ["gift_quota_used"]


def test_a_cancelled_order_gives_its_gift_back_to_the_next(hub: World) -> None:
    limited(hub, 1)
    first = placed(hub)
    hub.shop(first, "cancel")
    heard(hub)
    assert (codes(hub, first), taken(hub)) == ([], 0)
    assert hub.orders.facts_of(order_id(first))[-1].type == "GiftRemoved" or "GiftRemoved" in hub.fact_types(first)
    assert codes(hub, placed(hub)) == ["CUP"]


def test_a_refund_before_packing_gives_the_gift_back_to_the_quota_and_one_after_it_does_not(hub: World) -> None:
    limited(hub, 5)
    early, late = placed(hub), placed(hub)
    hub.shop(early, "refund", fee_fen=UNDER)
    heard(hub)
    assert taken(hub) == 1
    hub.ship()
    hub.shop(late, "refund", fee_fen=UNDER)
    heard(hub)
    assert (codes(hub, late), taken(hub)) == (["CUP"], 1)


# --- the counter itself ----------------------------------------------------------------------------------------------


def stored(orders: DynamoOrders, number: int) -> Order:
    made = order(M.PLACED, M.RESERVED, M.PAID, order_id=f"youzan-E{number}", platform_id=f"E{number}")
    return orders.commit(Change(None, replace(made, snapshot=snapshot(line(), paid=True)), T0))


def test_thirty_orders_at_once_never_overrun_a_quota() -> None:
    pack = gift_pack(row("r", code="CUP", quota=7))
    with aws() as client:
        lock, call = threading.RLock(), client._make_api_call

        def one_at_a_time(operation: str, arguments: dict[str, Any]) -> Any:
            """A transaction is one step, as in DynamoDB: moto alone is not thread-safe."""
            with lock:
                return call(operation, arguments)

        client._make_api_call = one_at_a_time
        orders = DynamoOrders(client, create_tables(client)[0])
        waiting = [stored(orders, number) for number in range(30)]

        def give(this: Order) -> bool:
            derived = derive_gifts(this, pack, input_of(this), T0)
            try:
                orders.commit(Change(this, derived.order, T0, facts=derived.facts, quotas=derived.moves))
            except GiftQuotaUsed:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(give, waiting)) == 7
        given_to = [found for this in waiting if (found := orders.load(this.order_id)) and found.gifts]
        assert len(given_to) == 7


@settings(max_examples=25)
@given(st.integers(0, 6), st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=14))
def test_whatever_is_taken_and_given_back_the_counter_holds_what_is_out(
    quota: int, steps: Sequence[tuple[int, int]]
) -> None:
    """A step is an order and a number of pieces: it takes them, or gives back what it has."""
    out: dict[int, int] = {}
    with aws() as client:
        name = create_tables(client)[0]
        orders = DynamoOrders(client, name)
        known = {number: stored(orders, number) for number in {number for number, _ in steps}}
        for number, pieces in steps:
            held = out.get(number, 0)
            move = QuotaMove("r", "CUP", -held if held else pieces, quota)
            try:
                known[number] = orders.commit(Change(known[number], known[number], T0, quotas=(move,)))
                out[number] = 0 if held else pieces
            except GiftQuotaUsed:
                assert not held
                assert sum(out.values()) + pieces > quota
            assert sum(out.values()) <= quota
        item = client.get_item(TableName=name, Key={"pk": {"S": "GIFT#r#CUP"}, "sk": {"S": "QUOTA"}}).get("Item")
        assert int(item["taken"]["N"] if item else 0) == sum(out.values())


def test_a_counter_taken_away_by_hand_keeps_no_order_from_ending() -> None:
    with aws() as client:
        orders = DynamoOrders(client, create_tables(client)[0])
        this = stored(orders, 1)
        done = orders.commit(Change(this, replace(this, close_reason="x"), T0, quotas=(QuotaMove("r", "CUP", -1),)))
        assert done.close_reason == "x"


def test_a_used_quota_is_told_only_when_nothing_else_is_in_the_way(table: tuple[Any, str]) -> None:
    """An order that moved is Stale, whatever the quota says: it is read and derived again."""
    orders = DynamoOrders(*table)
    old = stored(orders, 1)
    orders.commit(Change(old, old, T0))
    with pytest.raises(Stale):
        orders.commit(Change(old, old, T0, quotas=(QuotaMove("r", "CUP", 1, 0),)))
