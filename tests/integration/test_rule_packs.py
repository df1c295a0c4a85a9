"""Versions of the rules in the table: numbered once, switched by one, rolled back as they were, told as facts (R20)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud.paths import ROOT
from orderhub.adapters.dynamodb.items import item_of
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.rule_packs import DynamoRulePacks
from orderhub.domain.errors import Rejected, Stale
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.rulepack import LiveMark, Pack, PackStatus, RuleKind
from orderhub.ports.rules import BrokenPack, PackChange, Shelf
from orderhub.rules.defaults import default_pack
from orderhub.services import show_rules
from orderhub.services.publish import envelope
from orderhub.services.rule_packs import PackRefused, mark_tested, save_draft, switch_on, version_of
from orderhub.services.rulebook import FRESH_MS, LiveRules
from tests.architecture.checks import catalogue
from tests.kit.packs import graph, hold
from tests.kit.tables import items_below

KIND = RuleKind.INTERCEPTION
T0 = 1_795_325_400_000
DEAR = graph([hold("dear", amounts__paid_fen="> 100000")])
CHEAP = graph([hold("dear", amounts__paid_fen="> 5000"), hold("many", lines__pieces="> 20")])


@pytest.fixture
def store(table: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> DynamoRulePacks:
    """The store; moto takes one call at a time, DynamoDB makes a transaction one by itself."""
    client, _ = table
    lock, call = threading.Lock(), client._make_api_call

    def one_at_a_time(*of: Any) -> Any:
        with lock:
            return call(*of)

    monkeypatch.setattr(client, "_make_api_call", one_at_a_time)
    return DynamoRulePacks(*table)


def saved(store: DynamoRulePacks, what: Any = DEAR, now: int = T0) -> Pack:
    return save_draft(KIND, what, "ops", "before the sale", "li", store, now)


def switched(store: DynamoRulePacks, version: int, replaces: int, by: str = "li", now: int = T0) -> Pack:
    return switch_on(KIND, version, replaces, "checked by hand", by, store, now)


def facts(table: tuple[Any, str]) -> list[Any]:
    return list(DynamoOrders(*table).facts_of("rules-interception"))


def code_of(action: Callable[[], Any]) -> str:
    with pytest.raises(Rejected) as refused:
        action()
    return refused.value.code


# --- saving ------------------------------------------------------------------------------------------------------


def test_a_draft_gets_the_next_number_and_is_read_back_as_it_was(store: DynamoRulePacks) -> None:
    assert [saved(store).version, saved(store, CHEAP).version] == [1, 2]
    found = store.load(KIND, 2)
    assert found == Pack(KIND, 2, CHEAP, PackStatus.DRAFT, "ops", "before the sale", "li", T0)
    assert [pack.version for pack in store.versions(KIND)] == [2, 1]
    assert store.load(KIND, 3) is None
    assert store.live_mark(KIND) is None


def test_kinds_count_for_themselves(store: DynamoRulePacks) -> None:
    saved(store)
    carrier = save_draft(RuleKind.CARRIER, default_pack(RuleKind.CARRIER).graph, "ops", "", "li", store, T0)
    assert carrier.version == 1


def test_drafts_saved_at_once_get_numbers_of_their_own(store: DynamoRulePacks) -> None:
    with ThreadPoolExecutor(3) as pool:
        numbers = list(pool.map(lambda _: saved(store).version, range(3)))
    assert sorted(numbers) == [1, 2, 3]


def test_a_broken_pack_leaves_nothing_behind(store: DynamoRulePacks, table: tuple[Any, str]) -> None:
    with pytest.raises(PackRefused) as refused:
        saved(store, graph([hold("x", lines__pieces="> >")]))
    assert [(p.row, p.column, p.code) for p in refused.value.problems] == [(1, "lines.pieces", "broken")]
    assert items_below(*table) == []


def test_a_saved_version_is_never_overwritten(store: DynamoRulePacks) -> None:
    saved(store)
    again = Pack(KIND, 1, CHEAP, PackStatus.DRAFT)
    fact = Fact(FactType.RULE_PACK_CHANGED, {}, T0)
    with pytest.raises(Stale):
        store.commit(PackChange(store.shelf(KIND), again, fact, T0, is_new=True))
    assert version_of(KIND, 1, store).graph == DEAR


def test_what_changes_about_a_version_never_changes_what_it_says(store: DynamoRulePacks) -> None:
    saved(store)
    told = Pack(KIND, 1, CHEAP, PackStatus.TESTED, changed_by="wang", changed_at=T0)
    store.commit(PackChange(store.shelf(KIND), told, Fact(FactType.RULE_PACK_CHANGED, {}, T0), T0))
    found = version_of(KIND, 1, store)
    assert (found.status, found.graph, found.owner) == (PackStatus.TESTED, DEAR, "ops")


# --- switching ---------------------------------------------------------------------------------------------------


def test_switching_retires_what_was_live_and_rolling_back_brings_it_again_as_it_was(store: DynamoRulePacks) -> None:
    saved(store)
    saved(store, CHEAP)
    switched(store, 1, 0)
    switched(store, 2, 1)
    assert [pack.status for pack in store.versions(KIND)] == [PackStatus.LIVE, PackStatus.RETIRED]
    switched(store, 1, 2)
    assert [pack.status for pack in store.versions(KIND)] == [PackStatus.RETIRED, PackStatus.LIVE]
    assert version_of(KIND, 1, store).graph == DEAR
    switched(store, 0, 1)
    assert store.live_mark(KIND) == LiveMark(0, "li", T0, "checked by hand")
    assert {pack.status for pack in store.versions(KIND)} == {PackStatus.RETIRED}


def test_of_two_who_switch_at_once_the_second_is_told_who_was_first(store: DynamoRulePacks) -> None:
    saved(store)
    saved(store, CHEAP)
    switched(store, 1, 0, by="li")
    with pytest.raises(Rejected, match="li switched it on") as refused:
        switched(store, 2, 0, by="wang")
    assert refused.value.code == "switched_meanwhile"
    assert refused.value.evidence == {"live": 1, "by": "li"}


def test_two_switches_in_the_same_instant_leave_one_live_version(store: DynamoRulePacks) -> None:
    saved(store)
    saved(store, CHEAP)

    def attempt(version: int) -> str:
        try:
            switched(store, version, 0, by=f"person{version}")
        except Rejected as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, (1, 2)))
    assert sorted(outcomes) == ["done", "switched_meanwhile"]
    live = [pack.version for pack in store.versions(KIND) if pack.status is PackStatus.LIVE]
    mark = store.live_mark(KIND)
    assert mark
    assert live == [mark.version]


def test_two_live_versions_are_impossible_even_for_who_saw_an_old_shelf(store: DynamoRulePacks) -> None:
    saved(store)
    saved(store, CHEAP)
    old = store.shelf(KIND)
    switched(store, 1, 0)
    second = Pack(KIND, 2, CHEAP, PackStatus.LIVE)
    fact = Fact(FactType.RULE_PACK_CHANGED, {}, T0)
    with pytest.raises(Stale):
        store.commit(PackChange(old, second, fact, T0, live=LiveMark(2)))
    pretended = Shelf(store.shelf(KIND).revision, 2, None)
    with pytest.raises(Stale):
        store.commit(PackChange(pretended, second, fact, T0, live=LiveMark(2)))
    assert [pack.version for pack in store.versions(KIND) if pack.status is PackStatus.LIVE] == [1]


@pytest.mark.parametrize(
    ("version", "replaces", "reason", "code"),
    [
        (7, 0, "why", "no_such_version"),
        (0, 0, "why", "already_live"),
        (1, 0, "", "untested"),
        (1, 3, "why", "switched_meanwhile"),
    ],
)
def test_a_switch_that_must_not_be_says_why(
    store: DynamoRulePacks, version: int, replaces: int, reason: str, code: str
) -> None:
    saved(store)
    assert code_of(lambda: switch_on(KIND, version, replaces, reason, "li", store, T0)) == code
    assert store.live_mark(KIND) is None


def test_a_back_test_takes_the_place_of_a_written_reason(store: DynamoRulePacks) -> None:
    saved(store)
    tested = mark_tested(KIND, 1, {"orders": 120, "newly_held": 3}, "li", store, T0)
    assert tested.status is PackStatus.TESTED
    live = switch_on(KIND, 1, 0, "", "li", store, T0)
    assert (live.status, version_of(KIND, 1, store).tested) == (PackStatus.LIVE, {"orders": 120, "newly_held": 3})
    assert mark_tested(KIND, 1, {"orders": 0}, "li", store, T0).tested == {"orders": 120, "newly_held": 3}
    assert code_of(lambda: mark_tested(KIND, 9, {}, "li", store, T0)) == "no_such_version"


def test_every_change_is_told_with_who_when_and_why(store: DynamoRulePacks, table: tuple[Any, str]) -> None:
    saved(store)
    mark_tested(KIND, 1, {"orders": 1}, "li", store, T0 + 1)
    switched(store, 1, 0, by="wang", now=T0 + 2)
    switched(store, 0, 1, by="zhao", now=T0 + 3)
    told = [
        (f.data["version"], f.data["status"], f.data["by"], f.data.get("replaces"), f.occurred_at) for f in facts(table)
    ]
    assert told == [
        (1, "draft", "li", None, T0),
        (1, "tested", "li", None, T0 + 1),
        (1, "live", "wang", 0, T0 + 2),
        (0, "live", "zhao", 1, T0 + 3),
    ]  # fmt: skip
    assert [f.revision for f in facts(table)] == [1, 2, 3, 4]
    for fact in facts(table):
        assert catalogue.problems_of_detail(ROOT, FactType(fact.type), json.loads(envelope(fact))) == []


def test_two_versions_are_compared_row_by_row(store: DynamoRulePacks) -> None:
    saved(store)
    saved(store, CHEAP)
    found = show_rules.difference(KIND, 1, 2, store)
    assert found["changed"] == {"dear": {"amounts.paid_fen": ["> 100000", "> 5000"]}}
    assert found["added"] == {
        "many": {"lines.pieces": "> 20", "out:class": '"assessment_held"', "out:reason": '"many"'}
    }
    assert found["removed"] == {}
    assert show_rules.difference(KIND, 2, 1, store)["removed"].keys() == {"many"}


# --- the book that judges ----------------------------------------------------------------------------------------


class Now:
    def __init__(self) -> None:
        self.ms = T0

    def __call__(self) -> int:
        return self.ms


class Counting(DynamoRulePacks):
    """The real store that counts its reads, and may be out."""

    reads = 0
    is_out = False

    def _get(self, kind: RuleKind, sk: str) -> dict[str, Any] | None:
        if self.is_out:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")
        self.reads += 1
        return super()._get(kind, sk)


def test_the_shipped_default_judges_only_while_nothing_was_switched_on(store: DynamoRulePacks) -> None:
    clock = Now()
    book = LiveRules(store, clock)
    saved(store)
    assert book.live(KIND) is default_pack(KIND)
    switched(store, 1, 0)
    assert book.live(KIND).version == 0
    clock.ms += FRESH_MS
    assert (book.live(KIND).version, book.live(KIND).graph) == (1, DEAR)
    switched(store, 0, 1)
    clock.ms += FRESH_MS
    assert book.live(KIND) is default_pack(KIND)


def test_what_was_read_serves_five_seconds_and_then_only_the_pointer_is_read(table: tuple[Any, str]) -> None:
    store, clock = Counting(*table), Now()
    saved(store)
    switched(store, 1, 0)
    store.reads = 0
    book = LiveRules(store, clock)
    for _ in range(3):
        book.live(KIND)
    assert store.reads == 2
    clock.ms += FRESH_MS
    book.live(KIND)
    assert store.reads == 3
    clock.ms -= 60_000  # a clock set back is no reason to trust what is held
    book.live(KIND)
    assert store.reads == 4


def test_a_table_that_does_not_answer_lets_nothing_be_judged(table: tuple[Any, str]) -> None:
    store, clock = Counting(*table), Now()
    book = LiveRules(store, clock)
    store.is_out = True
    with pytest.raises(ClientError):
        book.live(KIND)
    store.is_out = False
    book.live(KIND)
    store.is_out = True
    assert book.live(KIND).version == 0
    clock.ms += FRESH_MS
    with pytest.raises(ClientError):
        book.live(KIND)


def test_a_live_pack_that_asks_for_a_removed_field_judges_nobody(
    store: DynamoRulePacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(store)
    switched(store, 1, 0)
    fields = {name: field for name, field in show_rules.INPUTS[KIND].items() if name != "amounts.paid_fen"}
    monkeypatch.setitem(show_rules.INPUTS, KIND, fields)  # type: ignore[arg-type]
    with pytest.raises(BrokenPack, match=r"unknown_field .* amounts.paid_fen"):
        LiveRules(store, Now()).live(KIND)
    saved(store, graph([hold("many", lines__pieces="> 20")]))
    switched(store, 2, 1)
    assert code_of(lambda: switched(store, 1, 2)) == "bad_pack"


def test_a_live_version_that_is_gone_judges_nobody(store: DynamoRulePacks, table: tuple[Any, str]) -> None:
    client, name = table
    values = {"pk": f"RULES#{KIND.value}", "sk": "LIVE", "version": 9, "switched_by": "li", "switched_at": T0}
    client.put_item(TableName=name, Item=item_of(values))
    with pytest.raises(BrokenPack, match="v9 is live and cannot be found"):
        LiveRules(store, Now()).live(KIND)
