"""A person chooses ``refund`` on a card: the shop pays once, whatever crashes, refuses or is delivered twice."""

from __future__ import annotations

from typing import Any

import pytest

from orderhub.adapters.youzan.client import REFUND
from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import PartnerUnavailable, Rejected
from orderhub.domain.facts import FactType
from orderhub.domain.order import Milestone
from orderhub.services.decide import decide
from orderhub.services.pay_back import REFUND_VERB, pay_back, tell_shop
from orderhub.services.sweep import FAR
from orderhub.services.unheard import PATIENCE_MS
from tests.kit.crash import Crash
from tests.kit.orders import ORDER_ID
from tests.kit.queue import Queue
from tests.kit.world import BUYER, LEASE_OVER_MS, World, order_id

pytestmark = pytest.mark.usefixtures("rows_follow")

M = Milestone
PAID_FEN = 30_900  # the usual order: goods 29 900, freight 1 000
REASON = "缺货退款"
PACKING = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)


@pytest.fixture
def queue(table: tuple[Any, str]) -> Queue:
    return Queue(*table)


def held(hub: World) -> tuple[str, str]:
    """A paid order whose address cannot be matched; its platform id and its card's id."""
    tid = hub.place(buyer={**BUYER, "detail": "无"})
    hub.receive()
    hub.play()
    (card,) = hub.open_cards(tid)
    assert hub.known(tid).has(M.PAID)
    return tid, card.decision_id


def refund(hub: World, tid: str, amount_fen: int, decision_class: str = "address_unmatched") -> None:
    hub.decide(tid, decision_class, "refund", amount_fen=amount_fen, reason=REASON)


def refunds(hub: World, tid: str) -> list[tuple[int, str]]:
    return [(one["fee_fen"], one["status"]) for one in hub.sale(tid)["refunds"]]


def classes(hub: World, tid: str) -> list[str]:
    return [card.decision_class.value for card in hub.open_cards(tid)]


def test_all_that_was_paid_goes_back_and_the_order_ends(hub: World) -> None:
    tid, _ = held(hub)
    refund(hub, tid, PAID_FEN)
    hub.play()
    hub.receive()
    hub.play()
    assert refunds(hub, tid) == [(PAID_FEN, "SUCCESS")]
    known = hub.known(tid)
    assert (known.has(M.CLOSED), known.close_reason, sum(known.refunds.values())) == (True, "refunded", PAID_FEN)
    assert hub.trade(tid) is None
    assert classes(hub, tid) == []
    assert [hub.fact_types(tid).count(name) for name in ("RefundRequested", "RefundPaid", "OrderCancelled")] == [
        1,
        1,
        1,
    ]


def test_a_part_goes_back_and_the_order_is_judged_again(hub: World) -> None:
    tid, _ = held(hub)
    refund(hub, tid, 500)
    hub.play()
    hub.receive()
    hub.play()
    assert refunds(hub, tid) == [(500, "SUCCESS")]
    assert sum(hub.known(tid).refunds.values()) == 500
    assert not hub.known(tid).has(M.CANCELLED)
    assert classes(hub, tid) == ["address_unmatched"]
    hub.decide(tid, "address_unmatched", "continue")
    hub.play()
    assert hub.trade(tid) is not None


@pytest.mark.parametrize("amount", [PAID_FEN + 1, 0, -1, 2**40, "12.5", None])
def test_an_amount_that_cannot_be_paid_back_is_refused_and_the_card_stays(hub: World, amount: Any) -> None:
    tid, card = held(hub)
    with pytest.raises(Rejected) as refused:
        refund(hub, tid, amount)
    assert (refused.value.code, refused.value.evidence["parameter"]) == ("bad_parameter", "amount_fen")
    assert [one.decision_id for one in hub.open_cards(tid)] == [card]
    hub.play()
    assert refunds(hub, tid) == []


