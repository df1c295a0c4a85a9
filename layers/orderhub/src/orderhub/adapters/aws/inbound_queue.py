"""The inbound queue, as the front door writes to it."""

from __future__ import annotations

from collections.abc import Mapping

from orderhub.adapters.aws.signed_http import Queue
from orderhub.contracts.inbound_envelope import write_inbound


class InboundQueue:
    """Durable storage for messages of partners, until ingest has read them."""

    __slots__ = ("_queue",)

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def put_push(
        self,
        *,
        partner: str,
        trust: str,
        received_at_ms: int,
        correlation_id: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Returns once SQS holds the message. Raises PartnerUnavailable, PartnerRejected."""
        self._queue.send(
            write_inbound(
                partner=partner,
                kind="push",
                trust=trust,
                received_at_ms=received_at_ms,
                correlation_id=correlation_id,
                headers=headers,
                body=body,
            )
        )
