"""SF's client against scripted answers: each wrong answer, and what it means for the order (sheet §2–§6)."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from orderhub.adapters.sf.client import CREATE, INTERCEPT, ROUTES, SEARCH, UPDATE, SfClient
from orderhub.adapters.sf.signing import msg_digest
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Receiver
from orderhub.ports.partners import Interception
from tests.unit.partner_script import Answer, ScriptedTransport, scripted
from tests.unit.sf_samples import (
    CREDENTIALS,
    NUMBER,
    REFERENCE,
    SENDER,
    answer,
    business,
    msg_data,
    parcel,
    refused,
)


def sf(*answers: Answer) -> tuple[SfClient, ScriptedTransport]:
    http, transport = scripted("sf", *answers)
    ids = iter(f"{number:032x}" for number in range(1, 100))
    client = SfClient(
        http,
        "https://sf.invalid",
        CREDENTIALS,
        SENDER,
        clock=lambda: 1_767_225_600_000,
        new_request_id=lambda: next(ids),
    )
    return client, transport


def create(client: SfClient) -> object:
    return client.create(parcel())


def find(client: SfClient) -> object:
    return client.find(REFERENCE)


def cancel(client: SfClient) -> object:
    client.cancel(REFERENCE)
    return None


def update(client: SfClient) -> object:
    given = parcel()
    client.update_receiver(replace(given, order=replace(given.order, waybill_number=NUMBER)))
    return None


def intercept(client: SfClient) -> object:
    return client.intercept(NUMBER, Interception("return"))


def routes(client: SfClient) -> object:
    return client.routes([NUMBER])


EVERY_CALL = pytest.mark.parametrize("call", [create, find, cancel, update, intercept, routes])
type Call = Callable[[SfClient], object]


def test_the_text_that_is_signed_is_the_text_that_is_sent() -> None:
    client, wire = sf(answer(business(msg_data())))
    client.create(parcel())
    (form,) = wire.forms()
    assert (form["partnerID"], form["serviceCode"]) == ("BRAND", CREATE)
    assert form["timestamp"] == "1767225600000"
    assert form["msgDigest"] == msg_digest(form["msgData"], form["timestamp"], CREDENTIALS.check_word)
    assert json.loads(form["msgData"])["orderId"] == REFERENCE
    assert CREDENTIALS.check_word not in wire.requests[0].content.decode()
    assert wire.requests[0].headers["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    assert wire.requests[0].url == "https://sf.invalid/std/service"


def test_each_attempt_has_a_request_id_of_its_own() -> None:
    client, wire = sf(answer(business(msg_data())))
    client.create(parcel())
    client.create(parcel())
    assert len({form["requestID"] for form in wire.forms()}) == 2


def test_an_address_given_with_its_path_is_used_as_it_is() -> None:
    http, wire = scripted("sf", answer(business(msg_data())))
    SfClient(http, "https://sf.invalid/std/service/", CREDENTIALS, SENDER).create(parcel())
    assert wire.requests[0].url == "https://sf.invalid/std/service"


@pytest.mark.parametrize("as_text", [True, False], ids=["as text", "as an object"])
def test_a_waybill_is_read_from_both_forms_of_the_result(as_text: bool) -> None:
    client, _ = sf(answer(business(msg_data()), as_text=as_text))
    assert client.create(parcel()).number == NUMBER


def test_a_duplicate_is_found_by_its_reference() -> None:
    client, wire = sf(refused("8016"), answer(business(msg_data(filterResult="2"))))
    assert client.create(parcel()).number == NUMBER
    assert [form["serviceCode"] for form in wire.forms()] == [CREATE, SEARCH]


def test_a_duplicate_that_cannot_be_found_is_unclear() -> None:
    client, _ = sf(refused("8016"), refused("8018"))
    with pytest.raises(PartnerUnavailable) as caught:
        client.create(parcel())
    assert caught.value.unclear is True


@pytest.mark.parametrize("code", ["8037", "8253", "6126", "20035", "S0002", "8177", "9999"])
def test_a_refused_create_carries_the_words_of_sf(code: str) -> None:
    client, _ = sf(refused(code, "说明"))
    with pytest.raises(PartnerRejected) as caught:
        client.create(parcel())
    assert (caught.value.partner, caught.value.code, caught.value.message) == ("sf", code, "说明")


def test_an_address_not_served_is_a_refusal() -> None:
    client, _ = sf(answer(business(msg_data(filterResult=3, waybillNoInfoList=None, remark="2"))))
    with pytest.raises(PartnerRejected, match="filter-3"):
        client.create(parcel())


def test_text_that_cannot_be_sent_never_leaves() -> None:
    client, wire = sf(answer(business(msg_data())))
    with pytest.raises(PartnerRejected, match="unsendable-text"):
        client.create(parcel(receiver=Receiver("\ud800", "13800130001", "人民路1号")))
    assert wire.requests == []


@pytest.mark.parametrize("code", ["8018", "6150"])
def test_an_unknown_reference_is_found_as_nothing(code: str) -> None:
    client, wire = sf(refused(code))
    assert client.find(REFERENCE) is None
    assert json.loads(wire.forms()[0]["msgData"]) == {
        "language": "zh-CN",
        "orderId": REFERENCE,
        "searchType": "1",
    }


def test_a_search_that_is_refused_for_another_reason_is_no_absence() -> None:
    client, _ = sf(refused("S0001"))
    with pytest.raises(PartnerRejected):
        client.find(REFERENCE)


@pytest.mark.parametrize("code", ["8037", "8253", "8019"])
def test_cancelled_before_is_cancelled(code: str) -> None:
    client, wire = sf(refused(code))
    client.cancel(REFERENCE)
    (form,) = wire.forms()
    assert form["serviceCode"] == UPDATE
    assert json.loads(form["msgData"])["dealType"] == 2


def test_a_cancel_is_done_when_sf_says_so() -> None:
    client, _ = sf(answer(business({"orderId": REFERENCE, "resStatus": 2})))
    client.cancel(REFERENCE)


@pytest.mark.parametrize("code", ["8252", "8018", "8017"])
def test_a_cancel_that_comes_too_late_or_hits_nothing_is_refused(code: str) -> None:
    client, _ = sf(refused(code))
    with pytest.raises(PartnerRejected) as caught:
        client.cancel(REFERENCE)
    assert caught.value.code == code


@EVERY_CALL
@pytest.mark.parametrize("code", ["A1001", "A1003", "A1004", "A1006", "A1008", "A1010", "A1011"])
def test_what_a_setting_must_mend_is_refused(call: Call, code: str) -> None:
    client, _ = sf(answer("", platform=code))
    with pytest.raises(PartnerRejected) as caught:
        call(client)
    assert caught.value.code == code


@EVERY_CALL
def test_flow_control_did_nothing_and_says_when_to_come_back(call: Call) -> None:
    client, _ = sf(answer("", platform="A1005"))
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is False
    assert caught.value.retry_after_seconds


@EVERY_CALL
def test_an_expired_timestamp_did_nothing(call: Call) -> None:
    client, _ = sf(answer("", platform="A1002"))
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is False


@EVERY_CALL
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(answer("", platform="A1007"), id="seen before"),
        pytest.param(answer("", platform="A1009"), id="target out of reach"),
        pytest.param(answer("", platform="A1099"), id="system exception"),
        pytest.param(answer("", platform="A4711"), id="unknown platform code"),
        pytest.param(answer(None, as_text=False), id="no result"),
        pytest.param(answer("", as_text=False), id="empty result"),
        pytest.param(answer("{broken", as_text=False), id="result is no JSON"),
        pytest.param(answer([]), id="result is a list"),
        pytest.param(answer(business([])), id="success with a list"),
        pytest.param(answer(business({}, "8016", success=True)), id="success with an error code"),
        pytest.param(answer(business({}, "S0000", success=False)), id="failure with the success code"),
        pytest.param(answer({"success": False}), id="no code"),
        pytest.param(refused("S0003"), id="failure inside SF"),
        pytest.param(refused("4001"), id="old failure inside SF"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>502</html>", id="HTML"),
        pytest.param(answer(business(msg_data())).decode().encode("gbk")[:-3], id="damaged"),
        pytest.param('{"apiErrorMsg":"系统"}'.encode("gbk"), id="wrong encoding"),
        pytest.param(b'{"apiResultCode":NaN}', id="NaN"),
        pytest.param((403, b"{}"), id="403"),
        pytest.param((500, b"{}"), id="500"),
        pytest.param(ConnectionResetError(), id="reset"),
    ],
)
def test_whatever_else_comes_back_leaves_it_unclear(call: Call, wrong: Answer) -> None:
    client, _ = sf(wrong)
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is True


@pytest.mark.parametrize("call", [create, find, cancel, update, routes])
def test_success_without_data_is_unclear(call: Call) -> None:
    client, _ = sf(answer(business(None)))
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is True


def test_another_receiver_is_told_with_the_number_of_the_label() -> None:
    client, wire = sf(answer(business({"orderId": REFERENCE, "resStatus": 2})))
    update(client)
    (form,) = wire.forms()
    message = json.loads(form["msgData"])
    assert form["serviceCode"] == UPDATE
    assert (message["dealType"], message["isConfirmNew"]) == (1, 1)
    assert message["waybillNoInfoList"] == [{"waybillType": 1, "waybillNo": NUMBER}]


def test_sf_is_asked_for_a_number_that_the_order_does_not_know() -> None:
    client, wire = sf(answer(business(msg_data(filterResult="2"))), answer(business({"resStatus": "2"})))
    client.update_receiver(parcel())
    assert [form["serviceCode"] for form in wire.forms()] == [SEARCH, UPDATE]


@pytest.mark.parametrize("code", ["8252", "8019", "8253", "8037", "8017", "8018", "8196", "9999"])
def test_a_change_that_sf_does_not_take_is_refused_with_its_code(code: str) -> None:
    client, _ = sf(refused(code))
    with pytest.raises(PartnerRejected) as caught:
        update(client)
    assert caught.value.code == code


def test_a_change_of_a_label_that_belongs_to_another_order_is_refused() -> None:
    client, _ = sf(answer(business({"resStatus": 1})))
    with pytest.raises(PartnerRejected, match="resStatus-1"):
        update(client)


@pytest.mark.parametrize(
    ("data", "request_id"),
    [(None, ""), ({"cusId": "CUS1"}, "CUS1"), ({"cusId": 17}, "17"), ({"amount": 0}, "")],
)
def test_a_request_to_intercept_that_was_taken_may_have_an_id(data: object, request_id: str) -> None:
    client, wire = sf(answer(business(data)))
    assert intercept(client) == request_id
    (form,) = wire.forms()
    assert form["serviceCode"] == INTERCEPT
    assert json.loads(form["msgData"])["monthlyCardNo"] == CREDENTIALS.month_card


@pytest.mark.parametrize("code", ["8252", "8247", "8019", "9999"])
def test_an_interception_that_sf_does_not_take_is_refused_with_its_code(code: str) -> None:
    client, _ = sf(refused(code))
    with pytest.raises(PartnerRejected) as caught:
        intercept(client)
    assert caught.value.code == code


def shown(*steps: object, number: object = NUMBER) -> bytes:
    return answer(business({"routeResps": [{"mailNo": number, "routes": list(steps)}]}))


STEP = {"acceptTime": "2026-05-05 12:30:00", "opCode": "36", "remark": "张三 13800130001", "firstStatusName": "派送中"}


def test_routes_that_are_asked_for_are_read_by_the_status_where_there_is_one() -> None:
    client, wire = sf(shown(STEP, STEP | {"opCode": "70"}, STEP | {"firstStatusName": None}))
    events = client.routes([NUMBER], ["0001", "0002"])
    assert [event.kind for event in events] == ["out_for_delivery", "exception", "moving"]
    assert {(event.waybill_number, event.occurred_at) for event in events} == {(NUMBER, 1_777_955_400_000)}
    (form,) = wire.forms()
    assert form["serviceCode"] == ROUTES
    assert json.loads(form["msgData"]) == {
        "language": "zh-CN",
        "trackingType": "1",
        "trackingNumber": [NUMBER],
        "methodType": "1",
        "checkPhoneNo": "0001,0002",
    }


def test_no_routes_yet_is_no_error() -> None:
    assert sf(shown())[0].routes([NUMBER]) == ()
    assert sf(answer(business({"routeResps": [{"mailNo": NUMBER, "routes": None}]})))[0].routes([NUMBER]) == ()
    assert sf(b"")[0].routes([]) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        shown(STEP | {"acceptTime": "yesterday"}),
        shown(STEP | {"opCode": None}),
        shown("x"),
        shown(STEP, number="SF0000000000001"),
        answer(business({"routeResps": "x"})),
        answer(business({"routeResps": ["x"]})),
        answer(business({"routeResps": [{"mailNo": NUMBER, "routes": "x"}]})),
    ],
)
def test_routes_that_cannot_be_read_to_the_end_are_not_taken_for_all_there_are(wrong: bytes) -> None:
    client, _ = sf(wrong)
    with pytest.raises(PartnerUnavailable) as caught:
        client.routes([NUMBER])
    assert caught.value.unclear is True
    assert "张三" not in str(caught.value)


def test_credentials_do_not_show_their_secret() -> None:
    assert CREDENTIALS.check_word not in repr(CREDENTIALS)
