"""Any order of arrival ends in the same order (R2, P9)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.domain.absorb import EXPIRED, Absorbed, Observation, Unhandled, absorb
from orderhub.domain.facts import FactType
from orderhub.domain.order import Amounts, Milestone, Order, Region
from tests.kit.orders import T0, line, observation, order, snapshot

SECOND = 1_000
M = Milestone

PAID = snapshot(paid=True, taken_at=T0 + 10 * SECOND)
SHIPPED = replace(PAID, taken_at=T0 + 60 * SECOND, rank=4)
CREATED = observation("trade_TradeCreate", 1, snap=snapshot(), milestones={M.PLACED: T0})
PAID_MESSAGE = observation("trade_TradePaid", 2, at=T0 + 10 * SECOND, snap=PAID,
                           milestones={M.PLACED: T0, M.PAID: T0 + 10 * SECOND})  # fmt: skip
BUYER_PAY = observation("trade_TradeBuyerPay", 2, at=T0 + 10 * SECOND, snap=PAID,
                        milestones={M.PLACED: T0, M.PAID: T0 + 9 * SECOND})  # fmt: skip
SELLER_SHIP = observation(
    "trade_TradeSellerShip", 6, at=T0 + 60 * SECOND, milestones={M.SHOP_SHIPPED: T0 + 60 * SECOND}
)
SUCCESS = observation("trade_TradeSuccess", 9, at=T0 + 90 * SECOND, milestones={M.RECEIVED: T0 + 90 * SECOND})
REFUND = observation("trade_refund_RefundSuccess", 7, at=T0 + 70 * SECOND, refund_id="R1", refunded_fen=100)
REFUND_AGAIN = observation("youzan_trade_RefundSuccess", 8, at=T0 + 70 * SECOND, refund_id="R1", refunded_fen=250)
MEMO = observation("trade_TradeMemoModified", 5, unhandled=Unhandled("memo-5", blocks=False))
ADDRESS = observation("trade_MessagesTheChangeAddresses", 4, unhandled=Unhandled("address-seller-4", blocks=True))
DETAIL = observation("detail", 60, at=T0 + 60 * SECOND, snap=SHIPPED, found_late=True,
                     milestones={M.PLACED: T0, M.PAID: T0 + 9 * SECOND, M.SHOP_SHIPPED: T0 + 59 * SECOND})  # fmt: skip
CLOSED_BY_BUYER = observation(
    "trade_TradeClose", 11, milestones={M.CANCELLED: T0 + 50 * SECOND}, close_reason="cancelled"
)
CLOSED_BY_REFUND = observation(
    "trade_TradeClose", 12, milestones={M.CANCELLED: T0 + 51 * SECOND}, close_reason="refunded"
)
CLOSED_BY_TIME = observation("trade_TradeClose", 13, milestones={M.CANCELLED: T0 + 49 * SECOND}, close_reason=EXPIRED)

LIFE = (CREATED, PAID_MESSAGE, BUYER_PAY, SELLER_SHIP, SUCCESS, REFUND, REFUND_AGAIN, MEMO, ADDRESS, DETAIL,
        CLOSED_BY_BUYER, CLOSED_BY_REFUND, CLOSED_BY_TIME)  # fmt: skip


def take_all(
    messages: tuple[Observation, ...] | list[Observation], start: Order | None = None
) -> tuple[Order, Any, Any]:
    """The order, the decision ids and the fact types after these messages, each seen once as ``take_in`` does."""
    current, seen = start, set()
    facts: set[FactType] = set()
    decisions: set[str] = set()
    for message in messages:
        if message.message_key in seen:
            continue
        seen.add(message.message_key)
        absorbed = absorb(current, message)
        current = absorbed.order
        facts |= {fact.type for fact in absorbed.facts}
        decisions |= {wanted.decision_id for wanted in absorbed.decisions}
    assert current is not None
    return current, decisions, facts


def content(found: Order) -> Order:
    """What must not depend on arrival. ``content_version`` counts the changes that were seen happen."""
    sealed = replace(found.snapshot, sealed="") if found.snapshot else None
    return replace(found, revision=0, driver=None, wait=None, wake_seq=0, check_at=0, snapshot=sealed)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_p9_any_permutation_with_duplicates_ends_in_the_same_order(data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(LIFE), min_size=1, unique_by=lambda m: m.message_key))
    twice = data.draw(st.lists(st.sampled_from(some), max_size=4))
    arrived = data.draw(st.permutations(some + twice))
    wanted, cards, facts = take_all(some)
    found, found_cards, found_facts = take_all(arrived)
    assert content(found) == content(wanted)
    assert (found_cards, found_facts) == (cards, facts)


def test_p9_all_orders_of_create_pay_and_close_agree() -> None:
    messages = (CREATED, PAID_MESSAGE, BUYER_PAY, CLOSED_BY_BUYER, CLOSED_BY_REFUND, CLOSED_BY_TIME)
    ends = [take_all(arrival) for arrival in permutations(messages)]
    assert all(content(found) == content(ends[0][0]) for found, _, _ in ends)
    assert all(facts == ends[0][2] for _, _, facts in ends)


def test_an_older_version_after_a_newer_changes_nothing() -> None:
    newer = replace(BUYER_PAY, version=5, message_key="k5")
    older = replace(BUYER_PAY, version=3, message_key="k3")
    once, _, _ = take_all([CREATED, newer])
    both, _, _ = take_all([CREATED, newer, older])
    assert both == once


TIES = [
    replace(PAID, receiver_digest="receiver-b"),
    replace(PAID, region=Region("浙江省", "杭州市", "余杭区")),
    replace(PAID, lines=(line(quantity=2),)),
    replace(PAID, amounts=Amounts(29_900, 0, 100, 29_800, 29_900)),
    replace(PAID, payment_due_at=PAID.payment_due_at + 1),
    replace(PAID, phone_digest="phone-b"),
    replace(PAID, has_note=True),
    replace(PAID, kind="pickup"),
]


@pytest.mark.parametrize("other", TIES)
def test_two_snapshots_of_the_same_instant_end_the_same_whichever_comes_first(other: Any) -> None:
    one = observation("a", 1, snap=PAID, milestones={M.PLACED: T0})
    two = observation("b", 1, snap=other, milestones={M.PLACED: T0})
    assert take_all([one, two])[0].snapshot == take_all([two, one])[0].snapshot


def test_the_same_snapshot_sealed_anew_is_no_change() -> None:
    first = take_all([CREATED])[0]
    again = absorb(first, replace(CREATED, message_key="k", snapshot=replace(snapshot(), sealed="other")))
    assert again.order == first
    assert not again.changed


def test_a_refund_told_by_both_families_counts_once_with_the_larger_amount() -> None:
    for arrival in permutations([CREATED, BUYER_PAY, REFUND, REFUND_AGAIN]):
        assert dict(take_all(arrival)[0].refunds) == {"R1": 250}


def let_go() -> Order:
    """What the hub's own expiry leaves behind."""
    expired = order(M.PLACED, M.RESERVED, M.CLOSED, close_reason=EXPIRED)
    return replace(expired, versions={})


