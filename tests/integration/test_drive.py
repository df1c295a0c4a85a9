"""Starting, waking and recovering runs without hanging: tokens twice, never, late, early (design §1, P11, P20)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orderhub.adapters.dynamodb.items import attribute_of, item_of
from orderhub.adapters.dynamodb.orders import FIRST_CHECK_MS, DynamoOrders
from orderhub.adapters.dynamodb.waiting_room import DynamoWaitingRoom
from orderhub.domain.absorb import EXPIRED, Unhandled
from orderhub.domain.decision import DecisionStatus
from orderhub.domain.journey import Step
from orderhub.domain.order import Milestone, Order
from orderhub.ports.orders import Change, Origin, Waiting
from orderhub.services import drain, sweep
from orderhub.services.drive import RUNNING_CHECK_MS, UNKNOWN_CHECK_MS, advance, recover, wake
from orderhub.services.take_in import take_in
from tests.kit.executions import FAILED, FakeExecutions, Run
from tests.kit.orders import ORDER_ID, T0, observation, order, snapshot

M = Milestone
RESERVED = (M.PLACED, M.RESERVED)
PAY = observation("trade_TradeBuyerPay", 2, at=T0 + 9, snap=snapshot(paid=True, taken_at=T0 + 9),
                  milestones={M.PLACED: T0, M.PAID: T0 + 9})  # fmt: skip
CREATE = observation("trade_TradeCreate", 1, snap=snapshot(), milestones={M.PLACED: T0})
CLOSE = observation("trade_TradeClose", 3, milestones={M.CANCELLED: T0 + 20}, close_reason="cancelled")
MEMO = observation("trade_TradeMemoModified", 4, unhandled=Unhandled("memo-4", blocks=False))


class Hub:
    """The store and the state machine service; the machine's own moves are made by hand."""

    def __init__(self, client: Any, table: str) -> None:
        self.client, self.table = client, table
        self.orders, self.room = DynamoOrders(client, table), DynamoWaitingRoom(client, table)
        self.executions = FakeExecutions()
        self.now = T0 + 30

    def put(self, made: Order) -> Order:
        return self.orders.commit(Change(None, made, T0))

    def take(self, seen: Any) -> Any:
        return take_in(seen, self.orders, self.executions, Origin(), self.now)

    def advance(self) -> str:
        return advance(ORDER_ID, self.orders, self.executions, self.now)

    def recover(self) -> str:
        return recover(self.known(), self.orders, self.executions, self.now)

    def known(self) -> Order:
        found = self.orders.load(ORDER_ID)
        assert found is not None
        return found

    def run(self, epoch: int = 1) -> Run:
        return self.executions.runs[f"{ORDER_ID}-{epoch}"]

    def running(self, epoch: int = 1) -> Run:
        self.executions.start(ORDER_ID, epoch)
        return self.run(epoch)

    def waits(self, step: Step, *, seen: int | None = None, epoch: int = 1, due_at: int = T0 + 10**6) -> Run:
        """The machine's token write, with its condition; raises when the condition does not hold."""
        run = self.running(epoch)
        self.executions.new_token(run)
        self.write_wait(run, step, self.known().wake_seq if seen is None else seen, epoch, due_at)
        return run

    def write_wait(self, run: Run, step: Step, seen: int, epoch: int, due_at: int = T0 + 10**6) -> None:
        wait = {"token": run.token, "step": step.value, "due_at": due_at}
        self.client.update_item(
            TableName=self.table,
            Key={"pk": {"S": f"ORDER#{ORDER_ID}"}, "sk": {"S": "ORDER"}},
            UpdateExpression="SET #wait = :wait, gsi1sk = :due",
            ConditionExpression="#driver.epoch = :epoch AND wake_seq = :seen AND attribute_exists(gsi1pk)",
            ExpressionAttributeNames={"#wait": "wait", "#driver": "driver"},
            ExpressionAttributeValues={":wait": attribute_of(wait), ":due": {"S": str(due_at)},
                                       ":epoch": attribute_of(epoch), ":seen": attribute_of(seen)},
        )  # fmt: skip


@pytest.fixture
def hub(table: tuple[Any, str]) -> Iterator[Hub]:
    yield Hub(*table)


