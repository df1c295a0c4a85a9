"""Kingdee simulator (kingdee.md): a hand-written client that shares no code with it or with the hub."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from local.partners.chassis import serve
from local.partners.kingdee import create, signing

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
ACCT, USER = "60dab4a80f1234", "demo_user"
APP, SECRET = "200421_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "MDE3N2I2PzBrPzg4OD45N3IhK3B1InIk"
FORM_SERVICE = "/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.{}.common.kdsvc"
BILL = "AR_receivable"


def hex_base64(text: str, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()).decode()


def signed_headers(path: str) -> dict[str, str]:
    app_data = f"{ACCT},{USER},2052,100"
    to_sign = f"POST\n{quote(path, safe='')}\n\nx-api-nonce:1700000000\nx-api-timestamp:1700000000\n"
    return {
        "X-Api-ClientID": "200421",
        "X-Api-Auth-Version": "2.0",
        "x-api-timestamp": "1700000000",
        "x-api-nonce": "1700000000",
        "x-api-signheaders": "x-api-timestamp,x-api-nonce",
        "X-Api-Signature": hex_base64(to_sign, CLIENT_SECRET),
        "X-Kd-Appkey": APP,
        "X-Kd-Appdata": base64.b64encode(app_data.encode()).decode(),
        "X-Kd-Signature": hex_base64(APP + app_data, SECRET),
        "Content-Type": "application/json",
    }


class Erp:
    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def raw(self, method: str, body: Any, path: str = FORM_SERVICE, **headers: str) -> httpx.Response:
        path = path.format(method)
        return self.http.post(path, content=json.dumps(body), headers={**signed_headers(path), **headers})

    def call(self, method: str, data: Any) -> Any:
        body = {"data": data} if method == "ExecuteBillQuery" else {"formid": BILL, "data": data}
        answer = self.raw(method, body)
        assert answer.status_code == 200
        return answer.json()

    def save(self, number: str, **more: Any) -> Any:
        return self.call("Save", {"Model": {**receivable(number), **more}})

    def bill(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.state()["bills"][number]
        return found

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.http.get("/_sim/state").json()
        return state

    def sim(self, path: str, body: Any) -> None:
        assert self.http.post(f"/_sim/{path}", json=body).status_code == 200

    def query(self, **asked: Any) -> Any:
        return self.call("ExecuteBillQuery", {"FormId": BILL, **asked})


@pytest.fixture
def erp() -> Iterator[Erp]:
    with serve(create()) as url:
        yield Erp(url)


def by_number(number: str) -> dict[str, str]:
    return {"FNumber": number}


def line(material: str, quantity: Any, price: Any, **more: Any) -> dict[str, Any]:
    return {
        "FMATERIALID": by_number(material),
        "FPRICEUNITID": by_number("Pcs"),
        "FPriceQty": quantity,
        "FTaxPrice": price,
        "FEntryTaxRate": 13,
        **more,
    }


def receivable(number: str) -> dict[str, Any]:
    return {
        "FID": 0,
        "FBillTypeID": by_number("YSD01_SYS"),
        "FBillNo": number,
        "FDATE": "2026-03-07",
        "FENDDATE_H": "2026-03-07",
        "FCUSTOMERID": by_number("YZ-12345678"),
        "FCURRENCYID": by_number("PRE001"),
        "FSETTLEORGID": by_number("100"),
        "FPAYORGID": by_number("100"),
        "FEntityDetail": [line("ZP-2026-01", 2, 295.995), line("FREIGHT", 1, "10.00")],
    }


def status_of(answer: Any) -> dict[str, Any]:
    status: dict[str, Any] = answer["Result"]["ResponseStatus"]
    return status


def refusal_of(answer: Any) -> tuple[int, str]:
    status = status_of(answer)
    assert status["IsSuccess"] is False
    return status["MsgCode"], status["Errors"][0]["Message"]


# ---- who may call --------------------------------------------------------------------------


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["id"] in ("kingdee-14", "kingdee-15")])
def test_signatures_are_those_of_the_official_sdk(vector: dict[str, Any]) -> None:
    given, headers = vector["inputs"], vector["expected"]["headers"]
    path = given["url"].removeprefix("https://erp.example.com")
    client_id, client_secret = signing.client_of(given["appid"])
    app_data = f"{given['acct_id']},{given['user']},{given['lcid']},{given['org_num']}"
    assert client_id == headers["X-Api-ClientID"]
    text = signing.string_to_sign(path, given["nonce"], given["timestamp"])
    assert text == vector["expected"]["string_to_sign"]
    made = signing.api_signature(path, given["nonce"], given["timestamp"], client_secret)
    assert made == headers["X-Api-Signature"]
    assert signing.kd_signature(given["appid"], app_data, given["appsecret"]) == headers["X-Kd-Signature"]


def test_an_app_id_hides_a_client_secret_and_login_by_sign_matches_its_vector() -> None:
    vectors = {v["id"]: v for v in VECTORS}
    assert signing.client_of(APP) == ("200421", vectors["kingdee-13"]["expected"]["client_secret"])
    assert signing.client_of("nonsense") == ("", "") and signing.client_of("1_short") == ("1", "")
    given = vectors["kingdee-19"]["inputs"]
    sign = signing.login_sign(ACCT, USER, given["appid"], given["appsecret"], str(given["timestamp"]))
    assert sign == vectors["kingdee-19"]["expected"]["sign"]


@pytest.mark.parametrize("header", ["X-Kd-Signature", "X-Kd-Appdata", "X-Kd-Appkey"], ids=str)
def test_a_wrong_signature_or_account_reads_as_a_lost_session(erp: Erp, header: str) -> None:
    wrong = {"X-Kd-Appdata": base64.b64encode(b"another,demo_user,2052,100").decode()}.get(header, "AAAA")
    answer = erp.raw("View", {"formid": BILL, "data": {"Number": "x"}}, **{header: wrong})
    assert answer.status_code == 200
    assert refusal_of(answer.json()) == (1, "会话信息已丢失，请重新登录")


def test_the_gateway_signature_is_checked_unless_switched_off(erp: Erp) -> None:
    asked = {"formid": BILL, "data": {"Number": "x"}}
    assert erp.raw("View", asked, **{"X-Api-Signature": "AAAA"}).status_code == 401
    assert erp.raw("View", asked, **{"x-api-nonce": "1700000001"}).status_code == 401
    erp.sim("config", {"api_signature": "off"})
    assert refusal_of(erp.raw("View", asked, **{"X-Api-Signature": "AAAA"}).json())[0] == 10


def test_a_session_from_login_by_sign_works_until_logout(erp: Erp) -> None:
    service = "/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginBySign.common.kdsvc"
    texts = sorted([ACCT, USER, APP, SECRET, "1700000000"])
    sign = hashlib.sha256("".join(texts).encode()).hexdigest()
    body = {"parameters": [ACCT, USER, APP, "1700000000", sign, 2052]}
    session = erp.http.post(service, json=body).json()
    assert session["LoginResultType"] == 1
    bad = erp.http.post(service, json={"parameters": [ACCT, USER, APP, "1700000000", "0" * 64, 2052]}).json()
    assert (bad["LoginResultType"], "KDSVCSessionId" in bad) == (0, False)
    headers = {"kdservice-sessionid": session["KDSVCSessionId"]}
    view = FORM_SERVICE.format("View")
    asked = {"formid": BILL, "data": {"Number": "x"}}
    assert refusal_of(erp.http.post(view, json=asked, headers=headers).json())[0] == 10
    erp.http.post(service.replace("LoginBySign", "Logout"), json={"parameters": []}, headers=headers)
    assert refusal_of(erp.http.post(view, json=asked, headers=headers).json())[0] == 1


@pytest.mark.parametrize("shape", ["python", "python_text", "java", "old"])
def test_all_three_body_shapes_say_the_same(erp: Erp, shape: str) -> None:
    data = {"Model": receivable("AR-1")}
    text = json.dumps(data)
    bodies: dict[str, Any] = {
        "python": {"formid": BILL, "data": data},
        "python_text": {"formid": BILL, "data": text},
        "java": {"parameters": [BILL, text]},
        "old": {"format": 1, "useragent": "ApiClient", "rid": "1", "parameters": json.dumps([BILL, text]),
                "timestamp": "2026-03-07 00:00:00", "v": "1.0"},
    }  # fmt: skip
    answer = erp.raw("Save", bodies[shape], **{"Content-Type": "applicatin/json"})
    assert status_of(answer.json())["IsSuccess"] is True
    keys = {"FormId": BILL, "FieldKeys": "FBillNo"}
    wire = {"data": keys} if shape.startswith("python") else {"parameters": [json.dumps(keys)]}
    assert erp.raw("ExecuteBillQuery", wire).json() == [["AR-1"]]


def test_paths_are_read_without_regard_to_case_and_other_paths_are_not_found(erp: Erp) -> None:
    path = "/k3cloud/kingdee.bos.webapi.servicesstub.dynamicformservice.{}.common.kdsvc"
    answer = erp.raw("save", {"formid": BILL, "data": {"Model": receivable("AR-1")}}, path)
    assert status_of(answer.json())["IsSuccess"] is True
    assert erp.raw("Launch", {}).status_code == 404


# ---- the life of a bill --------------------------------------------------------------------


def test_a_bill_is_saved_submitted_audited_and_each_step_only_once(erp: Erp) -> None:
    saved = erp.save("youzan-E1")
    assert (saved["Result"]["Number"], status_of(saved)["MsgCode"]) == ("youzan-E1", 0)
    assert erp.bill("youzan-E1")["status"] == "A"
    named = {"Numbers": ["youzan-E1"]}
    assert refusal_of(erp.call("Audit", named))[0] == 12
    assert status_of(erp.call("Submit", named))["IsSuccess"] is True
    assert refusal_of(erp.call("Submit", named))[0] == 12
    assert status_of(erp.call("Audit", {"Ids": str(saved["Result"]["Id"])}))["IsSuccess"] is True
    assert refusal_of(erp.call("Audit", named))[0] == 12
    bill = erp.bill("youzan-E1")
    assert (bill["status"], bill["saves"], bill["submits"], bill["audits"]) == ("C", 1, 1, 1)
    assert bill["total_fen"] == 60_199
    assert [(row["material"], row["amount_fen"]) for row in bill["lines"]] == [
        ("ZP-2026-01", 59_199),
        ("FREIGHT", 1_000),
    ]
    assert refusal_of(erp.save("youzan-E1", FID=saved["Result"]["Id"]))[1] == "单据已审核，不允许修改"
    assert status_of(erp.call("UnAudit", named))["IsSuccess"] is True
    assert status_of(erp.save("youzan-E1", FID=saved["Result"]["Id"]))["IsSuccess"] is True
    assert erp.bill("youzan-E1")["status"] == "D"


def test_a_used_bill_number_is_refused_in_the_recorded_words(erp: Erp) -> None:
    erp.save("AR-1")
    answer = erp.save("AR-1")
    assert refusal_of(answer) == (
        11, "违反字段唯一性要求：编码唯一。[AR-1]在当前系统中已经被使用。",
    )  # fmt: skip
    assert status_of(answer)["Errors"][0]["FieldName"] == "FBillNo"
    assert status_of(answer)["ErrorCode"] == 500
    bill = erp.bill("AR-1")
    assert (bill["saves"], bill["save_calls"], bill["refused_as_used"]) == (1, 2, 1)


def test_without_a_number_saving_twice_makes_two_bills(erp: Erp) -> None:
    for _ in range(2):
        erp.save("")
    assert list(erp.state()["bills"]) == ["AR00000001", "AR00000002"]


def test_save_submit_and_audit_go_in_one_call_on_request(erp: Erp) -> None:
    erp.call("Save", {"Model": receivable("AR-1"), "IsAutoSubmitAndAudit": True})
    assert erp.bill("AR-1")["status"] == "C"


@pytest.mark.parametrize(("change", "code", "words"), [
    ({"FCUSTOMERID": by_number("NOBODY")}, 11, "字段[客户]是必录字段"),
    ({"FCUSTOMERID": {}}, 11, "字段[客户]是必录字段"),
    ({"FCURRENCYID": None}, 11, "字段[币别]是必录字段"),
    ({"FEntityDetail": []}, 11, "字段[明细]是必录字段"),
    ({"FEntityDetail": [line("UNKNOWN", 1, 1)]}, 11, "字段[物料]是必录字段"),
    ({"FEntityDetail": [line("FREIGHT", None, 1)]}, 11, "字段[计价数量]是必录字段"),
    ({"FEntityDetail": [line("FREIGHT", "x", 1)]}, 11, "字段FPriceQty的值不是数值"),
    ({"FEntityDetail": [line("FREIGHT", 1, 10, FALLAMOUNTFOR_D=11)]}, 11, "价税合计与数量、含税单价不符"),
    ({"FEntityPlan": [{"FENDDATE": "2026-03-07", "FPAYAMOUNTFOR": 1}]}, 11, "收款计划金额合计不等于应收金额"),
    ({"FNotThere": 1}, 9, "元数据中标识为FNotThere的字段不存在"),
])  # fmt: skip
def test_a_bill_that_is_not_right_is_refused_and_leaves_nothing(
    erp: Erp, change: dict[str, Any], code: int, words: str
) -> None:
    assert refusal_of(erp.save("AR-1", **change)) == (code, words)
    assert erp.state()["bills"] == {}
    assert erp.save("AR-1")["Result"]["Number"] == "AR-1"


def test_another_form_does_not_exist(erp: Erp) -> None:
    answer = erp.raw("Save", {"formid": "AR_nothing", "data": {"Model": {}}}).json()
    assert refusal_of(answer)[1] == "业务对象不存在"


def test_an_update_deletes_the_lines_it_does_not_send_unless_told_otherwise(erp: Erp) -> None:
    bill_id = erp.save("AR-1")["Result"]["Id"]
    first = erp.bill("AR-1")["lines"][0]["entry_id"]
    model = {"FID": bill_id, "FEntityDetail": [{"FEntryID": first, "FTaxPrice": 100}]}
    erp.call("Save", {"Model": model, "IsDeleteEntry": False})
    assert [row["amount_fen"] for row in erp.bill("AR-1")["lines"]] == [1_000, 20_000]
    erp.call("Save", {"Model": model})
    assert [row["amount_fen"] for row in erp.bill("AR-1")["lines"]] == [20_000]


def test_a_batch_reports_what_succeeded_beside_what_failed(erp: Erp) -> None:
    erp.save("AR-1")
    status = status_of(erp.call("Submit", {"Numbers": ["AR-NONE", "AR-1"]}))
    assert status["IsSuccess"] is False
    assert [(e["DIndex"], status["MsgCode"]) for e in status["Errors"]] == [(0, 10)]
    assert [(s["Number"], s["DIndex"]) for s in status["SuccessEntitys"]] == [("AR-1", 1)]


# ---- reading back --------------------------------------------------------------------------


def test_view_names_properties_without_their_f(erp: Erp) -> None:
    erp.save("AR-1")
    seen = erp.call("View", {"Number": "AR-1"})["Result"]["Result"]
    assert (seen["BillNo"], seen["DocumentStatus"], seen["CUSTOMERID"]) == (
        "AR-1", "A", {"Number": "YZ-12345678"},
    )  # fmt: skip
    assert [row["ALLAMOUNTFOR_D"] for row in seen["EntityDetail"]] == [591.99, 10.0]
    assert refusal_of(erp.call("View", {"Number": "AR-2"}))[0] == 10


def test_a_query_gives_a_row_per_bill_or_per_line(erp: Erp) -> None:
    for number in ("AR-1", "AR-2", "it's"):
        erp.save(number)
    erp.call("Submit", {"Numbers": ["AR-2"]})
    heads = erp.query(FieldKeys="FBillNo,FDocumentStatus,FALLAMOUNTFOR", FilterString="FBillNo like 'AR-%'")
    assert heads == [["AR-1", "A", 601.99], ["AR-2", "B", 601.99]]
    rows = erp.query(FieldKeys="FMATERIALID.FNumber,FALLAMOUNTFOR_D", FilterString="FBillNo = 'AR-1'")
    assert rows == [["ZP-2026-01", 591.99], ["FREIGHT", 10.0]]
    both = "(FBillNo in ('AR-1','it''s') and FDocumentStatus <> 'B') or FID > 999999"
    assert erp.query(FieldKeys="FBillNo", FilterString=both, OrderString="FID desc") == [["it's"], ["AR-1"]]
    array = [{"Left": "", "FieldName": "FBillNo", "Compare": "=", "Value": "AR-2", "Right": "", "Logic": "and"}]
    assert erp.query(FieldKeys="FBillNo", FilterString=array) == [["AR-2"]]
    assert erp.query(FieldKeys="FBillNo", StartRow=1, Limit=1) == [["AR-2"]]
    assert erp.query(FieldKeys="FBillNo", FilterString="FBillNo='none'") == []


@pytest.mark.parametrize(("asked", "words"), [
    ({"FieldKeys": "FNotThere"}, "元数据中标识为FNotThere的字段不存在"),
    ({"FieldKeys": "FBillNo", "FilterString": "FBillNo ="}, "过滤条件语法错误"),
    ({"FieldKeys": "FBillNo", "FormId": "XX"}, "业务对象不存在"),
])  # fmt: skip
def test_an_error_of_a_query_hides_in_the_shape_of_its_data(erp: Erp, asked: Any, words: str) -> None:
    erp.save("AR-1")
    answer = erp.query(**asked)
    assert refusal_of(answer[0][0])[1] == words


# ---- dials and disk ------------------------------------------------------------------------


def test_session_lost_and_network_conflict_come_as_often_as_dialled_and_do_nothing(erp: Erp) -> None:
    erp.sim("config", {"session_lost": 1})
    assert refusal_of(erp.save("AR-1"))[0] == 1
    erp.sim("config", {"network_conflict": 2, "dial_methods": ["Submit"]})
    assert status_of(erp.save("AR-1"))["IsSuccess"] is True
    codes = [status_of(erp.call("Submit", {"Numbers": ["AR-1"]}))["MsgCode"] for _ in range(3)]
    assert codes == [13, 13, 0]
    assert erp.bill("AR-1")["submits"] == 1


def test_the_call_limit_is_message_code_14(erp: Erp) -> None:
    erp.sim("config", {"calls_per_minute": 1})
    assert status_of(erp.save("AR-1"))["IsSuccess"] is True
    assert refusal_of(erp.save("AR-2"))[0] == 14
    erp.sim("config", {"calls_per_minute": 0})
    erp.sim("faults", {"kind": "rate_limit", "match": {"method": "Save"}})
    assert refusal_of(erp.save("AR-2"))[0] == 14


def test_a_save_that_timed_out_was_done(erp: Erp) -> None:
    erp.sim("faults", {"kind": "timeout_after", "match": {"method": "Save"}})
    path = FORM_SERVICE.format("Save")
    body = json.dumps({"formid": BILL, "data": {"Model": receivable("AR-1")}})
    with pytest.raises(httpx.TimeoutException):
        erp.http.post(path, content=body, headers=signed_headers(path), timeout=0.3)
    assert erp.query(FieldKeys="FBillNo") == [["AR-1"]]
    assert refusal_of(erp.save("AR-1"))[0] == 11


def test_bills_survive_a_restart(tmp_path: Path) -> None:
    with serve(create({}, tmp_path)) as url:
        Erp(url).save("AR-1")
        before = Erp(url).state()
    with serve(create({}, tmp_path)) as url:
        assert Erp(url).state() == before
        assert refusal_of(Erp(url).save("AR-1"))[0] == 11
