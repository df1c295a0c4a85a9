"""Writes the message of the inbound queue; standard library only, because the front door imports it.

Read it with `contracts.inbound`. The body travels as base64: it is kept byte for byte, whatever it is.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Mapping

VERSION = 1
BODY_LIMIT_BYTES = 180 * 1024
"""Base64 and the envelope's own fields must fit into the 256 KiB of an SQS message."""


def write_inbound(
    *,
    partner: str,
    kind: str,
    trust: str,
    received_at_ms: int,
    correlation_id: str,
    headers: Mapping[str, str],
    body: bytes,
) -> str:
    """The envelope as JSON text (ASCII).

    `partner` is youzan, sf, ems, wecom or kuaidiniao; `kind` is push (as the partner sent it) or detail
    (`{"full_order_info": …}` read from the shop); `trust` is full or msg_only (only `msg` was signed: read the
    order again before acting). `correlation_id` is 32 hex digits. `headers` are hints of the partner that no
    signature covers.
    """
    return json.dumps(
        {
            "v": VERSION,
            "partner": partner,
            "kind": kind,
            "trust": trust,
            "received_at_ms": received_at_ms,
            "correlation_id": correlation_id,
            "headers": dict(headers),
            "body_b64": b2a_base64(body, newline=False).decode("ascii"),
        },
        separators=(",", ":"),
    )