def test_a_payment_that_becomes_known_after_expiry_makes_the_order_live_again() -> None:
    absorbed = absorb(let_go(), BUYER_PAY)
    assert not absorbed.order.is_finished
    assert absorbed.order.close_reason == ""
    assert not absorbed.order.has(M.RESERVED)
    assert [fact.type for fact in absorbed.facts] == [FactType.ORDER_PAID]


def test_an_expired_order_that_the_shop_also_closed_stays_closed_whatever_else_is_heard() -> None:
    for arrival in permutations([CLOSED_BY_TIME, MEMO]):
        found, _, facts = take_all(arrival, let_go())
        assert found.is_finished
        assert FactType.ORDER_CANCELLED not in facts  # it was told when the hub closed it


def test_after_expiry_paid_and_closed_end_alike_for_whoever_asks_what_the_order_wants() -> None:
    for arrival in permutations([BUYER_PAY, CLOSED_BY_REFUND]):
        found, _, _ = take_all(arrival, let_go())
        assert found.has(M.PAID, M.CANCELLED)
        assert found.close_reason == "refunded"


def changed(**what: Any) -> Observation:
    later = replace(PAID, taken_at=PAID.taken_at + 5 * SECOND, **what)
    return observation("detail", 99, snap=later, milestones={M.PLACED: T0})


