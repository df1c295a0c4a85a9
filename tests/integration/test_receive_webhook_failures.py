"""receive_webhook when AWS fails, secrets rotate, connections go stale; and what it writes into the log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderhub.adapters.aws import secret_cache, wire
from orderhub.contracts.inbound import read_inbound
from orderhub.runtime.door import open_door
from tests.integration.aws_at_the_socket import Aws, HangUp, Raw, aws_at_the_socket
from tests.integration.webhook_requests import (
    CLIENT_ID,
    SF_SECRET,
    TOKEN,
    YOUZAN_SECRET,
    Handler,
    event_sign,
    load_handler,
    request,
    sf_push,
    youzan_body,
    youzan_push,
)

ROOT = Path(__file__).parents[2]
THROTTLED = (400, {"__type": "com.amazonaws.sqs#RequestThrottled"})
DENIED = (403, {"__type": "AccessDeniedException", "Message": "no"})
NOT_CONFIRMED = [
    (200, {"MessageId": "m", "MD5OfMessageBody": "0" * 32}),
    (200, {"MessageId": "m"}),
    (200, {"MD5OfMessageBody": "0" * 32}),
    (200, []),
]


YOUZANS_PATIENCE_SECONDS = 5


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


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


@pytest.fixture
def warm(aws: Aws, handler: Handler) -> Handler:
    """The handler after its first message: secret read, connections open."""
    handler(youzan_push(youzan_body()), None)
    aws.messages.clear()
    aws.calls.clear()
    return handler


def push(handler: Handler) -> int:
    status: int = handler(youzan_push(youzan_body()), None)["statusCode"]
    return status


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("answer", [THROTTLED, (500, {}), (503, {"__type": "ServiceUnavailable"}), (200, "no")])
def test_one_bad_answer_of_the_queue_is_overcome(aws: Aws, warm: Handler, answer: Any) -> None:
    aws.next_answers.append(answer)
    assert push(warm) == 200
    assert len(aws.messages) == 1


def test_a_connection_that_does_not_come_about_in_time_is_tried_once_more(
    aws: Aws, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = socket.create_connection, []

    def lost_at_first(*where: Any, **options: Any) -> socket.socket:
        tried.append(where)
        if len(tried) == 1:
            raise TimeoutError("timed out")
        return real(*where, **options)

    monkeypatch.setattr(socket, "create_connection", lost_at_first)
    assert push(handler) == 200
    assert len(aws.messages) == 1


@pytest.mark.parametrize("answer", [THROTTLED, (500, {}), (200, "no")])
def test_when_the_queue_goes_on_failing_the_partner_is_told_to_deliver_again(
    aws: Aws, warm: Handler, answer: Any
) -> None:
    aws.next_answers.extend([answer, answer])
    refused = warm(youzan_push(youzan_body()), None)
    assert (refused["statusCode"], refused["body"]) == (503, '{"code":0,"msg":"failed"}')
    assert aws.messages == []
    assert push(warm) == 200


@pytest.mark.parametrize("answer", [DENIED, *NOT_CONFIRMED[:3]])
def test_a_refusal_or_an_unconfirmed_message_is_never_acknowledged(aws: Aws, warm: Handler, answer: Any) -> None:
    aws.next_answers.append(answer)
    assert push(warm) == 503
    assert aws.calls == ["AmazonSQS.SendMessage"]


def test_sf_is_told_of_a_failing_queue_in_its_own_words(aws: Aws, warm: Handler) -> None:
    warm(sf_push(), None)
    aws.next_answers.extend([(500, {}), (500, {})])
    refused = warm(sf_push(), None)
    assert (refused["statusCode"], json.loads(refused["body"])["return_code"]) == (503, "1000")


def test_one_connection_serves_all_messages(aws: Aws, warm: Handler) -> None:
    before = aws.connections
    assert [push(warm) for _ in range(20)] == [200] * 20
    assert aws.connections == before


def test_a_connection_that_went_stale_is_opened_again(aws: Aws, warm: Handler) -> None:
    aws.next_answers.append(HangUp())
    assert push(warm) == 200
    assert len(aws.messages) == 1


def test_a_message_whose_acknowledgement_was_lost_is_kept_twice_rather_than_never(aws: Aws, warm: Handler) -> None:
    aws.next_answers.append(HangUp(after_work=True))
    assert push(warm) == 200
    assert len(aws.messages) == 2


def test_fresh_connections_that_break_are_not_acknowledged(aws: Aws, warm: Handler) -> None:
    aws.next_answers.extend([HangUp()] * 3)  # the kept connection, a fresh one, and one more
    assert push(warm) == 503
    assert push(warm) == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_an_answer_that_is_not_http_is_not_an_acknowledgement(aws: Aws, warm: Handler, data: bytes) -> None:
    aws.next_answers.extend([Raw(data)] * 3)
    assert push(warm) == 503
    assert push(warm) == 200


def test_an_answer_in_chunks_is_understood(aws: Aws, handler: Handler) -> None:
    secret = json.dumps({"SecretString": json.dumps(YOUZAN_SECRET)}).encode()
    chunks = b"%x;note\r\n%b\r\n%x\r\n%b\r\n0\r\nTrailer: 1\r\n\r\n" % (
        5,
        secret[:5],
        len(secret) - 5,
        secret[5:],
    )
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    aws.next_answers.append(Raw(head + chunks))
    assert push(handler) == 200


def test_a_queue_that_never_answers_does_not_outlast_the_partners_patience(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wire.PATIENCE_SECONDS < YOUZANS_PATIENCE_SECONDS
    monkeypatch.setattr(wire, "PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert push(load_handler().handler) == 503


def test_without_any_connection_the_partner_is_told_to_deliver_again(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert push(load_handler().handler) == 503


def test_a_rotated_secret_works_at_once(aws: Aws) -> None:
    clock = Clock()
    door = open_door(aws.environ(), clock)
    body, old, new = youzan_body(), "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "the new secret"
    with_old, with_new = ({"event-sign": event_sign(body, secret)} for secret in (old, new))
    assert door.receive("/webhooks/youzan", with_old, body, len(body))[0] == 200
    aws.secrets["youzan"] = json.dumps({"apps": [{"client_id": CLIENT_ID, "client_secret": new}]})
    clock.seconds += secret_cache.PAUSE_SECONDS
    assert door.receive("/webhooks/youzan", with_new, body, len(body))[0] == 200
    assert door.receive("/webhooks/youzan", with_old, body, len(body))[0] == 401


def test_forged_messages_do_not_make_the_hub_read_its_secret_for_each(aws: Aws, warm: Handler) -> None:
    for _ in range(50):
        assert warm(youzan_push(youzan_body(), "0" * 32), None)["statusCode"] == 401
    assert aws.calls == []


def test_an_outage_of_the_secret_store_turns_no_good_message_away(aws: Aws) -> None:
    clock = Clock()
    door = open_door(aws.environ(), clock)
    body = youzan_body()
    signed = {"event-sign": event_sign(body)}
    assert door.receive("/webhooks/youzan", signed, body, len(body))[0] == 200
    aws.secrets.clear()
    clock.seconds += secret_cache.KEEP_SECONDS
    assert door.receive("/webhooks/youzan", signed, body, len(body))[0] == 200


@pytest.mark.parametrize("secret", [None, "", "no JSON", "[]", "{}", '{"apps":{}}', '{"apps":[1,{}]}', "[" * 9999])
def test_without_a_usable_secret_nothing_is_accepted_or_acknowledged(
    aws: Aws, handler: Handler, secret: str | None
) -> None:
    aws.secrets.clear()
    if secret is not None:
        aws.secrets = {"youzan": secret, "sf": secret}
    assert push(handler) == 503
    assert handler(sf_push(), None)["statusCode"] == 503
    assert aws.messages == []


def test_all_missing_variables_are_named_at_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SF_SECRET_ID")
    monkeypatch.setenv("INBOUND_QUEUE_URL", "")
    with pytest.raises(RuntimeError, match="INBOUND_QUEUE_URL, SF_SECRET_ID"):
        load_handler()


def test_each_request_writes_one_line_with_its_metric(
    aws: Aws, handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(youzan_push(youzan_body()), None)
    handler(sf_push(), None)
    handler(youzan_push(youzan_body(test=True)), None)
    handler(youzan_push(youzan_body(), "0" * 32), None)
    handler(sf_push("wrong"), None)
    handler(request("/webhooks/nobody", b"", {}), None)
    aws.next_answers.append(DENIED)
    push(handler)
    lines = log_lines(capsys)
    assert [(line["partner"], line["outcome"], line["status"]) for line in lines] == [
        ("youzan", "accepted", 200),
        ("sf", "accepted", 200),
        ("youzan", "test", 200),
        ("youzan", "forged", 401),
        ("sf", "forged", 404),
        ("unknown", "no_such_path", 404),
        ("youzan", "not_kept", 503),
    ]
    accepted, refused = lines[0], lines[3]
    assert accepted["message_type"] == "trade_TradeBuyerPay"
    assert accepted["bytes"] == len(youzan_body())
    assert accepted["correlation_id"] == json.loads(aws.messages[0])["correlation_id"]
    assert "message_type" not in refused
    assert lines[6]["problem"] == "sqs AccessDeniedException: status 403"
    for line in lines:
        (definition,) = line["_aws"]["CloudWatchMetrics"]
        assert definition["Namespace"] == "OrderHub"
        assert definition["Dimensions"] == [["partner"]]
        assert all(isinstance(line[metric["Name"]], int | float) for metric in definition["Metrics"])
    assert (accepted["WebhookAccepted"], refused["WebhookRefused"], lines[6]["WebhookNotKept"]) == (1, 1, 1)


def test_the_log_holds_no_personal_data_no_token_and_no_secret(
    aws: Aws, handler: Handler, capsys: pytest.CaptureFixture[str]
) -> None:
    body = youzan_body(receiver="张三", tel="13800130001")
    hostile = {**youzan_push(body)}
    hostile["headers"] = {**hostile["headers"], "event-type": "张三 13800130001\n", "client-id": "\ud800"}
    handler(hostile, None)
    assert read_inbound(aws.messages[0]).headers == {}
    handler(youzan_push(body, "13800130001"), None)
    handler(sf_push(), None)
    handler(sf_push("a-guess"), None)
    aws.secrets = {"youzan": '{"apps":"0a1b2c3d"}', "sf": "a-broken-secret"}
    fresh = load_handler().handler
    push(fresh)
    fresh(sf_push(), None)
    written = capsys.readouterr().out
    assert len(written.splitlines()) == 6
    for secret in ("张三", "13800130001", "E2026", TOKEN, "a-guess", "0a1b2c3d", "a-broken-secret"):
        assert secret not in written


def test_a_bug_is_logged_and_raised_not_acknowledged(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load_handler()
    monkeypatch.setattr(module.DOOR, "_answer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        module.handler(youzan_push(youzan_body()), None)
    (line,) = log_lines(capsys)
    assert (line["outcome"], line["status"], line["WebhookNotKept"]) == ("crashed", 500, 1)


def test_the_handler_imports_none_of_the_heavy_libraries(aws: Aws) -> None:
    program = """
import json, sys
import handler
event = json.load(sys.stdin)
answer = handler.handler(event, None)
heavy = ["boto3", "botocore", "pydantic", "aws_lambda_powertools", "httpx", "http.client", "email", "ssl",
         "urllib.parse", "dataclasses", "typing", "logging", "asyncio", "cryptography", "inspect"]
print(json.dumps([answer["statusCode"], [name for name in heavy if name in sys.modules]]))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        input=json.dumps(youzan_push(youzan_body())),
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'layers/orderhub/src'}:{ROOT / 'functions/receive_webhook'}",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [200, []]
    assert len(aws.messages) == 1