def test_a_second_decision_on_the_card_is_refused_and_one_refund_is_paid(hub: World) -> None:
    tid, card = held(hub)
    refund(hub, tid, 500)
    with pytest.raises(Rejected) as refused:
        decide_again(hub, card)
    assert refused.value.code == "already_made"
    hub.play()
    assert refunds(hub, tid) == [(500, "SUCCESS")]


def decide_again(hub: World, card: str) -> None:
    asked = {"amount_fen": 500, "reason": REASON}
    decide(card.partition(".")[0], card, "refund", "wang", "", hub.orders, hub.clock(), parameters=asked)


def test_what_was_paid_back_or_is_on_its_way_back_is_not_paid_back_again(hub: World) -> None:
    tid, _ = held(hub)
    refund(hub, tid, 30_000)
    hub.play()  # paid at the shop; its event is not here yet, the card is asked again
    with pytest.raises(Rejected, match="900 fen are left"):
        refund(hub, tid, 901)
    hub.receive()
    hub.play()
    with pytest.raises(Rejected, match="900 fen are left"):
        refund(hub, tid, 901)
    assert refunds(hub, tid) == [(30_000, "SUCCESS")]


def test_the_same_event_twice_pays_once(hub: World) -> None:
    tid, card = held(hub)
    refund(hub, tid, 500)
    hub.play()
    assert pay_back(order_id(tid), card, hub.shopfront) == "already"
    assert refunds(hub, tid) == [(500, "SUCCESS")]


@pytest.mark.parametrize("point", range(4))
def test_wherever_the_shop_function_dies_the_buyer_is_paid_once(hub: World, point: int) -> None:
    tid, card = held(hub)
    refund(hub, tid, 500)
    points = hub.clients.points
    with points.watch(point):
        try:
            pay_back(order_id(tid), card, hub.shopfront)
        except Crash:
            assert points.has_struck
    assert points.has_struck, points.passed
    hub.clock.advance(LEASE_OVER_MS)
    hub.play()
    effect = hub.effects.load(order_id(tid), REFUND_VERB, card)
    assert effect is not None
    assert (refunds(hub, tid), effect.status.value) == ([(500, "SUCCESS")], "done")


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(hub: World) -> None:
    tid, card = held(hub)
    refund(hub, tid, 500)
    dial = {"kind": "status", "status": 504, "match": {"method": REFUND}, "after": True, "times": 1}
    hub.near.control("youzan", "faults", dial)
    with pytest.raises(PartnerUnavailable):
        pay_back(order_id(tid), card, hub.shopfront)
    assert pay_back(order_id(tid), card, hub.shopfront) == "paid"
    assert refunds(hub, tid) == [(500, "SUCCESS")]


def test_a_refund_the_shop_refuses_is_a_card_and_is_paid_by_a_retry_after_the_order_ended(hub: World) -> None:
    tid, card = held(hub)
    hub.near.switch("youzan", balance_too_low=True)
    refund(hub, tid, PAID_FEN)
    hub.play()
    (asked,) = [one for one in hub.open_cards(tid) if one.decision_class == "shop_rejected"]
    assert (asked.evidence["code"], asked.evidence["refund_fen"]) == ("102090108", str(PAID_FEN))
    assert hub.known(tid).has(M.CLOSED)
    hub.near.switch("youzan", balance_too_low=False)
    assert tell_shop("RefundRequested", order_id(tid), {"decision_id": card}, hub.shopfront) == "refused"
    assert refunds(hub, tid) == []
    hub.decide(tid, "shop_rejected", "retry")
    hub.play()
    assert refunds(hub, tid) == [(PAID_FEN, "SUCCESS")]
    hub.receive()
    hub.play()
    assert classes(hub, tid) == []


