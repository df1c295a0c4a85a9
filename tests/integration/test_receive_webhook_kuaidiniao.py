"""快递鸟's pushes through receive_webhook: kept as they came, acknowledged in its words; forged ones leave no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.partners.kuaidiniao import wire
from orderhub.contracts.inbound import read_inbound
from tests.integration.aws_at_the_socket import Aws, aws_at_the_socket
from tests.integration.webhook_requests import Handler, load_handler

KEY = "key-of-the-tests"
TEXT = json.dumps({"EBusinessID": "1237100", "Count": "0", "Data": []})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with aws_at_the_socket() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        running.secrets = {"kuaidiniao": json.dumps({"business_id": "1237100", "app_key": KEY})}
        yield running


@pytest.fixture
def handler(aws: Aws) -> Handler:
    loaded: Handler = load_handler().handler
    return loaded


def asked(body: bytes, path: str = "/webhooks/kuaidiniao") -> dict[str, Any]:
    headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
    return {"rawPath": path, "rawQueryString": "", "headers": headers, "body": body.decode(), "isBase64Encoded": False}


@pytest.mark.parametrize("twice", [False, True])
def test_a_push_is_kept_as_it_came_and_acknowledged_under_our_account(aws: Aws, handler: Handler, twice: bool) -> None:
    body = wire.pushed(TEXT, KEY, "102", twice=twice)
    answer = handler(asked(body), None)
    said = json.loads(answer["body"])
    assert (answer["statusCode"], said["Success"], said["EBusinessID"], said["Reason"]) == (200, True, "1237100", "")
    assert len(said["UpdateTime"]) == 19
    (kept,) = [read_inbound(text) for text in aws.messages]
    assert (kept.partner, kept.kind, kept.trust, kept.body) == ("kuaidiniao", "push", "full", body)


@pytest.mark.parametrize(
    "body",
    [
        wire.pushed(TEXT, "another", "102", twice=False),
        wire.pushed(TEXT, KEY, "102", twice=False).replace(b"1237100", b"1237101"),
        b"RequestData=%7B%7D",
        b"RequestData=%zz&DataSign=x",
        b"DataSign=" + wire.data_sign("", KEY).encode(),
        b"",
        b"{}",
    ],
    ids=["forged", "changed", "unsigned", "broken", "nothing signed", "empty", "no form"],
)
def test_a_forged_push_leaves_no_trace(aws: Aws, handler: Handler, body: bytes) -> None:
    answer = handler(asked(body), None)
    assert (answer["statusCode"], json.loads(answer["body"])["Success"]) == (401, False)
    assert aws.messages == []


def test_a_key_that_is_being_replaced_still_counts_and_no_key_asks_for_the_push_again(
    aws: Aws, handler: Handler
) -> None:
    body = wire.pushed(TEXT, KEY, "102", twice=False)
    aws.secrets = {"kuaidiniao": "{}"}
    assert handler(asked(body), None)["statusCode"] == 503
    assert handler(asked(body, "/webhooks/kuaidiniao/extra"), None)["statusCode"] == 404
    assert aws.messages == []


def test_the_previous_key_counts_while_it_is_replaced(aws: Aws, handler: Handler) -> None:
    aws.secrets = {"kuaidiniao": json.dumps({"business_id": "1", "app_key": "new", "previous_app_key": KEY})}
    assert handler(asked(wire.pushed(TEXT, KEY, "101", twice=False)), None)["statusCode"] == 200
