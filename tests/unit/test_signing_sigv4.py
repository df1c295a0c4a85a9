"""The own signer signs what botocore's signer signs."""

from __future__ import annotations

import datetime
import random
import string
from urllib.parse import quote, urlencode

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orderhub.adapters.aws.sigv4 import Signer

REQUESTS = 10_000
REGIONS = ["us-east-1", "eu-west-3", "cn-north-1", "cn-northwest-1", "ap-southeast-1"]
SERVICES = ["sqs", "secretsmanager", "dynamodb", "execute-api", "states"]
LETTERS = string.ascii_letters + string.digits
ANY = LETTERS + " -._~/+=%&?#*!'()[]@:;,$\"\\<>|^`{}\t" + "订单中枢é€😀"


def words(source: random.Random, alphabet: str, longest: int, shortest: int = 0) -> str:
    return "".join(source.choices(alphabet, k=source.randint(shortest, longest)))


def random_request(source: random.Random) -> AWSRequest:
    path = "/" + "/".join(quote("x" + words(source, ANY, 12), safe="") for _ in range(source.choice([0, 0, 1, 2, 4])))
    query = [(words(source, ANY, 8, 1), words(source, ANY, 12)) for _ in range(source.choice([0, 0, 1, 3, 6]))]
    port = source.choice(["", ":4566", ":8443"])
    headers = {
        "Host": f"{words(source, LETTERS, 20, 1)}.amazonaws.com{port}",
        "Content-Type": source.choice(["application/x-amz-json-1.0", "application/x-amz-json-1.1"]),
        "X-Amz-Target": f"AmazonSQS.{words(source, string.ascii_letters, 20, 1)}",
    }
    for _ in range(source.choice([0, 1, 3])):
        value = words(source, LETTERS + "  \t/;=,", 30)
        headers[f"X-Amz-Meta-{words(source, string.ascii_uppercase, 10, 1)}"] = value
    return AWSRequest(
        method=source.choice(["POST", "POST", "GET", "PUT", "DELETE"]),
        url=f"{source.choice(['https', 'http'])}://{headers['Host']}{path}",
        params=query,
        headers=headers,
        data=source.randbytes(source.choice([0, 1, 64, 1500])),
    )


def test_ten_thousand_random_requests_are_signed_as_botocore_signs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = random.Random(20261122)
    differences = []
    for number in range(REQUESTS):
        request = random_request(source)
        now = datetime.datetime.fromtimestamp(source.randint(0, 2**32), datetime.UTC)
        access_key = "AKIA" + words(source, LETTERS, 16, 16)
        secret_key = words(source, LETTERS + "+/", 40, 40)
        token = source.choice([None, words(source, LETTERS + "+/=", 300, 100)])
        region, service = source.choice(REGIONS), source.choice(SERVICES)
        given = dict(request.headers.items())
        monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda now=now: now)
        botocore.auth.SigV4Auth(Credentials(access_key, secret_key, token), service, region).add_auth(request)
        ours = Signer(access_key, secret_key, token, region, service).sign(
            request.method,
            "/" + request.url.partition("://")[2].partition("/")[2],
            request.params,
            given,
            request.data,
            now.strftime("%Y%m%dT%H%M%SZ"),
        )
        if ours != dict(request.headers.items()):
            differences.append((number, request.url, urlencode(request.params)))
    assert differences == []


def test_one_signer_signs_for_the_day_of_each_request() -> None:
    kept = Signer("AKIAEXAMPLE", "secret", None, "us-east-1", "sqs")
    headers = {"Host": "sqs.us-east-1.amazonaws.com"}
    for day in ("20261122T235959Z", "20261123T000000Z", "20261122T235959Z"):
        fresh = Signer("AKIAEXAMPLE", "secret", None, "us-east-1", "sqs")
        assert kept.sign("POST", "/", (), headers, b"{}", day) == fresh.sign("POST", "/", (), headers, b"{}", day)
