"""Judge a push of 快递鸟 (sheet §6): a form whose DataSign covers the text of its field RequestData."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from orderhub.domain.errors import PartnerRejected
from orderhub.services.accept_webhook import ACCEPTED, FORGED, Push, Verdict, Words, hints

WORDS = Words(
    content_type="application/json;charset=UTF-8",
    accepted='{"Success":true,"Reason":""}',
    failed='{"Success":false,"Reason":"failed"}',
    forged_status=401,
)
ZONE_SECONDS = 8 * 3600

type SignedText = Callable[[bytes], tuple[str, str]]
type SignedBy = Callable[[str, str, Sequence[str]], bool]


def judge_kuaidiniao(
    push: Push, secret: Mapping[str, object], *, signed_text: SignedText, is_signed: SignedBy, now_seconds: float
) -> Verdict:
    """Whether 快递鸟 sent this: by DataSign, with ``app_key``, or ``previous_app_key`` while it is replaced.

    A form from which no signed text can be taken is forged. The acknowledgement names our account and the time
    (§6). Raises PartnerRejected when the secret holds no key.
    """
    given = [secret.get(name) for name in ("app_key", "previous_app_key")]
    keys = [key for key in given if isinstance(key, str) and key]
    if not keys:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "no app_key")
    text, sign = signed_text(push.body)
    if not is_signed(text, sign, keys) or not text:
        return Verdict(FORGED)
    return Verdict(
        ACCEPTED,
        trust="full",
        message_type="track",
        headers=hints(push.headers, ("content-type",)),
        reply=_acknowledgement(str(secret.get("business_id", "")), now_seconds),
    )


def _acknowledgement(business_id: str, now_seconds: float) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now_seconds + ZONE_SECONDS))
    account = "".join(sign for sign in business_id if sign.isalnum())
    return f'{{"EBusinessID":"{account}","UpdateTime":"{at}","Success":true,"Reason":""}}'