def absorb_into(reached: tuple[Milestone, ...], seen: Observation) -> Absorbed:
    return absorb(order(*reached), seen)


def test_a_change_before_anything_was_done_is_assessed_again() -> None:
    absorbed = absorb_into((M.PLACED, M.PAID, M.RESERVED, M.ASSESSED), changed(receiver_digest="other"))
    assert absorbed.order.content_version == 2
    assert not absorbed.order.has(M.ASSESSED)
    assert absorbed.decisions == ()


def test_p1_another_receiver_after_dispatch_is_a_change_of_address_and_until_it_is_judged_the_old_one_is_wanted() -> (
    None
):
    reached = (M.PLACED, M.PAID, M.RESERVED, M.ASSESSED, M.DISPATCHED)
    absorbed = absorb_into(reached, changed(receiver_digest="other"))
    assert absorbed.address is not None
    assert absorbed.address.key.startswith("snapshot-other-")
    assert (absorbed.order.receiver_digest, absorbed.order.content_version) == ("receiver-a", 1)
    assert absorbed.decisions == ()


@pytest.mark.parametrize(("after_payment_ms", "is_judged"), [(60_000, False), (60_001, True)])
@pytest.mark.parametrize("is_known_paid", [True, False])
def test_r35_another_receiver_of_a_paid_order_in_the_house_is_a_change_of_address_too(
    is_known_paid: bool, after_payment_ms: int, is_judged: bool
) -> None:
    """Unless the shop shows it as it was paid for: a moment after the payment."""
    known = order(M.PLACED, M.PAID, M.RESERVED) if is_known_paid else order(M.PLACED, M.RESERVED)
    paid_at = known.when(M.PAID) or T0
    shown = replace(PAID, taken_at=paid_at + after_payment_ms, receiver_digest="other")
    said = {} if is_known_paid else {M.PAID: paid_at}
    absorbed = absorb(known, observation("detail", 99, snap=shown, milestones=said))
    assert absorbed.order.receiver_digest == ("receiver-a" if is_judged else "other")
    assert (absorbed.address is not None) == is_judged


def test_other_goods_and_another_receiver_of_a_paid_order_are_two_things() -> None:
    goods = {"lines": (line(quantity=3),)}
    shown = replace(PAID, taken_at=T0 + 600_000, receiver_digest="other", **goods)
    absorbed = absorb(order(M.PLACED, M.PAID, M.RESERVED), observation("detail", 99, snap=shown))
    assert (absorbed.order.receiver_digest, absorbed.address is not None) == ("receiver-a", True)
    assert [wanted.blocks for wanted in absorbed.decisions] == [True]
    assert not absorbed.order.has(M.RESERVED)


def test_p1_other_goods_after_dispatch_hold_the_order_with_a_card() -> None:
    reached = (M.PLACED, M.PAID, M.RESERVED, M.ASSESSED, M.DISPATCHED)
    absorbed = absorb_into(reached, changed(receiver_digest="other", lines=(line(quantity=3),)))
    assert [wanted.blocks for wanted in absorbed.decisions] == [True]
    assert list(absorbed.order.holds) == [absorbed.decisions[0].decision_id]


def test_p21_other_lines_after_reserving_are_held_and_then_reserved_anew() -> None:
    """The stock that no longer belongs to a line is let go by ``reserve``, so the order must pass it again."""
    reached = (M.PLACED, M.PAID, M.RESERVED, M.ASSESSED)
    absorbed = absorb_into(reached, changed(lines=(line(quantity=3),)))
    assert absorbed.order.holds
    assert not absorbed.order.has(M.RESERVED)
    assert not absorbed.order.has(M.ASSESSED)


