"""receive_webhook: the front door.

Trigger: HTTP API, `POST /webhooks/youzan`, `POST /webhooks/sf/{token}`,
`POST /webhooks/sf/{token}/order-state`, `POST /webhooks/ems/{token}`, `GET` and `POST /webhooks/wecom`,
`POST /webhooks/kuaidiniao` (payload format 2.0).
Output: the partner's own acknowledgement once the message is in the inbound queue, else its own refusal.
Errors: none on purpose; on any failure the partner is told so and delivers again.
Imports neither boto3 nor pydantic, for a fast cold start: it calls AWS through `adapters/aws/signed_http`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from orderhub.contracts.http_api import read_request, shape_answer
from orderhub.contracts.inbound_envelope import BODY_LIMIT_BYTES
from orderhub.runtime.door import open_door

DOOR = open_door(os.environ)


def handler(event: Mapping[str, object], context: object) -> dict[str, object]:
    """Answer one webhook."""
    request = read_request(event, BODY_LIMIT_BYTES)
    return shape_answer(*DOOR.receive(request.path, request.headers, request.body, request.length, request.query))
