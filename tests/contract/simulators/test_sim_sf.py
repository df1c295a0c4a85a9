"""SF's simulator against its sheet: platform, orders, cancelling, interception, routes and their pushes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.partners.chassis import serve
from local.partners.sf import create
from local.partners.sf.orders import parcel_of
from local.partners.sf.signing import digest, is_signed, java_url_encode
from tests.contract.simulators.push_listener import Listener
from tests.contract.simulators.sf_client import (
    CHECK_WORD,
    SETTINGS,
    Client,
    java,
    msg_digest,
    order,
)

VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
}
CREATE, SEARCH = "EXP_RECE_CREATE_ORDER", "EXP_RECE_SEARCH_ORDER_RESP"
WHOLE_WAY = ["50", "30", "36", "31", "44", "204", "80"]


@pytest.fixture
def hub() -> Iterator[Listener]:
    listener = Listener(json.dumps({"return_code": "0000", "return_msg": "成功"}).encode())
    yield listener
    listener.close()


@pytest.fixture
def sf(hub: Listener) -> Iterator[Client]:
    """At rest: the clock is advanced by the tests."""
    urls = {"webhook_url": f"{hub.url}/webhooks/sf/{{token}}", "webhook_token": "t0ken", "shop_url": hub.url}
    with serve(create({**SETTINGS, **urls})) as url:
        yield Client(url)


# ---- platform -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sf-express-00", "sf-express-02"])
def test_the_published_digests_are_right(name: str) -> None:
    given, expected = VECTORS[name]["inputs"], VECTORS[name]["expected"]
    text = (given["msgData"], given["timestamp"])
    assert digest(*text, given["checkWord"]) == msg_digest(*text, given["checkWord"]) == expected
    assert is_signed(expected, text, given["checkWord"], lenient=False)


def test_the_digest_of_the_bare_text_needs_the_lenient_switch() -> None:
    given, wrong = VECTORS["sf-express-01"]["inputs"], VECTORS["sf-express-01"]["expected"]
    text = (given["msgData"], given["timestamp"])
    assert msg_digest(*text, given["checkWord"], raw=True) == wrong
    assert not is_signed(wrong, text, given["checkWord"], lenient=False)
    assert is_signed(wrong, text, given["checkWord"], lenient=True)


def test_text_is_encoded_as_java_does() -> None:
    text = "aZ09.-*_~ +%!'()赠品×"
    assert java_url_encode(text) == java(text)
    assert java_url_encode("138****0000 ~") == "138****0000+%7E"


@pytest.mark.parametrize("unit", [1, 1000])
def test_seconds_and_milliseconds_are_taken_while_fresh(sf: Client, unit: int) -> None:
    for age, code in ((200, "A1000"), (-200, "A1000"), (400, "A1002"), (-400, "A1002")):
        timestamp = str(int((time.time() - age) * unit))
        assert sf.platform(SEARCH, {"orderId": "nobody"}, timestamp=timestamp) == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"msgDigest": "AAAAAAAAAAAAAAAAAAAAAA=="}, "A1006"),
        ({"msgData": '{"orderId":"other"}'}, "A1006"),
        ({"msgDigest": ""}, "A1001"),
        ({"requestID": ""}, "A1001"),
        ({"requestID": "r" * 41}, "A1001"),
        ({"partnerID": "somebody"}, "A1004"),
        ({"serviceCode": "EXP_RECE_NOTHING"}, "A1004"),
    ],
)
def test_a_request_the_platform_does_not_take_makes_no_order(sf: Client, changed: dict[str, str], code: str) -> None:
    envelope = sf.send({**sf.form(CREATE, order("A-1-1")), **changed})
    assert envelope["apiResultCode"] == code
    assert envelope["apiErrorMsg"]
    assert sf.state()["orders"] == {}


def test_the_bare_digest_is_refused_unless_lenient(sf: Client) -> None:
    assert sf.platform(CREATE, order("A-1-1"), raw=True) == "A1006"
    sf.control("config", {"lenient": True})
    assert sf.platform(CREATE, order("A-1-1"), raw=True) == "A1000"


def test_json_instead_of_a_form_lacks_everything(sf: Client) -> None:
    answer = sf.http.post("/std/service", json=sf.form(CREATE, order("A-1-1")))
    assert answer.json()["apiResultCode"] == "A1001"


def test_a_request_id_is_used_once_within_a_minute(sf: Client) -> None:
    form = sf.form(CREATE, order("A-1-1"))
    assert [sf.send(form)["apiResultCode"] for _ in range(2)] == ["A1000", "A1007"]
    assert sf.truth("A-1-1")["creates"] == 1
    sf.advance(61)
    assert sf.send(form)["apiResultCode"] == "A1000"


def test_calls_a_second_and_a_day_are_limited_per_service(sf: Client) -> None:
    sf.control("config", {"per_second": 3})
    asked = {"orderId": "nobody"}
    assert [sf.platform(SEARCH, asked) for _ in range(4)] == ["A1000"] * 3 + ["A1005"]
    sf.control("config", {"per_second": 100, "per_day": 5})
    sf.advance(2)
    assert [sf.platform(SEARCH, asked) for _ in range(3)] == ["A1000", "A1000", "A1005"]
    assert sf.platform(CREATE, order("A-1-1")) == "A1000"


def test_business_data_is_text_and_may_be_an_object(sf: Client) -> None:
    form = sf.form(SEARCH, {"orderId": "nobody"})
    assert isinstance(sf.send(form)["apiResultData"], str)
    sf.control("config", {"result_data": "object"})
    data = sf.send(sf.form(SEARCH, {"orderId": "nobody"}))["apiResultData"]
    assert (data["success"], data["errorCode"]) == (False, "8018")


@pytest.mark.parametrize("text", ["{", "[]", "1", "[" * 100_000])
def test_a_message_that_is_no_object_is_illegal_json(sf: Client, text: str) -> None:
    assert sf.code("CREATE_ORDER", text) == "S0001"


# ---- create and search ----------------------------------------------------------------------------


def test_an_order_gets_a_number_and_what_is_printed(sf: Client) -> None:
    data = sf.create("A-1-1")["msgData"]
    (number,) = data["waybillNoInfoList"]
    assert number["waybillType"] == 1
    assert number["waybillNo"].startswith("SF7444")
    assert len(number["waybillNo"]) == 15
    assert (data["originCode"], data["destCode"], data["filterResult"]) == ("755", "010", 2)
    label = data["routeLabelInfo"][0]
    assert label["code"] == "1000"
    assert number["waybillNo"] in label["routeLabelData"]["twoDimensionCode"]
    assert label["routeLabelData"]["destRouteLabel"].count("-") == 2


def without(party: int, field: str) -> dict[str, Any]:
    contacts = order("x")["contactInfoList"]
    contacts[party] = {key: value for key, value in contacts[party].items() if key != field}
    return {"contactInfoList": contacts}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"orderId": ""}, "S0002"),
        ({"orderId": "x" * 65}, "S0004"),
        ({"language": ""}, "S0002"),
        (without(0, "address"), "1010"),
        (without(0, "contact"), "1011"),
        (without(0, "tel"), "1012"),
        (without(1, "address"), "1014"),
        (without(1, "contact"), "1015"),
        (without(1, "mobile"), "1016"),
        ({"cargoDetails": []}, "1023"),
        ({"monthlyCard": "123"}, "6126"),
        ({"monthlyCard": "7550000000"}, "8119"),
        ({"expressTypeId": 999}, "8057"),
        ({"parcelQty": 308}, "8117"),
        ({"parcelQty": "many"}, "S0007"),
        ({"remark": "字" * 101}, "S0004"),
    ],
)
def test_an_incomplete_order_is_refused_by_its_code(sf: Client, fields: dict[str, Any], code: str) -> None:
    assert sf.code("CREATE_ORDER", {**order("A-1-1"), **fields}) == code
    assert sf.state()["labels_issued"] == 0


def test_the_same_order_again_returns_the_first_number(sf: Client) -> None:
    first = sf.number("A-1-1")
    assert sf.number("A-1-1") == first
    assert sf.truth("A-1-1")["labels_issued"] == 1
    sf.control("config", {"duplicate_mode": "error_8016"})
    assert sf.code("CREATE_ORDER", order("A-1-1")) == "8016"
    assert sf.truth("A-1-1")["waybill_no"] == first


def test_more_parcels_get_children(sf: Client) -> None:
    numbers = sf.create("A-1-1", parcelQty=3)["msgData"]["waybillNoInfoList"]
    assert [one["waybillType"] for one in numbers] == [1, 2, 2]
    assert sf.truth("A-1-1")["labels_issued"] == 3


def test_a_remote_place_gets_no_number(sf: Client) -> None:
    sf.control("config", {"remote": ["北京市北京市朝阳区"]})
    data = sf.create("A-1-1")["msgData"]
    assert (data["filterResult"], data["remark"], data["waybillNoInfoList"]) == (3, "1", [])
    assert sf.truth("A-1-1")["state"] == "refused"


def test_a_lost_number_is_found_by_the_order(sf: Client) -> None:
    assert sf.code("SEARCH_ORDER_RESP", {"orderId": "A-1-1", "searchType": "1"}) == "8018"
    sf.control("faults", {"kind": "status", "after": True, "match": {"method": CREATE}})
    lost = sf.http.post("/std/service", data=sf.form(CREATE, order("A-1-1")))
    assert lost.status_code == 503
    data = sf.ask("SEARCH_ORDER_RESP", {"orderId": "A-1-1", "searchType": "1"})["msgData"]
    assert data["waybillNoInfoList"][0]["waybillNo"] == sf.truth("A-1-1")["waybill_no"]
    assert (data["origincode"], data["destcode"], data["filterResult"]) == ("755", "010", "2")
    assert "originCode" not in data


def test_a_search_may_lag_behind_so_absence_proves_nothing(sf: Client) -> None:
    sf.control("config", {"search_lag_ms": 30_000})
    number = sf.number("A-1-1")
    assert sf.code("SEARCH_ORDER_RESP", {"orderId": "A-1-1"}) == "8018"
    assert sf.number("A-1-1") == number
    sf.advance(30)
    assert sf.code("SEARCH_ORDER_RESP", {"orderId": "A-1-1"}) == "S0000"


# ---- cancel and change ----------------------------------------------------------------------------


def test_a_cancelled_order_number_is_burned(sf: Client) -> None:
    number = sf.number("A-1-1")
    done = sf.ask("UPDATE_ORDER", {"orderId": "A-1-1", "dealType": 2})
    assert done["msgData"]["resStatus"] == 2
    assert sf.cancel("A-1-1") == "8037"
    assert sf.code("CREATE_ORDER", order("A-1-1")) == "8016"
    sf.control("config", {"second_cancel_code": "8253", "burned_code": "8037"})
    assert sf.cancel("A-1-1") == "8253"
    assert sf.code("CREATE_ORDER", order("A-1-1")) == "8037"
    assert (sf.truth("A-1-1")["state"], sf.truth("A-1-1")["waybill_no"]) == ("cancelled", number)
    assert sf.code("SEARCH_ORDER_RESP", {"orderId": "A-1-1"}) == "S0000"
    sf.control("handover", {"waybill_no": number}, 409)


def test_cancelling_checks_order_and_number(sf: Client) -> None:
    sf.number("A-1-1")
    assert sf.cancel("nobody") == "8018"
    wrong = [{"waybillType": 1, "waybillNo": "SF7444999999999"}]
    assert sf.cancel("A-1-1", waybillNoInfoList=wrong) == "8017"
    assert sf.code("UPDATE_ORDER", {"orderId": "A-1-1"}) == "S0002"
    assert sf.truth("A-1-1")["state"] == "created"


def test_after_pickup_nothing_is_cancelled_or_changed(sf: Client) -> None:
    number = sf.number("A-1-1")
    sf.control("handover", {"waybill_no": number})
    sf.advance(3)
    assert sf.cancel("A-1-1") == "8252"
    assert sf.code("UPDATE_ORDER", change("A-1-1", number)) == "8252"
    assert sf.truth("A-1-1")["state"] == "picked"


def change(order_id: str, number: str, **fields: Any) -> dict[str, Any]:
    return {
        "orderId": order_id, "dealType": 1, "isConfirmNew": 1,
        "waybillNoInfoList": [{"waybillType": 1, "waybillNo": number}],
        "destContactInfo": {"contact": "李四", "address": "幸福路1号2单元"}, **fields,
    }  # fmt: skip


def test_before_pickup_the_consignee_is_changed_only_when_asked_so(sf: Client) -> None:
    number = sf.number("A-1-1")
    assert sf.code("UPDATE_ORDER", change("A-1-1", number, isConfirmNew=0)) == "S0000"
    assert sf.truth("A-1-1")["consignee"]["contact"] == "张三"
    assert sf.code("UPDATE_ORDER", change("A-1-1", number)) == "S0000"
    consignee = sf.truth("A-1-1")["consignee"]
    assert (consignee["contact"], consignee["address"], consignee["city"]) == (
        "李四",
        "幸福路1号2单元",
        "北京市",
    )
    sf.control("config", {"auto_confirmed": "8252"})
    assert sf.code("UPDATE_ORDER", change("A-1-1", number)) == "8252"
    assert sf.cancel("A-1-1") == "S0000"


@pytest.mark.parametrize(
    ("order_id", "parcel"),
    [("yz-1-1-2", "yz-1-1"), ("yz-1-1-v2", "yz-1-1"), ("E2026", "E2026"), ("A-B", "A-B")],
)
def test_a_parcel_is_the_reference_without_its_version(order_id: str, parcel: str) -> None:
    assert parcel_of(order_id) == parcel


def test_the_ledger_counts_live_labels_of_a_parcel(sf: Client) -> None:
    sf.number("A-1-1")
    sf.cancel("A-1-1")
    sf.number("A-1-2")
    assert sf.state()["parcels"]["A-1"] == {"live": 1, "max_live": 1, "labels": 2}
    sf.number("A-1-3")
    sf.cancel("A-1-2")
    assert sf.state()["parcels"]["A-1"] == {"live": 1, "max_live": 2, "labels": 3}


# ---- the parcel moves -----------------------------------------------------------------------------


def test_a_parcel_handed_over_reaches_the_buyer_and_the_shop_hears_of_it(sf: Client, hub: Listener) -> None:
    number = sf.number("A-1-1")
    assert sf.routes(number) == []
    sf.control("handover", {"waybill_no": number})
    sf.control("handover", {"waybill_no": number})
    sf.advance(120)
    assert [node["opCode"] for node in sf.routes(number)] == WHOLE_WAY
    assert sf.routes("A-1-1", "2")[-1]["firstStatusName"] == "已签收"
    truth = sf.truth("A-1-1")
    assert [step["state"] for step in truth["states"]] == ["created", "picked", "in_transit", "delivered"]
    assert (truth["billed_labels"], truth["handovers"]) == (1, 2)
    assert hub.at("/_sim/delivered") == [{"waybill_no": number}]
    assert sf.state()["parcels"]["A-1"]["live"] == 0


def test_a_label_that_was_never_issued_is_not_taken(sf: Client) -> None:
    sf.control("handover", {"waybill_no": "SF7444999999999"}, 404)


def test_routes_are_asked_for_ten_numbers_at_most(sf: Client) -> None:
    asked = {"language": "0", "trackingType": "1", "trackingNumber": [f"SF{n}" for n in range(11)]}
    assert sf.code("SEARCH_ROUTES", asked) == "8003"
    assert sf.code("SEARCH_ROUTES", {**asked, "trackingNumber": []}) == "8013"


def test_routes_are_pushed_unsigned_in_tens_to_the_secret_path(sf: Client, hub: Listener) -> None:
    numbers = [sf.number(f"A-{n}-1") for n in range(12)]
    for number in numbers:
        sf.control("handover", {"waybill_no": number})
    sf.advance(300)
    batches = [body["Body"]["WaybillRoute"] for body in hub.at("/webhooks/sf/t0ken")]
    assert max(map(len, batches)) == 10
    nodes = [node for batch in batches for node in batch]
    assert sorted({node["mailno"] for node in nodes}) == sorted(numbers)
    assert len({node["id"] for node in nodes}) == len(nodes) == 12 * len(WHOLE_WAY)
    assert set(nodes[0]) == {
        "id", "mailno", "orderid", "acceptTime", "acceptAddress", "remark", "opCode", "reasonName",
        "reasonCode",
    }  # fmt: skip
    assert hub.posts[0].headers["content-type"] == "application/json;charset=UTF-8"


def test_a_refused_batch_comes_again_whole_and_is_given_up(sf: Client, hub: Listener) -> None:
    sf.control("config", {"transit_ms": 3_600_000})
    hub.answers = [b'{"return_code":"1000"}', b"OK", b"", b'{"return_code":"1000"}']
    sf.control("handover", {"waybill_no": sf.number("A-1-1")})
    sf.advance(3)
    first = hub.at("/webhooks/sf/t0ken")[0]
    sf.advance(200)
    same = [body for body in hub.at("/webhooks/sf/t0ken") if body == first]
    assert len(same) == 4
    counts = sf.http.get("/_sim/calls", params={"side": "push"}).json()["counts"]
    assert counts["push RoutePush given_up"] == 1


def test_route_pushes_can_be_lost_and_doubled(sf: Client, hub: Listener) -> None:
    sf.control("faults", [
        {"kind": "lost_push", "match": {"method": "RoutePush"}},
        {"kind": "duplicate", "match": {"method": "RoutePush"}},
    ])  # fmt: skip
    sf.control("handover", {"waybill_no": sf.number("A-1-1")})
    sf.advance(3)
    assert hub.at("/webhooks/sf/t0ken") == []
    sf.control("faults", {"kind": "duplicate", "match": {"method": "RoutePush"}})
    sf.advance(11)
    pushes = hub.at("/webhooks/sf/t0ken")
    assert len(pushes) == 2
    assert pushes[0] == pushes[1]


def test_order_states_are_pushed_when_switched_on(sf: Client, hub: Listener) -> None:
    sf.control("config", {"order_state_push": True, "order_state_url": f"{hub.url}/state"})
    number = sf.number("A-1-1")
    sf.advance(2)
    (push,) = hub.at("/state")
    assert [(one["waybillNo"], one["orderStateCode"]) for one in push["orderState"]] == [(number, "04-40001")]


# ---- interception ---------------------------------------------------------------------------------


def intercept(number: str, service: int = 1, **fields: Any) -> dict[str, Any]:
    target = {
        "province": "上海市", "city": "上海市", "county": "浦东新区", "address": "世纪大道1号",
        "contact": "李四", "phone": "13800138001",
    }  # fmt: skip
    return {
        "waybillNo": number, "serviceCode": service, "role": 1, "payMode": 4, "newDestAddress": target,
        **fields,
    }  # fmt: skip


def travelling(sf: Client, order_id: str) -> str:
    number = sf.number(order_id)
    sf.control("handover", {"waybill_no": number})
    sf.advance(3)
    return number


def test_interception_is_only_for_parcels_on_their_way_and_only_once(sf: Client) -> None:
    number = sf.number("A-1-1")
    assert sf.code("WANTED_INTERCEPT", intercept(number)) == "8252"
    sf.control("handover", {"waybill_no": number})
    sf.advance(3)
    assert sf.ask("WANTED_INTERCEPT", intercept(number))["msgData"]["cusId"]
    assert sf.code("WANTED_INTERCEPT", intercept(number)) == "8252"
    assert sf.code("WANTED_INTERCEPT", intercept("SF7444999999999")) == "8247"
    assert sf.code("WANTED_INTERCEPT", intercept(number, newDestAddress=None)) == "S0002"


def test_a_redirected_parcel_reaches_the_new_address(sf: Client) -> None:
    number = travelling(sf, "A-1-1")
    sf.ask("WANTED_INTERCEPT", intercept(number))
    assert sf.truth("A-1-1")["consignee"]["city"] == "北京市"
    sf.advance(120)
    truth = sf.truth("A-1-1")
    assert (truth["state"], truth["consignee"]["city"]) == ("delivered", "上海市")
    assert (truth["interceptions"][0]["state"], truth["billed_labels"]) == ("done", 2)
    assert "99" in truth["op_codes"]


def test_a_returned_parcel_never_reaches_the_buyer(sf: Client, hub: Listener) -> None:
    number = travelling(sf, "A-1-1")
    sf.ask("WANTED_INTERCEPT", intercept(number, 2))
    sf.advance(120)
    assert sf.truth("A-1-1")["state"] == "returned"
    assert "648" in sf.truth("A-1-1")["op_codes"]
    assert hub.at("/_sim/delivered") == []


def test_an_interception_that_comes_too_late_fails_and_one_in_time_can_be_revoked(sf: Client) -> None:
    sf.control("config", {"intercept_ms": 600_000, "intercept_reply": "null"})
    number = travelling(sf, "A-1-1")
    assert sf.ask("WANTED_INTERCEPT", intercept(number))["msgData"] is None
    sf.advance(900)
    assert sf.truth("A-1-1")["interceptions"][0]["state"] == "failed"
    sf.control("config", {"intercept_reply": "object"})
    number = travelling(sf, "B-1-1")
    cus_id = sf.ask("WANTED_INTERCEPT", intercept(number))["msgData"]["cusId"]
    revoke = {"waybillNo": number, "serviceCode": 1, "role": 1, "payMode": 4, "cancel": True, "cusId": cus_id}
    assert sf.code("WANTED_INTERCEPT", revoke) == "S0000"
    assert sf.code("WANTED_INTERCEPT", intercept(number)) == "S0000"


def test_a_courier_is_driven_and_what_he_cannot_do_is_refused(sf: Client) -> None:
    number = sf.number("A-1-1")
    sf.control("config", {"transit_ms": 10**9, "delivery_ms": 10**9})

    def does(what: str, status: int = 200) -> None:
        sf.control("courier", {"waybill_no": number, "does": what}, status)

    does("fail", 409)
    does("pick_up")
    does("refuse", 409)
    does("go_out")
    does("fail")
    does("go_out")
    does("refuse")
    does("fly", 409)
    assert sf.truth("A-1-1")["op_codes"][-5:] == ["70", "44", "204", "70", "648"]
    times = [node["acceptTime"] for node in sf.routes(number)]
    assert len(set(times)) == len(times)
    does("sign")
    assert sf.truth("A-1-1")["state"] == "returned"
    does("sign", 409)
    sf.control("courier", {"waybill_no": "SF7444999999999", "does": "sign"}, 404)


def test_the_bill_has_freight_surcharge_and_interception(sf: Client) -> None:
    sf.control("config", {"surcharge_places": ["北京市"], "freight_fen": 1_800, "interception_fen": 900})
    number = travelling(sf, "A-1-1")
    sf.ask("WANTED_INTERCEPT", intercept(number))
    sf.advance(10)
    assert sf.truth("A-1-1")["billed"] == [
        {"what": "freight", "fen": 1_800},
        {"what": "surcharge", "fen": 500},
        {"what": "interception", "fen": 900},
        {"what": "freight", "fen": 1_800},
    ]
    assert sf.state()["billed_fen"] == 5_000


def test_the_control_surface_shows_no_secret(sf: Client) -> None:
    shown = json.dumps(sf.http.get("/_sim/config").json())
    assert CHECK_WORD not in shown
    assert "t0ken" not in shown
