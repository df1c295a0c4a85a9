"""The packing station's list and results over a real table: each counted once, late ones on a card (R44, R53)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from orderhub.contracts import api_packing
from orderhub.domain.decision import DecisionClass
from orderhub.domain.errors import Rejected
from orderhub.domain.order import Milestone
from orderhub.runtime.operations import OPERATIONS
from orderhub.services.packing import MOST_PARCELS, changes, find, wave
from orderhub.services.record_packing import record, results_from
from pages import door
from pages.catalogue import PAGES
from tests.kit.console import data_of, event, signed_in, text_of
from tests.kit.labels import GIFT
from tests.kit.orders import ORDER_ID, SHOP, line, snapshot
from tests.kit.packing import NOW, NUMBER, Station, serve_pages

M = Milestone
HOSTILE = "<script>document.title='hacked'</script>\u202e\"'" + "长" * 200


@pytest.fixture
def station(table: tuple[Any, str]) -> Station:
    return Station(*table)


# --- the list ---------------------------------------------------------------------------------------------------


def test_the_list_has_what_a_packer_needs_and_nothing_personal(station: Station) -> None:
    station.put()
    shown = wave(station.room)
    api_packing.PackingWave.model_validate(shown)
    (parcel,) = shown["parcels"]
    assert (parcel["order_id"], parcel["waybill_number"], parcel["carrier_name"]) == (ORDER_ID, NUMBER, "顺丰速运")
    assert [(one["sku"], one["codes"], one["quantity"]) for one in parcel["items"]] == [
        ("ZP-2026-01", ["ZP-2026-01"], 1)
    ]
    sticker = {"position": "面单右上角", "x_mm": 85, "y_mm": 15}
    assert [(one["name"], one["quantity"], one["sticker"]) for one in parcel["gifts"]] == [
        ("智能饮水机滤芯", 1, sticker)
    ]
    text = json.dumps(shown, ensure_ascii=False)
    assert not [word for word in ("张", "138", "receiver-a", "phone-a", "西湖") if word in text]


def test_a_sticker_stands_where_the_label_has_it(station: Station) -> None:
    on_the_barcode = replace(GIFT, sticker=replace(GIFT.sticker, x_mm=50, y_mm=34))
    station.put(gifts=(on_the_barcode,))
    assert wave(station.room)["parcels"][0]["gifts"][0]["sticker"] == {
        "position": "面单右上角",
        "x_mm": 86.0,
        "y_mm": 14.0,
    }


def test_the_list_holds_only_what_can_be_packed_now_the_longest_waiting_first_and_is_bounded(station: Station) -> None:
    for number in range(1, 6):
        station.put(number)
    station.put(6, holds={"d": "rule_hold"})
    station.put(7, change_open=1)
    listed = [row["order_id"] for row in wave(station.room)["parcels"]]
    assert listed == [f"youzan-E{number}" for number in range(1, 6)]
    assert MOST_PARCELS <= 300


def test_who_works_for_one_shop_sees_no_other(station: Station) -> None:
    station.put()
    assert wave(station.room, lambda shop: shop == SHOP)["parcels"]
    nothing = lambda shop: False  # noqa: E731
    assert wave(station.room, nothing)["parcels"] == wave(station.room, nothing, (ORDER_ID,))["parcels"] == []
    assert changes(NOW - 1000, station.room, nothing)["parcels"] == []
    with pytest.raises(Rejected):
        find(NUMBER, station.room, nothing)
    said = record(results_from([_row(station)]), "pack01", station.orders, NOW, nothing)
    assert [(one["status"], one["why"]) for one in said["results"]] == [("refused", "no_such_order")]


def _row(station: Station) -> dict[str, Any]:
    return api_packing.PackedParcel.model_validate(station.result()).model_dump()


# --- scans ------------------------------------------------------------------------------------------------------


def test_a_label_means_its_parcel_and_a_product_every_parcel_that_needs_it(station: Station) -> None:
    station.put()
    station.put(1)
    station.put(2, snapshot=snapshot(line(sku="ZP-2026-02"), paid=True))
    assert [row["order_id"] for row in find(NUMBER.lower(), station.room)["parcels"]] == [ORDER_ID]
    found = find(" zp-2026-01 ", station.room)
    api_packing.PackingFound.model_validate(found)
    assert [row["order_id"] for row in found["parcels"]] == [ORDER_ID, "youzan-E1"]


def test_a_label_that_is_void_since_shows_the_number_that_lives(station: Station) -> None:
    order = station.put()
    station.change(order, waybill_number="SF7444400000099")
    (parcel,) = find(NUMBER, station.room)["parcels"]
    assert parcel["waybill_number"] == "SF7444400000099"


def test_a_label_of_a_parcel_that_must_not_go_says_why(station: Station) -> None:
    station.change(station.put(), holds={"d": "rule_hold"})
    assert [row["state"] for row in find(NUMBER, station.room)["parcels"]] == ["held"]


def test_a_code_that_nothing_needs_is_refused(station: Station) -> None:
    station.put()
    for code in ("NO-SUCH", "", "   ", HOSTILE, "13800130001", "SF0000000000000", "张三", "\x00"):
        with pytest.raises(Rejected, match="no_such_code"):
            find(code, station.room)


# --- changes ----------------------------------------------------------------------------------------------------


def test_a_change_is_told_with_its_version_and_nothing_else(station: Station) -> None:
    order = station.put()
    first = wave(station.room)
    station.now += 30_000
    order = station.change(order, change_open=1)
    told = changes(first["loaded_at"], station.room)
    api_packing.PackingChanges.model_validate(told)
    (row,) = told["parcels"]
    assert (row["order_id"], row["parcel"], row["state"]) == (ORDER_ID, 1, "changing")
    assert wave(station.room)["parcels"] == []
    moved = replace(snapshot(paid=True), receiver_digest="receiver-b")
    station.change(order, change_open=0, address_changes=1, snapshot=moved)
    (row,) = changes(told["now"], station.room)["parcels"]
    (parcel,) = wave(station.room)["parcels"]
    assert (row["state"], row["version"]) == ("ready", parcel["version"])
    assert parcel["version"] != first["parcels"][0]["version"]
    assert parcel["is_changed"]


def test_who_was_away_too_long_is_told_to_load_the_list_again(station: Station) -> None:
    station.put()
    assert changes(0, station.room) == {"now": NOW, "reload": True, "parcels": []}


def test_nothing_is_written_when_a_commit_moves_nothing(station: Station) -> None:
    order = station.put()
    station.now += 3_000_000
    station.change(order, check_at=5)
    assert changes(station.now, station.room)["parcels"] == []


# --- results ----------------------------------------------------------------------------------------------------


def test_a_packed_parcel_is_on_the_timeline_and_off_the_list(station: Station) -> None:
    station.put()
    said = station.say(station.result())
    assert [(one["status"], one["problems"]) for one in said] == [("recorded", [])]
    assert station.facts("ParcelPacked") == [
        {
            "fulfillment": 1, "packed_by": "pack01", "pieces": 1, "pieces_wanted": 1, "gifts": 1, "gifts_wanted": 1,
            "problems": [], "waited_ms": 500,
        }
    ]  # fmt: skip
    assert (wave(station.room)["parcels"], station.cards()) == ([], [])


def test_a_result_sent_again_counts_once_even_within_one_batch(station: Station) -> None:
    station.put()
    result = station.result()
    assert [one["status"] for one in station.say(result, result)] == ["recorded", "repeated"]
    assert [one["status"] for one in station.say(result)] == ["repeated"]
    assert len(station.facts("ParcelPacked")) == 1


def test_a_wrong_item_is_on_the_timeline_and_the_parcel_still_to_be_packed(station: Station) -> None:
    station.put()
    station.say(station.result(outcome="wrong_item", reason="wrong_item", code="ZP-2026-02"))
    station.say(station.result("result-0002", outcome="stopped", reason="address", code="13800130001"))
    assert [(one["outcome"], one["scanned"]) for one in station.facts("PackingStopped")] == [
        ("wrong_item", "ZP-2026-02"), ("stopped", "unreadable"),
    ]  # fmt: skip
    assert len(wave(station.room)["parcels"]) == 1


def test_a_late_result_of_an_order_that_changed_is_kept_and_asks_a_person(station: Station) -> None:
    order = station.put()
    result = station.result()
    station.change(order, snapshot=replace(snapshot(paid=True), receiver_digest="receiver-b"), address_changes=1)
    (said,) = station.say(result)
    assert (said["status"], said["problems"]) == ("differs", ["address"])
    (card,) = station.cards()
    assert (card.decision_class, card.evidence["what"]) == (DecisionClass.PACKED_BEFORE_CHANGE, "address")
    assert (card.evidence["waybill"], card.evidence["packed_by"]) == (NUMBER, "pack01")
    assert not station.orders.load(ORDER_ID).holds  # type: ignore[union-attr]
    (again,) = wave(station.room)["parcels"]
    assert again["is_changed"]
    assert [one["status"] for one in station.say(result)] == ["repeated"]
    assert len(station.cards()) == 1
    station.now += 1
    assert station.say(station.result("result-0002"))[0]["status"] == "recorded"
    assert wave(station.room)["parcels"] == []
    assert [(card.option, card.made_by) for card in station.cards()] == [("moot", "hub")]  # it was packed anew


@pytest.mark.parametrize(
    ("reached", "problems"), [((M.CANCELLED,), ["cancelled"]), ((M.CLOSED,), ["cancelled"]), ((M.SHIPPED,), [])]
)
def test_a_result_for_an_order_that_ended_is_kept(station: Station, reached: Any, problems: list[str]) -> None:
    order = station.put()
    result = station.result()
    station.change(order, at={**order.at, **{one.value: NOW for one in reached}})
    (said,) = station.say(result)
    assert (said["problems"], len(station.facts("ParcelPacked"))) == (problems, 1)
    assert len(station.cards()) == len(problems)


def test_a_parcel_packed_without_its_gift_stays_on_the_list(station: Station) -> None:
    station.put()
    assert station.say(station.result(gifts=0))[0]["problems"] == ["missed_gift"]
    assert len(wave(station.room)["parcels"]) == 1


def test_a_parcel_packed_by_two_is_asked_about(station: Station) -> None:
    station.put()
    first, second = station.result(), station.result("result-0002")
    assert [one["problems"] for one in station.say(first, second)] == [[], ["twice"]]
    assert [card.evidence["what"] for card in station.cards()] == ["twice"]


def test_one_result_that_is_wrong_keeps_no_other(station: Station) -> None:
    station.put()
    said = station.say(
        station.result("result-0001", order_id="youzan-NONE"), station.result("result-0002", parcel=7),
        station.result("result-0003"),
    )  # fmt: skip
    assert [(one["status"], one["why"]) for one in said] == [
        ("refused", "no_such_order"), ("refused", "no_such_parcel"), ("recorded", ""),
    ]  # fmt: skip


def test_a_station_whose_clock_is_ahead_packs_nothing_in_the_future(station: Station) -> None:
    station.put()
    station.say(station.result(packed_at=NOW + 9_000_000))
    (fact,) = [fact for fact in station.orders.facts_of(ORDER_ID) if fact.type == "ParcelPacked"]
    assert (fact.occurred_at, fact.data["waited_ms"]) == (NOW, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"result_id": "short"}, {"result_id": "<script>alert(1)</script>"}, {"order_id": "a b"}, {"parcel": 0},
        {"parcel": "1' OR"}, {"outcome": "sold"}, {"packed_at": 5}, {"packed_at": "yesterday"}, {"gifts": -1},
        {"items": [{"code": "", "quantity": 1}]}, {"items": [{"code": "A", "quantity": 0}]}, {"version": "<b>"},
        {"items": [{"code": "A", "quantity": 1}] * 101}, {"reason": "张三"}, {"waybill_number": HOSTILE},
        {"name": "张三"}, {"code": "长" * 65},
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_by_name(wrong: dict[str, Any]) -> None:
    right = {"result_id": "result-0001", "order_id": ORDER_ID, "parcel": 1, "packed_at": NOW, "outcome": "packed"}
    assert api_packing.PackingBatch.read(json.dumps({"results": [right]})).rows
    with pytest.raises(Rejected, match="bad_request"):
        api_packing.PackingBatch.read(json.dumps({"results": [{**right, **wrong}]}))


@pytest.mark.parametrize("body", ["", "[]", "{", '{"results": []}', '{"results": 7}', "null"])
def test_what_is_no_batch_is_refused(body: str) -> None:
    with pytest.raises(Rejected, match="bad_request"):
        api_packing.PackingBatch.read(body)


# --- the pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def served(station: Station, monkeypatch: pytest.MonkeyPatch) -> Station:
    serve_pages(station, monkeypatch)
    return station


def ask(path: str, query: str = "", form: dict[str, str] | None = None) -> Any:
    method = "POST" if form is not None else "GET"
    (page,) = [one for one in PAGES if (one.method, one.path) == (method, path)]
    cookie, token = signed_in("packer")
    headers = {"x-csrf": token, "hx-request": "true"}
    return door.open_page(page, event(method, path, form, query, (cookie,), headers), {})


def test_the_station_loads_its_list_and_sends_results_as_who_is_signed_in(served: Station) -> None:
    served.put()
    loaded = data_of(ask("/packing/wave"))
    assert (loaded["staff"], len(loaded["parcels"]), bool(loaded["csrf"])) == ("packer", 1, True)
    sent = ask("/packing/results", form={"results": json.dumps({"results": [served.result()]}), "by": "somebody-else"})
    assert data_of(sent)["recorded"] == 1
    assert served.facts("ParcelPacked")[0]["packed_by"] == "packer"


@pytest.mark.parametrize(
    ("path", "query", "form"),
    [
        ("/packing/changes", "since=yesterday", None), ("/packing/changes", "", None), ("/packing/scan", "", None),
        ("/packing/wave", "orders=<b>", None), ("/packing/results", "", {"results": "{"}), ("/packing/results", "", {}),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_answered_in_json(served: Station, path: str, query: str, form: Any) -> None:
    answer = ask(path, query, form)
    assert (answer.status, data_of(answer)["error"]["code"]) == (422, "bad_request")


def test_a_code_that_nothing_needs_is_answered_with_no_parcel(served: Station) -> None:
    assert data_of(ask("/packing/scan", "code=NO-SUCH"))["parcels"] == []


def test_a_hostile_product_name_is_data_and_no_markup(served: Station) -> None:
    served.put(snapshot=snapshot(line(name=HOSTILE), paid=True))
    answer = ask("/packing/wave")
    (item,) = data_of(answer)["parcels"][0]["items"]
    assert answer.media_type.startswith("application/json")
    assert (len(item["name"]) <= 40, "\u202e" in item["name"]) == (True, False)


def test_the_page_holds_nothing_of_an_order_and_its_worker_keeps_every_file_it_loads(served: Station) -> None:
    served.put()
    page, worker = text_of(ask("/packing")), ask("/packing/sw.js")
    assert not [word for word in (ORDER_ID, NUMBER, "ZP-2026-01") if word in page]
    assert worker.headers["service-worker-allowed"] == "/packing"
    assert worker.media_type.startswith("text/javascript")
    loaded = [text.split('"')[0] for text in page.split('src="')[1:]] + [
        t.split('"')[0] for t in page.split('href="/static')[1:]
    ]
    assert loaded
    assert all(address in text_of(worker) for address in loaded)


def test_the_api_answers_as_the_pages_do(served: Station) -> None:
    assert {"read_packing_wave", "scan_for_packing", "read_packing_changes", "record_packing"} <= set(OPERATIONS)
