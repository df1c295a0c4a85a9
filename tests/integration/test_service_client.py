"""The lean AWS client answers, refuses and repeats as boto3's does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from orderhub.adapters.aws import service_client
from orderhub.adapters.aws.service_client import AwsError, AwsUnreachable, ServiceClient
from orderhub.adapters.aws.signed_http import Caller
from orderhub.domain.errors import HubUnavailable

KEY = {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}}
Answer = tuple[int, dict[str, Any] | None]


class Aws:
    """Answers what it was told, in turn, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                aws.asked.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
                status, answer = aws.answers.pop(0) if aws.answers else (200, {})
                if answer is None:
                    self.close_connection = True
                    return
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/x-amz-json-1.0")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def aws() -> Iterator[Aws]:
    served = Aws()
    threading.Thread(target=served.server.serve_forever, args=(0.01,), daemon=True).start()
    yield served
    served.server.shutdown()
    served.server.server_close()


def lean(aws: Aws, service: str = "dynamodb") -> ServiceClient:
    environ = {
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": aws.url,
    }
    return ServiceClient(service, Caller(environ))


def usual(aws: Aws, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="test",
        endpoint_url=aws.url,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


CALLS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("dynamodb", "get_item", {"TableName": "t", "Key": KEY, "ConsistentRead": True}, {"Item": {"n": {"N": "1"}}}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": KEY}, {}),
    ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [KEY]}}}, {"Responses": {"t": [KEY]}}),
    (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "t", "Item": KEY}}], "ClientRequestToken": "1"},
        {},
    ),
    (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": "arn", "name": "n", "input": "{}"},
        {"executionArn": "arn:1"},
    ),
    ("stepfunctions", "send_task_success", {"taskToken": "t", "output": '{"seq": 1}'}, {}),
    ("sqs", "send_message", {"QueueUrl": "http://q", "MessageBody": "订单"}, {"MessageId": "1"}),
    (
        "events",
        "put_events",
        {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
        {"FailedEntryCount": 0, "Entries": []},
    ),
    ("kms", "decrypt", {"CiphertextBlob": b"\x00\xff"}, {"Plaintext": "AP8=", "KeyId": "k"}),
    (
        "kms",
        "generate_data_key",
        {"KeyId": "k", "KeySpec": "AES_256"},
        {"Plaintext": "AA==", "CiphertextBlob": "/w==", "KeyId": "k"},
    ),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}, {"SecretString": "{}"}),
]


@pytest.mark.parametrize(("service", "method", "arguments", "answer"), CALLS, ids=[f"{c[0]}.{c[1]}" for c in CALLS])
def test_each_call_asks_and_answers_what_boto3_does(
    aws: Aws, service: str, method: str, arguments: dict[str, Any], answer: dict[str, Any]
) -> None:
    aws.answers = [(200, answer), (200, answer)]
    ours = getattr(lean(aws, service), method)(**arguments)
    theirs = getattr(usual(aws, service), method)(**arguments)
    theirs.pop("ResponseMetadata")
    (our_headers, our_body), (their_headers, their_body) = aws.asked
    assert ours == theirs
    assert our_body == their_body
    assert our_headers["x-amz-target"] == their_headers["x-amz-target"]
    assert our_headers["content-type"] == their_headers["content-type"]
    scopes = [h["authorization"].partition("Credential=")[2].split("/")[2:4] for h in (our_headers, their_headers)]
    assert scopes[0] == scopes[1]


REFUSALS = [
    {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no", "Item": KEY},
    {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": KEY}, {"Code": "None"}],
    },
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=["condition", "transaction"])
def test_a_refusal_has_the_name_and_the_content_boto3_gives_it(aws: Aws, refusal: dict[str, Any]) -> None:
    aws.answers = [(400, refusal), (400, refusal)]
    client, other = lean(aws), usual(aws, "dynamodb")
    name = refusal["__type"].rpartition("#")[2]
    with pytest.raises(getattr(client.exceptions, name)) as ours:
        client.put_item(TableName="t", Item=KEY)
    with pytest.raises(ClientError) as theirs:
        other.put_item(TableName="t", Item=KEY)
    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"] == name
    for kept in ("Item", "CancellationReasons"):
        assert ours.value.response.get(kept) == refusal.get(kept)
    assert isinstance(ours.value, client.exceptions.ClientError)
    assert len(aws.asked) == 2


@pytest.mark.parametrize("passing", [(500, {}), (400, {"__type": "x#ThrottlingException"}), (200, None)])
def test_what_passes_is_tried_again(aws: Aws, passing: Answer) -> None:
    aws.answers = [passing, (200, {"Item": KEY})]
    assert lean(aws).get_item(TableName="t", Key=KEY) == {"Item": KEY}


def test_a_transaction_tried_again_is_the_same_transaction(aws: Aws) -> None:
    aws.answers = [(500, {}), (200, {})]
    lean(aws).transact_write_items(TransactItems=[])
    tokens = {body["ClientRequestToken"] for _, body in aws.asked}
    assert len(aws.asked) == 2
    assert len(tokens) == 1


@pytest.mark.parametrize("passing", [(503, {}), (500, {"__type": "x#Odd"}), (400, {"__type": "x#ThrottlingException"})])
def test_trouble_that_stays_is_told_after_three_attempts_as_a_part_of_the_hub_that_is_away(
    aws: Aws, passing: Answer
) -> None:
    aws.answers = [passing] * 3
    with pytest.raises(AwsError) as told:
        lean(aws).get_item(TableName="t", Key=KEY)
    assert told.value.response["HTTPStatus"] == passing[0]
    assert isinstance(told.value, HubUnavailable)
    assert len(aws.asked) == 3


def test_a_refusal_is_no_part_of_the_hub_that_is_away(aws: Aws) -> None:
    aws.answers = [(400, {"__type": "x#ValidationException"})]
    with pytest.raises(AwsError) as told:
        lean(aws).get_item(TableName="t", Key=KEY)
    assert not isinstance(told.value, HubUnavailable)
    assert len(aws.asked) == 1


def test_a_connection_that_does_not_come_about_in_time_is_tried_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = socket.create_connection, []

    def lost_twice(*where: Any, **options: Any) -> socket.socket:
        tried.append(where)
        if len(tried) < 3:
            raise TimeoutError("timed out")
        return real(*where, **options)

    monkeypatch.setattr(socket, "create_connection", lost_twice)
    aws.answers = [(200, {"Item": KEY})]
    assert lean(aws).get_item(TableName="t", Key=KEY) == {"Item": KEY}
    assert len(tried) == 3


def test_an_answer_that_does_not_come_in_time_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_client, "CALL_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(1)
        environ = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "1", "AWS_SECRET_ACCESS_KEY": "1",
                   "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}  # fmt: skip
        with pytest.raises(AwsUnreachable) as told:
            ServiceClient("dynamodb", Caller(environ)).get_item(TableName="t", Key=KEY)
        silent.accept()[0].close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert isinstance(told.value, HubUnavailable)


def test_a_connection_that_breaks_every_time_is_no_answer(aws: Aws) -> None:
    aws.answers = [(200, None)] * 6
    with pytest.raises(AwsUnreachable):
        lean(aws).get_item(TableName="t", Key=KEY)


def test_pages_go_on_to_the_end(aws: Aws) -> None:
    aws.answers = [(200, {"Items": [KEY], "LastEvaluatedKey": KEY}), (200, {"Items": []})]
    pages = list(lean(aws).get_paginator("query").paginate(TableName="t"))
    assert [len(page["Items"]) for page in pages] == [1, 0]
    assert aws.asked[1][1]["ExclusiveStartKey"] == KEY
