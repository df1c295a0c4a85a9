"""Kingdee's client against scripted answers: each wrong answer, and what it means (sheet §2–§4, §7)."""

import json
from collections.abc import Callable

import pytest

from orderhub.adapters.kingdee.client import KingdeeClient
from orderhub.adapters.kingdee.signing import signed_headers
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.partners import Receivable
from tests.unit.kingdee_samples import (
    BILL_NO,
    CREDENTIALS,
    SETTINGS,
    SHOP,
    encoded,
    number_used,
    refusal,
    rows,
    split,
    succeeded,
)
from tests.unit.partner_script import Answer, ScriptedTransport, scripted

LOST = "会话信息已丢失，请重新登录"


def kingdee(*answers: Answer, base: str = "https://erp.invalid") -> tuple[KingdeeClient, ScriptedTransport]:
    http, wire = scripted("kingdee", *answers)
    return KingdeeClient(http, base, CREDENTIALS, SETTINGS, clock=lambda: 1_700_000_000_000), wire


def methods(wire: ScriptedTransport) -> list[str]:
    return [request.url.path.split(".")[-3] for request in wire.requests]


def find(client: KingdeeClient) -> object:
    return client.find(BILL_NO)


def save(client: KingdeeClient) -> object:
    client.save(BILL_NO, split(), SHOP, "2026-01-05")
    return None


def submit(client: KingdeeClient) -> object:
    client.submit(BILL_NO)
    return None


def audit(client: KingdeeClient) -> object:
    client.audit(BILL_NO)
    return None


type Call = Callable[[KingdeeClient], object]
EVERY_CALL = pytest.mark.parametrize("call", [find, save, submit, audit])


@EVERY_CALL
def test_each_request_proves_itself_for_its_own_address(call: Call) -> None:
    client, wire = kingdee(succeeded() if call is not find else rows(1.0))
    call(client)
    (request,) = wire.requests
    wanted = signed_headers(
        str(request.url),
        app_id=CREDENTIALS.app_id,
        app_secret=CREDENTIALS.app_secret,
        acct_id=CREDENTIALS.acct_id,
        user=CREDENTIALS.user,
        lcid=2052,
        org_num="100",
        timestamp="1700000000",
        nonce="1700000000",
    )
    assert {name: request.headers[name] for name in wanted} == wanted
    assert request.url.path.startswith("/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.")
    assert CREDENTIALS.app_secret not in request.content.decode()


def test_an_address_given_with_its_context_is_used_as_it_is() -> None:
    client, wire = kingdee(rows(1.0), base="https://erp.invalid/k3cloud/")
    client.find(BILL_NO)
    assert wire.requests[0].url.path.startswith("/k3cloud/Kingdee.BOS")


def test_save_names_the_form_and_our_number() -> None:
    client, wire = kingdee(succeeded())
    save(client)
    body = json.loads(wire.requests[0].content)
    assert body["formid"] == "AR_receivable"
    assert body["data"]["Model"]["FBillNo"] == BILL_NO


def test_find_tells_status_and_total_of_all_lines() -> None:
    client, wire = kingdee(rows(100.0, 29.9, 10.0, status="C"))
    assert client.find(BILL_NO) == Receivable(BILL_NO, "C", 13_990)
    assert json.loads(wire.requests[0].content)["data"]["FilterString"] == f"FBillNo = '{BILL_NO}'"


def test_no_rows_is_absence() -> None:
    client, _ = kingdee(encoded([]))
    assert client.find(BILL_NO) is None


@pytest.mark.parametrize("wrap", [lambda r: [[r]], lambda r: r], ids=["as a row", "as it is"])
def test_an_error_hidden_in_the_shape_of_rows_is_no_absence(wrap: Callable[[object], object]) -> None:
    client, _ = kingdee(encoded(wrap(refusal(9, "元数据中标识为FX的字段不存在"))))
    with pytest.raises(PartnerRejected) as caught:
        client.find(BILL_NO)
    assert caught.value.code == "9"


def test_a_number_already_used_counts_as_created_when_the_total_is_ours() -> None:
    client, wire = kingdee(number_used(), rows(100.0, 29.9, 10.0))
    save(client)
    assert methods(wire) == ["Save", "ExecuteBillQuery"]


def test_a_number_already_used_by_another_bill_is_refused() -> None:
    client, _ = kingdee(number_used(), rows(1.0))
    with pytest.raises(PartnerRejected) as caught:
        save(client)
    assert caught.value.code == "total-differs"


def test_a_number_already_used_that_no_bill_has_is_unclear() -> None:
    client, _ = kingdee(number_used(), encoded([]))
    with pytest.raises(PartnerUnavailable) as caught:
        save(client)
    assert caught.value.unclear is True


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("违反字段唯一性要求：编码唯一。[OTHER]在当前系统中已经被使用。", "FNumber"),
        ("字段[客户]是必录字段", "FCUSTOMERID"),
    ],
)
def test_another_validation_error_is_kingdees_refusal(message: str, field: str) -> None:
    client, wire = kingdee(encoded(refusal(11, message, field)))
    with pytest.raises(PartnerRejected) as caught:
        save(client)
    assert (caught.value.code, caught.value.message) == ("11", message)
    assert methods(wire) == ["Save"]


