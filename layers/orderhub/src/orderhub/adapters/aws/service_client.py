"""An AWS client with the part of boto3's face that the hub uses, at a tenth of its cost.

boto3 costs 330-490 ms of a cold start and about 2 ms of CPU for each call; this one costs what `wire` and
`sigv4` cost. It knows the services that speak AWS's JSON protocol, answers the same dictionaries, raises errors
of the same names (``client.exceptions.X``, ``error.response``), and repeats what passes (connection, throttling,
5xx) as boto3's standard mode does. A test holds both clients against each other.
Source: AWS JSON 1.0/1.1 protocol (Smithy), and each service's API reference for its target prefix.
"""

from __future__ import annotations

import base64
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orderhub.adapters.aws.signed_http import Caller, origin
from orderhub.adapters.aws.sigv4 import Signer
from orderhub.adapters.aws.wire import Patience, Wire
from orderhub.domain.errors import HubUnavailable

ATTEMPTS = 3
CALL_SECONDS = 8.0
"""All attempts of one call together."""
MAX_ANSWER_BYTES = 24 * 1024 * 1024  # BatchGetItem answers up to 16 MB of items

PROTOCOLS = {
    # boto3's name: (host and signing name, target prefix, version of the protocol)
    "dynamodb": ("dynamodb", "DynamoDB_20120810", "1.0"),
    "stepfunctions": ("states", "AWSStepFunctions", "1.0"),
    "sqs": ("sqs", "AmazonSQS", "1.0"),
    "kms": ("kms", "TrentService", "1.1"),
    "events": ("events", "AWSEvents", "1.1"),
    "secretsmanager": ("secretsmanager", "secretsmanager", "1.1"),
}
_BLOBS = {"kms": frozenset({"CiphertextBlob", "Plaintext"})}
_IDEMPOTENT = {"TransactWriteItems": "ClientRequestToken", "PutSecretValue": "ClientRequestToken"}
_PASSING = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "PriorRequestNotComplete",
        "SlowDown",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "TransactionInProgressException",
    }
)


class AwsError(Exception):
    """The service refused; ``response`` as botocore's ClientError has it (``Error.Code``, and what came along)."""

    def __init__(self, code: str, message: str, response: Mapping[str, Any]) -> None:
        super().__init__(f"{code}: {message}")
        self.response = {**response, "Error": {"Code": code, "Message": message}}


class AwsAway(AwsError, HubUnavailable):
    """A refusal that passes: the caller is throttled, or the service has a fault of its own (5xx)."""


class AwsUnreachable(HubUnavailable):
    """No answer that counts, after every attempt: whether the call did anything is not known."""


class Errors:
    """``client.exceptions``: one class per error code, made when it is first named. What passes is HubUnavailable."""

    ClientError = AwsError

    def __init__(self) -> None:
        self._classes: dict[str, type[AwsError]] = {}

    def __getattr__(self, code: str) -> type[AwsError]:
        if code not in self._classes:
            self._classes[code] = type(code, (AwsAway if code in _PASSING else AwsError,), {})
        return self._classes[code]


class ServiceClient:
    """A client of one service; its methods are the service's actions in snake case. One call at a time."""

    def __init__(self, service: str, caller: Caller) -> None:
        name, target, version = PROTOCOLS[service]
        secure, host, port = origin(caller, name)
        self.exceptions = Errors()
        self._patience = Patience(CALL_SECONDS)
        self._wire = Wire(host, port, secure=secure, patience=self._patience, max_body=MAX_ANSWER_BYTES)
        self._signer = Signer(caller.access_key, caller.secret_key, caller.session_token, caller.region, name)
        self._headers = {
            "Host": host if port == (443 if secure else 80) else f"{host}:{port}",
            "Content-Type": f"application/x-amz-json-{version}",
        }
        self._target = target
        self._blobs = _BLOBS.get(service, frozenset())

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method.startswith("_"):
            raise AttributeError(method)
        action = "".join(word.capitalize() for word in method.split("_"))

        def call(**arguments: Any) -> dict[str, Any]:
            return self._call(action, arguments)

        self.__dict__[method] = call
        return call

    def get_paginator(self, method: str) -> Pages:
        """Only for DynamoDB's ``query``, which says where to go on with ``LastEvaluatedKey``."""
        if method != "query":
            raise ValueError(f"no pages of {method}")
        return Pages(self.query)

    def _call(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if action in _IDEMPOTENT:
            arguments.setdefault(_IDEMPOTENT[action], str(uuid.uuid4()))
        for name in self._blobs & arguments.keys():
            arguments[name] = base64.b64encode(arguments[name]).decode()
        body = json.dumps(arguments, ensure_ascii=False, separators=(",", ":")).encode()
        self._patience.restart()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(action, body)
            except AwsAway:
                if attempt == ATTEMPTS:
                    raise
            except OSError as error:
                # A connection that takes too long is tried again as well; an answer that does has used all patience.
                if attempt == ATTEMPTS or self._patience.is_over():
                    raise AwsUnreachable(f"{action}: {type(error).__name__}") from error
            time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    def _once(self, action: str, body: bytes) -> dict[str, Any]:
        headers = {**self._headers, "X-Amz-Target": f"{self._target}.{action}"}
        amz_date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        status, answer = self._wire.post("/", self._signer.sign("POST", "/", (), headers, body, amz_date), body)
        content = _object(answer)
        if status == 200 and content is not None:
            for name in self._blobs & content.keys():
                content[name] = base64.b64decode(content[name])
            return content
        content = content or {}
        code = str(content.get("__type", "")).rpartition("#")[2].partition(":")[0] or f"Status{status}"
        message = str(content.get("message") or content.get("Message") or "")
        known = getattr(self.exceptions, code)
        told = AwsAway if status >= 500 and not issubclass(known, AwsAway) else known
        raise told(code, message, {**content, "HTTPStatus": status})


class Pages:
    """boto3's paginator of ``query``, as far as it is used."""

    def __init__(self, query: Callable[..., dict[str, Any]]) -> None:
        self._query = query

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Every page, until the last one."""
        while True:
            page = self._query(**arguments)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _object(answer: bytes) -> dict[str, Any] | None:
    """The answer's JSON object; an empty body is an empty answer, anything else is none."""
    if not answer:
        return {}
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
