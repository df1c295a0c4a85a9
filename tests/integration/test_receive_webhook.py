"""receive_webhook, AWS answered at the socket: what is accepted is durable, what is not leaves no trace."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderhub.contracts.inbound import InboundMessage, read_inbound
from orderhub.contracts.inbound_envelope import BODY_LIMIT_BYTES
from tests.integration.aws_at_the_socket import Aws, aws_at_the_socket
from tests.integration.webhook_requests import (
    CLIENT_ID,
    CLIENT_SECRET,
    SF_SECRET,
    TOKEN,
    YOUZAN_SECRET,
    Handler,
    event_sign,
    load_handler,
    request,
    sf_order_state_push,
    sf_push,
    unsigned_youzan_push,
    youzan_body,
    youzan_push,
)

SAMPLE = Path(__file__).parents[2] / "events/functions/receive_webhook.json"
DEEP = b"[" * 60_000
ODD_BODIES = {
    "deep JSON": DEEP + b"]" * 60_000,
    "cut deep JSON": DEEP,
    "NaN": b'{"kdt_id":NaN,"msg":"x","sign":"y","test":true,"n":Infinity}',
    "lone surrogates": b'{"kdt_id":"12345678","msg":"\\ud800","sign":"\\udfff","id":"\\ud83d"}',
    "encoded surrogates": b'{"msg":"\xed\xa0\x80"}',
    "invalid UTF-8": b'{"msg":"\xff\xfe"}',
    "UTF-16": '{"test":true}'.encode("utf-16"),
    "a huge number": b'{"kdt_id":' + b"9" * 50_000 + b"}",
    "wrong types": b'{"kdt_id":{},"msg":[],"sign":7,"type":null,"test":"true"}',
    "no object": b"[1]",
    "no JSON": b"<xml/>",
    "nothing": b"",
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with aws_at_the_socket() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        running.secrets = {"youzan": json.dumps(YOUZAN_SECRET), "sf": json.dumps(SF_SECRET)}
        yield running
        assert running.bad_signatures == []


@pytest.fixture
def handler(aws: Aws) -> Handler:
    loaded: Handler = load_handler().handler
    return loaded


def kept(aws: Aws) -> list[InboundMessage]:
    return [read_inbound(text) for text in aws.messages]


def trust_body_sign(aws: Aws, *shops: str) -> None:
    aws.secrets["youzan"] = json.dumps({**YOUZAN_SECRET, "body_sign_shops": list(shops)})


@pytest.mark.parametrize("as_base64", [False, True])
def test_a_signed_push_is_kept_byte_for_byte_and_acknowledged(aws: Aws, handler: Handler, as_base64: bool) -> None:
    body = youzan_body()
    answer = handler(youzan_push(body, as_base64=as_base64), None)
    assert (answer["statusCode"], answer["body"]) == (200, '{"code":0,"msg":"success"}')
    assert answer["headers"] == {"content-type": "application/json;charset=UTF-8"}
    (message,) = kept(aws)
    assert (message.partner, message.kind, message.trust) == ("youzan", "push", "full")
    assert message.body == body
    assert message.headers == {"event-type": "trade_TradeBuyerPay", "client-id": CLIENT_ID}


def test_each_message_has_an_id_of_its_own(aws: Aws, handler: Handler) -> None:
    for _ in range(3):
        handler(youzan_push(youzan_body()), None)
    assert len({message.correlation_id for message in kept(aws)}) == 3


def test_header_names_in_any_case_are_understood(aws: Aws, handler: Handler) -> None:
    body = youzan_body()
    answer = handler(request("/webhooks/youzan", body, {"Event-Sign": event_sign(body)}), None)
    assert answer["statusCode"] == 200
    assert len(aws.messages) == 1


@pytest.mark.parametrize(
    "event",
    [
        youzan_push(youzan_body(), "0" * 32),
        youzan_push(youzan_body(), ""),
        youzan_push(youzan_body(), event_sign(youzan_body()).upper()),
        youzan_push(youzan_body(), f"{event_sign(youzan_body())},{event_sign(youzan_body())}"),
        youzan_push(youzan_body(), event_sign(youzan_body(), "another secret")),
        youzan_push(youzan_body() + b" ", event_sign(youzan_body())),
        youzan_push(youzan_body(test=True), "0" * 32),
        unsigned_youzan_push(youzan_body()),
    ],
    ids=["forged", "empty", "upper case", "twice", "another secret", "damaged", "forged test", "unsigned"],
)
def test_a_forged_or_damaged_push_is_refused_in_youzans_words_and_leaves_no_trace(
    aws: Aws, handler: Handler, event: dict[str, Any]
) -> None:
    answer = handler(event, None)
    assert (answer["statusCode"], answer["body"]) == (401, '{"code":0,"msg":"failed"}')
    assert "success" not in answer["body"]
    assert aws.messages == []


def test_youzans_own_test_is_acknowledged_and_dropped(aws: Aws, handler: Handler) -> None:
    answer = handler(youzan_push(youzan_body(test=True)), None)
    assert (answer["statusCode"], answer["body"]) == (200, '{"code":0,"msg":"success"}')
    assert aws.messages == []


def test_a_test_flag_anywhere_but_at_the_top_means_nothing(aws: Aws, handler: Handler) -> None:
    handler(youzan_push(youzan_body(data={"test": True})), None)
    assert len(aws.messages) == 1


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_a_signed_body_that_cannot_be_understood_is_kept_whole(aws: Aws, handler: Handler, body: bytes) -> None:
    answer = handler(youzan_push(body, as_base64=True), None)
    assert answer["statusCode"] == 200
    assert [message.body for message in kept(aws)] == [body]


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_an_odd_body_that_nobody_signed_is_refused_without_harm(aws: Aws, handler: Handler, body: bytes) -> None:
    trust_body_sign(aws, "12345678")
    answer = handler(unsigned_youzan_push(body, as_base64=True), None)
    assert (answer["statusCode"], answer["body"]) == (401, '{"code":0,"msg":"failed"}')
    assert aws.messages == []


def test_lone_surrogates_in_the_event_itself_are_refused(aws: Aws, handler: Handler) -> None:
    event = {**youzan_push(b"", "\udcff"), "body": '{"msg":"\ud800"}'}
    assert handler(event, None)["statusCode"] == 401


def test_the_older_sign_counts_for_a_listed_shop_and_is_marked_as_covering_msg_only(aws: Aws, handler: Handler) -> None:
    trust_body_sign(aws, "12345678")
    assert handler(unsigned_youzan_push(youzan_body()), None)["statusCode"] == 200
    assert handler(unsigned_youzan_push(youzan_body(kdt_id="12345678")), None)["statusCode"] == 200
    assert [message.trust for message in kept(aws)] == ["msg_only", "msg_only"]


def test_the_older_sign_never_counts_when_the_header_is_there(aws: Aws, handler: Handler) -> None:
    trust_body_sign(aws, "12345678")
    assert handler(youzan_push(youzan_body(), "0" * 32), None)["statusCode"] == 401
    assert handler(youzan_push(youzan_body(), ""), None)["statusCode"] == 401
    assert aws.messages == []


@pytest.mark.parametrize(
    "changes",
    [{"kdt_id": 87654321}, {"kdt_id": True}, {"kdt_id": None}, {"msg": "%7B%7D"}, {"msg": {}}, {"sign": ""}],
)
def test_the_older_sign_of_another_shop_or_another_msg_is_refused(
    aws: Aws, handler: Handler, changes: dict[str, object]
) -> None:
    trust_body_sign(aws, "12345678", "True", "None")
    assert handler(unsigned_youzan_push(youzan_body(**changes)), None)["statusCode"] == 401
    assert aws.messages == []


def test_an_app_without_a_secret_lets_nobody_in(aws: Aws, handler: Handler) -> None:
    empty = {"client_id": CLIENT_ID, "client_secret": ""}
    aws.secrets["youzan"] = json.dumps({"apps": [empty, *YOUZAN_SECRET["apps"]]})
    body = youzan_body()
    assert handler(youzan_push(body, event_sign(body, "")), None)["statusCode"] == 401
    assert handler(youzan_push(body, event_sign(body, CLIENT_SECRET)), None)["statusCode"] == 200


@pytest.mark.parametrize("as_base64", [False, True])
def test_the_longest_body_that_fits_is_kept_and_one_byte_more_is_refused(
    aws: Aws, handler: Handler, as_base64: bool
) -> None:
    fits = b"x" * BODY_LIMIT_BYTES
    assert handler(youzan_push(fits, as_base64=as_base64), None)["statusCode"] == 200
    assert [message.body for message in kept(aws)] == [fits]
    answer = handler(youzan_push(fits + b"x", as_base64=as_base64), None)
    assert (answer["statusCode"], answer["body"]) == (413, '{"code":0,"msg":"failed"}')
    assert len(aws.messages) == 1


@pytest.mark.parametrize("as_base64", [False, True])
def test_ten_megabytes_are_refused_in_the_partners_words_before_anything_else(
    aws: Aws, handler: Handler, as_base64: bool
) -> None:
    huge = b"x" * 10_000_000
    answer = handler(youzan_push(huge, "0" * 32, as_base64=as_base64), None)
    assert (answer["statusCode"], answer["body"]) == (413, '{"code":0,"msg":"failed"}')
    answer = handler(request(f"/webhooks/sf/{TOKEN}", huge, {}, as_base64=as_base64), None)
    assert (answer["statusCode"], json.loads(answer["body"])["return_code"]) == (413, "1000")
    assert aws.calls == []


def test_sfs_routes_on_the_secret_path_are_kept_and_acknowledged(aws: Aws, handler: Handler) -> None:
    event = sf_push()
    answer = handler(event, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"return_code": "0000", "return_msg": "成功"}
    (message,) = kept(aws)
    assert (message.partner, message.kind, message.trust) == ("sf", "push", "full")
    assert message.body == event["body"].encode()
    assert message.headers == {"content-type": "application/json;charset=UTF-8"}


def test_sfs_form_mode_is_answered_in_xml(aws: Aws, handler: Handler) -> None:
    answer = handler(sf_push(form=True), None)
    assert answer["body"] == '<Response service="RoutePushService"><Head>OK</Head></Response>'
    assert answer["headers"]["content-type"].startswith("text/xml")
    assert kept(aws)[0].headers == {"content-type": "application/x-www-form-urlencoded"}
    answer = handler(sf_push("wrong", form=True), None)
    assert (answer["statusCode"], answer["body"]) == (
        404,
        '<Response service="RoutePushService"><Head>ERR</Head></Response>',
    )


@pytest.mark.parametrize("token", ["", "wrong", TOKEN.upper(), TOKEN[:-1], TOKEN + "/", "é", "\ud800"])
def test_a_wrong_token_is_refused_in_sfs_words_and_leaves_no_trace(aws: Aws, handler: Handler, token: str) -> None:
    answer = handler(sf_push(token), None)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"]) == {"return_code": "1000", "return_msg": "失败"}
    assert aws.messages == []


@pytest.mark.parametrize(
    ("setting", "reply"),
    [
        ({}, {"head": "OK", "code": "OK"}),
        ({"order_state_reply": "head"}, {"head": "OK", "code": "OK"}),
        ({"order_state_reply": "success"}, {"success": "true", "code": "0", "msg": ""}),
        ({"order_state_reply": 7}, {"head": "OK", "code": "OK"}),
    ],
)
def test_sfs_order_states_are_kept_and_acknowledged_as_the_secret_says(
    aws: Aws, handler: Handler, setting: dict[str, Any], reply: dict[str, str]
) -> None:
    aws.secrets["sf"] = json.dumps({**SF_SECRET, **setting})
    event = sf_order_state_push()
    assert json.loads(handler(event, None)["body"]) == reply
    (message,) = kept(aws)
    assert (message.partner, message.kind, message.body) == ("sf", "push", event["body"].encode())


@pytest.mark.parametrize("token", ["wrong", "", f"{TOKEN}/order-state"])
def test_an_order_state_on_a_wrong_path_is_refused(aws: Aws, handler: Handler, token: str) -> None:
    answer = handler(sf_order_state_push(token), None)
    assert (answer["statusCode"], json.loads(answer["body"])["head"]) == (404, "ERR")
    assert aws.messages == []


def test_while_sfs_token_is_replaced_both_are_accepted(aws: Aws, handler: Handler) -> None:
    aws.secrets["sf"] = json.dumps({**SF_SECRET, "webhook_token": "new", "previous_webhook_token": TOKEN})
    assert handler(sf_push(), None)["statusCode"] == 200
    assert handler(sf_push("new"), None)["statusCode"] == 200


def test_an_empty_token_in_the_secret_opens_nothing(aws: Aws, handler: Handler) -> None:
    aws.secrets["sf"] = json.dumps({"webhook_token": ""})
    assert handler(sf_push(""), None)["statusCode"] == 503
    assert aws.messages == []


@pytest.mark.parametrize("path", ["", "/", "/webhooks/", "/webhooks/nobody", "/webhooks/youzan/x", "/youzan"])
def test_any_other_path_does_not_exist(aws: Aws, handler: Handler, path: str) -> None:
    assert handler(request(path, b"{}", {}), None)["statusCode"] == 404
    assert aws.calls == []


def test_an_event_without_any_field_is_answered(aws: Aws, handler: Handler) -> None:
    assert handler({}, None)["statusCode"] == 404
    odd = {"rawPath": "/webhooks/youzan", "headers": {"event-sign": 7}, "body": 7, "isBase64Encoded": "yes"}
    assert handler(odd, None)["statusCode"] == 401
    broken = {"rawPath": "/webhooks/youzan", "headers": None, "body": "é", "isBase64Encoded": True}
    assert handler(broken, None)["statusCode"] == 401


def test_the_sample_event_is_signed_and_accepted(aws: Aws, handler: Handler) -> None:
    sample = json.loads(SAMPLE.read_text("utf-8"))
    assert handler(sample, None)["statusCode"] == 200
    (message,) = kept(aws)
    assert base64.b64encode(message.body) == base64.b64encode(sample["body"].encode())
