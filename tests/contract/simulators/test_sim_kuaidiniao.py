"""快递鸟's simulator against its sheet: form and sign, labels, cancelling, queries, subscriptions and the push."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.kuaidiniao import create
from tests.contract.simulators.push_listener import Listener

KEY, ACCOUNT = "f6bc7c23-7d7c-4dc8-9a73-506519393f6a", "1237100"
PARTY = {
    "Name": "张三", "Mobile": "13800130001", "ProvinceName": "上海", "CityName": "上海市", "ExpAreaName": "浦东新区",
    "Address": "人民路1号",
}  # fmt: skip
LABEL = {
    "OrderCode": "E1-1-1", "ShipperCode": "YTO", "PayType": 3, "ExpType": 1, "Sender": PARTY, "Receiver": PARTY,
    "Commodity": [{"GoodsName": "喂食器", "Goodsquantity": 1}], "Quantity": 1,
}  # fmt: skip
EORDER, DIST, QUERY = "/api/EOrderService", "/api/dist", "/Ebusiness/EbusinessOrderHandle.aspx"


def sign(text: str) -> str:
    return base64.b64encode(hashlib.md5((text + KEY).encode()).hexdigest().encode()).decode()


class Client:
    """Written from the sheet alone."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def ask(self, path: str, kind: str, asked: Any, *, twice: bool = False, **fields: str) -> Any:
        text = json.dumps(asked, ensure_ascii=False)
        form = {
            "RequestData": quote(text, safe="") if twice else text, "EBusinessID": ACCOUNT, "RequestType": kind,
            "DataSign": quote(sign(text)) if twice else sign(text), "DataType": "2", **fields,
        }  # fmt: skip
        answer = self.http.post(path, data=form)
        assert answer.status_code == 200
        return answer.json()

    def control(self, path: str, body: Any) -> Any:
        answer = self.http.post(f"/_sim/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def truth(self) -> Any:
        return self.http.get("/_sim/state").json()


@pytest.fixture
def hub() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def kdn(hub: Listener) -> Iterator[Client]:
    settings = {"business_id": ACCOUNT, "app_key": KEY, "webhook_url": f"{hub.url}/webhooks/kuaidiniao"}
    with serve(create(settings)) as url:
        yield Client(url)


@pytest.mark.parametrize("twice", [False, True])
def test_a_label_is_bought_whether_the_form_is_escaped_once_or_twice(kdn: Client, twice: bool) -> None:
    answer = kdn.ask(EORDER, "1007", LABEL, twice=twice)
    assert (answer["Success"], answer["ResultCode"], answer["EBusinessID"]) == (True, "100", ACCOUNT)
    assert answer["Order"]["LogisticCode"] == kdn.truth()["labels"]["E1-1-1"]["logistic_code"]


def test_the_same_order_code_again_is_106_with_its_number_and_no_second_label(kdn: Client) -> None:
    first = kdn.ask(EORDER, "1007", LABEL)
    again = kdn.ask(EORDER, "1007", LABEL)
    assert (again["Success"], again["ResultCode"]) == (True, "106")
    assert again["Order"]["LogisticCode"] == first["Order"]["LogisticCode"]
    kdn.control("config", {"duplicate_success": False, "duplicate_shows_order": False})
    bare = kdn.ask(EORDER, "1007", LABEL)
    assert (bare["Success"], bare["ResultCode"], "Order" in bare) == (False, "106", False)
    assert kdn.truth()["labels_issued"] == 1


def test_1127_counts_numbers_and_looks_no_order_up(kdn: Client) -> None:
    number = kdn.ask(EORDER, "1007", LABEL)["Order"]["LogisticCode"]
    assert number not in json.dumps(kdn.ask(EORDER, "1127", {"ShipperCode": "YTO", "OrderCode": "E1-1-1"}))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"OrderCode": ""}, "101"),
        ({"ShipperCode": "NOBODY"}, "102"),
        ({"ShipperCode": "SF"}, "101"),
        ({"ShipperCode": "EMS"}, "101"),
        ({"Receiver": {**PARTY, "Address": "A&B路"}}, "102"),
        ({"Receiver": {**PARTY, "Mobile": ""}}, "101"),
        ({"Commodity": []}, "101"),
    ],
)
def test_what_cannot_be_a_label_is_refused_and_leaves_none(kdn: Client, changes: dict[str, Any], code: str) -> None:
    answer = kdn.ask(EORDER, "1007", {**LABEL, **changes})
    assert (answer["Success"], answer["ResultCode"]) == (False, code)
    assert kdn.truth()["labels_issued"] == 0


@pytest.mark.parametrize("fields", [{"DataSign": sign("x")}, {"EBusinessID": "1"}, {"RequestType": "8001"}])
def test_another_key_account_or_instruction_is_refused(kdn: Client, fields: dict[str, str]) -> None:
    assert kdn.ask(EORDER, "1007", LABEL, **fields)["ResultCode"] == "104"


