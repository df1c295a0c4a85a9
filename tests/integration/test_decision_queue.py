"""Cards are put off, taken back, expire, suggest what is usual, and are decided in bulk (R24, R29)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.effects import DynamoEffects
from orderhub.domain import decision_kinds
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Milestone, Receiver
from orderhub.ports.orders import Change, EffectSpec
from orderhub.services import decide_in_bulk
from orderhub.services.decide_in_bulk import Bulk
from orderhub.services.decision_card import cards
from orderhub.services.decision_deadlines import meet_deadlines
from orderhub.services.decision_plan import Asked
from orderhub.services.decision_queue import Filter, listed, one
from orderhub.services.park import decision_facts, decision_for, request_decision
from orderhub.services.receiver import open_receiver, seal_receiver
from orderhub.services.undo_decision import undo, undo_and_wake
from tests.kit.orders import ORDER_ID, T0, snapshot
from tests.kit.queue import ADDRESS, PlainSeal, Queue

M, C = Milestone, DecisionClass
PAID = (M.PLACED, M.RESERVED, M.PAID)
HOUR = 3_600_000
MINUTE = 60_000


@pytest.fixture
def queue(table: tuple[Any, str]) -> Iterator[Queue]:
    yield Queue(*table)


@pytest.fixture
def effects(table: tuple[Any, str]) -> DynamoEffects:
    return DynamoEffects(*table)


def shown(queue: Queue, **wanted: Any) -> list[str]:
    return [card["decision_id"] for card in listed(Filter(**wanted), queue.orders)["decisions"]]


# --- options with parameters ------------------------------------------------------------------------------------


def test_a_corrected_address_is_sealed_judged_again_and_keeps_what_was_not_given(queue: Queue) -> None:
    sealed = seal_receiver(Receiver("张三", "13800130001", "测试路", "轻放"), PlainSeal())
    queue.put(*PAID, M.ASSESSED, snapshot=snapshot(paid=True, sealed=sealed))
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    queue.decide(card, "correct_address", **{**ADDRESS, "district": "余杭区", "phone": "13800130002"})
    changed = queue.known()
    assert changed.region.district == "余杭区"
    assert changed.content_version == 2
    assert not changed.has(M.ASSESSED)
    told = open_receiver(changed, PlainSeal())
    assert (told.name, told.phone, told.detail, told.note) == ("张三", "13800130002", ADDRESS["detail"], "轻放")
    assert changed.correction is not None
    assert (changed.correction.masked_name, changed.correction.masked_phone) == ("张*", "138****0002")


def test_a_corrected_address_is_neither_on_the_card_nor_in_a_fact(queue: Queue) -> None:
    queue.put(*PAID, M.ASSESSED)
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    queue.decide(card, "correct_address", **{**ADDRESS, "name": "张三丰", "phone": "13800130002"})
    kept = json.dumps(
        [one(card.decision_id, queue.orders), [dict(f.data) for f in queue.orders.facts_of(ORDER_ID)]],
        ensure_ascii=False,
    )
    assert not [text for text in ("张三丰", "13800130002", "测试路") if text in kept]
    assert queue.card(card).parameters == {"province": "浙江省", "city": "杭州市", "district": "西湖区"}


def test_what_the_warehouse_has_already_cannot_be_changed(queue: Queue) -> None:
    queue.put(*PAID, M.ASSESSED, M.DISPATCHED)
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    with pytest.raises(Rejected, match="already_dispatched"):
        queue.decide(card, "correct_address", **ADDRESS)


def test_another_sku_is_sent_for_the_line_that_is_short(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH, "ZP-2026-01", sku="ZP-2026-01")
    queue.decide(card, "change_sku", sku="ZP-2026-02")
    changed = queue.known()
    assert [line.sku for line in changed.lines] == ["ZP-2026-02"]
    assert changed.content_version == 2
    assert not changed.has(M.RESERVED)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "sku"),
        ({"sku": "A B"}, "sku"),
        ({"sku": "x" * 61}, "sku"),
        ({"sku": "ZP-2026-01"}, "sku"),
        ({"sku": "A", "line_id": "L9"}, "line_id"),
        ({"sku": "A", "line_id": "'; drop"}, "line_id"),
        ({"sku": "A", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_parameter_changes_nothing_and_is_named(queue: Queue, parameters: Any, named: str) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH, "ZP-2026-01", sku="ZP-2026-01")
    before = queue.known()
    with pytest.raises(Rejected) as refused:
        queue.decide(card, "change_sku", **parameters)
    assert (refused.value.code, refused.value.evidence["parameter"]) == ("bad_parameter", named)
    assert queue.known() == before
    assert queue.card(card).status is DecisionStatus.REQUESTED


# --- putting off ------------------------------------------------------------------------------------------------


def test_a_card_put_off_stays_open_holds_its_order_and_is_asked_again_then(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    queue.decide(card, "wait_until", until=T0 + 6 * HOUR)
    assert queue.card(card).due_at == T0 + 6 * HOUR
    assert queue.known().holds
    assert meet_deadlines(queue.orders, queue.executions, T0 + 5 * HOUR) == {}
    assert meet_deadlines(queue.orders, queue.executions, T0 + 6 * HOUR) == {"asked_again": 1}
    assert queue.card(card).due_at == T0 + 10 * HOUR
    assert not queue.card(card).is_expired
    assert queue.facts() == ["DecisionRequested", "OrderHeld", "DecisionDeferred", "DecisionRequested"]


def test_asking_the_buyer_puts_the_card_off_for_a_day_and_keeps_no_phone(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.UNHANDLED_EVENT)
    queue.decide(card, "contact_buyer", asked="rang 13800130001, which door")
    moved = queue.card(card)
    assert moved.due_at == T0 + 9 + 24 * HOUR
    assert "13800130001" not in str(moved.parameters["asked"])
    queue.decide(card, "continue", at=T0 + 99)
    assert queue.card(card).status is DecisionStatus.MADE


@pytest.mark.parametrize("until", [T0 - 1, T0 + 9, T0 + 31 * 24 * HOUR, "soon", None])
def test_waiting_needs_an_instant_ahead_and_not_too_far(queue: Queue, until: Any) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    with pytest.raises(Rejected, match="until"):
        queue.decide(card, "wait_until", until=until)


def test_nobody_waits_beyond_the_instant_at_which_a_platform_acts_by_itself(queue: Queue) -> None:
    queue.put(*PAID)
    card = platform_card(queue, T0 + 2 * HOUR)
    with pytest.raises(Rejected, match="approved"):
        queue.decide(card, "wait_until", until=T0 + 3 * HOUR)
    queue.decide(card, "contact_buyer", asked="?")
    assert queue.card(card).due_at == T0 + 2 * HOUR


# --- deadlines --------------------------------------------------------------------------------------------------


def platform_card(queue: Queue, acts_at: int, cause: str = "p") -> Decision:
    """A card of the order whose platform approves by itself."""
    decision = decision_for(
        ORDER_ID, C.UNHANDLED_EVENT, cause, {}, T0, outside_due_at=acts_at, outside_effect="approved"
    )
    request_decision(queue.orders, queue.known(), decision, T0)
    return decision


def test_a_card_expires_once_and_stays_at_the_head_of_the_queue(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    assert meet_deadlines(queue.orders, queue.executions, card.due_at - 1) == {}
    assert meet_deadlines(queue.orders, queue.executions, card.due_at) == {"expired": 1}
    assert meet_deadlines(queue.orders, queue.executions, card.due_at + HOUR) == {}
    assert queue.facts().count("DecisionExpired") == 1
    (first, *_) = listed(Filter(), queue.orders)["decisions"]
    assert (first["decision_id"], first["is_expired"]) == (card.decision_id, True)
    queue.decide(card, "retry", at=card.due_at + 2 * HOUR)
    assert queue.orders.open_decisions() == ()


def test_a_deadline_outside_comes_first_and_says_what_happens_then(queue: Queue) -> None:
    queue.put(*PAID)
    other = queue.ask(C.STOCK_MISMATCH)
    card = platform_card(queue, T0 + HOUR)
    assert shown(queue) == [card.decision_id, other.decision_id]
    assert meet_deadlines(queue.orders, queue.executions, T0 + HOUR) == {"expired": 1}
    told = next(f for f in queue.orders.facts_of(ORDER_ID) if f.type == "DecisionExpired")
    assert (told.data["deadline"], told.data["effect"], told.data["due_at"]) == ("outside", "approved", T0 + HOUR)


def test_a_class_may_say_what_the_hub_decides_at_the_deadline(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(decision_kinds.REGISTRY[C.STEP_FAILED], at_deadline="retry")
    monkeypatch.setitem(decision_kinds.REGISTRY, C.STEP_FAILED, kind)  # type: ignore[arg-type]
    queue.put(*PAID)
    card = queue.ask(C.STEP_FAILED)
    assert meet_deadlines(queue.orders, queue.executions, card.due_at) == {"decided": 1}
    made = queue.card(card)
    assert (made.option, made.made_by) == ("retry", "hub")
    assert not queue.known().holds


def test_what_the_hub_cannot_decide_at_the_deadline_expires(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = replace(decision_kinds.REGISTRY[C.STEP_FAILED], at_deadline="cancel")
    monkeypatch.setitem(decision_kinds.REGISTRY, C.STEP_FAILED, kind)  # type: ignore[arg-type]
    queue.put(*PAID, M.SHIPPED)
    card = queue.ask(C.STEP_FAILED)
    assert meet_deadlines(queue.orders, queue.executions, card.due_at) == {"expired": 1}
    assert queue.card(card).status is DecisionStatus.REQUESTED


def test_a_card_of_no_order_expires_too(queue: Queue) -> None:
    lost = decision_for("unreadable", C.UNREADABLE_MESSAGE, "youzan-1", {"problem": "x"}, T0)
    queue.orders.request_alone(lost, decision_facts(lost, T0), T0)
    assert meet_deadlines(queue.orders, queue.executions, lost.due_at) == {"expired": 1}
    assert meet_deadlines(queue.orders, queue.executions, lost.due_at + 1) == {}


# --- who is late ------------------------------------------------------------------------------------------------


def test_a_card_of_an_order_that_was_cancelled_meanwhile_is_refused_with_that(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    before = queue.known()
    gone = replace(before.reach(M.CANCELLED, T0 + 5), close_reason="buyer")
    queue.orders.commit(Change(before, gone, T0 + 5))
    with pytest.raises(Rejected) as refused:
        queue.decide(card, "retry")
    assert refused.value.code == "order_cancelled"
    assert refused.value.evidence == {"reason": "buyer", "cancelled_at": T0 + 5}


def test_the_same_request_again_answers_as_the_first_time(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    first = queue.decide(card, "retry", request_id="r-1")
    again = queue.decide(card, "retry", request_id="r-1", at=T0 + HOUR)
    assert again == first
    assert queue.facts().count("DecisionMade") == 1
    with pytest.raises(Rejected, match="already_made"):
        queue.decide(card, "retry", request_id="r-2")


# --- taking back ------------------------------------------------------------------------------------------------


def test_what_was_decided_is_taken_back_and_the_order_held_again(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_LOST, sku="ZP-2026-01")
    queue.decide(card, "change_sku", sku="ZP-2026-02")
    undone = undo_and_wake(card.decision_id, "wang", "", queue.orders, queue.executions, T0 + MINUTE)
    assert undone["status"] == "requested"
    back = queue.known()
    assert back.holds == {card.decision_id: "stock_lost"}
    assert [line.sku for line in back.lines] == ["ZP-2026-01"]
    assert back.content_version == 3
    assert shown(queue) == [card.decision_id]
    assert queue.facts()[-3:] == ["DecisionUndone", "OrderHeld", "OrderChanged"]
    queue.decide(card, "retry", at=T0 + 2 * MINUTE)
    assert not queue.known().holds


def test_a_correction_is_taken_back(queue: Queue) -> None:
    queue.put(*PAID, M.ASSESSED)
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    queue.decide(card, "correct_address", **{**ADDRESS, "district": "余杭区"})
    undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert queue.known().correction is None
    assert queue.known().region.district == "西湖区"


def test_a_release_is_taken_back_with_what_it_overrode(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.ASSESSMENT_HELD, rows="sku_known:1f2e3d4c")
    queue.decide(card, "continue")
    assert queue.known().overrides == ("rule:sku_known:1f2e3d4c",)
    undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert queue.known().overrides == ()
    assert next_step(queue.known(), T0 + MINUTE) is Step.AWAIT_RELEASE


def test_taking_back_has_its_time(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    until = queue.decide(card, "retry").undo_until
    with pytest.raises(Rejected, match="undo_over"):
        undo(card.decision_id, "li", "", queue.orders, until + 1)
    undo(card.decision_id, "li", "", queue.orders, until)
    with pytest.raises(Rejected, match="not_made"):
        undo(card.decision_id, "li", "", queue.orders, until)
    with pytest.raises(Rejected, match="no_such_decision"):
        undo(f"{ORDER_ID}.x.y", "li", "", queue.orders, until)


def test_a_cancellation_cannot_be_taken_back(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    queue.decide(card, "cancel")
    with pytest.raises(Rejected, match="cannot_undo"):
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)


def test_what_reached_the_carriers_hands_by_it_cannot_be_taken_back(queue: Queue) -> None:
    queue.put(*PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED)
    card = queue.ask(C.NUMBER_MISMATCH, warehouse_number="SF7444000099999")
    queue.decide(card, "continue")
    with pytest.raises(Rejected, match="cannot_undo"):
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)


def test_what_a_partner_was_told_since_cannot_be_taken_back(queue: Queue, effects: DynamoEffects) -> None:
    queue.put(*PAID, M.ASSESSED)
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    queue.decide(card, "retry")
    effects.intend(EffectSpec(queue.known(), "push_trade", "t-1", "h", 1, 20_000), T0 + 20)
    with pytest.raises(Rejected) as refused:
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert (refused.value.code, refused.value.evidence) == ("left_the_house", {"what": "push_trade"})


def test_what_the_warehouse_shipped_since_cannot_be_taken_back(queue: Queue) -> None:
    queue.put(*PAID, M.ASSESSED)
    card = queue.ask(C.WAREHOUSE_REJECTED, "wangdiantong")
    queue.decide(card, "retry")
    before = queue.known()
    queue.orders.commit(Change(before, before.reach(M.SHIPPED, T0 - 5), T0 + 20))
    with pytest.raises(Rejected, match="left_the_house"):
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)


def test_a_cause_that_came_again_is_decided_on_its_newer_card(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    queue.decide(card, "retry")
    newer = queue.ask_about(ORDER_ID, C.STOCK_MISMATCH, at=T0 + 50)
    with pytest.raises(Rejected) as refused:
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert (refused.value.code, refused.value.evidence) == ("asked_again", {"now": newer.decision_id})


def test_of_two_who_take_it_back_at_once_one_does(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH)
    queue.decide(card, "retry")
    commit, raced = queue.orders.commit, []

    def slow(change: Change) -> Any:
        if not raced:
            raced.append(1)
            undo(card.decision_id, "wang", "", queue.orders, T0 + MINUTE)
        return commit(change)

    queue.orders.commit = slow  # type: ignore[method-assign]
    with pytest.raises(Rejected, match="not_made"):
        undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert queue.facts().count("DecisionUndone") == 1


def test_a_dismissed_card_of_no_order_is_taken_back(queue: Queue) -> None:
    lost = decision_for("unreadable", C.UNREADABLE_MESSAGE, "youzan-1", {"problem": "x"}, T0)
    queue.orders.request_alone(lost, decision_facts(lost, T0), T0)
    made = queue.decide(lost, "dismiss")
    undo(lost.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert shown(queue) == [lost.decision_id]
    with pytest.raises(Stale):
        queue.orders.settle_alone(lost, Fact(FactType.DECISION_UNDONE, {}, T0 + 90_000), T0 + 90_000, made)


# --- what is usual ----------------------------------------------------------------------------------------------


def test_what_people_chose_for_the_same_cause_is_suggested_from_the_third_time_on(queue: Queue) -> None:
    for number, option in enumerate(("retry", "cancel", "retry")):
        order_id = queue.another(number, *PAID)
        assert suggestion(queue, order_id, "S1") is None
        queue.decide(queue.ask_about(order_id, C.STOCK_MISMATCH, "S1"), option)
    found = suggestion(queue, queue.another(9, *PAID), "S1")
    assert found == {"option": "retry", "times": 2, "n": 3, "share": 0.6667}
    assert suggestion(queue, queue.another(10, *PAID), "S2") is None


def suggestion(queue: Queue, order_id: str, cause: str) -> Any:
    card = queue.ask_about(order_id, C.STOCK_MISMATCH, cause)
    return cards([queue.card(card)], queue.orders)[0]["suggestion"]


def test_what_was_taken_back_or_made_by_the_hub_teaches_nothing(queue: Queue) -> None:
    for number in range(3):
        order_id = queue.another(number, *PAID)
        card = queue.ask_about(order_id, C.STOCK_MISMATCH, "S1")
        queue.decide(card, "retry", who="hub" if number == 0 else "li")
        if number == 2:
            undo(card.decision_id, "li", "", queue.orders, T0 + MINUTE)
    assert queue.orders.made_before({("stock_mismatch", "S1")}) == {("stock_mismatch", "S1"): {"retry": 1}}


# --- the list ---------------------------------------------------------------------------------------------------


def test_the_queue_is_filtered_sorted_and_read_page_by_page(queue: Queue) -> None:
    expected = []
    for number in range(7):
        order_id = queue.another(number, *PAID)
        decision_class = C.STOCK_MISMATCH if number % 2 else C.WAREHOUSE_REJECTED
        card = queue.ask_about(order_id, decision_class, f"S{number % 3}", at=T0 - number * MINUTE, code="E7")
        expected.insert(0, card.decision_id)
    assert shown(queue) == expected
    assert shown(queue, owner="purchasing") == [d for d in expected if "stock_mismatch" in d]
    assert shown(queue, decision_class="warehouse_rejected", cause="E7") == [d for d in expected if "warehouse" in d]
    assert shown(queue, decision_class="stock_mismatch", cause="S1") == [d for d in expected if d.endswith("match.S1")]
    assert shown(queue, order_id="youzan-E3") == [d for d in expected if "-E3." in d]
    found: list[str] = []
    cursor = ""
    while True:
        page = listed(Filter(limit=2, cursor=cursor), queue.orders)
        found += [card["decision_id"] for card in page["decisions"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert found == expected


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"decision_class": "nonsense"}, "class"),
        ({"owner": "nobody"}, "owner"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"cursor": "!!!"}, "cursor"),
        ({"cursor": "YWJj"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(queue: Queue, wanted: dict[str, Any], named: str) -> None:
    with pytest.raises(Rejected, match=named) as refused:
        listed(Filter(**wanted), queue.orders)
    assert refused.value.code == "bad_filter"


def test_a_card_shows_words_for_its_evidence_and_forms_for_its_options(queue: Queue) -> None:
    queue.put(*PAID)
    card = queue.ask(C.STOCK_MISMATCH, "A", sku="A", wanted="2")
    told = one(card.decision_id, queue.orders)
    assert told["evidence_words"]["wanted"] == {"zh": "需要", "en": "Wanted"}
    form = next(command for command in told["commands"] if command["option"] == "change_sku")
    assert [(p["name"], p["is_required"]) for p in form["parameters"]] == [("sku", True), ("line_id", False)]
    with pytest.raises(Rejected, match="no_such_decision"):
        one(f"{ORDER_ID}.x.y", queue.orders)


# --- in bulk ----------------------------------------------------------------------------------------------------


def bulk(queue: Queue, option: str = "retry", request_id: str = "b-1", **parameters: object) -> Bulk:
    ids = []
    for number in range(3):
        order_id = queue.another(number, *PAID)
        ids.append(queue.ask_about(order_id, C.STOCK_MISMATCH, "S1", sku="ZP-2026-01").decision_id)
    before = queue.known("youzan-E1")
    queue.orders.commit(Change(before, replace(before.reach(M.CANCELLED, T0), close_reason="buyer"), T0))
    return Bulk(ids, Asked("", option, "li", "", parameters, request_id))


def test_a_preview_says_what_would_happen_to_every_order_and_does_nothing(queue: Queue) -> None:
    wanted = bulk(queue, "change_sku", sku="ZP-2026-02")
    told = decide_in_bulk.preview(wanted, queue.desk, T0 + 9)
    assert (told["would"], told["refused"], told["causes"]) == (2, 1, ["S1"])
    assert [row["next_step"] for row in told["results"]] == ["reserve", "", "reserve"]
    assert told["results"][1]["error"]["code"] == "order_cancelled"
    assert len(queue.orders.open_decisions()) == 3
    assert "DecisionMade" not in queue.facts("youzan-E0")


def test_one_that_is_refused_does_not_keep_the_others_and_asking_again_repeats_nothing(queue: Queue) -> None:
    wanted = bulk(queue)
    told = decide_in_bulk.carry_out(wanted, queue.desk, queue.executions, T0 + 9)
    assert (told["done"], told["refused"]) == (2, 1)
    assert [row["error"] and row["error"]["code"] for row in told["results"]] == [None, "order_cancelled", None]
    again = decide_in_bulk.carry_out(wanted, queue.desk, queue.executions, T0 + 99)
    assert again["done"] == 2
    assert queue.facts("youzan-E0").count("DecisionMade") == 1


def test_one_that_fails_is_told_and_carried_out_when_asked_again(queue: Queue) -> None:
    wanted = bulk(queue)
    commit = queue.orders.commit

    def moving(change: Change) -> Any:
        if change.after.order_id == "youzan-E2":
            raise Stale("youzan-E2")
        return commit(change)

    queue.orders.commit = moving  # type: ignore[method-assign]
    told = decide_in_bulk.carry_out(wanted, queue.desk, queue.executions, T0 + 9)
    assert told["results"][2]["error"]["code"] == "failed"
    queue.orders.commit = commit  # type: ignore[method-assign]
    assert decide_in_bulk.carry_out(wanted, queue.desk, queue.executions, T0 + 99)["done"] == 2
    assert queue.facts("youzan-E2").count("DecisionMade") == 1


@pytest.mark.parametrize(
    ("ids", "request_id", "why"),
    [
        ([], "r", "from 1 to"),
        ([f"o.stock_lost.{n}" for n in range(51)], "r", "from 1 to"),
        (["o.stock_lost.a", "o.stock_lost.a"], "r", "twice"),
        (["o.stock_lost.a", "p.overdue.a"], "r", "one class"),
        (["o.stock_lost.a"], "", "request id"),
    ],
)
def test_a_bulk_that_makes_no_sense_is_refused_whole(queue: Queue, ids: list[str], request_id: str, why: str) -> None:
    wanted = Bulk(ids, Asked("", "retry", "li", "", {}, request_id))
    with pytest.raises(Rejected, match=why) as refused:
        decide_in_bulk.carry_out(wanted, queue.desk, queue.executions, T0)
    assert refused.value.code == "bad_bulk"
