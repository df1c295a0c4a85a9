"""The store of orders on DynamoDB: every condition proven both ways, nothing erased, nothing silent (design §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderhub.adapters.dynamodb import transactions
from orderhub.adapters.dynamodb.items import attribute_of, item_of, values_of
from orderhub.adapters.dynamodb.orders import FIRST_CHECK_MS, MESSAGE_TTL_SECONDS, DynamoOrders
from orderhub.domain.decision import Decision, DecisionClass, DecisionStatus
from orderhub.domain.errors import HubUnavailable, Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone, Order, Wait
from orderhub.domain.records import (
    Fulfillment,
    PhoneEntry,
    Settlement,
    Verdict,
    WaybillReference,
    WaybillStatus,
    WaybillVersion,
)
from orderhub.domain.rulepack import Condition, Evaluation, Match, RuleKind
from orderhub.domain.settlement import split_settlement
from orderhub.ports.orders import AlreadySeen, Change, MessageMark, Origin
from orderhub.services.park import decision_for
from tests.kit.orders import ORDER_ID, T0, TID, line, order, snapshot
from tests.kit.tables import items_below

M = Milestone
MARK = MessageMark("youzan", "k1")
PLACED = Fact(FactType.ORDER_PLACED, {"lines": 1, "found_late": False, "shop_id": "1"}, T0)


class Store(DynamoOrders):
    """The real store, with a look at its items."""

    def __init__(self, client: Any, table: str) -> None:
        super().__init__(client, table)
        self.client, self.table = client, table

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = self.client.get_item(TableName=self.table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        return values_of(answer["Item"]) if "Item" in answer else None

    def order_item(self) -> dict[str, Any]:
        found = self.item(f"ORDER#{ORDER_ID}", "ORDER")
        assert found
        return found

    def wait(self, token: str = "t1", check_at: int = T0 + 99) -> None:
        """What the state machine writes."""
        self.client.update_item(
            TableName=self.table,
            Key={"pk": {"S": f"ORDER#{ORDER_ID}"}, "sk": {"S": "ORDER"}},
            UpdateExpression="SET #w = :w, gsi1sk = :t",
            ExpressionAttributeNames={"#w": "wait"},
            ExpressionAttributeValues={
                ":w": attribute_of({"token": token, "step": "await_payment", "due_at": T0 + 99}),
                ":t": {"S": f"{check_at:013d}"},
            },
        )

    def new(self, made: Order | None = None, **change: Any) -> Order:
        return self.commit(Change(None, made or order(M.PLACED), T0, **change))

    def then(self, before: Order, after: Order | None = None, **change: Any) -> Order:
        return self.commit(Change(before, after or before, T0 + 1, **change))


@pytest.fixture
def store(table: tuple[Any, str]) -> Iterator[Store]:
    yield Store(*table)


def card(cause: str = "x", decision_class: DecisionClass = DecisionClass.STOCK_MISMATCH, now: int = T0) -> Decision:
    return decision_for(ORDER_ID, decision_class, cause, {"sku": "ZP"}, now)


# --- one order ---------------------------------------------------------------------------------------------------


def test_an_order_comes_back_as_it_was_committed(store: Store) -> None:
    made = order(M.PLACED, M.PAID, M.RESERVED, holds={"d": "overdue"}, overrides=("assessment",), refunds={"R1": 5},
                 versions={"a": 3}, waiting_for="sf", close_reason="", waybill_number="SF1", carrier="sf",
                 snapshot=snapshot(line(is_gift=True), line("L2", is_presale=True, is_physical=False)))  # fmt: skip
    stored = store.new(made, wakes=True)
    assert store.load(ORDER_ID) == replace(stored, check_at=T0 + FIRST_CHECK_MS)
    assert stored == replace(made, revision=1, wake_seq=1)


def test_an_order_is_created_once(store: Store) -> None:
    store.new(message=MARK)
    with pytest.raises(Stale):
        store.new(message=MessageMark("youzan", "k2"))
    assert not store.seen(MessageMark("youzan", "k2"))


def test_a_commit_on_an_older_revision_changes_nothing(store: Store) -> None:
    first = store.new()
    second = store.then(first, first.reach(M.PAID, T0))
    with pytest.raises(Stale):
        store.then(first, first.reach(M.CANCELLED, T0), facts=(PLACED,), records=(WaybillReference("sf", "SF9"),))
    found = store.load(ORDER_ID)
    assert found is not None
    assert (found.revision, dict(found.at)) == (second.revision, dict(second.at))
    assert store.order_of_waybill("sf", "SF9") is None
    assert store.facts_of(ORDER_ID) == ()


def test_what_is_gone_from_the_order_is_gone_from_the_item(store: Store) -> None:
    first = store.new(order(M.PLACED, waiting_for="sf", overrides=("assessment",)))
    store.then(first, replace(first, waiting_for="", overrides=()))
    assert "waiting_for" not in store.order_item()
    assert "overrides" not in store.order_item()


def test_a_message_is_applied_once_and_takes_everything_with_it(store: Store) -> None:
    first = store.new(message=MARK)
    assert store.seen(MARK)
    with pytest.raises(AlreadySeen):
        store.then(first, first.reach(M.PAID, T0), message=MARK, facts=(PLACED,))
    found = store.load(ORDER_ID)
    assert found is not None
    assert not found.has(M.PAID)
    assert store.facts_of(ORDER_ID) == ()


def test_a_message_seen_and_an_order_moved_at_once_is_told_as_seen(store: Store) -> None:
    first = store.new(message=MARK)
    store.then(first, first.reach(M.PAID, T0))
    with pytest.raises(AlreadySeen):
        store.then(first, message=MARK)


def test_a_wake_counts_and_other_commits_do_not(store: Store) -> None:
    first = store.new(wakes=True)
    second = store.then(first, first.reach(M.PAID, T0), wakes=True)
    third = store.then(second, second.reach(M.RESERVED, T0))
    assert (first.wake_seq, second.wake_seq, third.wake_seq) == (1, 2, 2)
    assert store.order_item()["wake_seq"] == 2


def test_a_commit_never_erases_the_wait_or_the_time_the_machine_wrote(store: Store) -> None:
    first = store.new()
    store.wait("t1", T0 + 5_000)
    store.then(first, first.reach(M.PAID, T0), wakes=True)
    found = store.load(ORDER_ID)
    assert found is not None
    assert found.wait == Wait("t1", "await_payment", T0 + 99)
    assert found.check_at == T0 + 5_000


# --- the index of open orders ------------------------------------------------------------------------------------


def due_ids(store: Store, before: int) -> list[str]:
    return [found.order_id for found in store.due(before)]


def test_an_order_is_due_from_its_time_on_and_not_before(store: Store) -> None:
    store.new()
    assert due_ids(store, T0 + FIRST_CHECK_MS - 1) == []
    assert due_ids(store, T0 + FIRST_CHECK_MS) == [ORDER_ID]


@pytest.mark.parametrize("end", [M.SETTLED, M.CLOSED])
def test_a_finished_order_leaves_the_index_with_its_wait_and_comes_back_when_it_lives_again(
    store: Store, end: Milestone
) -> None:
    first = store.new()
    store.wait()
    ended = store.then(first, first.reach(end, T0))
    assert {"gsi1pk", "gsi1sk", "wait"} & set(store.order_item()) == set()
    assert due_ids(store, 9 * 10**12) == []
    store.then(ended, ended.forget(end))
    assert due_ids(store, 9 * 10**12) == [ORDER_ID]


def test_looking_again_moves_only_what_was_seen_and_only_while_open(store: Store) -> None:
    store.new()
    found = store.load(ORDER_ID)
    assert found is not None
    store.look_again_at(replace(found, check_at=1), T0 + 7)
    assert store.order_item()["gsi1sk"] == f"{T0 + FIRST_CHECK_MS:013d}"
    store.look_again_at(found, T0 + 7)
    assert store.order_item()["gsi1sk"] == f"{T0 + 7:013d}"
    assert store.order_item()["revision"] == 1
    store.then(found, found.reach(M.CLOSED, T0))
    store.look_again_at(replace(found, check_at=T0 + 7), T0 + 8)
    assert "gsi1sk" not in store.order_item()


def test_more_orders_than_a_page_are_all_found(store: Store) -> None:
    for number in range(120):
        tid = f"E{number:023d}"
        store.new(replace(order(M.PLACED), order_id=f"youzan-{tid}", platform_id=tid))
    assert len(set(due_ids(store, 9 * 10**12))) == 120
    few = [found.order_id for found in store.due(9 * 10**12, limit=3)]
    assert len(few) == 24


def test_p11_an_item_that_cannot_be_read_hides_no_other(store: Store) -> None:
    store.new()
    broken = {"pk": "ORDER#x", "sk": "ORDER", "gsi1pk": "OPEN#0", "gsi1sk": "0000000000001", "order_id": "x"}
    store.client.put_item(TableName=store.table, Item=item_of(broken))
    seen: list[str] = []
    with pytest.raises(ValueError, match="ORDER#x"):
        for found in store.due(9 * 10**12):
            seen.append(found.order_id)
    assert seen == [ORDER_ID]


# --- decisions ---------------------------------------------------------------------------------------------------


def made_of(decision: Decision, who: str = "li") -> Decision:
    return replace(decision, status=DecisionStatus.MADE, option="retry", made_by=who, made_at=T0 + 5)


def test_a_decision_is_asked_once(store: Store) -> None:
    first = store.new(decisions=(card(),))
    with pytest.raises(Stale):
        store.then(first, decisions=(card(),))
    assert store.decisions_of(ORDER_ID) == (card(),)


def test_a_decision_is_made_once_and_the_second_changes_nothing(store: Store) -> None:
    first = store.new(decisions=(card(),))
    second = store.then(first, made=(made_of(card(), "li"),))
    with pytest.raises(Stale):
        store.then(second, second.reach(M.CANCELLED, T0), made=(made_of(card(), "wang"),))
    found = store.decision(ORDER_ID, card().decision_id)
    assert found is not None
    assert found.made_by == "li"


def test_a_decision_nobody_asked_for_cannot_be_made(store: Store) -> None:
    first = store.new()
    with pytest.raises(Stale):
        store.then(first, made=(made_of(card()),))


def test_open_decisions_stand_in_the_queue_nearest_deadline_first_and_leave_it_when_made(store: Store) -> None:
    late, soon = card("late", now=T0 + 10), card("soon", DecisionClass.OVERDUE, now=T0)
    first = store.new(decisions=(late, soon))
    assert [c.decision_id for c in store.open_decisions()] == [soon.decision_id, late.decision_id]
    assert [c.decision_id for c in store.open_decisions(limit=1)] == [soon.decision_id]
    store.then(first, made=(made_of(soon),))
    assert [c.decision_id for c in store.open_decisions()] == [late.decision_id]


def test_a_card_of_no_order_is_queued_once_and_closed_once(store: Store) -> None:
    lost = decision_for("unreadable", DecisionClass.UNREADABLE_MESSAGE, "youzan-1", {}, T0, sealed="…")
    fact = Fact(FactType.DECISION_REQUESTED, {"decision_id": lost.decision_id}, T0)
    assert store.request_alone(lost, (fact,), T0)
    assert not store.request_alone(lost, (fact,), T0 + 1)
    assert [c.decision_id for c in store.open_decisions()] == [lost.decision_id]
    decided = replace(made_of(lost), option="dismiss")
    store.settle_alone(decided, Fact(FactType.DECISION_MADE, {}, T0), T0 + 2_000)
    with pytest.raises(Stale):
        store.settle_alone(decided, Fact(FactType.DECISION_MADE, {}, T0), T0 + 3_000)
    assert store.open_decisions() == ()
    assert [f.type for f in store.facts_of("unreadable")] == ["DecisionRequested", "DecisionMade"]


def test_two_cards_of_no_order_in_one_second_both_stand(store: Store) -> None:
    for number in range(40):
        lost = decision_for("unreadable", DecisionClass.UNREADABLE_MESSAGE, f"youzan-{number}", {}, T0)
        assert store.request_alone(lost, (Fact(FactType.DECISION_REQUESTED, {}, T0),), T0)
    assert len(store.open_decisions()) == 40
    assert len(store.facts_of("unreadable")) == 40


# --- what lies beside an order -----------------------------------------------------------------------------------


def test_facts_keep_their_order_their_types_and_where_they_came_from(store: Store) -> None:
    held = Fact(FactType.ORDER_HELD, {"reason_code": "x", "n": 3, "yes": True, "list": ({"a": 1}, "b")}, T0 - 5)
    store.new(facts=(PLACED, held), origin=Origin("corr", "cause", 3))
    first, second = store.facts_of(ORDER_ID)
    assert (first.event_id, second.event_id) == (f"{ORDER_ID}:1:0", f"{ORDER_ID}:1:1")
    assert second.data == {"reason_code": "x", "n": 3, "yes": True, "list": [{"a": 1}, "b"]}
    assert (second.occurred_at, second.recorded_at) == (T0 - 5, T0)
    assert (first.correlation_id, first.causation_id, first.hops) == ("corr", "cause", 3)


def test_every_kind_of_record_is_stored_where_the_design_says(store: Store) -> None:
    match = Match("has_lines", 1, (Condition("lines.count", "0", 0),), {"reason": "has_lines"})
    verdict = Verdict({"order": {"paid_at": None}}, (Evaluation(RuleKind.INTERCEPTION, 7, (match,)),), "hold",
                      ("has_lines",), T0)  # fmt: skip
    version = WaybillVersion(1, 1, "sf", "r-1-1", "SF1", "pushed", WaybillStatus.LIVE, 1, {"dest": "571"}, T0)
    split = split_settlement(snapshot(paid=True), 0, 6)
    records = (verdict, version, Fulfillment(1, "WH01", ("L1",), "dispatched", T0), Settlement(ORDER_ID, split, T0),
               PhoneEntry("d1", T0), WaybillReference("sf", "SF1"))  # fmt: skip
    store.new(records=records, message=MARK)
    pk = f"ORDER#{ORDER_ID}"
    for place in [(pk, "VERDICT#0000000001#0"), (pk, "WAYBILL#1#1"), (pk, "FULFILLMENT#1"), (pk, "SETTLEMENT"),
                  ("PHONE#d1", f"{T0:013d}#{ORDER_ID}"), ("REF#sf#SF1", "REF"), (f"REF#youzan#{TID}", "REF"),
                  ("MSG#youzan#k1", "MSG")]:  # fmt: skip
        found = store.item(*place)
        assert found, place
        assert {"entity", "schema_version", "revision", "updated_at"} <= set(found), place
    assert store.order_of_waybill("sf", "SF1") == ORDER_ID
    assert store.records_of(ORDER_ID)["settlement"][0]["receivable_fen"] == split.receivable_fen


def test_what_expires_says_when_in_seconds(store: Store) -> None:
    store.new(message=MARK, records=(PhoneEntry("d1", T0),))
    mark, phone = store.item("MSG#youzan#k1", "MSG"), store.item("PHONE#d1", f"{T0:013d}#{ORDER_ID}")
    assert mark
    assert phone
    assert mark["expires_on"] == T0 // 1000 + MESSAGE_TTL_SECONDS == T0 // 1000 + 35 * 86_400
    assert phone["expires_on"] == T0 // 1000 + 8 * 86_400
    kept = [i for i in items_below(store.client, store.table, f"ORDER#{ORDER_ID}") if "expires_on" in i]
    assert kept == []


def test_more_than_a_page_of_items_below_an_order_is_read_whole(store: Store) -> None:
    current = store.new()
    big = "x" * 9_000
    for _ in range(8):
        facts = tuple(Fact(FactType.PLATFORM_EVENT_KEPT, {"text": big}, T0) for _ in range(20))
        current = store.then(current, facts=facts)
    assert len(store.facts_of(ORDER_ID)) == 160  # 1.4 MB: two pages
    assert len(store.records_of(ORDER_ID)["fact"]) == 160


VALUES = {"s": "", "zh": "张三 😀", "i": -(10**15), "zero": 0, "yes": True, "no": False, "list": [1, "a", [True]],
          "map": {"k": {"n": 1}, "e": ""}, "empty": [], "nothing": {}}  # fmt: skip


def test_values_of_every_kind_come_back_as_they_were() -> None:
    assert values_of(item_of(VALUES)) == VALUES
    assert item_of({"a": None}) == {}
    with pytest.raises(TypeError):
        attribute_of(1.5)


def test_values_of_every_kind_survive_the_table(store: Store) -> None:
    store.client.put_item(TableName=store.table, Item=item_of({"pk": "P", "sk": "S", **VALUES}))
    assert store.item("P", "S") == {"pk": "P", "sk": "S", **VALUES}


# --- a table that throttles or conflicts -------------------------------------------------------------------------


class Trouble:
    """Answers the next ``times`` transactions with an error; ``does_it``: after doing them."""

    def __init__(self, client: Any, times: int, make: Callable[[], Exception], *, does_it: bool = False) -> None:
        self.left, self.seen, self.tokens = times, 0, list[str]()
        event = "after-call" if does_it else "before-call"
        self._make = make
        client.meta.events.register(f"{event}.dynamodb.TransactWriteItems", self._strike)
        client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", self._look)

    def _look(self, params: Any, **_: Any) -> None:
        self.tokens.append(params.get("ClientRequestToken", ""))

    def _strike(self, **_: Any) -> None:
        self.seen += 1
        if self.left:
            self.left -= 1
            raise self._make()


def cancelled(client: Any, code: str) -> Callable[[], Exception]:
    def make() -> Exception:
        answer = {"Error": {"Code": "TransactionCanceledException", "Message": code},
                  "CancellationReasons": [{"Code": code}, {"Code": "None"}]}  # fmt: skip
        return client.exceptions.TransactionCanceledException(answer, "TransactWriteItems")

    return make


def plain(code: str) -> Callable[[], Exception]:
    return lambda: ClientError({"Error": {"Code": code, "Message": code}}, "TransactWriteItems")


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions.time, "sleep", lambda _seconds: None)


PASSING = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]
PASSING_ALONE = ["ThrottlingException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
                 "InternalServerError"]  # fmt: skip


@pytest.mark.parametrize("code", PASSING)
def test_passing_trouble_is_retried_and_then_done_once(store: Store, no_sleep: None, code: str) -> None:
    trouble = Trouble(store.client, 4, cancelled(store.client, code))
    store.new(facts=(PLACED,))
    assert trouble.seen == 5
    assert len(store.facts_of(ORDER_ID)) == 1


@pytest.mark.parametrize("code", PASSING + PASSING_ALONE)
def test_trouble_that_does_not_pass_is_raised_and_nothing_is_done(store: Store, no_sleep: None, code: str) -> None:
    make = cancelled(store.client, code) if code in PASSING else plain(code)
    trouble = Trouble(store.client, 99, make)
    with pytest.raises(HubUnavailable):
        store.new()
    assert trouble.seen == transactions.ATTEMPTS
    assert store.load(ORDER_ID) is None


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ItemCollectionSizeLimitExceeded"])
def test_trouble_of_our_own_is_not_retried(store: Store, no_sleep: None, code: str) -> None:
    trouble = Trouble(store.client, 99, plain(code))
    with pytest.raises(ClientError):
        store.new()
    assert trouble.seen == 1


def test_attempts_of_one_transaction_carry_one_token(store: Store, no_sleep: None) -> None:
    """After an answer that was lost DynamoDB does the same token's writes once, and says that they are done."""
    trouble = Trouble(store.client, 1, plain("InternalServerError"), does_it=True)
    with pytest.raises(Stale):  # moto knows no tokens: it tries the writes again, and sees that they are done
        store.new()
    assert len(set(trouble.tokens)) == 1
    assert "" not in trouble.tokens


def test_reads_that_are_throttled_raise_and_are_not_taken_for_absence(store: Store) -> None:
    store.new()

    def strike(**_: Any) -> None:
        raise plain("ProvisionedThroughputExceededException")()

    store.client.meta.events.register("before-call.dynamodb.GetItem", strike)
    store.client.meta.events.register("before-call.dynamodb.Query", strike)
    with pytest.raises(ClientError):
        store.load(ORDER_ID)
    with pytest.raises(ClientError):
        store.seen(MARK)
    with pytest.raises(ClientError):
        due_ids(store, 9 * 10**12)
