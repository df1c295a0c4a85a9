"""The two AWS calls of the front door, without boto3: put a message into SQS, read a secret.

Both speak AWS's JSON protocol over one kept-alive connection each and are signed by `sigv4`. Repeating them
does no harm (the queue's readers drop what they have seen), so a connection that breaks or does not come about,
a 5xx and throttling are tried once more, as far as the partner's patience goes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping

from orderhub.adapters.aws.sigv4 import Signer
from orderhub.adapters.aws.wire import Patience, Wire
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

ATTEMPTS = 2


class Caller:
    """Who signs, where, and how long all calls together may take; from the variables every function has."""

    __slots__ = ("access_key", "endpoint", "patience", "region", "secret_key", "session_token")

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.region = environ.get("AWS_REGION") or environ["AWS_DEFAULT_REGION"]
        self.access_key = environ["AWS_ACCESS_KEY_ID"]
        self.secret_key = environ["AWS_SECRET_ACCESS_KEY"]
        self.session_token = environ.get("AWS_SESSION_TOKEN")
        self.endpoint = environ.get("AWS_ENDPOINT_URL", "")
        self.patience = Patience()


class JsonService:
    """One AWS service of the JSON protocol. Raises PartnerUnavailable when no answer counts, and
    PartnerRejected when the service refused."""

    __slots__ = ("_content_type", "_host_header", "_name", "_signer", "_target", "_wire")

    def __init__(self, caller: Caller, name: str, target: str, json_version: str) -> None:
        secure, host, port = origin(caller, name)
        self._name = name
        self._target = target
        self._content_type = f"application/x-amz-json-{json_version}"
        self._host_header = host if port == (443 if secure else 80) else f"{host}:{port}"
        self._wire = Wire(host, port, secure=secure, patience=caller.patience)
        self._signer = Signer(caller.access_key, caller.secret_key, caller.session_token, caller.region, name)

    def call(self, action: str, payload: Mapping[str, str]) -> dict[str, object]:
        """The answer of one action."""
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Host": self._host_header,
            "Content-Type": self._content_type,
            "X-Amz-Target": f"{self._target}.{action}",
        }
        problem = ""
        for _ in range(ATTEMPTS):
            amz_date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
            try:
                status, answer = self._wire.post("/", self._signer.sign("POST", "/", (), headers, body, amz_date), body)
            except OSError as error:
                problem = type(error).__name__
                continue
            content = _object(answer)
            if status == 200 and content is not None:
                return content
            problem = _code(content) or f"status {status}"
            if 400 <= status < 500 and status not in (408, 429) and "throttl" not in problem.lower():
                raise PartnerRejected(self._name, problem, f"status {status}")
        raise PartnerUnavailable(self._name, problem, unclear=True)


class Queue:
    """One SQS queue to write to."""

    __slots__ = ("_service", "_url")

    def __init__(self, caller: Caller, url: str) -> None:
        self._service = JsonService(caller, "sqs", "AmazonSQS", "1.0")
        self._url = url

    def send(self, text: str) -> str:
        """The message id, once SQS holds exactly this text.

        Raises PartnerUnavailable (also when the digest SQS answers is of another text) and PartnerRejected.
        """
        answer = self._service.call("SendMessage", {"QueueUrl": self._url, "MessageBody": text})
        message_id = answer.get("MessageId")
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        if not isinstance(message_id, str) or not message_id or answer.get("MD5OfMessageBody") != digest:
            raise PartnerUnavailable("sqs", "the answer does not confirm the message", unclear=True)
        return message_id


class Secrets:
    """Reads secrets that hold text."""

    __slots__ = ("_service",)

    def __init__(self, caller: Caller) -> None:
        self._service = JsonService(caller, "secretsmanager", "secretsmanager", "1.1")

    def text(self, secret_id: str) -> str:
        """The current SecretString. Raises PartnerUnavailable, PartnerRejected."""
        text = self._service.call("GetSecretValue", {"SecretId": secret_id}).get("SecretString")
        if not isinstance(text, str):
            raise PartnerUnavailable("secretsmanager", "the answer holds no text")
        return text


def origin(caller: Caller, service: str) -> tuple[bool, str, int]:
    """(TLS?, host, port) of a service: the endpoint given, else the region's own in its partition."""
    if not caller.endpoint:
        suffix = ".cn" if caller.region.startswith("cn-") else ""
        return True, f"{service}.{caller.region}.amazonaws.com{suffix}", 443
    scheme, _, rest = caller.endpoint.partition("://")
    secure = scheme == "https"
    host, _, port = rest.partition("/")[0].partition(":")
    return secure, host, int(port) if port else (443 if secure else 80)


def _object(answer: bytes) -> dict[str, object] | None:
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _code(content: dict[str, object] | None) -> str:
    kind = content.get("__type") if content else None
    # The part before `#` names the service's schema: "com.amazonaws.sqs#QueueDoesNotExist".
    return kind.rpartition("#")[2][:80] if isinstance(kind, str) else ""
