"""What EMS is told about a parcel, and what is read from its answers (sheet §2–§6)."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orderhub.adapters.ems.answers import read_answer
from orderhub.adapters.ems.client import EmsClient, EmsCredentials
from orderhub.adapters.ems.mapping import known_waybill, label_of, order_request, waybill_of
from orderhub.adapters.ems.signing import SignKey
from orderhub.adapters.ems.tracks import kind_of, routes_of
from orderhub.adapters.partner_http import PartnerHttp, Response
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Region
from orderhub.domain.sender import Sender
from orderhub.ports.partners import ParcelInstruction
from tests.unit.sf_samples import RECEIVER, REFERENCE, line, parcel

SENDER = Sender("仓库", "0571-88880000", "浙江省", "杭州市", "余杭区", "仓前街道示例路1号")
NUMBER = "1200000000001"
KEY = "QUJDREVGR0hJSktMTU5PUA=="
ROOT = Path(__file__).parents[2]


def request(given: ParcelInstruction | None = None, product: str = "10") -> dict[str, Any]:
    return order_request(given or parcel(), SENDER, "1100000000000", product)


def in_region(region: Region) -> ParcelInstruction:
    given = parcel()
    assert given.order.snapshot is not None
    return replace(given, order=replace(given.order, snapshot=replace(given.order.snapshot, region=region)))


def test_a_parcel_is_told_with_both_parties_and_the_goods_that_need_carrying() -> None:
    lines = (line(1), line(2, "FP-001", name="滤芯"), line(3, "CARD", is_physical=False))
    told = request(parcel(lines=lines))
    assert told["logisticsOrderNo"] == told["ecommerceUserId"] == REFERENCE
    assert (told["senderNo"], told["bizProductNo"], told["contentsAttribute"]) == ("1100000000000", "10", "3")
    assert told["createdTime"] == "1970-01-01 08:00:00"
    assert told["receiver"] == {
        "name": "张三", "mobile": "13800130001", "prov": "上海市", "city": "上海市", "county": "浦东新区",
        "address": "人民路1号3栋502室",
    }  # fmt: skip
    assert told["sender"]["phone"] == "0571-88880000"
    assert told["cargos"] == [
        {"cargoName": "宠物智能喂食器", "cargoQuantity": "1"},
        {"cargoName": "滤芯", "cargoQuantity": "2"},
    ]
    assert told["pickupNotes"] == "请轻放 A+B 100%"


def test_the_same_parcel_again_is_the_same_text() -> None:
    assert json.dumps(request()) == json.dumps(request())


def test_a_virtual_number_is_no_mobile_and_an_empty_note_is_not_sent() -> None:
    told = request(parcel(receiver=replace(RECEIVER, phone="13800130001-1234", note=" \n")))
    assert told["receiver"]["phone"] == "13800130001-1234"
    assert "mobile" not in told["receiver"]
    assert "pickupNotes" not in told


def test_a_city_without_counties_stands_for_its_county() -> None:
    assert request(in_region(Region("广东省", "东莞市", "")))["receiver"]["county"] == "东莞市"


@pytest.mark.parametrize(
    ("given", "product", "code"),
    [
        (parcel(""), "10", "reference-too-long"),
        (parcel("x" * 50), "10", "reference-too-long"),
        (parcel(), "3", "product-unknown"),
        (parcel(lines=(line(1, is_physical=False),)), "10", "nothing-to-carry"),
    ],
)
def test_what_is_no_parcel_is_refused_before_it_is_sent(given: ParcelInstruction, product: str, code: str) -> None:
    with pytest.raises(PartnerRejected) as caught:
        request(given, product)
    assert caught.value.code == code


def test_a_waybill_is_read_from_an_object_or_an_array_of_one() -> None:
    body = {"waybillNo": NUMBER, "logisticsOrderNo": REFERENCE, "routeCode": "571-021-A1"}
    for shape in (body, [body]):
        issued = waybill_of(REFERENCE, shape)
        assert (issued.reference, issued.number, issued.routing) == (REFERENCE, NUMBER, {"routeCode": "571-021-A1"})
    assert known_waybill(REFERENCE, {"postageTotal": "20.00"}) is None


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, "下单成功", [{"waybillNo": NUMBER}] * 2, {"waybillNo": "12 3"}, {"waybillNo": True},
        {"waybillNo": NUMBER, "logisticsOrderNo": "another"},
    ],
)  # fmt: skip
def test_a_success_without_one_number_of_this_order_is_unclear(body: Any) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        waybill_of(REFERENCE, body)
    assert caught.value.unclear


def test_a_label_is_a_pdf_or_unclear() -> None:
    assert label_of(base64.b64encode(b"%PDF-1.4 x").decode()).startswith(b"%PDF")
    for body in ("https://api.ems.com.cn/l.pdf", base64.b64encode(b"<html>").decode(), None, {}):
        with pytest.raises(PartnerUnavailable):
            label_of(body)


def envelope(code: str = "00000", words: str = "", body: Any = None, **changes: Any) -> Response:
    answer = {"retCode": code, "retMsg": words, "retBody": body, "success": code == "00000"} | changes
    return Response(200, json.dumps(answer, ensure_ascii=False).encode(), 1)


def test_a_body_is_json_in_a_text_or_the_value_itself() -> None:
    for body in ('{"waybillNo":"1"}', {"waybillNo": "1"}, ' [{"waybillNo":"1"}]'):
        assert "waybillNo" in str(read_answer(envelope(body=body)))
    assert read_answer(envelope(body="JVBERi0=")) == "JVBERi0="
    assert read_answer(envelope(body="  ")) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("订单号重复", "duplicate-order"),
        ("该订单号已存在", "duplicate-order"),
        ("请勿重复下单", "duplicate-order"),
        ("订单不存在", "unknown-order"),
        ("未查询到信息", "unknown-order"),
        ("该订单已取消", "cancelled-order"),
        ("订单已撤单,请勿重复取消", "cancelled-order"),
        ("邮件已收寄,不能取消", "B9"),
        ("收寄已取消失败", "B9"),
        ("无客户信息", "B9"),
        ("参数非法", "B9"),
    ],
)
def test_what_kind_of_no_it_is_stands_in_the_words(words: str, code: str) -> None:
    with pytest.raises(PartnerRejected) as caught:
        read_answer(envelope("B9", words))
    assert (caught.value.code, caught.value.message) == (code, words)


def test_too_many_calls_are_clear_and_a_partner_out_of_order_is_not() -> None:
    with pytest.raises(PartnerUnavailable) as limited:
        read_answer(envelope("B9", "请求过于频繁,请稍后再试"))
    assert (limited.value.unclear, limited.value.retry_after_seconds) == (False, 1.0)
    with pytest.raises(PartnerUnavailable) as broken:
        read_answer(envelope("B9", "系统异常"))
    assert broken.value.unclear


@pytest.mark.parametrize(
    "response",
    [
        Response(404, b"{}", 1),
        Response(200, b"<html>", 1),
        Response(200, b"[]", 1),
        envelope(code=""),
        envelope(success=False),
        envelope("B9", success=True),
        envelope(body="{broken"),
    ],
)
def test_an_answer_that_cannot_be_read_is_unclear(response: Response) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        read_answer(response)
    assert caught.value.unclear


def step(code: str, minute: int, name: str = "", **changes: Any) -> dict[str, Any]:
    return {"waybillNo": NUMBER, "opCode": code, "opName": name, "opTime": f"2026-01-02 10:{minute:02d}:00"} | changes


def test_steps_come_oldest_first_in_our_words_and_with_ids_of_their_own() -> None:
    body = {"responseItems": [step("704", 5), step("702", 4), step("C_17", 3), step("389", 2), step("203", 1)]}
    events = routes_of(NUMBER, body)
    assert [event.kind for event in events] == ["picked_up", "moving", "unknown", "out_for_delivery", "delivered"]
    assert events[0].occurred_at == 1_767_319_260_000
    assert len({event.event_id for event in events}) == 5
    assert routes_of(NUMBER, body) == events
    assert routes_of(NUMBER, None) == routes_of(NUMBER, {"responseItems": None}) == []


@pytest.mark.parametrize("wrong", [step("743", 3), step("999", 3, "妥投删除")])
def test_a_step_that_was_taken_back_is_not_told(wrong: dict[str, Any]) -> None:
    events = routes_of(NUMBER, [step("702", 1), step("704", 2, "妥投"), wrong])
    assert [event.kind for event in events] == ["out_for_delivery", "signature_void"]
    again = routes_of(NUMBER, [step("702", 1), step("704", 2, "妥投"), wrong, step("704", 9, "妥投")])
    assert [event.kind for event in again] == ["out_for_delivery", "signature_void", "delivered"]
    others = routes_of(NUMBER, [step("702", 1), step("742", 2), step("705", 3), step("744", 4, "未妥投删除")])
    assert [event.kind for event in others] == ["unknown", "unknown"]


def test_who_gets_a_parcel_back_had_it_turned_before_though_nobody_told() -> None:
    (turned, back) = routes_of(NUMBER, [step("711", 2)])
    assert [(turned.kind, turned.code), (back.kind, back.code)] == [("turned", "711"), ("delivered", "711")]
    assert turned.occurred_at < back.occurred_at
    assert turned.event_id != back.event_id
    told = routes_of(NUMBER, [step("708", 1), step("711", 2)])
    assert [event.kind for event in told] == ["turned", "turned", "delivered"]


@pytest.mark.parametrize(
    "body",
    [
        {}, "words", [1], [step("70 4", 1)], [step("", 1)], [step("704", 1, opTime="soon")],
        [step("704", 1, waybillNo="1200000000002")], {"responseItems": "x"}, [step("203", 1)] * 501,
    ],
)  # fmt: skip
def test_steps_that_cannot_be_read_are_unclear(body: Any) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        routes_of(NUMBER, body)
    assert caught.value.unclear


def test_a_code_that_the_sheet_does_not_explain_tells_nothing() -> None:
    assert kind_of("EMA") == "unknown"


@pytest.mark.parametrize("text", ["", "not base64!", "QUJD", "QUJDREVGR0hJSktMTU5PUFFS"])
def test_a_key_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="the key is not") as caught:
        SignKey(text)
    assert not text or text not in str(caught.value)
    client = EmsClient(PartnerHttp("ems", 1), "http://127.0.0.1:9", EmsCredentials("1", "a", text), SENDER)
    with pytest.raises(PartnerRejected) as refused:
        client.find(REFERENCE) or client.cancel(REFERENCE, NUMBER)
    assert refused.value.code == "sign-key-unusable"


def test_text_that_is_no_unicode_is_refused_and_secrets_are_not_shown() -> None:
    client = EmsClient(PartnerHttp("ems", 1), "http://127.0.0.1:9", EmsCredentials("1", "a", KEY), SENDER)
    with pytest.raises(PartnerRejected) as caught:
        client.create(parcel(receiver=replace(RECEIVER, name="\ud800")))
    assert caught.value.code == "unsendable-text"
    shown = repr(EmsCredentials("1", "clear-code", KEY)) + repr(SignKey(KEY))
    assert KEY not in shown
    assert "clear-code" not in shown


def test_the_carriers_function_starts_without_ems() -> None:
    """Who sends by SF pays nothing for EMS's cipher."""
    program = """
import sys
import handler
from orderhub.adapters.sf.client import SfClient
from orderhub.runtime.partners import ems, sf
print([name for name in sys.modules if name.startswith("orderhub.adapters.ems") or name.endswith(".SM4")])
"""
    path = f"{ROOT / 'layers/orderhub/src'}:{ROOT / 'functions/carrier'}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
