"""A person decides once; two cannot both win; the order goes on and the timeline tells (R24, R28, P12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.domain.decision import REGISTRY, DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected
from orderhub.domain.journey import CANCELLED_AFTER_SHIPPING, Step, next_step
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change
from orderhub.services.decide import decide_and_wake
from orderhub.services.park import decision_facts, decision_for, without_personal_data
from orderhub.services.undo_decision import undo
from tests.kit.orders import ORDER_ID, T0
from tests.kit.queue import PARAMETERS, Queue

M = Milestone
PACKING = (M.PLACED, M.RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)


@pytest.fixture
def queue(table: tuple[Any, str]) -> Iterator[Queue]:
    yield Queue(*table)


def test_a_card_that_blocks_holds_the_order_and_says_so(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.CARRIER_REJECTED)
    assert queue.known().holds == {card.decision_id: "carrier_rejected"}
    assert queue.facts() == ["DecisionRequested", "OrderHeld"]


def test_a_card_that_does_not_block_leaves_the_order_alone(queue: Queue) -> None:
    queue.put(*PACKING)
    queue.ask(DecisionClass.OVERDUE)
    assert not queue.known().holds
    assert queue.facts() == ["DecisionRequested"]


def test_the_same_cause_is_one_card_while_it_is_open_and_a_new_one_when_it_happens_again(queue: Queue) -> None:
    queue.put(*PACKING)
    first = queue.ask(DecisionClass.STEP_FAILED)
    assert queue.ask(DecisionClass.STEP_FAILED).decision_id == first.decision_id
    queue.decide(first, "retry")
    second = queue.ask(DecisionClass.STEP_FAILED)
    queue.decide(second, "retry")
    third = queue.ask(DecisionClass.STEP_FAILED)
    assert [c.decision_id.removeprefix(first.decision_id) for c in (first, second, third)] == ["", "~2", "~3"]
    assert queue.facts().count("DecisionRequested") == 3


def test_deciding_frees_the_order_and_keeps_who_and_why(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.CARRIER_REJECTED)
    queue.decide(card, "retry", "wang")
    assert not queue.known().holds
    made = queue.orders.decision(ORDER_ID, card.decision_id)
    assert made is not None
    assert (made.status, made.option, made.made_by, made.note) == (DecisionStatus.MADE, "retry", "wang", "because")
    told = queue.orders.facts_of(ORDER_ID)[-1]
    assert (told.type, told.data["made_by"], told.data["option"]) == ("DecisionMade", "wang", "retry")


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.CARRIER_REJECTED)
    commit, raced = queue.orders.commit, []

    def slow(change: Change) -> Order:
        if not raced:
            raced.append(1)
            queue.decide(card, "cancel", "wang")
        return commit(change)

    queue.orders.commit = slow  # type: ignore[method-assign]
    with pytest.raises(Rejected, match="wang chose cancel") as refused:
        queue.decide(card, "retry", "li")
    assert refused.value.code == "already_made"
    assert refused.value.evidence == {
        "decision_id": card.decision_id, "option": "cancel", "made_by": "wang", "made_at": T0 + 9,
    }  # fmt: skip
    assert queue.facts().count("DecisionMade") == 1
    assert queue.known().has(M.CANCELLED)


def test_the_same_answer_twice_is_refused_the_second_time(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.CARRIER_REJECTED)
    queue.decide(card, "retry")
    with pytest.raises(Rejected, match="already_made"):
        queue.decide(card, "retry")


def test_what_cannot_be_chosen_says_what_can(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.CARRIER_REJECTED)
    with pytest.raises(Rejected, match="allowed: retry, cancel"):
        queue.decide(card, "close")
    with pytest.raises(Rejected, match="no_such_decision"):
        queue.decide(replace(card, decision_id=f"{ORDER_ID}.x.y"), "retry")
    assert queue.known().holds


def test_cancelling_a_parcel_that_left_is_refused_with_the_reason(queue: Queue) -> None:
    queue.put(*PACKING, M.SHIPPED)
    card = queue.ask(DecisionClass.STEP_FAILED)
    with pytest.raises(Rejected, match="already_shipped"):
        queue.decide(card, "cancel")


def test_deciding_wakes_the_run_that_waits(queue: Queue) -> None:
    queue.put(*PACKING)
    card = queue.ask(DecisionClass.STEP_FAILED)
    before = queue.known().wake_seq
    told = decide_and_wake(card.decision_id, "retry", "li", "", queue.orders, queue.executions, T0)
    assert told["order"] == "started"
    assert queue.known().wake_seq == before + 1


CHOICES = [
    (DecisionClass.STOCK_MISMATCH, "retry", (M.PLACED,), Step.RESERVE),
    (DecisionClass.TRANSFER_OVERDUE, "retry", (M.PLACED, M.PAID), Step.RESERVE),
    (DecisionClass.TRANSFER_OVERDUE, "cancel", (M.PLACED, M.PAID), Step.WITHDRAW),
    (DecisionClass.STOCK_LOST, "retry", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.ASSESSMENT_HELD, "continue", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.ASSESSMENT_HELD, "cancel", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.ADDRESS_UNMATCHED, "correct_address", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.ADDRESS_UNMATCHED, "continue", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.ADDRESS_UNMATCHED, "cancel", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.PHONE_VELOCITY, "continue", PACKING[:4], Step.DISPATCH),
    (DecisionClass.PHONE_VELOCITY, "cancel", PACKING[:5], Step.WITHDRAW),
    (DecisionClass.RULE_HOLD, "continue", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.RULE_HOLD, "cancel", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.WAREHOUSE_REJECTED, "retry", PACKING[:4], Step.DISPATCH),
    (DecisionClass.WAREHOUSE_REJECTED, "cancel", PACKING[:4], Step.WITHDRAW),
    (DecisionClass.CARRIER_REJECTED, "retry", PACKING[:5], Step.ISSUE_WAYBILL),
    (DecisionClass.UNHANDLED_EVENT, "continue", PACKING, Step.AWAIT_SHIPMENT),
    (DecisionClass.UNHANDLED_EVENT, "cancel", PACKING, Step.WITHDRAW),
    (DecisionClass.WAREHOUSE_CANNOT_CANCEL, "retry", (*PACKING, M.CANCELLED), Step.WITHDRAW),
    (DecisionClass.WAREHOUSE_CANNOT_CANCEL, "continue", (*PACKING, M.CANCELLED), Step.VOID_WAYBILL),
    (DecisionClass.CARRIER_CANNOT_CANCEL, "retry", (*PACKING, M.CANCELLED, M.WITHDRAWN), Step.VOID_WAYBILL),
    (DecisionClass.CARRIER_CANNOT_CANCEL, "continue", (*PACKING, M.CANCELLED, M.WITHDRAWN), Step.CLOSE),
    (DecisionClass.CARRIER_SILENT, "retry", PACKING[:5], Step.ISSUE_WAYBILL),
    (DecisionClass.CARRIER_SILENT, "void_on_evidence", PACKING[:5], Step.ISSUE_WAYBILL),
    (DecisionClass.CARRIER_SILENT, "cancel", PACKING[:5], Step.WITHDRAW),
    (DecisionClass.NUMBER_MISMATCH, "continue", PACKING, Step.AWAIT_DELIVERY),
    (DecisionClass.NUMBER_MISMATCH, "continue", PACKING[:5], Step.AWAIT_DELIVERY),
    (DecisionClass.NUMBER_MISSING, "enter_number", (*PACKING[:5], M.SHIPPED), Step.AWAIT_DELIVERY),
    (DecisionClass.LEDGER_REJECTED, "retry", (*PACKING, M.SHIPPED, M.RECEIVED), Step.SETTLE),
    (DecisionClass.CANCELLED_AFTER_SHIPPING, "continue", (*PACKING, M.SHIPPED, M.CANCELLED), Step.AWAIT_DELIVERY),
    (DecisionClass.CANCELLED_AFTER_SHIPPING, "close", (*PACKING, M.SHIPPED, M.CANCELLED), Step.CANCELLED),
    (DecisionClass.STEP_FAILED, "retry", PACKING[:5], Step.ISSUE_WAYBILL),
    (DecisionClass.STOCK_MISMATCH, "change_sku", (M.PLACED,), Step.RESERVE),
    (DecisionClass.STOCK_MISMATCH, "transfer", (M.PLACED,), Step.RESERVE),
    (DecisionClass.STOCK_LOST, "change_sku", (M.PLACED, M.RESERVED, M.PAID), Step.RESERVE),
    (DecisionClass.WAREHOUSE_REJECTED, "correct_address", PACKING[:4], Step.ASSESS),
    (DecisionClass.UNHANDLED_EVENT, "refund", PACKING, Step.WITHDRAW),
    (DecisionClass.STOCK_MISMATCH, "refund", (M.PLACED, M.PAID), Step.WITHDRAW),
    (DecisionClass.STOCK_LOST, "refund", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.ADDRESS_UNMATCHED, "refund", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.PHONE_VELOCITY, "refund", PACKING[:4], Step.WITHDRAW),
    (DecisionClass.RULE_HOLD, "refund", (M.PLACED, M.RESERVED, M.PAID), Step.WITHDRAW),
    (DecisionClass.GIFT_QUOTA_USED, "continue", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.GIFT_QUOTA_USED, "other_gift", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.FREIGHT_DUE, "buyer_paid", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
    (DecisionClass.FREIGHT_DUE, "brand_bears", (M.PLACED, M.RESERVED, M.PAID), Step.ASSESS),
]


@pytest.mark.parametrize(("decision_class", "option", "reached", "step"), CHOICES)
def test_every_choice_leads_on(
    queue: Queue, decision_class: DecisionClass, option: str, reached: tuple[Milestone, ...], step: Step
) -> None:
    queue.put(*reached)
    short = {"sku": "A", "wanted": "2", "warehouse": "WH01", "by_warehouse": "WH01 1, WH02 5"}
    charge = {"charge": "surcharge", "entry": "place", "carrier": "ems", "surcharge_fen": "1500"}
    card = queue.ask(decision_class, warehouse_number="SF7444000099999", rule="r", **short, **charge)
    queue.decide(card, option, **PARAMETERS.get(option, {}))
    assert next_step(queue.known(), T0 + 10) is step


def test_every_option_of_every_class_was_tried_here_or_only_closes_its_card() -> None:
    tried = {(decision_class, option) for decision_class, option, *_ in CHOICES}
    every = {
        (c, option.code)
        for c, kind in REGISTRY.items()
        for option in kind.commands
        if option.code != "dismiss" and option.closes
    }
    untried = {(c.value, option) for c, option in every - tried}
    # They need a change of address: test_address_change.py
    of_changes = ("approve_address", "refuse_address", "done_by_hand", "turn_parcel", "brand_bears")
    assert all(option in ("retry", "cancel", *of_changes) for _, option in untried), untried


def test_the_order_remembers_which_rows_a_person_released(queue: Queue) -> None:
    queue.put(M.PLACED, M.RESERVED, M.PAID)
    queue.decide(queue.ask(DecisionClass.ASSESSMENT_HELD, rows="sku_known:1f2e3d4c, paid_in_full:00aa11bb"), "continue")
    assert queue.known().overrides == ("rule:sku_known:1f2e3d4c", "rule:paid_in_full:00aa11bb")


def test_an_order_let_go_without_its_gift_remembers_the_row(queue: Queue) -> None:
    queue.put(M.PLACED, M.RESERVED, M.PAID)
    queue.decide(queue.ask(DecisionClass.GIFT_QUOTA_USED, rule="spring-cup"), "continue")
    assert queue.known().overrides == ("gift_waived:spring-cup",)


def test_a_cancellation_by_decision_is_announced(queue: Queue) -> None:
    queue.put(*PACKING)
    queue.decide(queue.ask(DecisionClass.CARRIER_REJECTED), "cancel")
    told = queue.orders.facts_of(ORDER_ID)[-1]
    assert (told.type, told.data) == ("OrderCancelled", {"reason": "decided"})


def test_closing_an_order_closes_the_cards_that_held_it(queue: Queue) -> None:
    queue.put(*PACKING, M.SHIPPED, M.CANCELLED)
    other = queue.ask(DecisionClass.STEP_FAILED)
    queue.decide(queue.ask(DecisionClass.CANCELLED_AFTER_SHIPPING), "close")
    closed = queue.known()
    assert closed.has(M.CLOSED)
    assert closed.overrides == (CANCELLED_AFTER_SHIPPING,)
    moot = queue.orders.decision(ORDER_ID, other.decision_id)
    assert moot is not None
    assert (moot.option, moot.made_by) == ("moot", "hub")
    assert queue.orders.open_decisions() == ()


def test_a_corrected_receiver_is_told_by_digests_and_told_back_when_it_is_undone(queue: Queue) -> None:
    queue.put(M.PLACED, M.RESERVED, M.PAID)
    card = queue.ask(DecisionClass.ADDRESS_UNMATCHED)
    queue.decide(card, "correct_address", **PARAMETERS["correct_address"], phone="13800139999")
    undo(card.decision_id, "li", "", queue.orders, T0 + 10)
    told = [fact.data for fact in queue.orders.facts_of(ORDER_ID) if fact.type == "OrderChanged"]
    digest = KeyedDigest(lambda: "key-of-the-tests")
    found_by = [(data["contact_digest"], data.get("tail_digest", "")) for data in told]
    assert found_by == [(digest.of_phone("13800139999"), digest.of_tail("9999")), ("phone-a", "")]


def test_another_sku_is_told_once_and_a_decision_that_changes_nothing_of_it_is_not(queue: Queue) -> None:
    queue.put(M.PLACED, M.RESERVED, M.PAID)
    queue.decide(queue.ask(DecisionClass.STEP_FAILED), "retry")
    queue.decide(queue.ask(DecisionClass.STOCK_MISMATCH, sku="ZP-2026-01"), "change_sku", sku="ZP-2026-02")
    (told,) = [fact.data for fact in queue.orders.facts_of(ORDER_ID) if fact.type == "OrderChanged"]
    assert [item["sku"] for item in told["items"]] == ["ZP-2026-02"]  # type: ignore[attr-defined]


def test_a_card_of_no_order_can_be_dismissed_once(queue: Queue) -> None:
    lost = decision_for("unreadable", DecisionClass.UNREADABLE_MESSAGE, "youzan-1", {}, T0)
    queue.orders.request_alone(lost, decision_facts(lost, T0), T0)
    queue.decide(lost, "dismiss")
    with pytest.raises(Rejected, match="already_made"):
        queue.decide(lost, "dismiss")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13800130001 now", "call 138******01 now"),
        ("张三住在浙江省杭州市西湖区测试路", "张三住在浙江省杭…"),
        ("ring 0571-88880000 first", "ring 057********00 first"),
        ("refused: 102570020 on 2772877410000000001", "refused: 102570020 on 2772877410000000001"),
        ("ok 42", "ok 42"),
    ],
)
def test_what_partners_write_is_kept_without_phones_and_addresses(text: str, shown: str) -> None:
    assert without_personal_data(text) == shown


@pytest.mark.parametrize(
    "given",
    [
        {"carrier": "sf", "number": "SF 74"},
        {"carrier": "sf", "number": "顺丰7444000099999"},
        {"carrier": "sf", "number": "1" * 33},
        {"carrier": "sf"},
        {"carrier": "pigeon", "number": "SF7444000099999"},
        {"number": "SF7444000099999"},
    ],
)
def test_a_number_that_is_none_is_refused_and_the_card_stays(queue: Queue, given: dict[str, str]) -> None:
    queue.put(*PACKING[:5], M.SHIPPED)
    card = queue.ask(DecisionClass.NUMBER_MISSING)
    with pytest.raises(Rejected, match="bad_parameter"):
        queue.decide(card, "enter_number", **given)
    assert queue.known().waybill_number == ""


def test_one_number_entered_on_two_orders_is_the_first_ones(queue: Queue) -> None:
    queue.put(*PACKING[:5], M.SHIPPED)
    other = queue.another(2, *PACKING[:5], M.SHIPPED)
    queue.decide(queue.ask(DecisionClass.NUMBER_MISSING), "enter_number", **PARAMETERS["enter_number"])
    with pytest.raises(Rejected, match="number_taken"):
        queue.decide(queue.ask_about(other, DecisionClass.NUMBER_MISSING), "enter_number", **PARAMETERS["enter_number"])
    assert queue.known(other).waybill_number == ""


def test_p13_a_number_that_came_meanwhile_is_not_written_over(queue: Queue) -> None:
    queue.put(*PACKING, M.SHIPPED, waybill_number="SF1", carrier="sf")
    card = queue.ask(DecisionClass.NUMBER_MISSING)
    with pytest.raises(Rejected, match="number_known"):
        queue.decide(card, "enter_number", carrier="sf", number="SF7444000099999")
