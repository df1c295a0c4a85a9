"""An order in one sentence: what holds it before what merely asks, then a partner that is down, then its step."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.order import Milestone, Order
from orderhub.domain.rulepack import Pack, RuleKind
from orderhub.rules.defaults import default_pack
from orderhub.services.address_window import window_ends_at, window_minutes
from orderhub.services.headline import headline_of
from orderhub.services.order_actions import actions_of
from orderhub.services.park import decision_for
from tests.kit.orders import ORDER_ID, T0, order

M = Milestone
PAID = (M.PLACED, M.RESERVED, M.PAID)


def card(decision_class: DecisionClass, cause: str, at: int = T0) -> Decision:
    return decision_for(ORDER_ID, decision_class, cause, {}, at)


def test_a_card_that_holds_comes_before_one_that_is_due_earlier() -> None:
    asks = card(DecisionClass.REPEAT_PICKUP, "a", T0 - 10_000_000)
    holds = card(DecisionClass.STOCK_MISMATCH, "b")
    known = order(*PAID, holds=MappingProxyType({holds.decision_id: "stock_mismatch"}))
    told = headline_of(known, [asks, holds], T0)
    assert [one["decision_id"] for one in told["cards"]] == [holds.decision_id, asks.decision_id]
    assert (told["mood"], told["due_at"]) == ("held", holds.nearest_at)
    assert "库存池不足" in told["zh"]
    assert headline_of(order(*PAID), [asks], T0)["mood"] == "decision"


def test_an_order_that_waits_for_a_partner_says_for_whom() -> None:
    told = headline_of(order(*PAID, waiting_for="wangdiantong"), [], T0)
    assert (told["mood"], told["zh"]) == ("waiting", "等待旺店通恢复")


@pytest.mark.parametrize(
    ("known", "mood", "words"),
    [
        (order(M.PLACED, M.RESERVED), "waiting", "等待买家付款"),
        (order(*PAID), "moving", "正在按规则评估"),
        (order(*PAID, M.CANCELLED, M.CLOSED, close_reason="expired"), "done", "已关闭: 到期未付款"),
        (order(*PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED, M.SHIPPED, M.OUT_FOR_DELIVERY), "moving", "正在派送"),
        (order(*PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED, M.SHIPPED), "moving", "等待承运商揽收"),
    ],
)
def test_otherwise_its_step_is_told_in_words(known: Order, mood: str, words: str) -> None:
    told = headline_of(known, [], T0)
    assert (told["mood"], words in told["zh"]) == (mood, True)


def test_an_unpaid_order_says_until_when_it_waits() -> None:
    known = order(M.PLACED, M.RESERVED)
    assert known.snapshot is not None
    assert headline_of(known, [], T0)["due_at"] == known.snapshot.payment_due_at


def test_each_action_is_open_or_says_why_it_is_not() -> None:
    assert actions_of(order(*PAID)) == dict.fromkeys(("change_address", "buyer_link", "reveal", "label"))
    ended = actions_of(order(*PAID, M.SETTLED))
    assert (ended["change_address"]["code"], ended["change_address"]["zh"]) == ("order_ended", "订单已结束")
    assert ended["reveal"] is None
    unknown = actions_of(Order(ORDER_ID, "youzan", "1", "E1"))
    assert {one["code"] for one in unknown.values()} == {"order_not_known"}


def test_the_window_is_what_the_live_rules_say() -> None:
    shipped = default_pack(RuleKind.ADDRESS_CHANGE)
    assert window_minutes(shipped) == 120
    assert window_ends_at(order(*PAID), shipped) == T0 + 2 + 120 * 60_000
    assert window_ends_at(order(M.PLACED), shipped) == 0
    assert window_minutes(Pack(RuleKind.ADDRESS_CHANGE, 1, {"nodes": [{"content": "x"}, {}]})) == 0
