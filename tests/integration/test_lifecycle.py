"""One order all the way, in one process: real services, stores and clients, the real state machine, simulators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Milestone
from orderhub.services.waybill import Carriage
from tests.kit.crash import Crash
from tests.kit.world import LEASE_OVER_MS, SKU, World, order_id, world

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
USUAL_WAY = ["Reserve", "AwaitPayment", "Assess", "Dispatch", "IssueWaybill", "AwaitShipment", "AwaitDelivery",
             "Settle", "OrderCompleted"]  # fmt: skip


def replace_partner(seat: Any, method: str) -> Any:
    """The use cases' seat with a client that refuses this call once."""
    if isinstance(seat, Carriage):
        return replace(seat, partners={"sf": RefusesOnce(seat.partners["sf"], method)})
    return replace(seat, partner=RefusesOnce(seat.partner, method))


class RefusesOnce:
    """A real client that says no to one call, as its partner does when a setting is wrong."""

    def __init__(self, client: Any, method: str) -> None:
        self._client = client
        self._method = method

    def __getattr__(self, name: str) -> Any:
        if name != self._method:
            return getattr(self._client, name)
        self._method = ""

        def refuse(*_: Any) -> Any:
            raise PartnerRejected("partner", "E1", "not like this")

        return refuse


def waits_in(hub: World, tid: str) -> str:
    return hub.executions.waiting_in(order_id(tid))


def paid(hub: World, **asked: Any) -> str:
    """A paid order, carried as far as it goes."""
    tid = hub.place(**asked)
    hub.receive()
    hub.play()
    return tid


def the_rest(hub: World, tid: str) -> None:
    hub.ship()
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert hub.known(tid).has(M.SETTLED), (dict(hub.known(tid).at), hub.open_cards(tid))


def cards(hub: World, tid: str) -> list[str]:
    return [c.decision_class.value for c in hub.open_cards(tid)]


def assert_nothing_held(hub: World, available: int = 100, sold: int = 0) -> None:
    level = hub.level()
    assert level.balance.is_sound
    assert (level.available, level.firm, sum(level.due.values()), level.sold) == (available, 0, 0, sold)


# --- the usual way -----------------------------------------------------------------------------------------------


def test_an_order_walks_from_the_shop_to_the_books_in_nine_states(hub: World) -> None:
    tid = hub.place(pay=False)
    hub.receive()
    hub.play()
    assert waits_in(hub, tid) == "AwaitPayment"
    hub.shop(tid, "pay")
    hub.receive()
    hub.play()
    assert waits_in(hub, tid) == "AwaitShipment"
    hub.ship()
    assert waits_in(hub, tid) == "AwaitDelivery"
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert hub.executions.runs[f"{order_id(tid)}-1"].trail == USUAL_WAY
    assert hub.open_cards(tid) == []
    trade, bill, sale = hub.trade(tid), hub.bill(tid), hub.sale(tid)
    assert (trade["packed"], trade["waybills"]) == (1, [hub.known(tid).waybill_number])
    assert hub.parcel(tid)["max_live"] == 1
    assert (bill["status"], bill["total_fen"]) == ("C", 30_900)
    assert (sale["confirms_accepted"], sale["waybills"]) == (1, trade["waybills"])
    assert_nothing_held(hub, 99, sold=1)


def test_p9_messages_in_the_worst_order_and_twice_end_the_same(hub: World) -> None:
    tid = hub.place()
    pushes = hub.pushes()
    for push in [*reversed(pushes), *pushes]:
        hub.take(push)
        hub.play()
    the_rest(hub, tid)
    assert hub.fact_types(tid).count("OrderPlaced") == hub.fact_types(tid).count("OrderPaid") == 1
    assert_nothing_held(hub, 99, sold=1)


def test_p10_an_order_whose_pushes_were_lost_is_found_by_reading_and_shown_as_found_late(hub: World) -> None:
    tid = hub.place(push=False)
    hub._read_again("12345678", tid)
    hub.play()
    placed = next(f for f in hub.orders.facts_of(order_id(tid)) if f.type == "OrderPlaced")
    assert placed.data["found_late"] is True
    the_rest(hub, tid)


def test_an_event_about_an_order_nobody_knows_makes_the_hub_read_it(hub: World) -> None:
    tid = hub.place(push=False)
    hub.shop(tid, "memo", memo="请放门口")
    hub.receive()
    assert hub.known(tid).is_known
    hub.play()
    assert waits_in(hub, tid) == "AwaitShipment"


# --- ends before shipping ----------------------------------------------------------------------------------------