def test_a_cancelled_order_code_is_burned(kdn: Client) -> None:
    number = kdn.ask(EORDER, "1007", LABEL)["Order"]["LogisticCode"]
    cancel = {"ShipperCode": "YTO", "OrderCode": "E1-1-1", "ExpNo": number}
    assert kdn.ask(EORDER, "1147", {**cancel, "ExpNo": "YT80"})["ResultCode"] == "105"
    assert kdn.ask(EORDER, "1147", cancel)["ResultCode"] == "100"
    assert kdn.ask(EORDER, "1147", cancel)["ResultCode"] == "105"
    assert kdn.ask(EORDER, "1007", LABEL)["ResultCode"] == "105"
    kdn.control("config", {"second_cancel": "100", "burned": "106"})
    assert kdn.ask(EORDER, "1147", cancel)["ResultCode"] == "100"
    assert kdn.ask(EORDER, "1007", LABEL)["ResultCode"] == "106"
    assert kdn.truth()["labels"]["E1-1-1"]["state"] == "cancelled"


def test_after_pickup_nothing_is_cancelled(kdn: Client) -> None:
    number = kdn.ask(EORDER, "1007", LABEL)["Order"]["LogisticCode"]
    kdn.control("handover", {"waybill_no": number})
    assert kdn.control("clock", {"advance_ms": 15_000})["settled"]
    cancel = {"ShipperCode": "YTO", "OrderCode": "E1-1-1", "ExpNo": number}
    assert kdn.ask(EORDER, "1147", cancel)["Success"] is False


def test_queries_need_the_number_and_for_sf_the_phones_tail(kdn: Client) -> None:
    kdn.control("trace", {"shipper": "SF", "waybill_no": "SF7444000000001", "code": "1"})
    asked = {"ShipperCode": "SF", "LogisticCode": "SF7444000000001"}
    assert kdn.ask(QUERY, "8001", asked)["Success"] is False
    detailed = kdn.ask(QUERY, "8001", {**asked, "CustomerName": "0001"})
    assert (detailed["State"], detailed["StateEx"], detailed["Traces"][0]["Action"]) == ("1", "1", "1")
    assert kdn.ask(DIST, "8001", {"ShipperCode": "YTO", "OrderCode": "E1-1-1"})["ResultCode"] == "402"
    nothing = kdn.ask(DIST, "1002", {"ShipperCode": "YTO", "LogisticCode": "YT8000000009"})
    assert (nothing["Success"], nothing["State"], nothing["Traces"]) == (True, "0", [])


def pushes(hub: Listener, count: int) -> list[dict[str, list[str]]]:
    return [parse_qs(body.decode(), strict_parsing=True) for body in hub.waited_for(count)]


@pytest.mark.parametrize("twice", [False, True])
def test_a_subscribed_parcel_is_pushed_with_all_its_traces_and_signed(kdn: Client, hub: Listener, twice: bool) -> None:
    kdn.control("config", {"push_twice": twice})
    asked = {"ShipperCode": "ZTO", "LogisticCode": "757000000001", "OrderCode": "E2-1-1"}
    assert kdn.ask(DIST, "8008", asked)["Success"] is True
    for code in ("1", "301"):
        kdn.control("trace", {"shipper": "ZTO", "waybill_no": "757000000001", "code": code})
    *_, last = pushes(hub, 2)
    text = unquote(last["RequestData"][0]) if twice else last["RequestData"][0]
    assert last["DataSign"] == [sign(text)]
    told = json.loads(text)
    assert (told["EBusinessID"], told["Count"]) == (ACCOUNT, "1")
    (parcel,) = told["Data"]
    assert (parcel["OrderCode"], parcel["State"], [t["Action"] for t in parcel["Traces"]]) == (
        "E2-1-1",
        "3",
        ["1", "301"],
    )


def test_nobody_is_told_of_a_parcel_that_nobody_subscribed_to(kdn: Client, hub: Listener) -> None:
    kdn.control("trace", {"shipper": "ZTO", "waybill_no": "757000000001", "code": "1"})
    assert kdn.control("clock", {"advance_ms": 60_000})["settled"]
    assert hub.bodies == []


def test_a_push_without_the_right_answer_comes_again(kdn: Client, hub: Listener) -> None:
    kdn.ask(DIST, "8008", {"ShipperCode": "ZTO", "LogisticCode": "757000000001"})
    kdn.control("trace", {"shipper": "ZTO", "waybill_no": "757000000001", "code": "1"})
    pushes(hub, 1)
    kdn.control("clock", {"advance_ms": 6_000})
    assert len({urlencode(push, doseq=True) for push in pushes(hub, 2)}) == 1