def test_a_refused_refund_that_a_person_dismissed_is_never_paid(hub: World) -> None:
    tid, card = held(hub)
    hub.near.switch("youzan", balance_too_low=True)
    refund(hub, tid, PAID_FEN)
    hub.play()
    hub.decide(tid, "shop_rejected", "dismiss")
    hub.near.switch("youzan", balance_too_low=False)
    hub.play()
    assert tell_shop("RefundRequested", order_id(tid), {"decision_id": card}, hub.shopfront) == "refused"
    assert refunds(hub, tid) == []


def looked_at(hub: World, tid: str) -> bool:
    """Whether repair still finds the order."""
    return order_id(tid) in {order.order_id for order in hub.orders.due(FAR)}


@pytest.mark.parametrize("amount_fen", [500, PAID_FEN])
def test_a_refund_whose_event_was_lost_is_told_again_and_paid_once_even_after_the_order_ended(
    hub: World, amount_fen: int
) -> None:
    tid, _ = held(hub)
    refund(hub, tid, amount_fen)
    hub.lose(tid, FactType.REFUND_REQUESTED)
    hub.play()
    assert (refunds(hub, tid), hub.known(tid).is_finished) == ([], amount_fen == PAID_FEN)
    assert hub.recover_all()["told_again"] == 0  # it may be on its way still
    hub.clock.advance(PATIENCE_MS + 1)
    assert hub.recover_all()["told_again"] == 1
    assert (refunds(hub, tid), hub.known(tid).refunds_due) == ([(amount_fen, "SUCCESS")], ())
    assert hub.recover_all()["told_again"] == 0
    assert looked_at(hub, tid) is not hub.known(tid).is_finished


def test_a_retry_of_a_refused_refund_whose_event_was_lost_is_told_again(hub: World) -> None:
    tid, _ = held(hub)
    hub.near.switch("youzan", balance_too_low=True)
    refund(hub, tid, PAID_FEN)
    hub.play()
    assert not looked_at(hub, tid)
    hub.near.switch("youzan", balance_too_low=False)
    hub.decide(tid, "shop_rejected", "retry")
    hub.lose(tid, FactType.DECISION_MADE)
    hub.play()
    assert (refunds(hub, tid), looked_at(hub, tid)) == ([], True)
    hub.clock.advance(PATIENCE_MS + 1)
    hub.recover_all()
    assert (refunds(hub, tid), looked_at(hub, tid)) == ([(PAID_FEN, "SUCCESS")], False)


def test_an_order_that_ended_and_waits_for_its_refund_stands_before_no_other(hub: World) -> None:
    tid, _ = held(hub)
    refund(hub, tid, PAID_FEN)
    hub.lose(tid, FactType.REFUND_REQUESTED)
    hub.play()
    hub.clock.advance(30 * 86_400_000)
    assert hub.sweep() == {"finished": 1}
    assert hub.sweep() == {}


def test_all_of_it_for_a_parcel_that_left_does_not_end_the_order_by_itself(queue: Queue) -> None:
    queue.put(*PACKING, M.SHIPPED)
    queue.decide(queue.ask(DecisionClass.UNHANDLED_EVENT), "refund", amount_fen=29_900, reason=REASON)
    assert not queue.known().has(M.CANCELLED)
    asked = queue.orders.facts_of(ORDER_ID)[-1]
    assert (asked.type, asked.data["refund_fen"]) == ("RefundRequested", 29_900)


def test_an_order_that_is_not_paid_has_nothing_to_pay_back(queue: Queue) -> None:
    queue.put(M.PLACED)
    card = queue.ask(DecisionClass.STOCK_MISMATCH)
    with pytest.raises(Rejected, match="0 fen are left"):
        queue.decide(card, "refund", amount_fen=1, reason=REASON)
    assert "RefundRequested" not in queue.facts()


def test_a_refund_cannot_be_taken_back(queue: Queue) -> None:
    queue.put(*PACKING)
    made = queue.decide(queue.ask(DecisionClass.RULE_HOLD), "refund", amount_fen=100, reason=REASON)
    assert made.undo_until == 0
    assert queue.card(made).parameters == {"amount_fen": 100, "reason": REASON}
