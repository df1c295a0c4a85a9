"""Reads the message of the inbound queue that `contracts.inbound_envelope` wrote."""

from __future__ import annotations

import base64
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _decoded(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


class InboundMessage(BaseModel):
    """One message of a partner, its body byte for byte.

    With trust `msg_only` only the older body `sign` was right: the order must be read again from the shop
    before anything acts on it. `headers` are not covered by any signature: hints, never a basis to decide.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1]
    partner: Literal["youzan", "sf", "wecom", "kuaidiniao", "ems"]
    kind: Literal["push", "detail"]
    trust: Literal["full", "msg_only"]
    received_at_ms: Annotated[int, Field(ge=0)]
    correlation_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    headers: dict[str, str]
    body: Annotated[bytes, BeforeValidator(_decoded), Field(validation_alias="body_b64")]


def read_inbound(text: str) -> InboundMessage:
    """The message in an SQS body. Raises ValueError (pydantic's ValidationError) when it is none."""
    return InboundMessage.model_validate_json(text)
