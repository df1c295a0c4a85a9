"""Youzan's three envelopes and the shapes it never promised: each has one meaning, none is a success."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orderhub.adapters.partner_http import Response
from orderhub.adapters.youzan.answers import TokenRefused, objects, read_answer, read_token
from orderhub.adapters.youzan.shipment import Shipped, express_id, settle_refusal, shipped
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable


def answer(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), 1)


def gateway_error(code: object) -> dict[str, Any]:
    return {"gw_err_resp": {"trace_id": "yz7-1", "err_msg": "非法的请求凭证", "err_code": code}}


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (
            {"trace_id": "yz7-1", "code": 200, "success": True, "message": "successful", "data": {"a": 1}},
            {"a": 1},
        ),
        ({"code": "200", "success": True, "data": [1]}, [1]),
        ({"response": {"is_success": True}}, {"is_success": True}),
    ],
)
def test_what_was_done_is_data(value: dict[str, Any], data: Any) -> None:
    assert read_answer(answer(value)) == data


@pytest.mark.parametrize("code", [4201, 4202, 4203, "4203"])
def test_a_token_that_is_not_taken_has_its_own_error(code: object) -> None:
    with pytest.raises(TokenRefused):
        read_answer(answer(gateway_error(code)))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (gateway_error(4204), "4204"),
        (gateway_error("5001"), "5001"),
        ({"code": 102570020, "success": False, "message": "没有可发货的商品", "data": None}, "102570020"),
        ({"code": "102570020", "success": False, "message": "…", "data": {"list": []}}, "102570020"),
        ({"error_response": {"code": 50000, "msg": "订单不存在"}}, "50000"),
        ({"success": False, "code": 1103, "data": None, "message": "Client 不存在"}, "1103"),
        ({"success": True, "code": 200, "data": {"is_success": False}}, "not_successful"),
        ({"success": True, "code": 102510002, "data": None}, "102510002"),
    ],
)
def test_a_refusal_is_told_with_youzans_own_code(value: dict[str, Any], code: str) -> None:
    with pytest.raises(PartnerRejected) as refused:
        read_answer(answer(value))
    assert refused.value.code == code
    assert not isinstance(refused.value, TokenRefused)


@pytest.mark.parametrize(
    "value",
    [
        gateway_error(4101),
        {"code": "4101", "msg": "访问频繁"},
        {"msg": "请求被限流", "code": 500100004},
        {"code": 123000042, "success": False, "message": "请求被限流"},
        {"code": 141500203, "success": False},
    ],
)
def test_a_throttle_is_clear(value: dict[str, Any]) -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(answer(value))
    assert (failed.value.unclear, failed.value.retry_after_seconds) == (False, 3.0)


@pytest.mark.parametrize("code", [106000001, 106100118, -100, "-100", 102510001])
def test_a_time_out_behind_the_gateway_or_a_twin_call_is_unclear(code: object) -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(answer({"code": code, "success": False, "message": "超时"}))
    assert failed.value.unclear


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b'{"code":200,"success":true',
        '{"code":1,"message":"失败"}'.encode("gbk"),
        b"[]",
        b"null",
        b"{}",
        b'{"success":true,"code":null,"data":{}}',
        b'{"success":"true","code":200,"data":{}}',
        b'{"success":false,"code":200}',
        b'{"code":true}',
        b'{"code":"ok"}',
        b'{"gw_err_resp":"4201"}',
        b'{"gw_err_resp":{"err_msg":"x"}}',
        b'{"error_response":[]}',
        b'{"code":NaN}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_none_leaves_it_open_what_was_done(body: bytes) -> None:
    with pytest.raises(PartnerUnavailable) as failed:
        read_answer(Response(200, body, 1))
    assert failed.value.unclear


def test_a_client_error_is_a_refusal() -> None:
    with pytest.raises(PartnerRejected, match="http_404"):
        read_answer(Response(404, b"not here", 1))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"access_token": "t"},
        {"access_token": "", "expires": 1},
        {"access_token": "t", "expires": "1"},
    ],
)
def test_a_token_answer_without_a_token_is_no_token(data: Any) -> None:
    with pytest.raises(PartnerUnavailable):
        read_token(answer({"success": True, "code": 200, "data": data}))


@pytest.mark.parametrize("data", [None, [], {}, {"rows": None}, {"rows": {}}, {"rows": [1]}])
def test_an_absent_list_is_not_an_empty_one(data: Any) -> None:
    with pytest.raises(PartnerUnavailable):
        objects(data, "rows")


def detail(status: str, *numbers: Any) -> dict[str, Any]:
    parcels = [{"express_info": {"express_id": 7, "express_no": number}} for number in numbers]
    return {"full_order_info": {"order_info": {"status": status}}, "delivery_order": [{"dists": parcels}]}


def test_the_numbers_of_every_parcel_are_read_once() -> None:
    assert shipped(detail("TRADE_SUCCESS", "SF1", "SF2", "SF1", "", None)).numbers == ("SF1", "SF2")
    assert shipped({"full_order_info": {"order_info": {}}}).numbers == ()


@pytest.mark.parametrize("data", [{}, {"full_order_info": []}, {**detail("X"), "delivery_order": "none"}])
def test_a_detail_of_another_shape_says_nothing_about_shipment(data: dict[str, Any]) -> None:
    with pytest.raises(PartnerUnavailable):
        shipped(data)


def test_nothing_left_to_ship_means_what_the_shop_holds() -> None:
    refusal = PartnerRejected("youzan", "102570020", "没有可发货的商品")
    settle_refusal(Shipped("WAIT_BUYER_CONFIRM_GOODS", ("SF1",)), "SF1", refusal)
    settle_refusal(Shipped("TRADE_SUCCESS", ()), "SF1", refusal)
    with pytest.raises(PartnerRejected, match="number_differs"):
        settle_refusal(Shipped("WAIT_BUYER_CONFIRM_GOODS", ("SF2",)), "SF1", refusal)
    with pytest.raises(PartnerUnavailable):
        settle_refusal(Shipped("WAIT_SELLER_SEND_GOODS", ()), "SF1", refusal)
    with pytest.raises(PartnerRejected, match="102570020"):
        settle_refusal(Shipped("TRADE_CLOSED", ()), "SF1", refusal)


COMPANIES = [
    {"id": 19, "name": "顺丰速运", "display": 1},
    {"id": 8, "name": "顺丰同城", "display": 0},
    {"id": "7", "name": "顺丰快递", "display": "0"},
    {"id": 11, "name": "EMS", "display": 0},
    {"id": None, "name": "圆通速递", "display": 0},
]


def test_a_carrier_is_the_company_of_its_exact_name_that_is_shown() -> None:
    assert (express_id(COMPANIES, "sf"), express_id(COMPANIES, "EMS")) == ("7", "11")
    for unknown in ("圆通速递", "顺丰速运", "中通"):
        with pytest.raises(PartnerRejected, match="express_unknown"):
            express_id(COMPANIES, unknown)