def test_an_order_nobody_pays_gives_its_stock_back_and_ends(hub: World) -> None:
    tid = hub.place(pay=False)
    hub.receive()
    hub.play()
    assert hub.level().due
    hub.clock.advance(31 * 60_000)
    hub.sweep()
    hub.play()
    assert hub.known(tid).has(M.CLOSED)
    assert hub.known(tid).close_reason == "expired"
    assert "StockReservationExpired" in hub.fact_types(tid)
    assert_nothing_held(hub)
    assert hub.trade(tid) is None


def test_a_payment_heard_after_the_hub_let_go_makes_the_order_live_and_ship(hub: World) -> None:
    tid = hub.place(pay=False)
    hub.receive()
    hub.play()
    hub.clock.advance(31 * 60_000)
    hub.sweep()
    hub.play()
    hub.shop(tid, "pay")
    hub.receive()
    hub.play()
    assert hub.known(tid).driver.epoch == 2  # type: ignore[union-attr]
    the_rest(hub, tid)
    assert_nothing_held(hub, 99, sold=1)


def test_p5_the_second_of_two_buyers_of_the_last_piece_becomes_a_card_and_can_be_served_later(
    near: Any, clients: Any
) -> None:
    with world(near, clients, stock=1) as hub:
        first, second = paid(hub), paid(hub)
        assert (waits_in(hub, first), waits_in(hub, second)) == ("AwaitShipment", "AwaitRelease")
        assert cards(hub, second) == ["stock_mismatch"]
        assert hub.trade(second) is None
        hub.decide(second, "stock_mismatch", "retry")
        hub.play()
        assert cards(hub, second) == ["stock_mismatch"]  # asked again: the card of the first time is decided
        for sku in (SKU, "FP-001"):
            level = hub.level(sku)
            hub.stock.adjust(sku, "WH01", 5, level.revision, "stocktake", hub.clock())
        hub.decide(second, "stock_mismatch", "retry")
        hub.play()
        assert waits_in(hub, second) == "AwaitShipment"
        assert hub.level().available == 4


def test_cancelled_before_the_warehouse_audits_undoes_everything_outside_and_inside(hub: World) -> None:
    tid = paid(hub)
    assert hub.trade(tid) is not None
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    done = hub.known(tid)
    assert done.has(M.WITHDRAWN, M.VOIDED, M.CLOSED)
    assert (hub.trade(tid)["state"], hub.trade(tid)["packed"]) == (5, 0)
    assert hub.parcel(tid)["live"] == 0
    assert_nothing_held(hub)
    assert hub.bill(tid) is None
    hub.near.advance("wangdiantong", 150_000)
    assert hub.trade(tid)["packed"] == 0


def test_cancelled_after_the_audit_is_a_card_and_ends_when_a_person_says_so(hub: World) -> None:
    tid = paid(hub)
    hub.near.advance("wangdiantong", 6_500)
    assert hub.trade(tid)["state"] == 55
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    assert waits_in(hub, tid) == "AwaitRelease"
    assert "warehouse_cannot_cancel" in cards(hub, tid)
    assert not hub.known(tid).has(M.CLOSED)
    hub.near.control("wangdiantong", "clerk", {"tid": tid, "action": "cancel"})
    hub.decide(tid, "warehouse_cannot_cancel", "retry")
    hub.play()
    assert hub.known(tid).has(M.CLOSED), (cards(hub, tid), hub.trade(tid)["state"])
    assert hub.parcel(tid)["live"] == 0
    assert_nothing_held(hub)


def test_cancelled_while_the_carrier_is_down_is_withdrawn_at_the_warehouse_at_once(hub: World) -> None:
    hub.near.fault("sf", "drop_before", "EXP_RECE_CREATE_ORDER", times=-1)
    tid = paid(hub)
    assert hub.known(tid).waiting_for == "sf"
    hub.shop(tid, "cancel")
    hub.receive()
    hub.play()
    assert hub.trade(tid)["state"] == 5
    hub.near.calm()
    hub.drain("sf")
    hub.play()
    assert hub.known(tid).has(M.CLOSED), (dict(hub.known(tid).at), cards(hub, tid))
    assert (hub.parcel(tid) or {"live": 0})["live"] == 0
    assert_nothing_held(hub)