# --- starting ----------------------------------------------------------------------------------------------------


def test_the_first_message_gives_the_order_a_driver_and_advance_starts_it_once(hub: Hub) -> None:
    taken = hub.take(CREATE)
    assert (taken.outcome, taken.wakes, taken.is_known) == ("applied", True, True)
    assert hub.executions.runs == {}  # started after the commit, never before it
    assert [hub.advance(), hub.advance()] == ["started", "runs_already"]
    assert list(hub.executions.runs) == [f"{ORDER_ID}-1"]


def test_an_order_nobody_has_seen_whole_is_not_driven_until_its_details_come(hub: Hub) -> None:
    taken = hub.take(CLOSE)
    assert not taken.is_known
    assert hub.advance() == "nothing_to_drive"
    assert hub.take(CREATE).wakes
    assert hub.advance() == "started"


def test_p11_an_order_nobody_knows_does_not_stand_before_the_others_for_ever(hub: Hub) -> None:
    hub.take(CLOSE)
    hub.now = T0 + FIRST_CHECK_MS + 100
    assert hub.recover() == "not_known"
    assert hub.known().check_at == hub.now + UNKNOWN_CHECK_MS


def test_a_start_that_was_lost_is_made_by_the_sweep(hub: Hub) -> None:
    hub.take(CREATE)
    hub.now += 2 * FIRST_CHECK_MS
    assert sweep.sweep(hub.orders, hub.executions, hub.now) == {"recovered": 1}
    assert list(hub.executions.runs) == [f"{ORDER_ID}-2"]  # a free name proves nothing: never the same epoch again


# --- duplicates --------------------------------------------------------------------------------------------------


def test_a_message_delivered_again_changes_nothing_and_still_wakes(hub: Hub) -> None:
    hub.take(CREATE)
    before = hub.known()
    again = hub.take(CREATE)
    assert (again.outcome, again.wakes) == ("duplicate", True)
    assert hub.known() == before


def test_a_kept_event_delivered_again_makes_no_second_card_or_fact(hub: Hub) -> None:
    for message in (CREATE, MEMO, MEMO, replace(MEMO, message_key="k2")):
        hub.take(message)
    assert len(hub.orders.decisions_of(ORDER_ID)) == 1
    assert [f.type for f in hub.orders.facts_of(ORDER_ID)].count("DecisionRequested") == 1


def test_a_hold_that_was_decided_does_not_come_back_with_the_same_event(hub: Hub) -> None:
    hub.take(CREATE)
    hub.take(replace(MEMO, unhandled=Unhandled("address-1", blocks=True)))
    held = hub.known()
    card = hub.orders.decisions_of(ORDER_ID)[0]
    made = replace(card, status=DecisionStatus.MADE, option="continue", made_by="li", made_at=T0)
    hub.orders.commit(Change(held, replace(held, holds={}), hub.now, made=(made,)))
    hub.take(replace(MEMO, message_key="again", unhandled=Unhandled("address-1", blocks=True)))
    assert not hub.known().holds


def test_news_that_is_old_costs_no_revision(hub: Hub) -> None:
    hub.take(CREATE)
    hub.take(PAY)
    before = hub.known().revision
    assert hub.take(replace(PAY, message_key="other", version=1)).outcome == "unchanged"
    assert hub.known().revision == before


def test_another_writer_between_reading_and_writing_only_costs_another_try(hub: Hub) -> None:
    hub.take(CREATE)
    load, stolen = hub.orders.load, []

    def load_and_lose(order_id: str) -> Order | None:
        found = load(order_id)
        if not stolen and found is not None:
            stolen.append(1)
            hub.orders.commit(Change(found, found.reach(M.RESERVED, T0), T0))
        return found

    hub.orders.load = load_and_lose  # type: ignore[method-assign]
    assert hub.take(PAY).outcome == "applied"
    assert hub.known().has(M.PAID, M.RESERVED)


# --- waking ------------------------------------------------------------------------------------------------------


def test_what_it_waits_for_answers_the_token_with_sequence_and_step(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT)
    assert hub.take(PAY).wakes
    assert hub.advance() == "woken"
    assert run.reply == ("", {"seq": hub.known().wake_seq, "step": "assess"})