def test_money_alone_does_not_change_the_parcel() -> None:
    reached = (M.PLACED, M.PAID, M.RESERVED, M.ASSESSED, M.DISPATCHED)
    cheaper = replace(PAID.amounts, discount_fen=100, payable_fen=29_800, paid_fen=29_800)
    absorbed = absorb_into(reached, changed(amounts=cheaper))
    assert (absorbed.order.content_version, absorbed.decisions) == (1, ())
    assert absorbed.order.snapshot is not None
    assert absorbed.order.snapshot.amounts == cheaper


def test_an_event_nobody_handles_on_a_finished_order_makes_a_card_and_no_hold() -> None:
    absorbed = absorb(order(M.PLACED, M.PAID, M.SETTLED), ADDRESS)
    assert len(absorbed.decisions) == 1
    assert not absorbed.order.holds


def test_a_message_about_an_order_nobody_knows_yet_is_kept_until_its_details_come() -> None:
    first = absorb(None, SUCCESS).order
    assert not first.is_known
    assert first.has(M.RECEIVED)
    known, _, facts = take_all([CREATED, BUYER_PAY], first)
    assert known.is_known
    assert FactType.ORDER_PLACED in facts


# --- what facts tell of the content (read models) -----------------------------------------------------------


def told_by(messages: list[Observation], start: Order | None = None) -> list[tuple[str, Any]]:
    """(type, data) of every fact about the content."""
    current, facts = start, []
    for message in messages:
        absorbed = absorb(current, message)
        facts += [(fact.type.value, fact.data) for fact in absorbed.facts]
        current = absorbed.order
    return [fact for fact in facts if fact[0] in ("OrderPlaced", "OrderChanged")]


def test_an_order_is_told_with_its_lines_its_region_and_what_finds_it() -> None:
    shown = snapshot(line(quantity=2), tail_digest="t", nick_digest="n")
    ((kind, data),) = told_by([observation("trade_TradeCreate", snap=shown)])
    assert kind == "OrderPlaced"
    assert (data["contact_digest"], data["tail_digest"], data["alias_digest"]) == ("phone-a", "t", "n")
    assert (data["province"], data["city"], data["placed_at"]) == ("浙江省", "杭州市", T0)
    assert [(item["sku"], item["quantity"]) for item in data["items"]] == [("ZP-2026-01", 2)]


def test_content_that_stays_the_same_is_told_once_and_another_is_told_again() -> None:
    paid = observation("trade_TradePaid", 2, snap=PAID, milestones={M.PAID: T0})
    changed = observation("detail", 3, snap=replace(PAID, taken_at=T0 + 99 * SECOND, lines=(line(quantity=3),)))
    told = told_by([CREATED, paid, paid, changed])
    assert [kind for kind, _ in told] == ["OrderPlaced", "OrderChanged"]
    assert told[1][1]["items"][0]["quantity"] == 3


def test_a_deadline_that_moves_while_a_payment_is_made_is_told_of_presale_orders_only() -> None:
    for is_presale, kinds in ((False, ["OrderPlaced"]), (True, ["OrderPlaced", "OrderChanged"])):
        first = snapshot(line(is_presale=is_presale))
        later = replace(first, taken_at=T0 + SECOND, payment_due_at=first.payment_due_at + 86_400_000)
        said = [observation("trade_TradeCreate", snap=first), observation("trade_TradePaid", 2, snap=later)]
        assert [kind for kind, _ in told_by(said)] == kinds


def test_a_snapshot_of_an_older_release_has_no_digests_to_be_found_by() -> None:
    ((_, data),) = told_by([observation("trade_TradeCreate", snap=snapshot(phone_digest=""))])
    assert not {"contact_digest", "tail_digest", "alias_digest"} & set(data)
