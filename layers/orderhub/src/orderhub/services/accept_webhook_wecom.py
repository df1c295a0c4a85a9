"""Judge a callback of WeCom: the check of the address, and events (sheet §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orderhub.domain.errors import PartnerRejected
from orderhub.services.accept_webhook import ACCEPTED, FORGED, TEST, Push, Verdict, Words

# An empty body acknowledges; an answer to the address check is the bare echo.
WORDS = Words(content_type="text/plain;charset=UTF-8", accepted="", failed="", forged_status=401)
FRESH_SECONDS = 600
"""WeCom tries three times within seconds: what is older was recorded by somebody and is played again."""

type SignedBy = Callable[[str, Sequence[str], str, str, str], bool]
type SealedText = Callable[[bytes], str]
type OpenEcho = Callable[[str, Mapping[str, object]], str | None]


def judge_wecom(
    push: Push,
    secret: Mapping[str, object],
    *,
    is_signed: SignedBy,
    sealed_text: SealedText,
    open_echo: OpenEcho,
    now_seconds: float,
) -> Verdict:
    """Whether WeCom sent this: by ``msg_signature`` over token, timestamp, nonce and the sealed text.

    Token is ``token``, or ``previous_token`` while it is replaced. Only the address check is opened here, because
    its answer is what it says; events are opened by ingest. Raises PartnerRejected when the secret holds no token.
    """
    given = [secret.get(name) for name in ("token", "previous_token")]
    tokens = [token for token in given if isinstance(token, str) and token]
    if not tokens:
        raise PartnerRejected("secretsmanager", "unreadable_secret", "no token")
    asked = _fields(push.query)
    timestamp, nonce = asked.get("timestamp", ""), asked.get("nonce", "")
    echo = asked.get("echostr", "") if not push.body else ""
    sealed = echo or sealed_text(push.body)
    is_ours = is_signed(asked.get("msg_signature", ""), tokens, timestamp, nonce, sealed)
    if not is_ours or not sealed or not _is_fresh(timestamp, now_seconds):
        return Verdict(FORGED)
    if not echo:
        return Verdict(ACCEPTED, trust="full", message_type="callback")
    opened = open_echo(echo, secret)
    return Verdict(FORGED) if opened is None else Verdict(TEST, reply=opened)


def _fields(query: str) -> dict[str, str]:
    """The query's fields, decoded once; a plus sign stays one (it is a sign of base64, sheet §4.2). First one wins."""
    found: dict[str, str] = {}
    for part in query[:8192].split("&"):
        name, _, value = part.partition("=")
        found.setdefault(name, _decoded(value))
    return found


def _decoded(value: str) -> str:
    """Percent-decoding, written out: ``urllib.parse`` costs a cold start."""
    head, *rest = value.split("%")
    decoded = bytearray(head.encode("utf-8", "replace"))
    for part in rest:
        try:
            decoded += bytes.fromhex(part[:2]) + part[2:].encode("utf-8", "replace")
        except ValueError:
            return ""  # nothing that we are sent is written so
    return decoded.decode("utf-8", "replace")


def _is_fresh(timestamp: str, now_seconds: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(now_seconds - int(timestamp)) <= FRESH_SECONDS
