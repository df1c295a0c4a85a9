"""EMS's pushes through receive_webhook: kept as they came, acknowledged in its words; forged ones leave no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.partners.ems import wire
from orderhub.contracts.inbound import read_inbound
from tests.integration.aws_at_the_socket import Aws, aws_at_the_socket
from tests.integration.webhook_requests import TOKEN, Handler, load_handler

KEY = "QUJDREVGR0hJSktMTU5PUA=="
SECRET = {"sender_no": "1100000000000", "sign_key": KEY, "webhook_token": TOKEN}
STEP = json.dumps({"waybillNo": "1200000000001", "opCode": "203", "opTime": "2026-01-02 10:02:00"})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with aws_at_the_socket() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        running.secrets = {"ems": json.dumps(SECRET)}
        yield running


@pytest.fixture
def handler(aws: Aws) -> Handler:
    loaded: Handler = load_handler().handler
    return loaded


def pushed(key: str = KEY, *, trailer: bool = False) -> bytes:
    sealed = wire.pushed(STEP, key, trailer=trailer)
    return json.dumps({"logitcsInterface": sealed, "method": "040002", "serialNo": "0f" * 16}).encode()


def asked(body: bytes, path: str = f"/webhooks/ems/{TOKEN}") -> dict[str, Any]:
    headers = {"content-type": "application/json;charset=UTF-8"}
    return {"rawPath": path, "rawQueryString": "", "headers": headers, "body": body.decode(), "isBase64Encoded": False}


@pytest.mark.parametrize("trailer", [False, True])
def test_a_push_is_kept_as_it_came_and_acknowledged_under_its_serial(aws: Aws, handler: Handler, trailer: bool) -> None:
    body = pushed(trailer=trailer)
    answer = handler(asked(body), None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {
        "serialNo": "0f" * 16, "code": "00000", "codeMessage": "success", "senderNo": "1100000000000",
    }  # fmt: skip
    (kept,) = [read_inbound(text) for text in aws.messages]
    assert (kept.partner, kept.kind, kept.trust, kept.body) == ("ems", "push", "full", body)


def test_a_push_on_another_path_or_of_another_key_leaves_no_trace(aws: Aws, handler: Handler) -> None:
    forged = [asked(pushed("ZGVtby1lbXMtc2lnbi1rIQ==")), asked(b"{}"), asked(b"")]
    forged += [asked(pushed(), path) for path in ("/webhooks/ems", "/webhooks/ems/x", f"/webhooks/ems/{TOKEN}/more")]
    for request in forged:
        answer = handler(request, None)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (404, "S00001")
    assert aws.messages == []


@pytest.mark.parametrize("changes", [{"sign_key": ""}, {"sign_key": "AAAA"}, {"webhook_token": ""}])
def test_a_secret_that_is_not_ready_asks_for_the_push_again(
    aws: Aws, handler: Handler, changes: dict[str, str]
) -> None:
    aws.secrets = {"ems": json.dumps(SECRET | changes)}
    answer = handler(asked(pushed()), None)
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (503, "S00001")
    assert aws.messages == []
