"""Any story of a parcel's waybills: at every moment at most one that lives, and in the end the right one (R33, R38).

Addresses and gifts change, orders are cancelled, couriers come early, the carrier says yes, no, nothing, something too
late or twice, and the hub dies between any two side effects. The truth is the carrier's own ledger
(``tests/kit/carrier_ledger``); the hub is the real services over stores in memory.

``make nightly`` plays ``WAYBILL_STORIES`` of them, the usual run 2,000.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orderhub.domain.errors import HubError, Rejected
from orderhub.domain.journey import Step, next_step
from orderhub.domain.order import Driver, Gift, Milestone, Order, Parcel, Receiver, Region, Sticker
from orderhub.domain.parcel import parcels_here, parcels_of, reach_in, reach_in_each
from orderhub.domain.records import WaybillStatus
from orderhub.domain.waybill_content import cached_versions
from orderhub.domain.waybill_track import OVERWRITE, REISSUE, VOID_VERB, number_told, wants_label
from orderhub.ports.orders import Change, EffectStore, OrderStore
from orderhub.services.decide import decide
from orderhub.services.receiver import open_receiver, seal_receiver
from orderhub.services.tasks import TaskCommand
from orderhub.services.waybill import Carriage, issue_waybill, void_waybill
from orderhub.services.waybill_silence import SILENT_MS
from tests.kit.carrier_ledger import Answer, CarrierLedger
from tests.kit.crash import Crash, CrashPoints
from tests.kit.memory import Memory, MemoryEffects, MemoryOrders, waybills_of
from tests.kit.orders import ORDER_ID, T0, line, order, snapshot
from tests.kit.queue import PlainSeal

M = Milestone
STORIES = int(os.environ.get("WAYBILL_STORIES", "2000"))
LEASE_OVER_MS = 21_000
STEPS_AT_ONCE = 2  # the warehouse is told, then the carrier
CITIES = ("杭州市", "上海市")
GIFT = Gift("r", 1, "FP-001", "滤芯", 1, "赠品:滤芯×1", Sticker("面单右上角", 85, 15), "L1")
PARCELS = (Parcel(1, "WH01", ("L1",)), Parcel(2, "WH02", ("L2",)))
TASKS: dict[Step, Callable[[TaskCommand, Carriage], Any]] = {
    Step.ISSUE_WAYBILL: issue_waybill,
    Step.VOID_WAYBILL: void_waybill,
}


ANSWERS = st.sampled_from((*Answer, Answer.YES, Answer.YES, Answer.LATE, Answer.LATE, Answer.DONE_SILENTLY))
MEANWHILE = ("", "", "", "", "address", "cancel", "pick_up", "land", "another_run", "address_and_another_run")
EVENTS = ("gifts", "gifts", "lease_over", "lease_over", "long", "pick_up", "cancel")


class Story(RuleBasedStateMachine):
    """One order from its dispatch on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.points = CrashPoints()
        self.memory = Memory(self.points.reach)
        self.orders = MemoryOrders(self.memory)
        self.ledger = CarrierLedger(reach=self.points.reach)
        self.seal = PlainSeal()
        self.carriage = Carriage(
            cast("OrderStore", self.orders),
            cast("EffectStore", MemoryEffects(self.memory)),
            {"sf": self.ledger},  # type: ignore[dict-item]  # it is never asked to intercept, or for routes
            self.seal,
            lambda: self.now,
        )
        self.told: dict[int, str] = {}
        self.kept: dict[int, set[tuple[str, str]]] = {}
        self.confirmed_void: set[str] = set()

    @initialize(several=st.booleans(), takes_changes=st.booleans())
    def begin(self, several: bool, takes_changes: bool) -> None:
        self.ledger.takes_changes = takes_changes
        made = order(M.PLACED, M.RESERVED, M.PAID, M.ASSESSED)
        lines = (line(), line("L2", "ZP-2026-02")) if several else (line(),)
        made = replace(made, snapshot=snapshot(*lines, paid=True), parcels=PARCELS if several else ())
        made = self._addressed(made, "路1号", CITIES[0])
        made = reach_in_each(made, parcels_of(made), M.DISPATCHED, T0)
        self.orders.commit(Change(None, replace(made, revision=0), T0))

    # --- what others want -------------------------------------------------------------------------------------------

    @rule(door=st.integers(1, 4), city=st.sampled_from(CITIES), way=st.sampled_from((OVERWRITE, REISSUE)))
    def change_address(self, door: int, city: str, way: str) -> None:
        self._commit(self._changed_address(door, city, way))

    @rule(door=st.integers(1, 4), way=st.sampled_from((OVERWRITE, OVERWRITE, REISSUE)), answer=ANSWERS)
    def change_address_and_drive(self, door: int, way: str, answer: Answer) -> None:
        """One change after the other, each answered in its own way: what the first leaves open meets the second."""
        self.change_address(door, CITIES[0], way)
        self.drive([answer], None, "", recovers=False)

    def _changed_address(self, door: int, city: str, way: str) -> Callable[[Order], Order]:
        def change(order: Order) -> Order:
            if order.is_finished or order.has(M.CANCELLED):
                return order
            moved = self._addressed(order, f"路{door}号", city)
            return wants_label(replace(moved, content_version=order.content_version + 1), way)

        return change

    @rule(what=st.sampled_from(EVENTS), number=st.integers(1, 2))
    def happens(self, what: str, number: int) -> None:
        match what:
            case "gifts":
                self._commit(self._other_gifts)
            case "lease_over":
                self.now += LEASE_OVER_MS
            case "long":
                self.now += SILENT_MS + 1
            case "pick_up":
                self._picked(number)
            case "cancel":
                self._cancelled()

    def _other_gifts(self, order: Order) -> Order:
        if order.is_finished or order.has(M.CANCELLED):
            return order
        gifts = () if order.gifts else (GIFT,)
        return replace(order, gifts=gifts, content_version=order.content_version + 1, push_due=True)

    def _cancelled(self) -> None:
        self._commit(lambda order: replace(order.reach(M.CANCELLED, self.now), close_reason="refunded"))

    def _picked(self, number: int) -> None:
        """A courier takes a parcel early; the scan is known at once."""
        order = self._known()
        parcel = next((one for one in parcels_here(order) if one.number == number), None)
        if parcel and parcel.waybill_number and self.ledger.pick_up(parcel.waybill_number):
            self._commit(lambda one: reach_in(one, number, M.PICKED_UP, self.now))

    @precondition(lambda self: self.ledger.flying)
    @rule(number=st.integers(0, 3))
    def land(self, number: int) -> None:
        self.ledger.land(number)

    # --- the hub ----------------------------------------------------------------------------------------------------

    @rule(
        answers=st.lists(ANSWERS, max_size=6),
        dies_at=st.none() | st.integers(0, 25),
        meanwhile=st.sampled_from(MEANWHILE),
        recovers=st.booleans(),
    )
    def drive(self, answers: list[Answer], dies_at: int | None, meanwhile: str, recovers: bool) -> None:
        """The driver's next steps; it may die at any point, and something else may happen while the carrier works."""
        out = self._known_to_be_out()
        self.ledger.answers = list(answers)
        self.ledger.meanwhile = {
            "address": lambda: self._commit(self._changed_address(9, CITIES[1], REISSUE)),
            "cancel": self._cancelled,
            "pick_up": lambda: self._picked(1),
            "land": self.ledger.land,
            "another_run": self._another_run,
            "address_and_another_run": self._another_run_after_a_change,
        }.get(meanwhile)
        try:
            with self.points.watch(dies_at):
                for _ in range(STEPS_AT_ONCE):
                    self._step()
        except Crash:
            if recovers:
                self._recover()
        finally:
            self.ledger.answers, self.ledger.meanwhile = [], None
        asked = out & set(self.ledger.asked_to_cancel)
        assert not asked or self._known().has(M.CANCELLED), f"the courier has it, and the hub knew: {asked}"

    def _known_to_be_out(self) -> set[str]:
        """References of the labels with which parcels travel, as the hub knows; what was asked so far is forgotten.

        A cancel that was not answered before is settled by asking again, wherever the parcel is by then.
        """
        self.ledger.asked_to_cancel.clear()
        numbers = {one.waybill_number for one in parcels_of(self._known()) if one.has(M.PICKED_UP)}
        out = {one.reference for one in self.ledger.labels.values() if one.state == "picked" and one.number in numbers}
        return {one for one in out if (ORDER_ID, VOID_VERB, one) not in self.memory.effects}

    def _step(self) -> None:
        order = self._known()
        step = next_step(order, self.now)
        match step:
            case Step.ISSUE_WAYBILL | Step.VOID_WAYBILL:
                assert order.driver is not None
                try:
                    TASKS[step](TaskCommand(ORDER_ID, order.driver.epoch), self.carriage)
                except HubError:
                    return  # the state machine looks where the order is
            case Step.DISPATCH:
                for parcel in parcels_here(order):
                    number = number_told(order, parcel.waybill_number)
                    self.told[parcel.number] = "withheld" if parcel.waybill_number and not number else number
                self._commit(lambda one: replace(one, push_due=False))
            case Step.WITHDRAW:
                self._commit(lambda one: reach_in_each(one, parcels_here(one), M.WITHDRAWN, self.now))
            case Step.CLOSE:
                self._commit(lambda one: replace(one.reach(M.CLOSED, self.now), holds={}))

    def _recover(self) -> None:
        """Another run drives; the old one's function may still hold a lease."""
        order = self._known()
        assert order.driver is not None
        epoch = order.driver.epoch + 1
        self._commit(lambda one: replace(one, driver=Driver(f"{ORDER_ID}-{epoch}", epoch)))

    def _another_run(self) -> None:
        """The order is taken for undriven while its run waits for the carrier: two runs are at it at once."""
        self._recover()
        for _ in range(STEPS_AT_ONCE):
            self._step()

    def _another_run_after_a_change(self) -> None:
        self._commit(self._changed_address(9, CITIES[1], REISSUE))
        self._another_run()

    # --- people -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: any(not card.made_at for card in self.memory.decisions.values()))
    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        (card, *_) = [one for one in self.memory.decisions.values() if not one.made_at]
        options = [one for one in ("retry", "continue", "cancel", "void_on_evidence") if one in card.kind.options]
        self._decide(card.decision_id, data.draw(st.sampled_from(options)))

    def _decide(self, decision_id: str, option: str) -> None:
        card, order = self.memory.decisions[decision_id], self._known()
        parameters: dict[str, object] = {}
        if option == "void_on_evidence":
            reference = card.evidence["reference"]
            label = self.ledger.labels.get(reference)
            if label is not None and label.state == "picked":
                return  # its people say that it travels
            self.ledger.burn(reference)
            parameters["evidence"] = "ticket 7"
        if option == "continue":
            self._let_go(order, int(card.evidence.get("parcel", "1")))
        try:
            decide(ORDER_ID, decision_id, option, "li", "", cast("OrderStore", self.orders), self.now,
                   parameters=parameters)  # fmt: skip
        except Rejected:
            return

    def _let_go(self, order: Order, number: int) -> None:
        """``continue``: of an order that is ended, people have seen to it that nothing travels; else it travels as it
        is, or as a change that the carrier has not answered makes it."""
        name = f"{ORDER_ID}-{number}"
        if order.has(M.CANCELLED):
            for reference in self.ledger.may_live(name):
                self.ledger.burn(reference)
        for label in self.ledger.live(name):
            self.kept[number] = self.ledger.may_show(label)

    # --- what is always so ------------------------------------------------------------------------------------------

    @invariant()
    def at_most_one_lives_or_may_come_alive(self) -> None:
        for number in (1, 2):
            alive = self.ledger.may_live(f"{ORDER_ID}-{number}")
            assert len(alive) <= 1, alive

    @invariant()
    def what_was_confirmed_void_is_never_asked_for_again(self) -> None:
        asked = set(self.ledger.asked_to_create)
        assert not asked & self.confirmed_void, asked & self.confirmed_void
        self.ledger.asked_to_create.clear()
        for (_, verb, reference), effect in self.memory.effects.items():
            if verb == VOID_VERB and effect.status == "done":
                self.confirmed_void.add(reference)

    @invariant()
    def the_warehouse_packs_with_no_number_that_is_void(self) -> None:
        """It is told to wait before the label is voided; of an order that is ended it packs nothing any more."""
        if self.memory.orders and self._known().has(M.CANCELLED):
            return
        void = {one.number for one in self.ledger.labels.values() if one.state == "cancelled"}
        by_people = {one.number for one in self.ledger.labels.values() if one.reference in self.ledger.burned_by_people}
        assert not set(self.told.values()) & (void - by_people - {""}), (self.told, void)

    @invariant()
    def what_was_told_as_issued_is_told_once_and_voided_before_the_next(self) -> None:
        for number in (1, 2):
            live: list[object] = []
            for fact in self.memory.facts:
                if fact.data.get("fulfillment") != number:
                    continue
                if fact.type == "WaybillIssued":
                    assert not live, (fact.data, live)
                    live.append(fact.data["waybill_version"])
                if fact.type == "WaybillVoided":
                    live.remove(fact.data["waybill_version"])

    # --- the end ----------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if ORDER_ID in self.memory.orders:
            self._come_to_rest()
            self._assert_right()

    def _come_to_rest(self) -> None:
        """No more faults; people say ``retry`` while it may help."""
        self.ledger.answers, self.ledger.meanwhile = [], None
        while self.ledger.flying:
            self.ledger.land()
        for _ in range(40):
            before = self._known()
            self.now += SILENT_MS + LEASE_OVER_MS
            self._step()
            if self._known() == before and not self._retry():
                return
        raise AssertionError(f"it does not come to rest: {self._known()}")

    def _retry(self) -> bool:
        cards = [one for one in self.memory.decisions.values() if not one.made_at]
        again = sum(one.made_by == "zhou" for one in self.memory.decisions.values())
        made = 0
        for card in cards if again < 6 else ():
            try:
                decide(ORDER_ID, card.decision_id, "retry", "zhou", "", cast("OrderStore", self.orders), self.now)
                made += 1
            except Rejected:
                continue
        return made > 0

    def _assert_right(self) -> None:
        order = self._known()
        if order.has(M.CLOSED):
            assert not any(self.ledger.live(f"{ORDER_ID}-{number}") for number in (1, 2))
            return
        if order.holds:  # a person's question, and the last of them did not help
            assert any(not self.memory.decisions[card].made_at for card in order.holds)
            return
        assert next_step(order, self.now) is Step.AWAIT_SHIPMENT, (order.relabel, dict(order.at))
        assert order.snapshot is not None
        for parcel in parcels_of(order):
            wanted = (self._receiver(order).detail, order.region.city)
            (label,) = self.ledger.live(f"{ORDER_ID}-{parcel.number}")
            assert label.content in {wanted} | self.kept.get(parcel.number, set()), (label, wanted)
            assert parcel.waybill_number == label.number
            # Empty: it had none when the trade was pushed; that one is told by ``WaybillIssued``.
            assert self.told.get(parcel.number, "") in ("", label.number)
            versions = waybills_of(self.memory, parcel.number)
            assert [one.number for one in versions if one.status is WaybillStatus.LIVE] == [label.number], versions

    # --- small things -----------------------------------------------------------------------------------------------

    def _known(self) -> Order:
        return self.memory.orders[ORDER_ID]

    def _commit(self, change: Callable[[Order], Order]) -> None:
        order = self._known()
        after = change(order)
        if after != order:
            records = cached_versions(after, self.now) if after.content_version != order.content_version else ()
            self.orders.commit(Change(order, after, self.now, records=records, wakes=True))

    def _addressed(self, order: Order, detail: str, city: str) -> Order:
        assert order.snapshot is not None
        receiver = Receiver("张三", "13800130001", detail)
        moved = replace(
            order.snapshot,
            sealed=seal_receiver(receiver, self.seal),
            receiver_digest=f"digest of {detail}",
            region=Region("省", city, "区"),
        )
        return replace(order, snapshot=moved)

    def _receiver(self, order: Order) -> Receiver:
        return open_receiver(order, self.seal)


class TestStories(Story.TestCase):
    settings = settings(
        max_examples=STORIES,
        stateful_step_count=16,
        deadline=None,
        derandomize="WAYBILL_STORIES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
