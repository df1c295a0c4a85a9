"""Judge a push of Youzan (sheet §5.1–5.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from orderhub.domain.errors import PartnerRejected
from orderhub.services.accept_webhook import ACCEPTED, FORGED, TEST, Push, Verdict, Words, hints

# Youzan counts a push as delivered when the body contains "success": a failure must not contain that word.
WORDS = Words(
    content_type="application/json;charset=UTF-8",
    accepted='{"code":0,"msg":"success"}',
    failed='{"code":0,"msg":"failed"}',
    forged_status=401,
)
KEPT_HEADERS = ("event-type", "client-id")

_TEST_FLAG = re.compile(rb'"test"\s*:\s*true')
_EVENT_TYPE = re.compile(r"[A-Za-z_]{1,64}")


type App = tuple[str, str]
type EventSigner = Callable[[bytes, str, Sequence[App]], str | None]
type BodySigner = Callable[[str, str, Sequence[App]], str | None]


def judge_youzan(
    push: Push, secret: Mapping[str, object], *, event_signer: EventSigner, body_signer: BodySigner
) -> Verdict:
    """Whether Youzan sent this: by header `Event-Sign`, over the raw bytes, for any app of the secret.

    The older `sign` inside the body counts only when the header is absent and the shop is one of the
    secret's `body_sign_shops`; it covers `msg` alone, hence trust `msg_only`. The signers give the client id
    of the app that signed, or None. A body that is signed but makes no sense is accepted: it becomes a
    decision. Raises PartnerRejected when the secret holds no usable app.
    """
    apps = _apps(secret)
    presented = push.headers.get("event-sign")
    if presented is not None:
        client_id, trust = event_signer(push.body, presented, apps), "full"
    else:
        client_id, trust = _by_body_sign(push.body, secret, apps, body_signer), "msg_only"
    if client_id is None:
        return Verdict(FORGED)
    message_type = push.headers.get("event-type", "")
    return Verdict(
        TEST if _is_test(push.body) else ACCEPTED,
        trust=trust,
        message_type=message_type if _EVENT_TYPE.fullmatch(message_type) else "",
        headers=hints(push.headers, KEPT_HEADERS),
    )


def _apps(secret: Mapping[str, object]) -> list[App]:
    entries = secret.get("apps")
    pairs = [
        (entry.get("client_id"), entry.get("client_secret"))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    # With an empty client secret anybody could sign.
    apps = [(name, key) for name, key in pairs if name and key and isinstance(name, str) and isinstance(key, str)]
    if not apps:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "no app with its client_secret")
    return apps


def _by_body_sign(
    body: bytes, secret: Mapping[str, object], apps: Sequence[App], body_signer: BodySigner
) -> str | None:
    shops = secret.get("body_sign_shops")
    if not isinstance(shops, list) or not shops:
        return None
    content = _object(body)
    kdt_id, msg, sign = content.get("kdt_id"), content.get("msg"), content.get("sign")
    shop = str(kdt_id) if isinstance(kdt_id, int) and not isinstance(kdt_id, bool) else kdt_id
    if not (isinstance(shop, str) and isinstance(msg, str) and isinstance(sign, str)) or shop not in shops:
        return None
    return body_signer(msg, sign, apps)


def _is_test(body: bytes) -> bool:
    return _TEST_FLAG.search(body) is not None and _object(body).get("test") is True


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _object(body: bytes) -> dict[str, object]:
    """The JSON object in a body of unknown origin; empty when there is none, however it is broken."""
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