def test_a_cancellation_by_decision_is_announced_like_one_by_the_shop(hub: World) -> None:
    tid = hub.place(buyer={"name": "张三", "phone": "13800130001", "province": "浙江省", "city": "", "district": "",
                           "detail": "测试路"})  # fmt: skip
    hub.receive()
    hub.play()
    assert cards(hub, tid) == ["address_unmatched"]
    hub.decide(tid, "address_unmatched", "cancel")
    hub.play()
    assert hub.known(tid).has(M.CLOSED)
    assert hub.fact_types(tid).count("OrderCancelled") == 1
    assert_nothing_held(hub)


# --- partners that refuse ----------------------------------------------------------------------------------------


def test_refused_by_the_warehouse_is_a_card_and_goes_on_when_it_was_mended(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.warehouse = replace_partner(hub.warehouse, "push_trades")
    hub.play()
    assert cards(hub, tid) == ["warehouse_rejected"]
    assert waits_in(hub, tid) == "AwaitRelease"
    hub.decide(tid, "warehouse_rejected", "retry")
    hub.play()
    the_rest(hub, tid)


def test_refused_by_the_carrier_is_a_card_and_goes_on_when_it_was_mended(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.carriage = replace_partner(hub.carriage, "create")
    hub.play()
    assert cards(hub, tid) == ["carrier_rejected"]
    hub.decide(tid, "carrier_rejected", "retry")
    hub.play()
    the_rest(hub, tid)


def test_cancelling_what_the_carrier_refused_needs_no_label_to_be_bought_first(hub: World) -> None:
    tid = hub.place()
    hub.receive()
    hub.carriage = replace_partner(hub.carriage, "create")
    hub.play()
    hub.decide(tid, "carrier_rejected", "cancel")
    hub.play()
    assert hub.known(tid).has(M.CLOSED), (dict(hub.known(tid).at), cards(hub, tid))
    assert hub.parcel(tid) is None
    assert hub.trade(tid)["state"] == 5
    assert_nothing_held(hub)


def test_refused_by_the_ledger_is_a_card_and_is_booked_when_it_was_mended(hub: World) -> None:
    tid = paid(hub)
    hub.ship()
    hub.books = replace_partner(hub.books, "save")
    hub.shop(tid, "receive")
    hub.receive()
    hub.play()
    assert cards(hub, tid) == ["ledger_rejected"]
    hub.decide(tid, "ledger_rejected", "retry")
    hub.play()
    assert hub.bill(tid)["saves"] == 1
    assert hub.known(tid).has(M.SETTLED)


def test_p15_a_refund_between_booking_and_settling_is_not_settled_with_another_sum(hub: World) -> None:
    """The receivable is audited, the process dies, the refund comes, and the books are not what is owed now."""
    tid = paid(hub)
    hub.ship()
    hub.shop(tid, "receive")
    hub.receive()
    with pytest.raises(Crash), hub.clients.points.watch(None):
        hub.clients.points.deadly = next_point_after_audit(hub)
        hub.player.play()
    assert hub.bill(tid)["status"] == "C"
    hub.shop(tid, "refund", fee_fen=1_000)
    hub.receive()
    hub.executions.die()
    hub.clock.advance(LEASE_OVER_MS)
    hub.hear_of_dead_runs()
    hub.play()
    decide_all_but(hub, tid, "ledger_rejected")
    hub.play()
    assert cards(hub, tid) == ["ledger_rejected"]
    assert not hub.known(tid).has(M.SETTLED)


def next_point_after_audit(hub: World) -> int:
    """The point after the effect is written as done: after intent (its beginning is one too), find, save, find, submit,
    audit."""
    return 2 + 5


def decide_all_but(hub: World, tid: str, kept: str) -> None:
    for card in hub.open_cards(tid):
        if card.decision_class != kept:
            hub.decide(tid, card.decision_class, next(o for o in ("continue", "dismiss") if o in card.kind.options))
            hub.play()


# --- the warehouse's number, and cancelling too late ---------------------------------------------------------------


def test_p12_another_number_than_ours_is_a_card_and_the_parcel_goes_on_with_the_one_it_has(hub: World) -> None:
    tid = paid(hub)
    hub.near.switch("wangdiantong", number_mismatch=[tid])
    hub.ship()
    assert cards(hub, tid) == ["number_mismatch"]
    labels = hub.parcel(tid)["labels"]
    hub.decide(tid, "number_mismatch", "continue")
    hub.play()
    done = hub.known(tid)
    assert done.has(M.SHIPPED)
    assert done.waybill_number == hub.trade(tid)["reported_waybills"][0]
    assert hub.parcel(tid)["labels"] == labels
    assert waits_in(hub, tid) == "AwaitDelivery"


def closed_after_shipping(hub: World) -> str:
    tid = paid(hub)
    hub.ship()
    hub.shop(tid, "refund")
    hub.receive()
    hub.play()
    decide_all_but(hub, tid, "cancelled_after_shipping")
    return tid


def test_cancelled_after_shipping_is_a_card_and_never_a_second_waybill(hub: World) -> None:
    tid = closed_after_shipping(hub)
    assert cards(hub, tid) == ["cancelled_after_shipping"]
    assert hub.parcel(tid)["labels"] == 1
    hub.decide(tid, "cancelled_after_shipping", "close")
    hub.play()
    assert hub.known(tid).has(M.CLOSED)
    assert hub.open_cards(tid) == []
    assert_nothing_held(hub, 99, sold=1)


def test_closing_leaves_no_card_that_nobody_can_decide(hub: World) -> None:
    tid = paid(hub)
    hub.ship()
    hub.shop(tid, "refund")
    hub.receive()
    hub.play()
    hub.decide(tid, "cancelled_after_shipping", "close")
    hub.play()
    assert hub.open_cards(tid) == []


# --- partners that are down --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partner", "method"),
    [("wangdiantong", "trade_push"), ("sf", "EXP_RECE_CREATE_ORDER"), ("kingdee", "Save")],
)
def test_r72_an_order_waits_in_line_for_a_partner_that_is_down_and_goes_on_when_it_is_back(
    hub: World, partner: str, method: str
) -> None:
    hub.near.fault(partner, "drop_before", method, times=-1)
    tid = paid(hub)
    if partner == "kingdee":
        hub.ship()
        hub.shop(tid, "receive")
        hub.receive()
        hub.play()
    assert hub.known(tid).waiting_for == partner
    assert [place.order_id for place in hub.room.line(partner, 10)] == [order_id(tid)]
    assert "PartnerDegraded" in hub.fact_types(tid)
    hub.drain(partner)
    hub.play()
    assert hub.known(tid).waiting_for == partner
    hub.near.calm()
    hub.drain(partner)
    hub.play()
    if partner != "kingdee":
        the_rest(hub, tid)
    assert hub.known(tid).has(M.SETTLED)
    assert hub.room.line(partner, 10) == []
    assert hub.open_cards(tid) == []


FAULTS = [
    ("timeout_after", {}),
    ("drop_before", {}),
    ("status", {"status": 503}),
    ("status", {"status": 502, "after": True}),
    ("rate_limit", {}),
    ("malformed", {}),
    ("wrong_encoding", {}),
    ("slow", {"ms": 30_000}),
    ("duplicate", {}),
]
CALLS = [
    ("wangdiantong", "trade_push"),
    ("sf", "EXP_RECE_CREATE_ORDER"),
    ("kingdee", "Save"),
    ("youzan", "youzan.logistics.online.confirm"),
]


@pytest.mark.parametrize(("kind", "dial"), FAULTS, ids=[f"{k}{''.join(map(str, d.values()))}" for k, d in FAULTS])
@pytest.mark.parametrize(("partner", "method"), CALLS, ids=[p for p, _ in CALLS])
def test_p4_whatever_a_partner_answers_it_has_at_most_one_effect(
    hub: World, partner: str, method: str, kind: str, dial: dict[str, Any]
) -> None:
    hub.near.fault(partner, kind, method, times=2, **dial)
    tid = hub.place()
    hub.receive()
    goes_on(hub)
    hub.ship_somehow(goes_on)
    hub.shop(tid, "receive")
    hub.receive()
    goes_on(hub)
    done = hub.known(tid)
    assert done.has(M.SETTLED, M.CONFIRMED), (dict(done.at), done.waiting_for, cards(hub, tid))
    assert hub.trade(tid)["packed"] == 1
    assert (hub.parcel(tid)["labels"], hub.parcel(tid)["max_live"]) == (1, 1)
    assert (hub.bill(tid)["saves"], hub.bill(tid)["total_fen"]) == (1, 30_900)
    assert hub.sale(tid)["confirms_accepted"] == 1
    assert hub.open_cards(tid) == []
    assert_nothing_held(hub, 99, sold=1)
    assert sum(left["times"] for left in hub.near.dials(partner)) < 2, "the fault was never met"


def goes_on(hub: World) -> None:
    """Queues deliver again what failed, and the partner's line is drained, until nothing moves."""
    for _ in range(6):
        try:
            hub.play()
        except PartnerUnavailable:
            hub.clock.advance(LEASE_OVER_MS)
        for partner in ("wangdiantong", "sf", "kingdee"):
            hub.drain(partner)
        hub.clock.advance(3_000)
