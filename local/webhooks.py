"""Sign a sample webhook (events/webhooks/<partner>/*.json) as its partner would, and damage it on request.

The signing is the simulators', written from the contract sheets: the hub's own code proves nothing here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.partners.youzan.messages import compact
from local.partners.youzan.signing import body_sign, event_sign

WRONG_SECRET = "not-the-secret"


@dataclass(frozen=True)
class Webhook:
    """One HTTP POST to the hub."""

    path: str
    headers: dict[str, str]
    body: bytes


class SampleError(Exception):
    """The file is no sample that can be sent; the text says why and what to do."""


def read_sample(file: Path) -> dict[str, Any]:
    """The JSON object in the file. Raises SampleError."""
    try:
        sample = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SampleError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise SampleError(f"{file} is not JSON: {error}") from error
    if not isinstance(sample, dict):
        raise SampleError(f"{file} is not a webhook: a sample is a JSON object")
    return sample


def signed(
    partner: str, sample: Mapping[str, Any], credentials: Mapping[str, Mapping[str, str]], *, forge: bool = False
) -> Webhook:
    """The push as `partner` would send it to this hub; forged: signed by somebody who does not know the secret.

    `credentials`: those of run.json. Raises SampleError for a partner that sends no webhooks.
    """
    if partner == "youzan":
        return _youzan(sample, credentials["youzan"], forge)
    if partner == "sf":
        return _sf(sample, credentials["sf"], forge)
    raise SampleError(f"no webhooks of {partner!r} are known; name one with --partner youzan or --partner sf")


def damaged(webhook: Webhook) -> Webhook:
    """The same push with one byte changed on its way: the signature does not fit any more."""
    place = len(webhook.body) // 2
    body = webhook.body[:place] + bytes([webhook.body[place] ^ 1]) + webhook.body[place + 1 :]
    return replace(webhook, body=body)


def _youzan(sample: Mapping[str, Any], keys: Mapping[str, str], forge: bool) -> Webhook:
    """Sheet §5.2: the header covers client id, the body's bytes and the secret; the older field covers `msg`."""
    client_id, secret = keys["client_id"], WRONG_SECRET if forge else keys["client_secret"]
    msg = sample.get("msg", "")
    text = msg if isinstance(msg, str) else compact(msg)
    push = {
        **sample,
        "client_id": client_id,
        "kdt_id": int(keys["kdt_id"]),
        "sign": body_sign(client_id, text, secret),
    }
    body = compact(push).encode()
    headers = {
        "Content-Type": "application/json",
        "Event-Type": str(sample.get("type", "")),
        "Client-Id": client_id,
        "Event-Sign": event_sign(client_id, body, secret),
    }
    return Webhook("/webhooks/youzan", headers, body)


def _sf(sample: Mapping[str, Any], keys: Mapping[str, str], forge: bool) -> Webhook:
    """Route pushes are not signed: what proves them is the secret path."""
    token = WRONG_SECRET if forge else keys["webhook_token"]
    return Webhook(f"/webhooks/sf/{token}", {"Content-Type": "application/json"}, compact(sample).encode())
