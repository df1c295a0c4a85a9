"""Rows, what finds orders, lists and figures over the real table: newest fold wins, the same rows after a rebuild."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from orderhub.adapters.dynamodb.inspections import DynamoSignatures
from orderhub.adapters.dynamodb.orders import DynamoOrders
from orderhub.adapters.dynamodb.read_models import DynamoReadModels, DynamoWalk
from orderhub.adapters.dynamodb.watermarks import DynamoWatermarks
from orderhub.adapters.keyed_digest import KeyedDigest
from orderhub.contracts import api_reading
from orderhub.domain.day import day_of, days_before, start_of
from orderhub.domain.facts import Fact, FactType
from orderhub.domain.order import Milestone
from orderhub.domain.order_fold import row_of
from orderhub.domain.order_row import OrderRow, State
from orderhub.domain.records import StoredFact
from orderhub.ports.orders import Change
from orderhub.runtime import reading, wiring
from orderhub.services.day_figures import close_days
from orderhub.services.find_orders import find
from orderhub.services.list_orders import ListFilter, listed
from orderhub.services.project_orders import project, rebuild
from orderhub.services.shipping_list import ShippingFilter, shipping_list
from orderhub.services.show_health import Source
from orderhub.services.source_ages import ages
from tests.kit.facts import NUMBER, Told
from tests.kit.orders import T0, order
from tests.kit.tables import aws, create_read_table, create_tables, drop_tables, items_below

HOUR_MS = 3_600_000
DAY = day_of(T0)
ROOT = Path(__file__).parents[2]
DIGEST = KeyedDigest(lambda: "key-of-the-tests")
PHONE, NICK = "13800130001", "买家小王"


@dataclass
class Side:
    """The read side over empty tables; facts of orders are kept in memory."""

    client: Any
    table: str
    orders_table: str
    rows: DynamoReadModels
    told: dict[str, Told] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    now: int = T0 + 5 * HOUR_MS

    def facts_of(self, order_id: str) -> tuple[StoredFact, ...]:
        return tuple(self.told[order_id].facts)

    def order(self, number: int, at: int = T0) -> Told:
        order_id = f"youzan-E{number:04d}"
        self.told[order_id] = Told(order_id, at)
        return self.told[order_id]

    def hear(self, *some: Told) -> list[str]:
        """All their facts, as one batch of the stream."""
        batch = [(f.event_id, lambda f=f: f) for told in some or self.told.values() for f in told.facts]
        return project(batch, self, self.rows, lambda record, error: self.failures.append(record))

    def row(self, told: Told) -> OrderRow:
        (found,) = self.rows.rows([told.order_id])
        return found

    def ask(self, path: str, method: str = "GET", body: Any = None, **query: str) -> tuple[int, Any]:
        from functions.console.handler import handler

        event = {
            "version": "2.0", "routeKey": "ANY /api/{proxy+}", "rawPath": path, "rawQueryString": "", "headers": {},
            "queryStringParameters": query or None, "isBase64Encoded": False,
            "body": json.dumps(body) if body else None,
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        }  # fmt: skip
        answer = handler(event, None)
        is_json = answer["headers"]["Content-Type"].startswith("application/json")
        return answer["statusCode"], json.loads(answer["body"]) if is_json else answer["body"]

    def get(self, path: str, **query: str) -> Any:
        """The answer, which has exactly the fields that the document promises."""
        status, said = self.ask(path, **query)
        assert status == 200, said
        model = next(route.answers for route in api_reading.ROUTES if route.path == path)
        if model:
            model.model_validate(said)
        return said


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with aws() as made:
        yield made


@pytest.fixture
def side(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    names = create_tables(client)
    orders_table, table = names[0], create_read_table(client)
    try:
        made = Side(client, table, orders_table, DynamoReadModels(client, table))
        signatures = DynamoSignatures(client, orders_table)
        monkeypatch.setattr(reading, "_kept", {})
        monkeypatch.setattr(reading, "rows", lambda: made.rows)
        monkeypatch.setattr(reading, "sources", list)
        monkeypatch.setattr(reading, "signatures", lambda: signatures)
        monkeypatch.setattr(reading, "now_ms", lambda: made.now)
        monkeypatch.setattr(wiring, "now_ms", lambda: made.now)
        monkeypatch.setattr(wiring, "digest", lambda: DIGEST)
        monkeypatch.setattr(wiring, "orders", lambda: DynamoOrders(client, orders_table))
        monkeypatch.setattr(wiring, "is_allowed", lambda headers: True)
        yield made
    finally:
        drop_tables(client, (*names, table))


# --- rows ----------------------------------------------------------------------------------------------------


def test_a_row_reads_back_as_it_was_folded(side: Side) -> None:
    told = side.order(1).to_warehouse().asked("overdue").shipped().confirmed().received()
    assert side.hear() == []
    assert side.row(told) == row_of(told.facts)


def test_of_two_folds_the_one_with_more_facts_stays_whatever_comes_last(side: Side) -> None:
    told = side.order(1).to_warehouse()
    older = row_of(told.facts)
    newer = row_of(told.shipped().facts)
    assert older and newer
    assert side.rows.put(newer)
    assert not side.rows.put(older)
    assert not side.rows.put(newer)
    assert not side.rows.put(older, again=True)
    assert side.rows.put(newer, again=True)
    assert side.row(told) == newer


def test_a_fact_that_cannot_be_read_keeps_no_other_order_from_its_row(side: Side) -> None:
    good, bad = side.order(1).to_warehouse(), side.order(2).placed()
    bad.facts.append(replace(bad.facts[0], revision=2, type=FactType.ORDER_PAID.value, data={}))
    failed = side.hear()
    assert set(failed) == {fact.event_id for fact in bad.facts}
    assert side.row(good).state is State.AWAIT_SHIPMENT
    assert side.failures


def test_a_row_leaves_its_state_for_the_next_one_and_is_counted_once(side: Side) -> None:
    told = side.order(1).to_warehouse()
    side.order(2).to_warehouse()
    side.hear()
    assert side.rows.count(State.AWAIT_SHIPMENT) == 2
    side.hear(told.shipped())
    assert (side.rows.count(State.AWAIT_SHIPMENT), side.rows.count(State.AWAIT_DELIVERY)) == (1, 1)
    side.hear(told.received().settled())
    assert (side.rows.count(State.COMPLETED, DAY), side.rows.count(State.COMPLETED, "20200101")) == (1, 0)


def test_a_rebuild_makes_the_same_items_from_nothing_and_goes_on_where_it_was_cut_off(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = DynamoOrders(side.client, side.orders_table)
    for number in range(5):
        made = order(Milestone.PLACED, platform_id=f"E{number}", revision=0)
        told = side.order(number).to_warehouse().shipped()
        facts = [Fact(FactType(f.type), f.data, f.occurred_at) for f in told.facts]  # type: ignore[arg-type]
        orders.commit(Change(None, replace(made, order_id=told.order_id), told.now, facts=facts))
    report = lambda record, error: side.failures.append(record)  # noqa: E731
    stored = {key: orders.facts_of(key) for key in side.told}
    project([(f.event_id, lambda f=f: f) for some in stored.values() for f in some], orders, side.rows, report)
    before = {
        (i["pk"]["S"], i["sk"]["S"]): i for i in items_below(side.client, side.table) if i["entity"]["S"] != "source"
    }
    for pk, sk in before:
        side.client.delete_item(TableName=side.table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    walk = DynamoWalk(side.client, side.orders_table, side.table)
    monkeypatch.setattr("orderhub.adapters.dynamodb.read_models.WALKED", 7)
    hours = iter(range(1_000))
    clock = lambda: next(hours) * HOUR_MS  # noqa: E731
    calls = []
    while not calls or not calls[-1]["is_done"]:
        calls.append(rebuild(walk, orders, side.rows, report, clock, restart=not calls))
    after = {(i["pk"]["S"], i["sk"]["S"]): i for i in items_below(side.client, side.table)}
    assert {key: after.get(key) for key in before} == before
    assert len(calls) > 2
    assert sum(call["orders"] for call in calls) == 5
    assert side.failures == []


def test_the_function_answers_the_stream_with_the_records_that_failed(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(reading, "project", lambda event: heard.append("facts") or ["7"])
    handler = runpy.run_path(str(ROOT / "functions" / "project" / "handler.py"))["handler"]
    keys = {"pk": {"S": "ORDER#youzan-1"}, "sk": {"S": "FACT#0000000001#0"}}
    event = {"Records": [{"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "Keys": keys}}]}
    assert handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "7"}]}
    assert heard == ["facts"]


# --- find anything -------------------------------------------------------------------------------------------


def digests(phone: str = PHONE, nick: str = NICK) -> dict[str, str]:
    return {"contact_digest": DIGEST.of_phone(phone), "tail_digest": DIGEST.of_tail(phone),
            "alias_digest": DIGEST.of_nick(nick)}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "by"),
    [
        ("youzan-E0001", "order"),
        ("E0001", "order"),
        (NUMBER, "waybill"),
        (f" {NUMBER.lower()} ", "waybill"),
        (PHONE, "phone"),
        ("+86 138-0013-0001", "phone"),
        ("0001", "tail"),
        (NICK, "nick"),
    ],
)
def test_an_order_is_found_by_whatever_a_caller_has(side: Side, asked: str, by: str) -> None:
    side.order(1).placed(**digests()).reserved().paid().judged().dispatched().labelled()
    side.order(2).placed(**digests("13800130002", "another"))
    side.hear()
    found = side.get("/api/find", q=asked)
    assert [(row["order_id"], row["found_by"]) for row in found["orders"]] == [("youzan-E0001", by)]


def test_the_newest_twenty_are_shown_and_more_are_told_of(side: Side) -> None:
    for number in range(22):
        side.order(number, T0 + number).placed(**digests())
    side.hear()
    found = side.get("/api/find", q="0001")
    assert (len(found["orders"]), found["is_cut"]) == (20, True)
    placed = [row["placed_at"] for row in found["orders"] if row["found_by"] == "tail"]
    assert placed == sorted(placed, reverse=True)
    assert placed[0] == T0 + 21


def test_an_order_is_found_by_its_old_and_its_new_receiver(side: Side) -> None:
    told = side.order(1).placed(**digests())
    told.tell(FactType.ORDER_CHANGED, shop_id="1", lines=1, payable_fen=1, placed_at=T0, **digests("13800139999", ""))
    side.hear()
    for asked in ("13800130001", "13800139999", "9999"):
        assert len(side.get("/api/find", q=asked)["orders"]) == 1


def test_nothing_that_was_typed_or_that_is_personal_stands_in_the_table(side: Side) -> None:
    side.order(1).placed(**digests())
    side.hear()
    side.get("/api/find", q=PHONE)
    held = json.dumps(items_below(side.client, side.table), ensure_ascii=False)
    assert PHONE not in held
    assert NICK not in held


@pytest.mark.parametrize("asked", [" ", "x" * 65])
def test_a_question_that_is_none_is_refused(side: Side, asked: str) -> None:
    status, said = side.ask("/api/find", q=asked)
    assert (status, said["error"]["code"] in ("bad_filter", "bad_request")) == (422, True)


# --- health, lists, lifecycle --------------------------------------------------------------------------------


def some_orders(side: Side) -> None:
    side.order(1).to_the_end()
    side.order(2).to_warehouse().shipped().asked("number_mismatch", blocks=False)
    side.order(3).to_warehouse().asked("overdue")
    side.order(4).placed()
    side.hear()


def test_every_figure_leads_to_the_very_orders_it_counts(side: Side) -> None:
    some_orders(side)
    board = side.get("/api/health")
    tiles = {tile["key"]: tile for tile in board["tiles"]}
    assert (tiles["exceptions"]["shown"], tiles["exceptions"]["n"]) == ("50.00 %", 4)
    assert (tiles["consistency"]["shown"], tiles["consistency"]["n"]) == ("50.00 %", 2)
    assert (tiles["accuracy"]["count"], tiles["accuracy"]["per_10_000"], tiles["accuracy"]["n"]) == (1, "5000", 2)
    assert tiles["accuracy"]["interval"].startswith("[")
    assert tiles["payment_to_outbound"]["median_ms"] == 4 * 60_000
    for tile in tiles.values():
        for part in tile["parts"] if tile["key"] != "payment_to_outbound" else ():
            listed = side.get("/api/orders/list", **part["filter"])
            assert (listed["total"], len(listed["orders"])) == (part["count"], part["count"]), part


def test_closed_days_are_kept_and_make_the_trend_and_what_comes_late_is_counted(side: Side) -> None:
    yesterday = days_before(DAY, 1)[0]
    late = side.order(1, start_of(yesterday)).to_warehouse().shipped()
    side.hear()
    assert side.get("/api/health")["tiles"][0]["trend"][-2]["value"] is None
    assert close_days(side.rows, side.now) == {"computed": 14, "kept": 0}
    assert close_days(side.rows, side.now) == {"computed": 0, "kept": 14}
    side.now += 2_000
    assert side.get("/api/health")["tiles"][1]["trend"][-2] == {"day": yesterday, "value": 0, "n": 1, "shown": "0.00 %"}
    side.hear(late.asked("recover_gift", blocks=False))
    assert close_days(side.rows, side.now + HOUR_MS) == {"computed": 1, "kept": 13}
    assert side.rows.summaries([yesterday, DAY])[yesterday]["exceptional"] == 1


def test_a_list_goes_on_page_by_page_while_orders_come_and_go(side: Side) -> None:
    for number in range(5):
        side.order(number, T0 + number).to_warehouse()
    side.hear()
    first = side.get("/api/orders/list", state="AwaitShipment", limit="2")
    assert first["total"] == 5
    side.hear(side.told[first["orders"][0]["order_id"]].shipped())
    rest, cursor = [], first["cursor"]
    while cursor:
        page = side.get("/api/orders/list", state="AwaitShipment", limit="2", cursor=cursor)
        rest += page["orders"]
        cursor = page["cursor"]
    assert [row["order_id"] for row in first["orders"] + rest] == sorted(side.told)
    by_day = side.get("/api/orders/list", day=DAY, limit="3")
    more = side.get("/api/orders/list", day=DAY, limit="3", cursor=by_day["cursor"])
    assert [row["order_id"] for row in by_day["orders"] + more["orders"]] == sorted(side.told, reverse=True)
    assert more["cursor"] == ""


def test_who_sees_some_shops_only_finds_and_lists_their_orders(side: Side) -> None:
    for number in range(6):
        side.order(number, T0 + number).placed(shop_id="A" if number % 3 else "B", **digests())
    side.hear()
    theirs = ["youzan-E0000", "youzan-E0003"]
    by_day = listed(ListFilter(day=DAY), side.rows, side.now, {"B"})
    assert ([row["order_id"] for row in by_day["orders"]], by_day["total"]) == (theirs[::-1], 2)
    first = listed(ListFilter(state="Reserve", limit=1), side.rows, side.now, {"B"})
    rest = listed(ListFilter(state="Reserve", limit=5, cursor=first["cursor"]), side.rows, side.now, {"B"})
    assert [row["order_id"] for row in first["orders"] + rest["orders"]] == theirs
    assert (first["total"], rest["cursor"]) == (2, "")
    assert [row["order_id"] for row in find("0001", side.rows, DIGEST, {"B"})["orders"]] == theirs[::-1]
    assert shipping_list(ShippingFilter("Reserve"), side.rows, side.now, {"B"})["totals"]["orders"] == 2


def test_states_what_people_did_and_closed_days_are_counted_by_shop(side: Side) -> None:
    yesterday = days_before(DAY, 1)[0]
    for number, shop in enumerate("ABB"):
        told = side.order(number, start_of(yesterday)).placed(shop_id=shop)
        told.asked("phone_velocity").made("phone_velocity", "continue")
    side.hear()
    counts = [side.rows.count(State.RESERVE, "", shops) for shops in ((), ("A",), ("B",), ("A", "B"), ("C",))]
    assert counts == [3, 1, 2, 3, 0]
    made = [sum(side.rows.handmade_on(yesterday, shops).values()) for shops in ((), ("A",), ("B",), ("C",))]
    assert made == [3, 1, 2, 0]
    close_days(side.rows, side.now)
    kept = [side.rows.summaries([yesterday], shop)[yesterday]["placed"] for shop in ("", "A", "B")]
    assert kept == [3, 1, 2]
    assert side.rows.summaries([yesterday])[yesterday]["shops"] == ["A", "B"]
    assert side.rows.summaries([yesterday], "C") == {}


@pytest.mark.parametrize(
    "query",
    [{"state": "Nowhere"}, {"exception": "x"}, {"defect": "x"}, {"agreement": "x"}, {"by": "x"}, {"limit": "0"},
     {"day": "20991231"}, {"day": "20261399"}, {"since": "20200101"}, {"cursor": "?", "state": "Assess"},
     {"cursor": "bm93aGVyZQ=="}],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused(side: Side, query: dict[str, str]) -> None:
    status, said = side.ask("/api/orders/list", **query)
    assert (status, said["error"]["code"]) == (422, "bad_filter")


def test_the_picture_is_the_definitions_with_the_counts_of_now(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    from local.cloud.template import definition_json

    some_orders(side)
    asl = (ROOT / "statemachines" / "order_lifecycle.asl.yaml").read_text(encoding="utf-8")
    definition = json.loads(definition_json(re.sub(r"\$\{\w+Seconds\}", "60", asl)))
    monkeypatch.setenv("LIFECYCLE_ARN", "the-arn")
    monkeypatch.setattr("orderhub.adapters.aws.definition.deployed_definition", lambda client, arn: definition)
    monkeypatch.setattr(reading, "aws", lambda service: None)
    shown = side.get("/api/lifecycle")
    counts = {state["name"]: state["count"] for state in shown["states"]}
    held = ("AwaitDelivery", "AwaitRelease", "Reserve", "OrderCompleted")
    assert [counts[name] for name in held] == [1, 1, 1, 1]
    assert (counts["FindNextStep"], counts["Settle"]) == (None, 0)
    assert set(State) <= set(counts)
    usual = [edge for edge in shown["edges"] if edge["kind"] == "usual"]
    assert {"from": "Reserve", "to": "AwaitPayment", "kind": "usual"} in usual
    assert len({(e["from"], e["to"], e["kind"]) for e in shown["edges"]}) == len(shown["edges"])


def test_the_age_of_a_source_is_that_of_its_longest_unread_account_and_unknown_is_stale(side: Side) -> None:
    side.order(1).placed(shop_id="A")
    side.order(2).placed(shop_id="B")
    side.hear()
    marks = DynamoWatermarks(side.client, side.orders_table)
    for account, at in (("A", T0 + 2), ("B", T0 + 1)):
        marks.advance("youzan", account, 0, at)
    told = {name: (at, usual) for name, at, usual in ages(side.rows, marks, side.now)}
    assert (told["orderhub"][0], told["youzan"][0], told["wangdiantong"][0]) == (T0 + 100, T0 + 1, None)
    shown = [Source(name, at, usual).shown(T0 + 60_000) for name, (at, usual) in told.items()]
    assert [(each["age_ms"], each["is_stale"]) for each in shown] == [(59_900, False), (59_999, False), (None, True)]


# --- shipping list, inspection -------------------------------------------------------------------------------


def test_the_shipping_lists_totals_are_those_of_its_rows_on_screen_and_as_csv(side: Side) -> None:
    side.order(1).placed(pieces=2, sku="=cmd").reserved().paid().judged().dispatched().labelled()
    side.order(2).to_warehouse().tell(FactType.GIFT_GRANTED, code="FP-001", quantity=1, rule_id="r", line_id="L1")
    side.order(3).to_warehouse().shipped()
    side.hear()
    shown = side.get("/api/shipping-list")
    assert [row["order_id"] for row in shown["orders"]] == ["youzan-E0001", "youzan-E0002"]
    assert shown["totals"] == {
        "orders": 2, "parcels": 2, "pieces": 3, "by_sku": {"=cmd": 2, "ZP-2026-01": 1}, "gifts": {"FP-001": 1},
        "payable_fen": 89_700, "paid_fen": 59_800,
    }  # fmt: skip
    lines = side.get("/api/shipping-list.csv").splitlines()
    assert len([line for line in lines if line.startswith("youzan-")]) == 3
    assert sum("'=cmd" in line for line in lines) == 2
    assert next(line for line in lines if line.startswith("合计")).endswith(",3,897.00,598.00")
    assert side.get("/api/shipping-list", day=DAY)["totals"]["orders"] == 1
    assert side.get("/api/shipping-list", warehouse="WH02")["totals"]["orders"] == 0


def test_the_inspection_says_what_got_worse_and_is_signed_by_adding(side: Side) -> None:
    yesterday, week_ago = days_before(DAY, 7)[-1], days_before(DAY, 7)[0]
    side.order(8, start_of(yesterday)).to_warehouse().shipped()
    side.order(9, start_of(week_ago)).to_warehouse().shipped().asked("recover_gift", blocks=False)
    some_orders(side)
    paper = side.get("/api/inspection")
    exceptions = next(figure for figure in paper["figures"] if figure["key"] == "exceptions")
    assert exceptions["change"] == {"yesterday": "worse", "last_week": "better"}
    assert "exceptions" in paper["worse"]
    assert {cause["class"] for cause in paper["causes"]} == {"number_mismatch", "overdue"}
    for note in ("看过", "再看一次"):
        side.now += 1
        status, signed = side.ask("/api/inspection/sign", "POST", {"by": "boss", "note": note})
        assert status == 200, signed
    assert [each["note"] for each in side.get("/api/inspection")["signatures"]] == ["看过", "再看一次"]
    assert side.ask("/api/inspection/sign", "POST", {"by": "13800130001"})[0] == 422


def test_what_people_do_by_hand_more_than_ten_times_is_said_and_a_fact_heard_twice_counts_once(side: Side) -> None:
    told = side.order(1).placed()
    for _ in range(11):
        told.asked("phone_velocity").made("phone_velocity", "continue")
    told.asked("stock_lost").made("stock_lost")
    side.hear()
    side.hear()
    (often,) = side.get("/api/inspection")["by_hand"]
    assert (often["class"], often["option"], often["count"]) == ("phone_velocity", "continue", 11)


def test_orders_that_wait_for_a_partner_are_told_by_partner(side: Side) -> None:
    told = side.order(1).placed().reserved().paid().judged()
    told.tell(FactType.PARTNER_DEGRADED, partner="wangdiantong", step="dispatch", retry_at=T0)
    side.hear()
    assert side.get("/api/inspection")["waiting"] == [{"partner": "wangdiantong", "orders": 1, "since": told.now + 100}]


def test_a_list_too_long_to_be_read_is_refused_whole(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    some_orders(side)
    monkeypatch.setattr("orderhub.services.shipping_list.MOST", 0)
    status, said = side.ask("/api/shipping-list", state="AwaitDelivery")
    assert (status, said["error"]["code"]) == (422, "too_many")


def test_a_tail_is_the_same_alone_and_in_its_phone_and_no_kind_of_digest_equals_another() -> None:
    made = {DIGEST.of_tail(PHONE), DIGEST.of_phone(PHONE), DIGEST.of_nick("0001"), DIGEST.of_tail("0001")}
    assert len(made) == 3
    assert DIGEST.of_tail("86 13800130001") == DIGEST.of_tail(PHONE)
    assert (DIGEST.of_tail("123"), DIGEST.of_nick(" ")) == ("", "")
    assert DIGEST.of_nick(" Wang ") == DIGEST.of_nick("wang")
