"""Youzan simulator: message push (youzan.md §5), checked with the sheet's own arithmetic."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from barcode import EAN13

from local.partners.youzan import ciphers, signing
from tests.contract.simulators.youzan_hand import (
    BUYER,
    CLIENT_ID,
    KDT,
    LINES,
    SECRET,
    decoded,
    eventually,
    md5,
    opened,
    shop,
)

VECTORS: dict[str, Any] = {
    v["id"]: v for v in json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
}


def test_signatures_and_ciphertexts_are_those_of_the_vectors() -> None:
    one, two, six = (VECTORS[f"youzan-0{n}"] for n in (1, 2, 6))
    given = one["inputs"]
    assert signing.body_sign(given["client_id"], given["msg"], given["client_secret"]) == one["expected"]["sign"]
    given = two["inputs"]
    raw = given["raw_body_utf8"].encode()
    assert signing.event_sign(given["client_id"], raw, given["client_secret"]) == two["expected"]["event_sign"]
    given = six["inputs"]
    sealed = ciphers.encrypt(given["plaintext"], given["secret_key_base64"], given["key_version"])
    assert sealed == six["expected"]["ciphertext"]
    assert ciphers.decrypt(sealed, {"1": given["secret_key_base64"]}) == given["plaintext"]


def test_a_paid_order_is_pushed_as_created_paid_and_shippable_each_signed_over_its_raw_bytes() -> None:
    with shop() as hand:
        tid = hand.place(freight_fen=1000, discount_fen=801)
        eventually(lambda: len(hand.received.pushes) == 3)
        assert hand.received.types() == ["trade_TradeCreate", "trade_TradePaid", "trade_TradeBuyerPay"]
        for headers, raw in hand.received.pushes:
            body = json.loads(raw)
            assert headers["event-sign"] == md5(CLIENT_ID.encode() + raw + SECRET.encode())
            assert body["sign"] == md5(f"{CLIENT_ID}{body['msg']}{SECRET}".encode())
            assert (headers["event-type"], headers["client-id"]) == (body["type"], CLIENT_ID)
            assert (body["id"], body["kdt_id"], body["sendCount"], body["test"]) == (tid, int(KDT), 0, False)
            assert " " not in body["msg"] and "+" in body["msg"]
        paid = decoded(hand.received.bodies("trade_TradePaid")[0]["msg"])["full_order_info"]["order_info"]
        assert paid["status"] == "TRADE_PAID"
        shippable = hand.received.bodies("trade_TradeBuyerPay")[0]
        info = decoded(shippable["msg"])["full_order_info"]
        assert info["order_info"]["status"] == shippable["status"] == "WAIT_SELLER_SEND_GOODS"
        eventually(lambda: {p["state"] for p in hand.truth(tid)["pushes"]} == {"acknowledged"})


def test_money_is_yuan_text_and_adds_up_and_absent_times_are_empty_text() -> None:
    with shop() as hand:
        gift = {"sku": "FP-001", "title": "赠品滤芯", "price_fen": 990, "num": 1, "is_gift": True}
        line = {"sku": "ZP-2026-01", "title": "喂食器", "price_fen": 29_900, "num": 2}
        hand.place(lines=[line, gift], freight_fen=1000, discount_fen=801)
        eventually(lambda: len(hand.received.pushes) == 3)
        said = decoded(hand.received.bodies("trade_TradeCreate")[0]["msg"])
        info, pay = said["full_order_info"], said["full_order_info"]["pay_info"]
        assert (pay["total_fee"], pay["post_fee"], pay["payment"]) == ("598.00", "10.00", "599.99")
        assert [row["payment"] for row in info["orders"]] == ["599.99", "0.00"]
        assert said["order_promotion"]["order_discount_fee"] == "8.01"
        main, present = info["orders"]
        assert (main["outer_sku_id"], main["is_present"], len(main["oid"])) == ("ZP-2026-01", False, 19)
        assert (present["is_present"], present["sku_id"], present["outer_item_id"]) == (True, 0, "FP-001")
        assert info["order_info"]["pay_time"] == "" and len(info["order_info"]["tid"]) == 24


@pytest.mark.parametrize("everywhere", [True, False])
def test_lines_say_their_barcodes_and_in_pushes_only_when_the_switch_says_so(everywhere: bool) -> None:
    gift = {"sku": "FP-001", "title": "赠品滤芯", "price_fen": 990, "num": 1, "is_gift": True}
    with shop(codes_everywhere=everywhere, replica_lag_ms=0) as hand:
        tid = hand.place(lines=[LINES[0], gift])
        eventually(lambda: len(hand.received.pushes) == 3)
        pushed = decoded(hand.received.bodies("trade_TradeCreate")[0]["msg"])["full_order_info"]["orders"]
        assert ["sku_barcode" in row for row in pushed] == [everywhere, everywhere]
        found = hand.call("youzan.trades.sold.get", "4.0.4", {"tid": tid})["data"]["full_order_info_list"]
        main, present = found[0]["full_order_info"]["orders"]
        assert (main["sku_no"], main["item_barcode"], present["item_no"], present["sku_barcode"]) == (
            "ZP-2026-01", "", "FP-001", "",
        )  # fmt: skip
        for code in (main["sku_barcode"], present["item_barcode"]):
            assert EAN13(code[:12]).get_fullcode() == code


def test_line_payments_leave_the_freight_out_when_the_switch_says_so() -> None:
    with shop(line_payment_has_freight=False) as hand:
        hand.place(freight_fen=1000, discount_fen=801)
        eventually(lambda: len(hand.received.pushes) == 3)
        info = decoded(hand.received.bodies("trade_TradeCreate")[0]["msg"])["full_order_info"]
        paid_fen = [round(float(row["payment"]) * 100) for row in info["orders"]]
        assert sum(paid_fen) == 29_900 * 2 + 1_001 - 801


def test_name_and_phone_are_ciphertext_and_the_address_only_by_switch() -> None:
    with shop(keys={"1": "MDEyMzQ1Njc4OWFiY2RlZg==", "2": "ZmVkY2JhOTg3NjU0MzIxMA=="}) as hand:
        hand.place()
        eventually(lambda: len(hand.received.pushes) == 3)
        address = decoded(hand.received.bodies()[0]["msg"])["full_order_info"]["address_info"]
        assert address["receiver_tel"].endswith("$2$")
        assert opened(address["receiver_tel"], "ZmVkY2JhOTg3NjU0MzIxMA==") == BUYER["phone"]
        assert opened(address["receiver_name"], "ZmVkY2JhOTg3NjU0MzIxMA==") == BUYER["name"]
        assert address["delivery_address"] == BUYER["detail"]
        hand.switch(encrypt_address=True, key_version="1")
        hand.place()
        eventually(lambda: len(hand.received.pushes) == 6)
        address = decoded(hand.received.bodies()[-1]["msg"])["full_order_info"]["address_info"]
        assert opened(address["delivery_address"]) == BUYER["detail"]


def test_a_push_without_the_word_success_is_sent_again_with_a_higher_send_count() -> None:
    with shop() as hand:
        hand.received.answer = b'{"code":0,"msg":"failed"}'
        tid = hand.place(pay=False)
        eventually(lambda: len(hand.received.pushes) == 1)
        hand.advance(10_000)
        hand.received.answer = b'{"code":0,"msg":"success"}'
        hand.advance(30_000)
        tries = hand.received.bodies("trade_TradeCreate")
        assert [body["sendCount"] for body in tries] == [0, 1, 2]
        assert len({body["msg_id"] for body in tries}) == 1
        headers, raw = hand.received.pushes[2]
        assert headers["event-sign"] == md5(CLIENT_ID.encode() + raw + SECRET.encode())
        eventually(lambda: hand.truth(tid)["pushes"][0]["state"] == "acknowledged")


@pytest.mark.parametrize(("schedule", "tries", "whole_time_ms"), [("A", 17, 20_000_000), ("B", 5, 9_000_000)])
def test_a_push_nobody_takes_is_given_up_after_the_schedule(schedule: str, tries: int, whole_time_ms: int) -> None:
    with shop(retry_schedule=schedule) as hand:
        hand.received.answer = b"no"
        tid = hand.place(pay=False, expires_in_ms=10**9)
        eventually(lambda: len(hand.received.pushes) == 1)
        hand.advance(whole_time_ms)
        eventually(lambda: hand.truth(tid)["pushes"][0]["state"] == "given_up", 10)
        assert len(hand.received.pushes) == tries


def test_versions_grow_within_a_type_and_come_in_seconds_milliseconds_or_mixed() -> None:
    with shop() as hand:
        tid = hand.place()
        for memo in ("一", "二", "三"):
            hand.sim(f"orders/{tid}/memo", {"memo": memo})
        eventually(lambda: len(hand.received.pushes) == 6)
        versions = [body["version"] for body in hand.received.bodies("trade_TradeMemoModified")]
        assert versions == sorted(set(versions)) and all(v < 10**10 for v in versions)
        hand.switch(version_unit="ms")
        hand.place()
        eventually(lambda: len(hand.received.pushes) == 9)
        assert all(body["version"] > 10**12 for body in hand.received.bodies()[6:])
        hand.switch(version_unit="mixed")
        hand.place()
        eventually(lambda: len(hand.received.pushes) == 12)
        mixed = {body["type"]: body["version"] > 10**12 for body in hand.received.bodies()[9:]}
        assert mixed == {"trade_TradeCreate": False, "trade_TradePaid": True, "trade_TradeBuyerPay": True}


def test_the_switch_says_which_app_signs_and_old_style_pushes_lack_the_header() -> None:
    apps = [{"client_id": "old", "client_secret": "os"}, {"client_id": "new", "client_secret": "ns"}]
    with shop(apps=apps, event_sign_header=False, first_send_count="absent") as hand:
        hand.place(pay=False)
        eventually(lambda: len(hand.received.pushes) == 1)
        hand.switch(signing_app="new", event_sign_header=True)
        hand.place(pay=False)
        eventually(lambda: len(hand.received.pushes) == 2)
        (first, first_raw), (second, second_raw) = hand.received.pushes
        body = json.loads(first_raw)
        assert "event-sign" not in first and "sendCount" not in body
        assert body["sign"] == md5(f"old{body['msg']}os".encode())
        assert second["client-id"] == "new"
        assert second["event-sign"] == md5(b"new" + second_raw + b"ns")


def test_dials_lose_double_and_swap_pushes_and_a_withheld_push_is_lost_for_good() -> None:
    with shop() as hand:
        hand.sim("faults", [
            {"kind": "lost_push", "match": {"method": "trade_TradePaid"}},
            {"kind": "duplicate", "match": {"method": "trade_TradeBuyerPay"}},
            {"kind": "out_of_order", "match": {"method": "trade_TradeCreate"}},
        ])  # fmt: skip
        hand.place()
        eventually(lambda: len(hand.received.pushes) == 3)
        assert hand.received.types()[-1] == "trade_TradeCreate"
        assert hand.received.types()[:2] == ["trade_TradeBuyerPay"] * 2
        tid = hand.place(push=False)
        hand.advance(10**6)
        assert len(hand.received.pushes) == 3
        assert {push["state"] for push in hand.truth(tid)["pushes"]} == {"withheld"}
        hand.sim(f"orders/{tid}/repush", {"types": ["trade_TradeBuyerPay"]})
        eventually(lambda: len(hand.received.pushes) == 4)
        assert hand.received.bodies()[-1]["id"] == tid


def test_an_unpaid_order_closes_by_the_shops_clock_and_its_printed_deadline_tells_the_real_moment() -> None:
    with shop() as hand:
        hand.sim("clock", {"speed": 60})
        tid = hand.place(pay=False, expires_in_ms=600_000)
        order = hand.truth(tid)
        assert order["expires_ms"] - order["created_ms"] == 10_000
        hand.advance(600_000)
        closed = decoded(hand.received.bodies("trade_TradeClose")[0]["msg"])
        assert closed["close_reason"] == "order expired closed by task, order canceled!"
        assert (closed["close_type"], hand.truth(tid)["status"]) == (1, "TRADE_CLOSED")
        hand.sim(f"orders/{tid}/pay", status=409)


def test_the_buyer_cancels_an_unpaid_order_and_a_paid_one_comes_back_as_a_full_refund() -> None:
    with shop() as hand:
        unpaid, paid = hand.place(pay=False), hand.place()
        assert hand.sim(f"orders/{unpaid}/cancel")["events"] == ["trade_TradeClose"]
        assert hand.sim(f"orders/{paid}/cancel")["events"] == [
            "trade_refund_BuyerCreated",
            "trade_refund_RefundSellerAgree",
            "trade_TradeClose",
        ]
        truth = hand.truth(paid)
        assert (truth["refunded_fen"], truth["close_reason"]) == (truth["paid_fen"], "refund, order closed!")
        eventually(lambda: len(hand.received.bodies("trade_TradeClose")) == 2)
        assert decoded(hand.received.bodies("trade_refund_BuyerCreated")[0]["msg"])["refunded_fee"] == "608.01"


def test_a_return_goes_step_by_step_in_the_new_family_whose_message_is_an_object() -> None:
    with shop(refund_events="new") as hand:
        tid = hand.place()
        oid = hand.truth(tid)["lines"][1]["oid"]
        hand.sim(f"orders/{tid}/refund", {"oids": [oid], "with_return": True, "apply_only": True})
        refund_id = hand.truth(tid)["refunds"][0]["refund_id"]
        hand.sim(f"orders/{tid}/refund", {"refund_id": refund_id, "step": "success"}, status=409)
        for step in ("agree", "send_back", "success"):
            hand.sim(f"orders/{tid}/refund", {"refund_id": refund_id, "step": step})
        eventually(lambda: len(hand.received.pushes) == 6)
        assert hand.received.types()[3:] == [
            "youzan_trade_RefundCreated",
            "youzan_trade_RefundSellerAgree",
            "youzan_trade_RefundSuccess",
        ]
        last = hand.received.bodies()[-1]
        assert last["msg"]["refunded_fee"] == "10.01" and last["msg"]["refund_type"] == "REFUND_AND_RETURN"
        compact = json.dumps(last["msg"], ensure_ascii=False, separators=(",", ":"))
        assert last["sign"] == md5(f"{CLIENT_ID}{compact}{SECRET}".encode())
        truth = hand.truth(tid)
        assert (truth["status"], truth["refunded_fen"]) == ("WAIT_SELLER_SEND_GOODS", 1_001)


def test_buyer_and_seller_changes_of_address_have_two_names_and_happen_once() -> None:
    with shop() as hand:
        one, two = hand.place(), hand.place()
        hand.sim(f"orders/{one}/address", {"detail": "测试路2号", "phone": "13800130002"})
        hand.sim(f"orders/{two}/address", {"by": "seller", "district": "滨江区"})
        hand.sim(f"orders/{one}/address", {"detail": "测试路3号"}, status=409)
        eventually(lambda: len(hand.received.pushes) == 8)
        by_buyer = hand.received.bodies("youzan_trade_MessagesTheChangeAddressesByBuyer")[0]
        by_seller = hand.received.bodies("trade_MessagesTheChangeAddresses")[0]
        said = decoded(by_buyer["msg"])
        assert (by_buyer["id"], opened(said["tel"]), said["detail"]) == (one, "13800130002", "测试路2号")
        assert decoded(by_seller["msg"])["address"].startswith("浙江省杭州市滨江区")


def test_printed_times_are_shanghai_time() -> None:
    with shop() as hand:
        tid = hand.place()
        eventually(lambda: len(hand.received.pushes) == 3)
        info = decoded(hand.received.bodies()[0]["msg"])["full_order_info"]["order_info"]
        printed = datetime.strptime(info["created"] + " +0800", "%Y-%m-%d %H:%M:%S %z")
        assert int(printed.astimezone(UTC).timestamp()) == hand.truth(tid)["created_ms"] // 1000
