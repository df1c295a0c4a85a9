"""EMS's simulator against its sheet: form and cipher, orders, cancelling, freight, steps, labels and the push."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from local.partners.chassis import serve
from local.partners.ems import create, wire
from tests.contract.simulators.push_listener import Listener

VECTORS = {one["id"]: one for one in json.loads((Path(__file__).parents[1] / "vectors.json").read_text("utf-8"))}
CUSTOMER, CODE, KEY = "1100012345678", "tests0123456789a", "dGhlLWtleS1vZi10ZXN0cw=="
OPEN = "/amp-prod-api/f/amp/api/open"
PARTY = {"name": "张三", "mobile": "13800130001", "prov": "上海市", "city": "上海市", "county": "浦东新区",
         "address": "人民路1号"}  # fmt: skip
ORDER = {
    "createdTime": "2026-01-01 10:00:00", "ecommerceUserId": "u1", "logisticsOrderNo": "E1-1-1",
    "contentsAttribute": "3", "bizProductNo": "10", "sender": PARTY, "receiver": PARTY,
    "cargos": [{"cargoName": "喂食器"}],
}  # fmt: skip
NAMED = {"logisticsOrderNo": "E1-1-1"}


def seal(text: str, trailer: str = KEY) -> str:
    plain = (text + trailer).encode()
    plain += bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    cipher = Cipher(algorithms.SM4(base64.b64decode(KEY)), modes.ECB()).encryptor()
    return "|$4|" + base64.b64encode(cipher.update(plain) + cipher.finalize()).decode()


def unseal(sealed: str) -> str:
    cipher = Cipher(algorithms.SM4(base64.b64decode(KEY)), modes.ECB()).decryptor()
    padded = cipher.update(base64.b64decode(sealed.removeprefix("|$4|"))) + cipher.finalize()
    return padded[: -padded[-1]].decode()


class Client:
    """Written from the sheet alone."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def ask(self, code: str, asked: Any, *, path: str = OPEN, **fields: str) -> Any:
        form = {
            "apiCode": code, "senderNo": CUSTOMER, "authorization": CODE, "timeStamp": "2026-01-01 10:00:00",
            "msgType": "0", "version": "V1.0.0",
            "logitcsInterface": seal(json.dumps(asked, ensure_ascii=False, indent=2)), **fields,
        }  # fmt: skip
        answer = self.http.post(path, data={name: value for name, value in form.items() if value})
        assert answer.status_code == 200
        return answer.json()

    def said(self, code: str, asked: Any, **fields: str) -> tuple[bool, str]:
        answer = self.ask(code, asked, **fields)
        assert (answer["retCode"] == "00000") is answer["success"]
        return answer["success"], answer["retMsg"]

    def bought(self, **changes: Any) -> str:
        return str(json.loads(self.ask("020003", [{**ORDER, **changes}])["retBody"])["waybillNo"])

    def control(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def truth(self) -> Any:
        return self.http.get("/_sim/state").json()


@pytest.fixture
def hub() -> Iterator[Listener]:
    listener = Listener(b'{"serialNo":"x","code":"00000","codeMessage":"ok","senderNo":"1"}')
    yield listener
    listener.close()


@pytest.fixture
def ems(hub: Listener) -> Iterator[Client]:
    settings = {"sender_no": CUSTOMER, "authorization": CODE, "sign_key": KEY, "webhook_url": f"{hub.url}/ems"}
    with serve(create({**settings, "surcharge_places": ["西藏自治区"]})) as url:
        yield Client(url)


def test_the_published_vectors_open_and_seal() -> None:
    inputs, expected = VECTORS["ems-11"]["inputs"], VECTORS["ems-11"]["expected"]
    assert wire.opened(expected, inputs["keyText"]) == inputs["json"]
    assert wire.pushed(inputs["json"], inputs["keyText"], trailer=True) == expected
    # From the sheet, §3: the same as a push.
    pushed = "|$4|ZS+gi6giinVdV5G9Tbjc3KKF83DaEQ9wb8gqxEDtQ3kwk9tXSlr8T3AMTrzyV9Wl"
    assert wire.pushed(inputs["json"], inputs["keyText"], trailer=False) == pushed


def test_a_label_is_bought_at_both_addresses_and_once(ems: Client) -> None:
    first = json.loads(ems.ask("020003", [ORDER])["retBody"])
    again = json.loads(ems.ask("020003", [ORDER], path=OPEN.replace("open", "test"))["retBody"])
    assert first == again
    assert (len(first["waybillNo"]), first["logisticsOrderNo"]) == (13, "E1-1-1")
    ems.control("config", {"duplicate": "refused"})
    assert ems.said("020003", [ORDER]) == (False, "订单号重复")
    assert ems.truth()["labels_issued"] == 1


FORGED: list[tuple[dict[str, str], str]] = [
    ({"senderNo": "1"}, "无客户信息"),
    ({"authorization": "x"}, "授权码错误"),
    ({"timeStamp": "1767225600"}, "timeStamp格式错误"),
    ({"timeStamp": ""}, "timeStamp不能为空"),
    ({"logitcsInterface": seal("[]", trailer="")}, "签名校验失败"),
    ({"logitcsInterface": seal("[]").removeprefix("|$4|")}, "签名校验失败:密文格式错误"),
    ({"logitcsInterface": "|$4|AAAA"}, "签名校验失败:密文格式错误"),
    ({"logitcsInterface": seal("{")}, "报文格式错误"),
]


def test_another_customer_code_time_or_cipher_is_refused(ems: Client) -> None:
    for fields, words in FORGED:
        assert ems.said("020003", [ORDER], **fields) == (False, words)
    assert ems.truth()["labels_issued"] == 0


def test_an_unknown_api_code_and_another_form_are_refused(ems: Client) -> None:
    assert ems.said("999999", [ORDER]) == (False, "接口代码错误")
    assert ems.http.post(OPEN, json={"apiCode": "020003"}).json()["retMsg"] == "apiCode不能为空"


NO_ORDER: list[tuple[dict[str, Any], str]] = [
    ({"logisticsOrderNo": ""}, "logisticsOrderNo不能为空"),
    ({"bizProductNo": "77"}, "bizProductNo不合法"),
    ({"contentsAttribute": "2"}, "contentsAttribute不合法"),
    ({"createdTime": "today"}, "createdTime格式错误"),
    ({"ecommerceUserId": "u" * 50}, "ecommerceUserId超过最大长度"),
    ({"receiver": {**PARTY, "county": ""}}, "receiver.county不能为空"),
    ({"receiver": {**PARTY, "mobile": ""}}, "receiver.mobile不能为空"),
    ({"sender": None}, "sender不能为空"),
    ({"cargos": []}, "cargos不能为空"),
    ({"cargos": [{}]}, "cargos.cargoName不能为空"),
]


def test_what_cannot_be_an_order_is_refused_and_leaves_none(ems: Client) -> None:
    for changes, words in NO_ORDER:
        assert ems.said("020003", [{**ORDER, **changes}]) == (False, words)
    assert ems.truth()["labels_issued"] == 0


def test_an_order_is_an_array_of_one(ems: Client) -> None:
    for asked in (ORDER, [ORDER, ORDER], [], "x"):
        assert not ems.said("020003", asked)[0]


def test_a_cancel_counts_before_acceptance_and_burns_the_reference(ems: Client) -> None:
    number = ems.bought()
    assert ems.said("020006", {"logisticsOrderNo": "E9"}) == (False, "订单不存在")
    assert not ems.said("020006", {**NAMED, "waybillNo": "1299999999999"})[0]
    assert ems.said("020006", {**NAMED, "waybillNo": number})[0]
    assert ems.said("020006", NAMED) == (False, "订单已取消,不能重复取消")
    assert ems.said("020003", [ORDER]) == (False, "该订单已取消")
    assert ems.truth()["parcels"]["E1-1"] == {"live": 0, "max_live": 1, "labels": 1}
    ems.control("handover", {"waybill_no": number}, status=409)
    other = ems.bought(logisticsOrderNo="E1-1-2")
    ems.control("courier", {"waybill_no": other, "does": "pick_up"})
    assert ems.said("020006", {"logisticsOrderNo": "E1-1-2"}) == (False, "邮件已收寄,不能取消")
    assert ems.truth()["parcels"]["E1-1"] == {"live": 1, "max_live": 1, "labels": 2}


def test_the_shape_of_a_cancel_is_a_switch(ems: Client) -> None:
    ems.bought()
    for shape, wrong in (("object", [NAMED]), ("array", NAMED)):
        ems.control("config", {"cancel_shape": shape})
        assert not ems.said("020006", wrong)[0]
    assert ems.said("020006", [NAMED])[0]


def test_freight_and_surcharge_are_billed_at_acceptance(ems: Client) -> None:
    number = ems.bought(receiver={**PARTY, "prov": "西藏自治区"})
    ems.control("config", {"freight_shows": "accepted"})
    assert ems.said("050001", NAMED) == (False, "邮件未收寄,暂无资费")
    ems.control("courier", {"waybill_no": number, "does": "pick_up"})
    shown = json.loads(ems.ask("050001", NAMED)["retBody"])
    assert (shown["postageTotal"], shown["waybillNo"]) == ("28.00", number)
    assert ems.truth()["billed_fen"] == 2_800


def test_a_parcel_moves_by_itself_and_each_step_is_pushed_until_it_is_taken(ems: Client, hub: Listener) -> None:
    number = ems.bought()
    ems.control("handover", {"waybill_no": number})
    for _ in range(7):
        ems.control("clock", {"advance_ms": 10_000})
    steps = json.loads(ems.ask("040001", {"waybillNo": number, "direction": "0"})["retBody"])["responseItems"]
    assert [step["opCode"] for step in steps] == ["203", "305", "389", "954", "702", "704"]
    assert (ems.truth()["orders"]["E1-1-1"]["state"], steps[-1]["deliverCode"]) == ("delivered", "10")
    messages = [json.loads(body) for body in hub.waited_for(6)]
    assert {(one["method"], one["senderNo"], len(one["serialNo"])) for one in messages} == {("040002", CUSTOMER, 32)}
    pushed = [json.loads(unseal(one["logitcsInterface"])) for one in messages]
    assert {(step["waybillNo"], step["orderNo"]) for step in pushed} == {(number, "E1-1-1")}
    assert {step["opCode"] for step in pushed} == {step["opCode"] for step in steps}


def test_a_postman_refuses_what_cannot_be_done(ems: Client) -> None:
    number = ems.bought()
    for does in ("fail", "unsign", "fly"):
        ems.control("courier", {"waybill_no": number, "does": does}, status=409)
    ems.control("courier", {"waybill_no": "1", "does": "sign"}, status=404)
    ems.control("courier", {"waybill_no": number, "does": "sign"})
    ems.control("courier", {"waybill_no": number, "does": "sign"}, status=409)


def test_a_label_is_base64_or_an_address(ems: Client) -> None:
    number = ems.bought()
    asked = {"waybillNo": number, "type": "149"}
    assert base64.b64decode(ems.ask("010004", asked)["retBody"]).startswith(b"%PDF-")
    assert ems.ask("010004", {**asked, "getURL": "1"})["retBody"].endswith(f"{number}.pdf")
    assert ems.said("010004", {**asked, "type": "1"}) == (False, "面单类型不合法")


def test_too_many_calls_in_a_second_are_refused(ems: Client) -> None:
    ems.control("config", {"per_second": 2})
    said = [ems.said("050001", NAMED)[1] for _ in range(3)]
    assert said == ["订单不存在", "订单不存在", "请求过于频繁,请稍后再试"]