def test_a_bill_that_the_ledger_numbered_itself_is_a_case_for_people() -> None:
    client, _ = kingdee(succeeded("AR00000001"))
    with pytest.raises(PartnerRejected) as caught:
        save(client)
    assert caught.value.code == "number-changed"


@pytest.mark.parametrize(("call", "status"), [(submit, "B"), (submit, "C"), (audit, "C")])
def test_submitted_or_audited_before_is_done(call: Call, status: str) -> None:
    client, wire = kingdee(encoded(refusal(12, "单据的状态不允许")), rows(1.0, status=status))
    call(client)
    assert methods(wire)[1] == "ExecuteBillQuery"


@pytest.mark.parametrize(("call", "status"), [(submit, "A"), (audit, "A"), (audit, "B"), (audit, "D")])
def test_a_step_that_is_refused_while_the_bill_is_not_there_yet_is_refused(call: Call, status: str) -> None:
    client, _ = kingdee(encoded(refusal(12, "单据的状态不允许")), rows(1.0, status=status))
    with pytest.raises(PartnerRejected) as caught:
        call(client)
    assert caught.value.code == "12"


@pytest.mark.parametrize("call", [submit, audit])
def test_a_step_of_a_bill_that_is_not_there_is_refused(call: Call) -> None:
    client, _ = kingdee(encoded(refusal(10, "数据不存在", "FBillNo")), encoded([]))
    with pytest.raises(PartnerRejected):
        call(client)


@EVERY_CALL
@pytest.mark.parametrize("code", [1, 0], ids=["by code", "by text"])
def test_a_lost_session_is_signed_again_once(call: Call, code: int) -> None:
    client, wire = kingdee(encoded(refusal(code, LOST)), succeeded() if call is not find else rows(1.0))
    call(client)
    assert len(wire.requests) == 2


@EVERY_CALL
def test_a_session_lost_twice_did_nothing_and_is_not_tried_for_ever(call: Call) -> None:
    client, wire = kingdee(encoded(refusal(1, LOST)))
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is False
    assert len(wire.requests) == 2


@EVERY_CALL
@pytest.mark.parametrize("code", [13, 14])
def test_a_bill_held_by_another_or_too_many_calls_did_nothing_and_says_when(call: Call, code: int) -> None:
    client, _ = kingdee(encoded(refusal(code, "请稍候")))
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is False
    assert caught.value.retry_after_seconds


def test_too_many_calls_lets_every_instance_pause() -> None:
    paused: list[tuple[str, str, int]] = []

    class Pauses:
        def take(self, partner: str, method: str, now: int) -> int:
            return 0

        def pause(self, partner: str, method: str, until: int) -> None:
            paused.append((partner, method, until))

    http, _ = scripted("kingdee", encoded(refusal(14, "请稍候")), now_ms=lambda: 0, limits=Pauses())
    client = KingdeeClient(http, "https://erp.invalid", CREDENTIALS, SETTINGS)
    with pytest.raises(PartnerUnavailable):
        client.submit(BILL_NO)
    assert paused == [("kingdee", "Submit", 5_000)]


@EVERY_CALL
def test_a_signature_that_the_gateway_refuses_is_a_setting_to_mend(call: Call) -> None:
    client, _ = kingdee((401, b'{"errcode":401}'))
    with pytest.raises(PartnerRejected) as caught:
        call(client)
    assert caught.value.code == "401"


@EVERY_CALL
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(encoded(refusal(4, "未将对象引用设置到对象的实例")), id="exception"),
        pytest.param(encoded(refusal(6, "数据库操作失败")), id="database"),
        pytest.param(encoded(refusal(11, "部分失败", done=1)), id="failed and succeeded"),
        pytest.param(encoded({"Result": None}), id="no result"),
        pytest.param(encoded({"Result": {"ResponseStatus": None}}), id="no status"),
        pytest.param(encoded({"Result": {"ResponseStatus": {"IsSuccess": "true"}}}), id="text for a boolean"),
        pytest.param(encoded({"Result": {"ResponseStatus": {"IsSuccess": True}}}), id="success without a bill"),
        pytest.param(encoded([[{"x": 1}]]), id="an object in a row"),
        pytest.param(encoded([1]), id="a row that is none"),
        pytest.param(encoded("response_error: x"), id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="HTML"),
        pytest.param('[["系统"]]'.encode("gbk"), id="wrong encoding"),
        pytest.param(b'[["x","A",NaN]]', id="NaN"),
        pytest.param((403, b"{}"), id="403"),
        pytest.param((500, b"{}"), id="500"),
        pytest.param(ConnectionResetError(), id="reset"),
    ],
)
def test_whatever_else_comes_back_leaves_it_unclear(call: Call, wrong: Answer) -> None:
    client, _ = kingdee(wrong)
    with pytest.raises(PartnerUnavailable) as caught:
        call(client)
    assert caught.value.unclear is True


def test_credentials_do_not_show_their_secret() -> None:
    assert CREDENTIALS.app_secret not in repr(CREDENTIALS)
