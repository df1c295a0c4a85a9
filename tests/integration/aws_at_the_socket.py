"""SQS and Secrets Manager as seen at the socket: keeps what is sent, checks every signature, fails on demand.

    with aws_at_the_socket() as aws:
        aws.secrets["youzan"] = '{"apps": []}'
        aws.next_answers.append(HangUp())
        ... a client of aws.url ...
        assert aws.messages == [...]

Signatures are checked with botocore's signer, so a client with a signer of its own is proven here too.
Run as a program (`python -m tests.integration.aws_at_the_socket SECRETS_JSON`), it prints its url and serves
without checking: for benches that must not count its work as theirs.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, REGION = "AKIAEXAMPLE", "a-test-key", "a-test-token", "us-east-1"
SIGNED_BY_CLIENT = ("host", "content-type", "x-amz-target", "x-amz-date", "x-amz-security-token")


class HangUp:
    """Close the connection without an answer; the work is done all the same when `after_work`."""

    def __init__(self, *, after_work: bool = False) -> None:
        self.after_work = after_work


class Raw:
    """Answer these bytes as they are, without doing the work."""

    def __init__(self, data: bytes) -> None:
        self.data = data


class Aws:
    """The state: messages in the queue, secrets, scripted answers for the next calls, what was counted."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[str] = []
        self.secrets: dict[str, str] = {}
        self.next_answers: deque[HangUp | Raw | tuple[int, Any]] = deque()
        self.calls: list[str] = []
        self.connections = 0
        self.bad_signatures: list[str] = []
        self.checks_signatures = True

    def environ(self) -> dict[str, str]:
        """The variables a function has, pointing here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_SESSION_TOKEN": SESSION_TOKEN,
            "INBOUND_QUEUE_URL": f"{self.url}/000000000000/inbound",
            "YOUZAN_SECRET_ID": "youzan",
            "SF_SECRET_ID": "sf",
            "WECOM_SECRET_ID": "wecom",
            "KUAIDINIAO_SECRET_ID": "kuaidiniao",
            "EMS_SECRET_ID": "ems",
        }

    def work(self, target: str, payload: dict[str, str]) -> tuple[int, Any]:
        """Do what a call asks."""
        if target == "AmazonSQS.SendMessage":
            text = payload["MessageBody"]
            self.messages.append(text)
            digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            return 200, {"MessageId": f"message-{len(self.messages)}", "MD5OfMessageBody": digest}
        if target == "secretsmanager.GetSecretValue":
            if payload["SecretId"] not in self.secrets:
                return 400, {"__type": "ResourceNotFoundException", "message": "none"}
            return 200, {"SecretString": self.secrets[payload["SecretId"]]}
        return 400, {"__type": "com.amazonaws.sqs#UnsupportedOperation"}


@contextmanager
def aws_at_the_socket(tls: ssl.SSLContext | None = None) -> Iterator[Aws]:
    """A running stand-in for AWS on a free port of 127.0.0.1, by TLS when a context is given."""
    aws = Aws()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(aws))
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    aws.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler_of(aws: Aws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            aws.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers["X-Amz-Target"]
            aws.calls.append(target)
            if aws.checks_signatures and not _is_signed(self.headers, body):
                aws.bad_signatures.append(target)
                return self._answer(403, {"__type": "InvalidSignatureException"})
            scripted = aws.next_answers.popleft() if aws.next_answers else None
            if isinstance(scripted, HangUp):
                if scripted.after_work:
                    aws.work(target, json.loads(body))
                self.close_connection = True
                return None
            if isinstance(scripted, Raw):
                self.wfile.write(scripted.data)
                self.close_connection = True
                return None
            return self._answer(*(scripted or aws.work(target, json.loads(body))))

        def _answer(self, status: int, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Silence: the tests look at the state."""

    return Handler


def _is_signed(headers: Any, body: bytes) -> bool:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    service = headers["Authorization"].split("/")[3]
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, SESSION_TOKEN), service, REGION)
    request = AWSRequest(
        method="POST",
        url=f"http://{headers['Host']}/",
        data=body,
        headers={name: headers[name] for name in SIGNED_BY_CLIENT},
    )
    request.context["timestamp"] = headers["X-Amz-Date"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return bool(headers["Authorization"].endswith(f"Signature={signature}"))


def main() -> None:
    """Serve until standard input ends."""
    with aws_at_the_socket() as aws:
        aws.checks_signatures = False
        aws.secrets = json.loads(sys.argv[1])
        sys.stdout.write(aws.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
