"""Messages become orders or cards; none is lost, none is applied on less trust than it has (R2, R3, P11)."""

from __future__ import annotations

import pytest

from orderhub.domain.order import Milestone
from orderhub.services.take_message import NOBODY, NotYet
from tests.kit.neighbours import Push
from tests.kit.world import World, order_id

GARBAGE = [b"", b"not json", b"\xff\xfe\x00", b"[]", '{"type":"trade_TradePaid","msg":"张三"}'.encode(), b'{"a":' * 500]


@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_what_cannot_be_read_is_kept_whole_and_sealed_on_one_card(hub: World, body: bytes) -> None:
    for _ in range(2):
        assert hub.take(Push("youzan", "application/json", body)).startswith("unreadable:")
    (card,) = hub.orders.open_decisions()
    assert (card.decision_class, card.order_id) == ("unreadable_message", NOBODY)
    assert hub.clients.kms.open(card.sealed) == body.decode("utf-8", "backslashreplace")
    assert "张三" not in str(card)
    assert [fact.type for fact in hub.orders.facts_of(NOBODY)] == ["DecisionRequested"]


def test_p11_a_message_that_cannot_be_read_keeps_no_other(hub: World) -> None:
    tid = hub.place()
    for push in hub.pushes():
        hub.take(Push("youzan", "", b"{broken" + push.body))
        hub.take(push)
    hub.play()
    assert hub.executions.waiting_in(order_id(tid)) == "AwaitShipment"


def test_a_message_from_a_partner_nobody_reads_is_kept_too(hub: World) -> None:
    assert hub.take(Push("wechat", "", b"{}")) == "unreadable:unknown_kind"
    assert len(hub.orders.open_decisions()) == 1


def test_a_message_that_is_half_trusted_changes_nothing_but_makes_the_hub_read_the_order(hub: World) -> None:
    tid = hub.place()
    created = hub.pushes()[0]
    changed = Push("youzan", created.content_type, created.body)
    assert hub.take(changed, trust="msg_only") == "read_again"
    placed = next(f for f in hub.orders.facts_of(order_id(tid)) if f.type == "OrderPlaced")
    assert placed.data["found_late"] is True  # it came from the shop, not from the message
    assert hub.known(tid).has(Milestone.PAID)


def test_a_parcel_the_hub_does_not_know_yet_is_asked_for_again(hub: World) -> None:
    node = b'{"Body":{"WaybillRoute":[{"mailno":"SF9999999999999","acceptTime":"2026-11-22 10:00:00","orderid":"x",' \
           b'"opCode":"50","remark":"","acceptAddress":"","id":"1"}]}}'  # fmt: skip
    with pytest.raises(NotYet):
        hub.take(Push("sf", "application/json", node))


def test_a_state_that_nobody_explained_is_kept_on_one_card_for_its_code(hub: World) -> None:
    for number in ("SF1", "SF2"):
        body = f'{{"orderStateCode":"05-40003","waybillNo":"{number}","empPhone":"13800130000"}}'.encode()
        assert hub.take(Push("sf", "application/json", body)) == "empty"
    (card,) = hub.orders.open_decisions()
    assert (card.evidence["problem"], card.order_id) == ("unexplained_05-40003", NOBODY)
    assert "13800130000" not in str(card)
    assert "13800130000" in hub.clients.kms.open(card.sealed)
