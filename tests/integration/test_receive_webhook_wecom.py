"""WeCom's callbacks through receive_webhook: kept byte for byte, checked, refused without a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.partners.wecom import callback
from orderhub.contracts.inbound import read_inbound
from tests.integration.aws_at_the_socket import Aws, aws_at_the_socket
from tests.integration.webhook_requests import Handler, load_handler

TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "ww0000000000000001"
SEALED = callback.seal(b"<xml/>", AES_KEY, CORP, b"0123456789abcdef")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with aws_at_the_socket() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        running.secrets = {"wecom": json.dumps({"token": TOKEN, "encoding_aes_key": AES_KEY, "corp_id": CORP})}
        yield running


@pytest.fixture
def handler(aws: Aws) -> Handler:
    loaded: Handler = load_handler().handler
    return loaded


def asked(query: str, body: str = "", path: str = "/webhooks/wecom") -> dict[str, Any]:
    return {"rawPath": path, "rawQueryString": query, "headers": {}, "body": body, "isBase64Encoded": False}


def signed(token: str = TOKEN, age: int = 0, *, echo: bool = False) -> str:
    return callback.query(token, str(int(time.time()) - age), "17", SEALED, echo=echo)


def test_an_event_is_kept_as_it_came(aws: Aws, handler: Handler) -> None:
    body = callback.body(SEALED, CORP, 1, "xml").decode()
    answer = handler(asked(signed(), body), None)
    assert (answer["statusCode"], answer["body"]) == (200, "")
    (kept,) = [read_inbound(text) for text in aws.messages]
    assert (kept.partner, kept.kind, kept.trust, kept.body) == ("wecom", "push", "full", body.encode())


def test_the_check_of_the_address_is_answered_and_leaves_nothing(aws: Aws, handler: Handler) -> None:
    answer = handler(asked(signed(echo=True)), None)
    assert (answer["statusCode"], answer["body"]) == (200, "<xml/>")
    assert answer["headers"]["content-type"].startswith("text/plain")
    assert aws.messages == []


@pytest.mark.parametrize(
    "query",
    [signed("another"), signed(age=3600), "", signed("another", echo=True)],
    ids=["forged", "old", "unsigned", "forged echo"],
)
def test_a_forged_or_old_callback_leaves_no_trace(aws: Aws, handler: Handler, query: str) -> None:
    body = "" if "echostr" in query else callback.body(SEALED, CORP, 1, "xml").decode()
    assert handler(asked(query, body), None)["statusCode"] == 401
    assert aws.messages == []


def test_a_secret_without_token_asks_for_the_event_again(aws: Aws, handler: Handler) -> None:
    aws.secrets = {"wecom": "{}"}
    body = callback.body(SEALED, CORP, 1, "xml").decode()
    assert handler(asked(signed(), body), None)["statusCode"] == 503
    assert handler(asked(signed(), body, "/webhooks/wecom/extra"), None)["statusCode"] == 404