def test_anything_else_interrupts(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT)
    hub.take(CLOSE)
    assert hub.advance() == "woken"
    assert run.reply == ("Interrupted", "close")


def test_what_changes_nothing_for_the_run_wakes_nobody(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT)
    assert not hub.take(MEMO).wakes
    assert hub.advance() == "still_waiting"
    assert run.reply is None


def test_a_token_answered_twice_is_answered_once(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT)
    hub.take(PAY)
    assert [hub.advance(), hub.advance()] == ["woken", "gone_on"]
    assert run.reply == ("", {"seq": hub.known().wake_seq, "step": "assess"})


def test_an_answer_before_it_was_waited_for_makes_the_wait_fail_and_look_again(hub: Hub) -> None:
    """The commit came between the task's last look and the token's write: the condition says so."""
    hub.put(order(*RESERVED))
    seen = hub.known().wake_seq
    run = hub.running()
    hub.take(PAY)
    assert hub.advance() == "runs_already"
    hub.executions.new_token(run)
    with pytest.raises(hub.client.exceptions.ConditionalCheckFailedException):
        hub.write_wait(run, Step.AWAIT_PAYMENT, seen, 1)
    assert hub.known().wait is None


def test_an_answer_while_the_token_is_being_written_is_not_lost(hub: Hub) -> None:
    """Step Functions knows a token from the moment it made it; the write that tells of it may still be under way."""
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT)
    assert hub.executions.answer(run.token, {"seq": 1})
    assert not hub.executions.answer(run.token, {"seq": 1})


def test_an_answer_that_comes_too_late_reads_again_and_answers_the_newer_wait(hub: Hub) -> None:
    hub.put(order(*RESERVED, M.PAID, M.ASSESSED, M.DISPATCHED, M.LABELLED))
    stale = hub.waits(Step.AWAIT_SHIPMENT)
    seen_by_the_waker = hub.known()
    newer = hub.waits(Step.AWAIT_SHIPMENT)
    stored = hub.orders.commit(Change(hub.known(), hub.known().reach(M.SHIPPED, T0), T0, wakes=True))
    late = replace(stored, wait=replace(seen_by_the_waker.wait, token="gone"))  # type: ignore[type-var]
    assert wake(late, hub.orders, hub.executions, hub.now) == "woken"
    assert stale is newer
    assert newer.reply == ("", {"seq": stored.wake_seq, "step": "await_delivery"})


