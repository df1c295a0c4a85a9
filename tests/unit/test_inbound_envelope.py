"""What the front door writes into the queue is what ingest reads from it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.contracts.inbound import read_inbound
from orderhub.contracts.inbound_envelope import BODY_LIMIT_BYTES, write_inbound

SQS_LIMIT_BYTES = 256 * 1024
ID = "0123456789abcdef" * 2


@given(
    st.sampled_from(["youzan", "sf"]),
    st.sampled_from(["push", "detail"]),
    st.sampled_from(["full", "msg_only"]),
    st.integers(0, 2**45),
    st.dictionaries(st.text(max_size=20), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    st.binary(max_size=500),
)
def test_what_is_written_is_read(
    partner: str, kind: str, trust: str, at: int, headers: dict[str, str], body: bytes
) -> None:
    message = read_inbound(
        write_inbound(
            partner=partner,
            kind=kind,
            trust=trust,
            received_at_ms=at,
            correlation_id=ID,
            headers=headers,
            body=body,
        )
    )
    assert (message.partner, message.kind, message.trust) == (partner, kind, trust)
    assert (message.received_at_ms, message.correlation_id) == (at, ID)
    assert (message.headers, message.body) == (headers, body)


def test_the_largest_body_with_the_longest_hints_fits_into_one_message() -> None:
    text = write_inbound(
        partner="youzan",
        kind="push",
        trust="msg_only",
        received_at_ms=2**45,
        correlation_id=ID,
        headers={"event-type": "\u8ba2" * 128, "client-id": "\u8ba2" * 128},
        body=b"\xff" * BODY_LIMIT_BYTES,
    )
    assert len(text.encode()) <= SQS_LIMIT_BYTES


GOOD = {
    "v": 1,
    "partner": "youzan",
    "kind": "push",
    "trust": "full",
    "received_at_ms": 1,
    "correlation_id": ID,
    "headers": {},
    "body_b64": "e30=",
}


def test_a_field_that_a_later_version_adds_is_ignored() -> None:
    assert read_inbound(json.dumps({**GOOD, "hops": 1})).body == b"{}"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"partner": "nobody"},
        {"trust": "blind"},
        {"correlation_id": "short"},
        {"body_b64": "!"},
        {"body_b64": 1},
        {"headers": {"a": 1}},
    ],
)
def test_anything_else_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="InboundMessage"):
        read_inbound(json.dumps({**GOOD, **change}))
