"""Wires the front door: the function receive_webhook and nothing else, so that it starts fast."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from orderhub.adapters.aws.inbound_queue import InboundQueue
from orderhub.adapters.aws.secret_cache import CachedSecret
from orderhub.adapters.aws.signed_http import Caller, Queue, Secrets
from orderhub.adapters.aws.wire import Patience
from orderhub.adapters.kuaidiniao import signing as kuaidiniao
from orderhub.adapters.wecom.signing import is_signed, sealed_text
from orderhub.adapters.youzan.signing import body_signer, event_signer
from orderhub.domain.errors import PartnerRejected
from orderhub.runtime.log_line import write_log_line
from orderhub.services.accept_webhook import (
    ACCEPTED,
    FORGED,
    NO_KEYS,
    NO_SUCH_PATH,
    NOT_KEPT,
    TEST,
    TOO_LARGE,
    Answer,
    Judge,
    Push,
    Verdict,
    accept_webhook,
)
from orderhub.services.accept_webhook_ems import WORDS as EMS_WORDS
from orderhub.services.accept_webhook_ems import judge_ems
from orderhub.services.accept_webhook_kuaidiniao import WORDS as KUAIDINIAO_WORDS
from orderhub.services.accept_webhook_kuaidiniao import judge_kuaidiniao
from orderhub.services.accept_webhook_sf import JSON_WORDS, judge_sf, sf_words
from orderhub.services.accept_webhook_wecom import WORDS as WECOM_WORDS
from orderhub.services.accept_webhook_wecom import judge_wecom
from orderhub.services.accept_webhook_youzan import WORDS, judge_youzan

SECRETS = {
    "youzan": "YOUZAN_SECRET_ID",
    "sf": "SF_SECRET_ID",
    "wecom": "WECOM_SECRET_ID",
    "kuaidiniao": "KUAIDINIAO_SECRET_ID",
    "ems": "EMS_SECRET_ID",
}
"""Who may knock, and the variable that names what proves it."""
REQUIRED = ("INBOUND_QUEUE_URL", *SECRETS.values())
CRASHED = "crashed"
METRICS = {
    ACCEPTED: "WebhookAccepted",
    TEST: "WebhookTest",
    FORGED: "WebhookRefused",
    TOO_LARGE: "WebhookRefused",
    NO_SUCH_PATH: "WebhookRefused",
    NO_KEYS: "WebhookNotKept",
    NOT_KEPT: "WebhookNotKept",
    CRASHED: "WebhookNotKept",
}
"""`WebhookRefused` is the sender's doing, `WebhookNotKept` ours: a good message may have been turned away."""


class Door:
    """Answers `/webhooks/youzan`, `/webhooks/sf/{token}` (and `/order-state` behind it), `/webhooks/ems/{token}`,
    `/webhooks/wecom` and `/webhooks/kuaidiniao`; one log line for each request."""

    def __init__(self, patience: Patience, queue: InboundQueue, secrets: Mapping[str, CachedSecret]) -> None:
        self._patience = patience
        self._queue = queue
        self._secrets = secrets

    def receive(
        self, path: str, headers: Mapping[str, str], body: bytes | None, length: int, query: str = ""
    ) -> tuple[int, str, str]:
        """(status, content type, text) of the answer. `body` is None when it was over the limit."""
        started = time.perf_counter()
        self._patience.restart()
        correlation_id = os.urandom(16).hex()
        name, _, token = path.partition("/webhooks/")[2].partition("/")
        partner = name if name in self._secrets else "unknown"
        answer = None
        try:
            answer = self._answer(partner, Push(body, headers, token, query), correlation_id)
        finally:
            elapsed_ms = round((time.perf_counter() - started) * 1000, 3)
            _log(partner, answer, length, correlation_id, elapsed_ms)
        return answer.status, answer.content_type, answer.text

    def _answer(self, partner: str, push: Push, correlation_id: str) -> Answer:
        judge: Judge
        if partner == "youzan" and not push.token:
            words = WORDS
            judge = partial(judge_youzan, event_signer=event_signer, body_signer=body_signer)
        elif partner == "sf":
            words, judge = sf_words(push), judge_sf
        elif partner == "ems":
            words, judge = EMS_WORDS, partial(judge_ems, opened_by=_serial_of)
        elif partner == "wecom" and not push.token:
            words = WECOM_WORDS
            judge = partial(
                judge_wecom,
                is_signed=is_signed,
                sealed_text=sealed_text,
                open_echo=_open_echo,
                now_seconds=time.time(),
            )
        elif partner == "kuaidiniao" and not push.token:
            words = KUAIDINIAO_WORDS
            judge = partial(
                judge_kuaidiniao,
                signed_text=kuaidiniao.signed_text,
                is_signed=kuaidiniao.is_signed,
                now_seconds=time.time(),
            )
        else:
            return Answer(JSON_WORDS, NO_SUCH_PATH, 404)
        secret = self._secrets[partner]
        keep = partial(self._keep, partner, push.body, correlation_id)
        return accept_webhook(push, words, judge, secret.content, secret.renew, keep)

    def _keep(self, partner: str, body: bytes, correlation_id: str, verdict: Verdict) -> None:
        self._queue.put_push(
            partner=partner,
            trust=verdict.trust,
            received_at_ms=int(time.time() * 1000),
            correlation_id=correlation_id,
            headers=verdict.headers,
            body=body,
        )


def open_door(environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> Door:
    """The door of this function. Raises RuntimeError naming every variable that is missing.

    Nothing is read or connected yet: the first message does that. `clock` (seconds) ages the secrets.
    """
    missing = [name for name in REQUIRED if not environ.get(name)]
    if missing:
        raise RuntimeError(f"receive_webhook lacks the environment variables {', '.join(missing)}")
    caller = Caller(environ)
    secrets = Secrets(caller)
    return Door(
        caller.patience,
        InboundQueue(Queue(caller, environ["INBOUND_QUEUE_URL"])),
        {name: CachedSecret(partial(secrets.text, environ[variable]), clock) for name, variable in SECRETS.items()},
    )


def _open_echo(sealed: str, secret: Mapping[str, object]) -> str | None:
    """What the check of the callback address says; only it needs a cipher, so only it loads one."""
    from orderhub.adapters.wecom.crypto import CallbackKey, Undecipherable

    try:
        key = CallbackKey(str(secret.get("encoding_aes_key", "")), str(secret.get("corp_id", "")))
        return key.open(sealed).decode("utf-8", "replace")
    except Undecipherable:
        return None


def _serial_of(body: bytes, keys: Sequence[str]) -> str | None:
    """The serial number of EMS's push; only a push on its secret path needs the cipher, so only it loads one."""
    from orderhub.adapters.ems.envelope import serial_of

    try:
        return serial_of(body, keys)
    except ValueError as failure:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "sign_key is no key") from failure


def _log(partner: str, answer: Answer | None, length: int, correlation_id: str, elapsed_ms: float) -> None:
    outcome = answer.outcome if answer else CRASHED
    write_log_line(
        fields={
            "function": "receive_webhook",
            "outcome": outcome,
            "status": answer.status if answer else 500,
            "bytes": length,
            "correlation_id": correlation_id,
            "message_type": answer.message_type if answer else "",
            "trust": answer.trust if answer else "",
            "problem": answer.problem if answer else "",
        },
        counts={METRICS[outcome]: 1},
        milliseconds={"WebhookMs": elapsed_ms},
        dimensions={"partner": partner},
    )
