"""Wangdiantong's simulator against its sheet: protocol, limits, what a push does, what the warehouse does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.wangdiantong import create
from local.partners.wangdiantong.autopilot import number_in
from local.partners.wangdiantong.signing import is_signed, packed, sign
from tests.contract.simulators.wangdiantong_client import (
    APPSECRET,
    MEMO,
    SETTINGS,
    SHOP,
    Client,
    clock_text,
    closed,
    line,
    pack,
    signature,
    trade,
)  # fmt: skip

VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
}
WAYBILL = "SF7444000012345"


@pytest.fixture
def wdt() -> Iterator[Client]:
    """Stocked, and at rest: the clock is advanced by the tests."""
    with serve(create({**SETTINGS, "per_minute": 10_000})) as url:
        client = Client(url)
        client.stock(ZP=100, FILTER=10)
        yield client


# ---- signature, envelope, limits ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wangdiantong-qyb-00", "wangdiantong-qyb-01"])
def test_the_published_signatures_are_right(name: str) -> None:
    given = VECTORS[name]["inputs"]
    expected = VECTORS[name]["expected"]
    assert packed(given["params"]) == pack(given["params"]) == expected["packed"]
    assert sign(given["params"], given["appsecret"]) == expected["sign"]
    assert is_signed({**given["params"], "sign": expected["sign"]}, given["appsecret"])


def test_byte_lengths_are_not_a_signature() -> None:
    given = VECTORS["wangdiantong-qyb-02"]["inputs"]
    wrong = VECTORS["wangdiantong-qyb-02"]["expected"]["sign"]
    assert signature(given["params"], given["appsecret"], by_bytes=True) == wrong
    assert not is_signed({**given["params"], "sign": wrong}, given["appsecret"])


def test_emoji_may_count_once_or_twice() -> None:
    params = {"memo": "好😀"}
    twice = "04-memo:0003-好😀"
    assert packed(params) == "04-memo:0002-好😀"
    assert is_signed({**params, "sign": signature(params, "s")}, "s")
    assert packed(params, lambda text: len(text.encode("utf-16-le")) // 2) == twice


def test_a_signed_call_is_answered_with_strings_and_not_as_json(wdt: Client) -> None:
    answer = wdt.raw("stock_query", wdt.form({"spec_no": "ZP"}))
    assert answer.status_code == 200
    assert "json" not in answer.headers["content-type"]
    body = json.loads(answer.content)
    assert (body["code"], body["message"], body["total_count"]) == (0, "", "1")
    assert body["stocks"][0]["stock_num"] == "100.0000"


@pytest.mark.parametrize(
    "forge",
    [
        {"sign": "0" * 32},
        {"sign": ""},
        {"sid": "other"},
        {"appkey": "other"},
        {"spec_no": "FILTER"},
        {"extra": "1"},
    ],
)
def test_a_changed_request_is_refused(wdt: Client, forge: dict[str, str]) -> None:
    answer = json.loads(wdt.raw("stock_query", {**wdt.form({"spec_no": "ZP"}), **forge}).content)
    assert answer["code"] != 0
    assert "stocks" not in answer


def test_byte_lengths_in_a_chinese_push_leave_no_trade(wdt: Client) -> None:
    params = {"shop_no": SHOP, "trade_list": [trade("T1")]}
    answer = json.loads(wdt.raw("trade_push", wdt.form(params, by_bytes=True)).content)
    assert answer["message"] == "签名错误"
    assert wdt.state()["trades"] == {}


@pytest.mark.parametrize(("age", "accepted"), [(290, True), (-290, True), (310, False), (-310, False)])
def test_five_minutes_either_way_are_fresh(wdt: Client, age: int, accepted: bool) -> None:
    form = wdt.form({"spec_no": "ZP"}, timestamp=str(int(time.time()) - age))
    assert (json.loads(wdt.raw("stock_query", form).content)["code"] == 0) is accepted


def test_json_instead_of_a_form_is_refused(wdt: Client) -> None:
    answer = wdt.http.post("/openapi2/stock_query.php", json=wdt.form({"spec_no": "ZP"}))
    assert json.loads(answer.content)["code"] != 0


def test_the_61st_call_of_a_minute_is_refused_per_method(wdt: Client) -> None:
    wdt.control("config", {"per_minute": 60})
    codes = [wdt.call("stock_query", spec_no="ZP")["code"] for _ in range(61)]
    assert codes == [0] * 60 + [100]
    refused = wdt.call("stock_query", spec_no="ZP")
    assert refused["message"] == "超过每分钟最大调用频率限制，请稍后重试"
    assert wdt.call("logistics_sync_query", shop_no=SHOP)["code"] == 0
    wdt.advance(60)
    assert wdt.call("stock_query", spec_no="ZP")["code"] == 0
    wdt.control("config", {"per_minute": 600})
    assert {wdt.call("stock_query", spec_no="ZP")["code"] for _ in range(100)} == {0}


# ---- trade_push -----------------------------------------------------------------------------------


def test_a_tid_is_new_once_and_changed_after(wdt: Client) -> None:
    first = wdt.push(trade("T1"), trade("T2"))
    again = wdt.push(trade("T1"), trade("T3"))
    assert (first["new_count"], first["chg_count"]) == ("2", "0")
    assert (again["new_count"], again["chg_count"]) == ("1", "1")
    assert wdt.truth("T1")["pushes"] == 2


def test_an_unchanged_repeat_may_be_counted_nowhere(wdt: Client) -> None:
    wdt.control("config", {"unchanged_counts": "neither"})
    wdt.push(trade("T1"))
    assert wdt.push(trade("T1"))["chg_count"] == "0"
    assert wdt.push(trade("T1", buyer_message="快"))["chg_count"] == "1"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"receiver_district": ""}, "receiver_district"),
        ({"receiver_city": None}, "receiver_city"),
        ({"receiver_mobile": "138****8000"}, "不能包含*"),
        ({"paid": "298.9999"}, "paid"),
        ({"paid": "x"}, "不是数字"),
        ({"trade_status": 31}, "trade_status"),
        ({"buyer_nick": "N" * 101}, "长度"),
        ({"pay_time": "0000-00-00 00:00:00"}, "pay_time"),
        ({"order_list": []}, "order_list"),
    ],
)
def test_a_bad_trade_is_refused_with_its_reason(wdt: Client, fields: dict[str, Any], text: str) -> None:
    answer = wdt.push(trade("T0"), trade("T1", **fields))
    assert answer["code"] == 5040
    assert text in answer["message"]
    assert wdt.state()["trades"] == {}


def test_a_bad_trade_may_be_left_out_in_silence(wdt: Client) -> None:
    wdt.control("config", {"invalid_trade": "skip"})
    answer = wdt.push(trade("T0"), trade("T1", receiver_city=""))
    assert (answer["code"], answer["new_count"], answer["chg_count"]) == (0, "1", "0")
    assert list(wdt.state()["trades"]) == ["T0"]


def test_the_amounts_must_add_up_with_discounts_and_freight(wdt: Client) -> None:
    lines = [
        line("L1", num="2", price="100.5", discount="1", share_discount="3.33"),
        line("L2", price="10", adjust_amount="-2", share_discount="1.67"),
    ]
    assert wdt.push(trade("T1", lines=lines, post_amount="8", paid="211.0000"))["new_count"] == "1"
    cod = trade("T2", delivery_term=2, pay_status=0, paid="0", cod_amount="299", pay_time="0000-00-00 00:00:00")
    assert wdt.push(cod)["new_count"] == "1"
    assert wdt.push({**cod, "tid": "T3", "cod_amount": "300"})["code"] == 5040


def test_fifty_trades_go_and_fifty_one_do_not(wdt: Client) -> None:
    assert wdt.push(*[trade(f"T{n}") for n in range(51)])["code"] != 0
    assert wdt.push(*[trade(f"T{n}") for n in range(50)])["new_count"] == "50"


def test_number_and_price_stay_as_first_pushed(wdt: Client) -> None:
    wdt.push(trade("T1"))
    dearer = trade("T1", lines=[line("T1-1", price="1.0000", num="3")])
    assert wdt.push(dearer)["code"] == 0
    goods = wdt.one("T1")["goods_list"][0]
    assert (goods["num"], goods["price"]) == ("1.0000", "299.0000")
    wdt.control("config", {"num_price_change": "refused"})
    assert wdt.push(dearer)["code"] == 5040


def test_an_oid_used_twice_is_taken_and_sticks_later(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.advance(3)
    assert wdt.push(trade("T2", lines=[line("T1-1")]))["new_count"] == "1"
    wdt.advance(300)
    stuck = wdt.one("T2")
    assert stuck["trade_status"] == "20"
    assert stuck["freeze_reason"].startswith("订单货品数量不一致")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"receiver_province": "不知道"}, "地址库"),
        ({"lines": [line("X", spec_no="GHOST", goods_no="GHOST")]}, "未匹配货品:GHOST"),
    ],
)
def test_what_the_wms_cannot_match_stays_raw_until_it_is_mended(
    wdt: Client, fields: dict[str, Any], reason: str
) -> None:
    wdt.push(trade("T1", **fields))
    wdt.advance(30)
    assert wdt.one("T1")["trade_status"] == "20"
    assert reason in wdt.one("T1")["freeze_reason"]
    wdt.stock(GHOST=5)
    wdt.push(trade("T1", **{**fields, "receiver_province": "北京"}))
    wdt.advance(30)
    assert wdt.truth("T1")["packed"] == 1


# ---- a changed trade ------------------------------------------------------------------------------


def test_an_unpaid_trade_waits_and_goes_when_paid(wdt: Client) -> None:
    wdt.push(trade("T1", trade_status=10, pay_status=0, paid="0"))
    wdt.advance(300)
    assert wdt.one("T1")["trade_status"] == "10"
    wdt.push(trade("T1"))
    wdt.advance(30)
    assert wdt.one("T1")["trade_status"] == "95"


def test_before_the_audit_a_new_address_is_taken(wdt: Client) -> None:
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    assert wdt.one("T1")["trade_status"] == "30"
    wdt.push(trade("T1", receiver_address="新路2号"))
    wdt.advance(30)
    assert wdt.truth("T1")["receiver"]["receiver_address"] == "新路2号"
    assert [push["effect"] for push in wdt.truth("T1")["repushes"]] == ["overwritten"]


def test_before_the_audit_a_clerk_may_have_to_look_first(wdt: Client) -> None:
    wdt.control("config", {"await_audit_change": "flag"})
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    wdt.push(trade("T1", receiver_address="新路2号"))
    wdt.advance(300)
    flagged = wdt.one("T1")
    assert (flagged["trade_status"], flagged["bad_reason"]) == ("30", "2")
    assert flagged["receiver_address"] == "幸福路1号"
    wdt.control("clerk", {"tid": "T1", "action": "accept"})
    wdt.advance(30)
    assert wdt.truth("T1")["receiver"]["receiver_address"] == "新路2号"
    assert wdt.truth("T1")["packed"] == 1


def audited(wdt: Client, tid: str) -> None:
    """A trade that is audited and not packed: the packers are slow today."""
    wdt.control("config", {"pack_ms": 3_600_000})
    wdt.push(trade(tid))
    wdt.advance(10)
    assert wdt.one(tid)["trade_status"] == "55"


def test_after_the_audit_a_new_address_only_stops_the_parcel(wdt: Client) -> None:
    audited(wdt, "T1")
    assert wdt.push(trade("T1", receiver_address="新路2号"))["chg_count"] == "1"
    wdt.advance(7_200)
    held = wdt.one("T1")
    assert (held["trade_status"], held["bad_reason"]) == ("55", "2")
    assert held["receiver_address"] == "幸福路1号"
    stockout = wdt.call("stockout_order_query_trade", src_tid="T1")["stockout_list"][0]
    assert stockout["block_reason"] == "4"
    wdt.control("config", {"pack_ms": 1_000})
    wdt.control("clerk", {"tid": "T1", "action": "accept"})
    wdt.advance(60)
    assert wdt.truth("T1")["receiver"]["receiver_address"] == "新路2号"
    assert wdt.one("T1")["stockout_no"] != stockout["stockout_no"]


def test_a_memo_after_the_audit_is_noted_and_stops_nobody(wdt: Client) -> None:
    audited(wdt, "T1")
    wdt.push(trade("T1", seller_memo="运单号:SF7444999999999"))
    wdt.advance(7_200)
    assert wdt.truth("T1")["bad_reason"] == 16
    assert wdt.truth("T1")["waybills"] == [WAYBILL]


def test_a_closed_trade_is_cancelled_before_the_audit(wdt: Client) -> None:
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    assert wdt.state()["stock"]["ZP@WH01"]["order_num"] == 1
    wdt.push(closed("T1"))
    assert wdt.one("T1")["trade_status"] == "5"
    assert wdt.state()["stock"]["ZP@WH01"]["sellable"] == 100
    wdt.push(trade("T1"))
    wdt.advance(300)
    assert wdt.truth("T1")["packed"] == 0


def test_a_closed_trade_is_only_stopped_after_the_audit(wdt: Client) -> None:
    audited(wdt, "T1")
    assert wdt.push(closed("T1"))["code"] == 0
    wdt.advance(7_200)
    assert wdt.one("T1")["trade_status"] == "55"
    assert wdt.truth("T1")["packed"] == 0
    wdt.control("clerk", {"tid": "T1", "action": "cancel"})
    assert wdt.one("T1")["trade_status"] == "5"
    assert wdt.state()["stock"]["ZP@WH01"]["sending_num"] == 0


def test_a_clerk_who_looks_by_himself_cancels_what_was_closed(wdt: Client) -> None:
    audited(wdt, "T1")
    wdt.control("config", {"clerk_ms": 10_000})
    wdt.push(closed("T1"))
    assert wdt.one("T1")["trade_status"] == "55"
    wdt.advance(11)
    assert wdt.one("T1")["trade_status"] == "5"


def test_a_clerk_may_keep_the_trade_as_it_was(wdt: Client) -> None:
    audited(wdt, "T1")
    wdt.push(trade("T1", receiver_address="新路2号"))
    wdt.control("clerk", {"tid": "T1", "action": "keep"})
    wdt.advance(7_200)
    assert wdt.truth("T1")["receiver"]["receiver_address"] == "幸福路1号"
    assert wdt.truth("T1")["packed"] == 1
    wdt.control("clerk", {"tid": "T1", "action": "cancel"}, 409)


def test_a_parcel_closed_between_packing_and_shipping_stays_in_the_house(wdt: Client) -> None:
    wdt.control("config", {"ship_ms": 3_600_000})
    wdt.push(trade("T1"))
    wdt.advance(20)
    assert wdt.truth("T1")["packed"] == 1
    wdt.push(closed("T1"))
    wdt.advance(7_200)
    wdt.control("clerk", {"tid": "T1", "action": "accept"})
    truth = wdt.truth("T1")
    assert (truth["state"], truth["packed"], truth["waybills"]) == (5, 0, [])
    assert wdt.state()["stock"]["ZP@WH01"]["sellable"] == 100


def test_after_shipping_a_push_has_no_effect(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.advance(30)
    before = wdt.one("T1")
    assert wdt.push(closed("T1"))["chg_count"] == "1"
    assert wdt.one("T1") == before


def test_one_refunded_line_of_two_is_not_sent(wdt: Client) -> None:
    lines = [line("A"), line("B", spec_no="FILTER", goods_no="FILTER", price="10")]
    wdt.push(trade("T1", lines=lines, seller_memo=""))
    wdt.advance(30)
    lines[1] = {**lines[1], "refund_status": 5}
    wdt.push(trade("T1", lines=lines))
    wdt.advance(30)
    stock = wdt.state()["stock"]
    assert (stock["ZP@WH01"]["stock_num"], stock["FILTER@WH01"]["stock_num"]) == (99, 10)
    assert stock["FILTER@WH01"]["order_num"] == 0
    assert wdt.one("T1")["trade_status"] == "95"


# ---- refunds --------------------------------------------------------------------------------------


def refund(tid: str, number: str, **fields: Any) -> dict[str, Any]:
    return {
        "platform_id": 127, "shop_no": SHOP, "tid": tid, "refund_no": number, "type": 1, "status": 5,
        "refund_fee": "299", "buyer_nick": "nick", "refund_time": "2026-01-02 11:00:00", "reason": "不想要了",
        "desc": "", "order_list": [{"oid": f"{tid}-1", "num": 1}], **fields,
    }  # fmt: skip


def test_a_refund_needs_its_trade_and_is_known_by_its_number(wdt: Client) -> None:
    assert wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1")])["code"] == 5040
    wdt.push(trade("T1", seller_memo=""))
    first = wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1", status=2)])
    again = wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1")])
    assert (first["new_count"], again["new_count"], again["chg_count"]) == ("1", "0", "1")
    assert wdt.one("T1")["trade_status"] == "5"


def test_a_requested_refund_holds_the_audit_until_it_is_refused(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1", status="wait_seller_agree")])
    wdt.advance(300)
    assert wdt.one("T1")["trade_status"] == "30"
    wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1", status="closed")])
    wdt.advance(30)
    assert wdt.one("T1")["trade_status"] == "95"


def test_a_refund_of_an_audited_trade_stops_the_parcel(wdt: Client) -> None:
    audited(wdt, "T1")
    wdt.call("sales_refund_push", api_refund_list=[refund("T1", "R1")])
    wdt.advance(7_200)
    assert (wdt.one("T1")["trade_status"], wdt.truth("T1")["packed"]) == ("55", 0)


def test_ten_refunds_go_and_eleven_do_not(wdt: Client) -> None:
    wdt.push(*[trade(f"T{n}") for n in range(11)])
    refunds = [refund(f"T{n}", f"R{n}") for n in range(11)]
    assert wdt.call("sales_refund_push", api_refund_list=refunds)["code"] != 0
    assert wdt.call("sales_refund_push", api_refund_list=refunds[:10])["new_count"] == "10"


# ---- queries --------------------------------------------------------------------------------------


def span(before: float, after: float = 5) -> dict[str, str]:
    now = time.time()
    return {"start_time": clock_text(now - before), "end_time": clock_text(now + after)}


def test_a_window_is_at_most_an_hour_and_needs_both_ends(wdt: Client) -> None:
    assert wdt.call("trade_query", **span(3_595))["code"] == 0
    assert "60分钟" in wdt.call("trade_query", **span(3_600))["message"]
    assert wdt.call("trade_query")["code"] == 2900
    assert wdt.call("trade_query", start_time=span(1)["start_time"])["code"] == 2900
    assert wdt.call("trade_query", start_time="yesterday", end_time="now")["code"] == 2830
    assert wdt.call("trade_query", page_size="101", **span(10))["code"] == 2830


def test_the_total_is_true_on_page_zero_only(wdt: Client) -> None:
    wdt.push(*[trade(f"T{n}") for n in range(5)])
    first = wdt.call("trade_query", page_no="0", page_size="2", **span(60))
    second = wdt.call("trade_query", page_no="1", page_size="2", **span(60))
    assert (first["total_count"], second["total_count"]) == ("5", "0")
    assert len(second["trades"]) == 2


@pytest.mark.parametrize(("order", "lost"), [([0, 1], 1), ([1, 0], 0)])
def test_paging_forwards_loses_an_unchanged_trade_and_backwards_does_not(
    wdt: Client, order: list[int], lost: int
) -> None:
    tids = {"T0", "T1", "T2", "T3"}
    wdt.push(*[trade(tid, seller_memo="") for tid in sorted(tids)])
    wdt.advance(5)
    window, next_window = span(60, 30), span(-31, 120)

    def page(number: int) -> list[str]:
        found = wdt.call("trade_query", page_no=str(number), page_size="2", **window)["trades"]
        return [row["src_tids"] for row in found]

    changed = page(0)[0]
    seen = set(page(order[0]))
    wdt.advance(60)
    wdt.push(trade(changed, seller_memo="", buyer_message="改"))
    seen |= set(page(order[1]))
    assert len(tids - seen - {changed}) == lost
    later = wdt.call("trade_query", **next_window)["trades"]
    assert [row["src_tids"] for row in later] == [changed]


def test_a_trade_is_found_by_each_of_its_numbers(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.advance(30)
    shown = wdt.one("T1")
    assert shown["trade_no"].startswith("JY")
    assert (shown["logistics_no"], shown["goods_list"][0]["src_oid"]) == (WAYBILL, "T1-1")
    assert shown["receiver_province"] == "110000"
    for key in ("trade_no", "logistics_no"):
        assert wdt.call("trade_query", **{key: shown[key]})["trades"] == [shown]
    assert wdt.call("trade_query", src_tid="nobody")["trades"] == []


def test_raw_trades_may_be_invisible(wdt: Client) -> None:
    wdt.control("config", {"raw_visible": False})
    wdt.push(trade("T1", seller_memo=""))
    assert wdt.call("trade_query", src_tid="T1")["trades"] == []
    wdt.advance(3)
    assert wdt.one("T1")["trade_status"] == "30"


def test_shipments_are_listed_by_consign_time(wdt: Client) -> None:
    wdt.push(trade("T1"), trade("T2", seller_memo=""))
    wdt.advance(30)
    shipped = wdt.call("stockout_order_query_trade", **span(60, 120))["stockout_list"]
    assert [(row["src_tids"], row["status"], row["logistics_no"]) for row in shipped] == [("T1", "95", WAYBILL)]
    assert wdt.call("stockout_order_query_trade", status="55", **span(60, 120))["stockout_list"] == []
    assert wdt.call("stockout_order_query_trade", **span(31 * 86_400))["code"] == 2830


# ---- the warehouse acts ---------------------------------------------------------------------------


def test_a_paid_trade_walks_to_the_carrier_with_its_states_and_stock(wdt: Client) -> None:
    wdt.push(trade("T1", lines=[line("T1-1", num="2")]))
    wdt.advance(600)
    truth = wdt.truth("T1")
    assert [step["state"] for step in truth["states"]] == [20, 30, 55, 95, 110]
    assert (truth["packed"], truth["waybills"], truth["reported_waybills"]) == (1, [WAYBILL], [WAYBILL])
    stock = wdt.state()["stock"]["ZP@WH01"]
    assert (stock["stock_num"], stock["order_num"], stock["sending_num"]) == (98, 0, 0)
    assert [(move["delta"], move["kind"], move["ref"]) for move in stock["moves"]] == [
        (100, "stocktake", ""),
        (-2, "ship", "T1"),
    ]


def test_the_audit_waits_for_the_number(wdt: Client) -> None:
    wdt.push(trade("T1", seller_memo="请轻放"))
    wdt.advance(600)
    assert wdt.one("T1")["trade_status"] == "30"
    wdt.push(trade("T1"))
    wdt.advance(30)
    assert wdt.truth("T1")["waybills"] == [WAYBILL]
    wdt.control("config", {"audit_requires_number": False})
    wdt.push(trade("T2", seller_memo=""))
    wdt.advance(30)
    assert wdt.truth("T2")["waybills"][0].startswith("WMS")


@pytest.mark.parametrize(
    ("memo", "number"),
    [
        (MEMO, WAYBILL),
        ("E20260101000001 运单号:SF7444000000001。谢谢", "SF7444000000001"),
        ("SF744", ""),
        ("", ""),
    ],
)
def test_the_number_is_the_last_long_token_of_the_memo(memo: str, number: str) -> None:
    assert number_in(memo) == number


def test_a_scan_packs_once_and_never_a_stopped_trade(wdt: Client) -> None:
    wdt.control("config", {"number_from": "scan"})
    wdt.push(trade("T1", seller_memo=""), trade("T2", seller_memo=""))
    wdt.control("pack", {"tid": "T1", "logistics_no": WAYBILL}, 409)
    wdt.advance(300)
    assert wdt.one("T1")["trade_status"] == "55"
    wdt.control("pack", {"tid": "T1", "logistics_no": WAYBILL})
    wdt.control("pack", {"tid": "T1", "logistics_no": WAYBILL}, 409)
    wdt.push(closed("T2"))
    wdt.control("pack", {"tid": "T2", "logistics_no": "SF7444000000002"}, 409)
    wdt.advance(300)
    assert (wdt.truth("T1")["packed"], wdt.truth("T2")["packed"]) == (1, 0)


def test_what_is_not_there_is_not_packed_until_it_comes(wdt: Client) -> None:
    wdt.push(trade("T1", lines=[line("T1-1", num="101")]))
    wdt.advance(600)
    assert (wdt.one("T1")["trade_status"], wdt.truth("T1")["packed"]) == ("55", 0)
    wdt.stock(ZP=101)
    wdt.advance(60)
    assert wdt.truth("T1")["packed"] == 1
    assert wdt.state()["stock"]["ZP@WH01"]["stock_num"] == 0


def test_another_number_than_given_can_come_back(wdt: Client) -> None:
    wdt.control("config", {"number_mismatch": ["T1"]})
    wdt.push(trade("T1"), trade("T2", seller_memo="SF7444000000002"))
    wdt.advance(30)
    numbers = {row["tid"]: row["logistics_no"] for row in wdt.call("logistics_sync_query", limit="100")["trades"]}
    assert numbers["T2"] == "SF7444000000002"
    assert numbers["T1"] != WAYBILL
    assert wdt.truth("T1")["waybills"] == [WAYBILL]


def test_a_parcel_can_leave_without_its_number_being_told_and_it_can_be_told_later(wdt: Client) -> None:
    wdt.control("config", {"number_left_out": ["T1", "T2"], "late_number_ms": 0})
    wdt.push(trade("T1"), trade("T2", seller_memo="SF7444000000002"), trade("T3", seller_memo="SF7444000000003"))
    wdt.advance(30)
    numbers = {row["tid"]: row["logistics_no"] for row in wdt.call("logistics_sync_query", limit="100")["trades"]}
    assert numbers == {"T1": "", "T2": "", "T3": "SF7444000000003"}
    assert (wdt.one("T1")["trade_status"], wdt.one("T1")["logistics_no"]) == ("95", "")
    assert (wdt.truth("T1")["waybills"], wdt.truth("T1")["reported_waybills"]) == ([WAYBILL], [])
    wdt.control("number", {"tid": "T1", "logistics_no": WAYBILL})
    assert wdt.one("T1")["logistics_no"] == WAYBILL


def test_a_number_left_out_is_typed_in_by_itself_when_somebody_is_late_only(wdt: Client) -> None:
    wdt.control("config", {"number_left_out": True, "late_number_ms": 60_000})
    wdt.push(trade("T1"))
    wdt.advance(30)
    assert wdt.one("T1")["logistics_no"] == ""
    wdt.advance(60)
    assert wdt.one("T1")["logistics_no"] == WAYBILL


def test_a_label_printed_elsewhere_goes_on_a_parcel_whose_memo_has_no_number(wdt: Client) -> None:
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    assert wdt.one("T1")["trade_status"] == "30"  # waits for its number
    wdt.control("label", {"tid": "T1", "logistics_no": WAYBILL})
    wdt.advance(30)
    assert (wdt.truth("T1")["waybills"], wdt.truth("T1")["packed"]) == ([WAYBILL], 1)


# ---- logistics sync, stock changes, transfers -----------------------------------------------------


def test_a_shipment_comes_back_until_it_is_acknowledged(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.advance(30)
    (row,) = wdt.call("logistics_sync_query", limit="100", shop_no=SHOP)["trades"]
    assert (row["tid"], row["logistics_no"], row["is_part_sync"], row["oids"]) == ("T1", WAYBILL, "0", "")
    assert wdt.call("logistics_sync_query", limit="100")["trades"] == [row]
    ack = [{"rec_id": int(row["rec_id"]), "status": 0, "message": ""}]
    assert "errors" not in wdt.call("logistics_sync_ack", logistics_list=ack)
    assert wdt.call("logistics_sync_query", limit="100")["trades"] == []
    again = wdt.call("logistics_sync_ack", logistics_list=ack)
    assert again["code"] == 0
    assert "同步表不存在" in again["errors"][0]["error"]


def test_a_failed_acknowledgement_may_come_back(wdt: Client) -> None:
    wdt.push(trade("T1"))
    wdt.advance(30)
    (row,) = wdt.call("logistics_sync_query", limit="100")["trades"]
    ack = [{"rec_id": row["rec_id"], "status": 1, "message": "店铺没有这个订单"}]
    wdt.call("logistics_sync_ack", logistics_list=ack)
    assert wdt.call("logistics_sync_query", limit="100")["trades"] == []
    wdt.control("config", {"failed_sync_returns": True})
    (again,) = wdt.call("logistics_sync_query", limit="100")["trades"]
    assert (again["rec_id"], again["sync_status"], again["try_times"]) == (row["rec_id"], "2", "1")


def test_sync_rows_are_limited_and_acknowledged_by_fifty(wdt: Client) -> None:
    assert wdt.call("logistics_sync_query", limit="101")["code"] == 2830
    acks = [{"rec_id": n, "status": 0, "message": ""} for n in range(51)]
    assert wdt.call("logistics_sync_ack", logistics_list=acks)["code"] == 2830


def test_parcels_of_a_split_trade_name_their_lines_and_an_oid_has_one_number(wdt: Client) -> None:
    wdt.control("config", {"number_from": "scan"})
    wdt.push(trade("T1", lines=[line("A"), line("B", spec_no="FILTER", goods_no="FILTER")], seller_memo=""))
    wdt.advance(60)
    wdt.control("pack", {"tid": "T1", "logistics_no": "SF7444000000001", "oids": ["A"]})
    wdt.advance(60)
    assert wdt.one("T1")["trade_status"] == "55"
    wdt.control("pack", {"tid": "T1", "logistics_no": "SF7444000000009", "oids": ["A"]}, 409)
    wdt.control("pack", {"tid": "T1", "logistics_no": "SF7444000000002"})
    wdt.advance(6)
    rows = wdt.call("logistics_sync_query", limit="100")["trades"]
    assert [(row["logistics_no"], row["is_part_sync"], row["oids"]) for row in rows] == [
        ("SF7444000000001", "1", "A"),
        ("SF7444000000002", "1", "B"),
    ]
    assert wdt.one("T1")["trade_status"] == "95"


def test_an_older_stock_acknowledgement_does_not_clear_a_newer_change(wdt: Client) -> None:
    def changes() -> dict[str, dict[str, str]]:
        answer = wdt.call("api_goods_stock_change_query", shop_no=SHOP, limit="100")
        return {row["spec_no"]: row for row in answer["stock_change_list"]}

    def ack(row: dict[str, str]) -> None:
        keys = ("rec_id", "sync_stock", "stock_change_count")
        wdt.call("api_goods_stock_change_ack", stock_sync_list=[{key: row[key] for key in keys}])

    old = changes()["ZP"]
    assert old["sync_stock"] == "100.0000"
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    ack(old)
    newer = changes()["ZP"]
    assert newer["sync_stock"] == "99.0000"
    ack(newer)
    assert "ZP" not in changes()


def test_stock_is_found_by_sku_warehouse_or_change(wdt: Client) -> None:
    wdt.push(trade("T1", seller_memo=""))
    wdt.advance(30)
    (row,) = wdt.call("stock_query", spec_no="ZP", warehouse_no="WH01")["stocks"]
    assert (row["stock_num"], row["order_num"], row["sending_num"]) == ("100.0000", "1.0000", "0.0000")
    assert len(wdt.call("stock_query", **span(60, 120))["stocks"]) == 2
    assert wdt.call("stock_query")["code"] == 2900


def test_a_transfer_moves_goods_once(wdt: Client) -> None:
    info = {
        "outer_no": "X1", "from_warehouse_no": "WH01", "to_warehouse_no": "WH02", "transfer_type": 1,
        "skus": [{"spec_no": "ZP", "num": 30}],
    }  # fmt: skip
    number = wdt.call("stock_transfer_push", transfer_info=info)["transfer_no"]
    assert "外部单已使用" in wdt.call("stock_transfer_push", transfer_info=info)["message"]
    wdt.control("config", {"transfer_repeat": "same"})
    assert wdt.call("stock_transfer_push", transfer_info=info)["transfer_no"] == number
    assert wdt.state()["stock"]["ZP@WH01"]["stock_num"] == 70
    wdt.advance(61)
    assert wdt.state()["stock"]["ZP@WH02"]["stock_num"] == 30
    (row,) = wdt.call("stock_transfer_query", transfer_no=number)["transfers"]
    assert (row["outer_no"], row["status"], row["details_list"]) == ("X1", "90", [{"spec_no": "ZP", "num": "30.0000"}])
    assert wdt.call("stock_transfer_query")["code"] == 2900
    short = {**info, "outer_no": "X2", "skus": [{"spec_no": "ZP", "num": 71}]}
    assert wdt.call("stock_transfer_push", transfer_info=short)["code"] == 5040


def test_a_push_that_was_done_but_not_answered_counts_as_changed_next_time(wdt: Client) -> None:
    wdt.control("faults", {"kind": "status", "status": 504, "after": True, "match": {"contains": "T1"}})
    assert wdt.raw("trade_push", wdt.form({"shop_no": SHOP, "trade_list": [trade("T1")]})).status_code == 504
    assert wdt.push(trade("T1"))["chg_count"] == "1"
    wdt.advance(60)
    assert wdt.truth("T1")["packed"] == 1
    calls = wdt.http.get("/_sim/calls", params={"method": "trade_push"}).json()["calls"]
    assert [(call["outcome"], call["ref"]) for call in calls] == [
        ("fault:status_after:ok", "T1"),
        ("ok", "T1"),
    ]


def test_the_rate_limit_dial_speaks_the_partners_words(wdt: Client) -> None:
    wdt.control("faults", {"kind": "rate_limit", "match": {"method": "trade_push"}})
    assert wdt.push(trade("T1"))["code"] == 100
    assert wdt.push(trade("T1"))["new_count"] == "1"
    assert APPSECRET not in json.dumps(wdt.http.get("/_sim/config").json())
