"""Judge a push of EMS (040002, sheet §6): steps of parcels, sealed under the key we share.

Two things prove the sender, because neither is enough: a secret part of the path, and that the message opens with our
key. EMS's cipher is ECB without a MAC, so whoever saw one push could put another together from its blocks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from hmac import compare_digest

from orderhub.domain.errors import PartnerRejected
from orderhub.services.accept_webhook import ACCEPTED, FORGED, Push, Verdict, Words, hints

# A wrong path is answered as one that does not exist would be, and a message that does not open as a wrong path.
WORDS = Words(
    content_type="application/json;charset=UTF-8",
    accepted='{"serialNo":"","code":"00000","codeMessage":"success","senderNo":""}',
    failed='{"serialNo":"","code":"S00001","codeMessage":"failed","senderNo":""}',
    forged_status=404,
)
TRACK_PUSH = "040002"

_SERIAL = re.compile(r"[0-9A-Za-z-]{1,64}")

type OpenedBy = Callable[[bytes, Sequence[str]], str | None]
"""The serial number of a push that one of these keys opens, else None. Raises PartnerRejected for an unusable key."""


def judge_ems(push: Push, secret: Mapping[str, object], *, opened_by: OpenedBy) -> Verdict:
    """Whether EMS sent this. The body is not looked at before the path has proven its sender.

    ``webhook_token`` and ``sign_key`` of the secret count, and ``previous_…`` of each while it is replaced; tokens are
    compared in constant time. The acknowledgement repeats the serial number (§6). Raises PartnerRejected when the
    secret holds no token or no usable key.
    """
    tokens, keys = _texts(secret, "webhook_token"), _texts(secret, "sign_key")
    if not tokens or not keys:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "no webhook_token, or no sign_key")
    given = push.token.encode("utf-8", "surrogatepass")
    matches = [compare_digest(token.encode(), given) for token in tokens]
    if not any(matches):
        return Verdict(FORGED)
    serial = opened_by(push.body, keys)
    if serial is None:
        return Verdict(FORGED)
    return Verdict(
        ACCEPTED,
        trust="full",
        message_type=TRACK_PUSH,
        headers=hints(push.headers, ("content-type",)),
        reply=_acknowledgement(serial, str(secret.get("sender_no", ""))),
    )


def _texts(secret: Mapping[str, object], name: str) -> list[str]:
    given = [secret.get(name), secret.get(f"previous_{name}")]
    return [text for text in given if isinstance(text, str) and text]


def _acknowledgement(serial: str, sender_no: str) -> str:
    known = serial if _SERIAL.fullmatch(serial) else ""
    told = {"serialNo": known, "code": "00000", "codeMessage": "success", "senderNo": sender_no}
    return json.dumps(told, separators=(",", ":"))