def test_an_answer_nobody_waits_for_any_more_ends_quietly(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.waits(Step.AWAIT_PAYMENT)
    hub.take(PAY)
    hub.executions.die()
    assert hub.advance() == "gone_on"


def test_p20_a_wait_nobody_answers_is_looked_at_when_it_is_due(hub: Hub) -> None:
    """The buyer never paid: nothing comes, and the deadline is in the data."""
    hub.put(order(*RESERVED))
    run = hub.waits(Step.AWAIT_PAYMENT, due_at=T0 + 1_805_001)
    hub.now = T0 + 1_805_000
    assert sweep.sweep(hub.orders, hub.executions, hub.now) == {}
    hub.now += 1
    assert sweep.sweep(hub.orders, hub.executions, hub.now) == {"woken": 1}
    assert run.reply == ("Interrupted", "close")


def test_an_older_run_cannot_wait_any_more(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.running()
    hub.executions.die()
    assert hub.recover() == "recovered"
    with pytest.raises(hub.client.exceptions.ConditionalCheckFailedException):
        hub.waits(Step.AWAIT_PAYMENT, epoch=1)


# --- recovering --------------------------------------------------------------------------------------------------


def test_a_run_that_is_alive_is_left_alone_and_looked_at_again_later(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.running()
    assert hub.recover() == "running"
    assert hub.known().check_at == hub.now + RUNNING_CHECK_MS
    assert hub.known().driver.epoch == 1  # type: ignore[union-attr]


def test_a_dead_run_is_followed_by_the_next_epoch_and_the_name_is_no_proof(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.waits(Step.AWAIT_PAYMENT)
    hub.executions.die()
    assert hub.advance() == "still_waiting"
    assert hub.recover() == "recovered"
    assert hub.known().driver.epoch == 2  # type: ignore[union-attr]
    assert hub.executions.is_running(f"{ORDER_ID}-2")
    assert hub.run(1).status == FAILED
    assert hub.recover() in ("still_waiting", "gone_on", "running")


def test_two_who_recover_at_once_start_one_run(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.running()
    hub.executions.die()
    seen = hub.known()
    assert recover(seen, hub.orders, hub.executions, hub.now) == "recovered"
    assert recover(seen, hub.orders, hub.executions, hub.now) == "moved"
    assert [run.epoch for run in hub.executions.runs.values() if run.status != FAILED] == [2]


def test_a_death_between_the_new_epoch_and_its_start_is_repaired(hub: Hub) -> None:
    hub.put(order(*RESERVED))
    hub.waits(Step.AWAIT_PAYMENT)
    hub.executions.die()

    class Dead(BaseException):
        pass

    def die(when: str, operation: str) -> None:
        if (when, operation) == ("before", "StartExecution") and hub.known().driver.epoch == 2:  # type: ignore[union-attr]
            raise Dead

    hub.executions.hook = die
    with pytest.raises(Dead):
        hub.recover()
    hub.executions.hook = lambda when, operation: None
    hub.now += 10**7
    assert sweep.sweep(hub.orders, hub.executions, hub.now) == {"recovered": 1}
    assert hub.executions.is_running(f"{ORDER_ID}-3")


def test_a_payment_after_expiry_gets_a_new_run(hub: Hub) -> None:
    hub.running()
    hub.put(order(*RESERVED))
    hub.orders.commit(Change(hub.known(), replace(hub.known().reach(M.CLOSED, T0), close_reason=EXPIRED), T0))
    assert hub.take(PAY).wakes
    assert hub.known().driver.epoch == 2  # type: ignore[union-attr]
    assert hub.advance() == "started"
    assert hub.known().check_at == hub.now + FIRST_CHECK_MS


def test_a_finished_order_is_nobodys_business(hub: Hub) -> None:
    hub.put(order(*RESERVED, M.SETTLED))
    assert hub.recover() == "finished"
    assert hub.executions.runs == {}


def others(hub: Hub, count: int) -> None:
    for number in range(count):
        tid = f"E{number:023d}"
        name = f"youzan-{tid}"
        made = replace(order(*RESERVED), order_id=name, platform_id=tid)
        hub.put(replace(made, driver=replace(made.driver, execution=f"{name}-1")))  # type: ignore[type-var]


def test_p11_one_order_that_cannot_be_recovered_keeps_no_other_from_it(hub: Hub) -> None:
    others(hub, 6)
    bad = "youzan-E00000000000000000000002"
    start = hub.executions.start

    def fail(order_id: str, epoch: int) -> bool:
        if order_id == bad:
            raise RuntimeError("this one cannot be started")
        return start(order_id, epoch)

    hub.executions.start = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="this one"):
        sweep.sweep(hub.orders, hub.executions, T0 + 10**7)
    assert len(hub.executions.runs) == 5


def test_p11_one_order_that_cannot_be_read_keeps_no_other_from_the_sweep(hub: Hub) -> None:
    others(hub, 3)
    broken = {"pk": "ORDER#x", "sk": "ORDER", "gsi1pk": "OPEN#0", "gsi1sk": "0000000000001", "order_id": "x"}
    hub.client.put_item(TableName=hub.table, Item=item_of(broken))
    with pytest.raises(ValueError, match="ORDER#x"):
        sweep.sweep(hub.orders, hub.executions, T0 + 10**7)
    assert len(hub.executions.runs) == 3


def test_p11_one_order_that_cannot_be_woken_keeps_no_other_in_line(hub: Hub) -> None:
    others(hub, 3)
    for number in range(3):
        hub.room.enter(Waiting("sf", f"youzan-E{number:023d}", T0 + number, "issue_waybill", "", 0))
    load = hub.orders.load

    def fail(order_id: str) -> Order | None:
        if order_id.endswith("0"):
            raise RuntimeError("this one cannot be read")
        return load(order_id)

    hub.orders.load = fail  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="this one"):
        drain.drain("sf", False, hub.orders, hub.room, hub.executions, lambda: T0)
    assert [place.order_id[-1] for place in hub.room.line("sf", 9)] == ["0"]
