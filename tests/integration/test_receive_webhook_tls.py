"""On AWS the calls go by TLS: to the right host, and never to one that cannot prove its name."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orderhub.adapters.aws.signed_http import Caller, Queue, origin
from orderhub.domain.errors import PartnerUnavailable
from tests.integration.aws_at_the_socket import aws_at_the_socket
from tests.integration.webhook_requests import YOUZAN_SECRET, load_handler, youzan_body, youzan_push

TODAY = datetime.datetime.now(datetime.UTC)


def certificate(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """(server context, file) of a new self-signed certificate for an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(TODAY - datetime.timedelta(days=1))
        .not_valid_after(TODAY + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def test_a_message_is_kept_by_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, file = certificate(tmp_path, "127.0.0.1")
    with aws_at_the_socket(context) as aws:
        aws.secrets = {"youzan": json.dumps(YOUZAN_SECRET)}
        for name, value in {**aws.environ(), "SSL_CERT_FILE": str(file)}.items():
            monkeypatch.setenv(name, value)
        handler = load_handler().handler
        assert [handler(youzan_push(youzan_body()), None)["statusCode"] for _ in range(3)] == [200, 200, 200]
        assert (len(aws.messages), aws.connections, aws.bad_signatures) == (3, 2, [])


@pytest.mark.parametrize(("trusted", "address"), [(True, "127.0.0.2"), (False, "127.0.0.1")])
def test_a_host_that_cannot_prove_its_name_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool, address: str
) -> None:
    context, file = certificate(tmp_path, address)
    monkeypatch.setenv("SSL_CERT_FILE", str(file if trusted else tmp_path / "none"))
    with aws_at_the_socket(context) as aws:
        queue = Queue(Caller(aws.environ()), aws.environ()["INBOUND_QUEUE_URL"])
        with pytest.raises(PartnerUnavailable):
            queue.send("x")
        assert aws.calls == []


@pytest.mark.parametrize(
    ("region", "endpoint", "expected"),
    [
        ("us-east-1", "", (True, "sqs.us-east-1.amazonaws.com", 443)),
        ("cn-northwest-1", "", (True, "sqs.cn-northwest-1.amazonaws.com.cn", 443)),
        ("us-east-1", "http://127.0.0.1:4566", (False, "127.0.0.1", 4566)),
        ("us-east-1", "http://localhost/", (False, "localhost", 80)),
        ("us-east-1", "https://vpce.example.com", (True, "vpce.example.com", 443)),
    ],
)
def test_the_host_follows_region_partition_and_endpoint(
    region: str, endpoint: str, expected: tuple[bool, str, int]
) -> None:
    environ = {"AWS_REGION": region, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert origin(Caller({**environ, "AWS_ENDPOINT_URL": endpoint}), "sqs") == expected
