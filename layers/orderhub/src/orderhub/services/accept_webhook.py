"""Take in one webhook: decide whether it is the partner's, keep it, and answer in the partner's words (R1).

Nothing is parsed before the partner is known to be the sender, nothing is acknowledged before it is durable,
and whatever goes wrong is answered so that the partner delivers again. Standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

ACCEPTED = "accepted"
TEST = "test"
FORGED = "forged"
TOO_LARGE = "too_large"
NO_KEYS = "no_keys"
NOT_KEPT = "not_kept"
NO_SUCH_PATH = "no_such_path"

HINT_LIMIT = 128


class Push:
    """What arrived: the body's bytes, headers by lower-case name, the secret part of the path, the raw query.

    A body over the limit is not looked at: `is_too_large`, and empty.
    """

    __slots__ = ("body", "headers", "is_too_large", "query", "token")

    def __init__(self, body: bytes | None, headers: Mapping[str, str], token: str = "", query: str = "") -> None:
        self.body = body or b""
        self.is_too_large = body is None
        self.headers = headers
        self.token = token
        self.query = query


class Verdict:
    """What a partner's judge found: `outcome` is ACCEPTED, TEST (acknowledge and drop) or FORGED.

    `trust` is full or msg_only. `headers` are the hints to keep with the body, `message_type` one of them. `reply`
    is what the partner's own test wants to read.
    """

    __slots__ = ("headers", "message_type", "outcome", "reply", "trust")

    def __init__(
        self,
        outcome: str,
        *,
        trust: str = "",
        message_type: str = "",
        headers: Mapping[str, str] | None = None,
        reply: str | None = None,
    ) -> None:
        self.outcome = outcome
        self.reply = reply
        self.trust = trust
        self.message_type = message_type
        self.headers = headers or {}


class Words:
    """How a partner wants to be answered."""

    __slots__ = ("accepted", "content_type", "failed", "forged_status")

    def __init__(self, *, content_type: str, accepted: str, failed: str, forged_status: int) -> None:
        self.content_type = content_type
        self.accepted = accepted
        self.failed = failed
        self.forged_status = forged_status


class Answer:
    """The HTTP answer, and what the log may know: `problem` is a code without any personal data."""

    __slots__ = ("content_type", "message_type", "outcome", "problem", "status", "text", "trust")

    def __init__(
        self, words: Words, outcome: str, status: int, verdict: Verdict | None = None, problem: str = ""
    ) -> None:
        self.status = status
        self.content_type = words.content_type
        self.text = words.accepted if status == 200 else words.failed
        if status == 200 and verdict and verdict.reply is not None:
            self.text = verdict.reply
        self.outcome = outcome
        self.problem = problem
        self.message_type = verdict.message_type if verdict else ""
        self.trust = verdict.trust if verdict else ""


def hints(headers: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The headers of these names to keep beside a body: ASCII and short, because no signature covers them."""
    kept = {name: headers[name][:HINT_LIMIT] for name in names if name in headers}
    return {name: value for name, value in kept.items() if value.isascii()}


type Judge = Callable[[Push, Mapping[str, object]], Verdict]
"""Decides about a push, given the partner's secret. Raises PartnerRejected when the secret is malformed."""


def accept_webhook(
    push: Push,
    words: Words,
    judge: Judge,
    secret_now: Callable[[], Mapping[str, object]],
    renew_secret: Callable[[], bool],
    keep: Callable[[Verdict], None],
) -> Answer:
    """The answer to a push: 200 only when `keep` made it durable, or when it is the partner's own test.

    `secret_now` gives the secret as last read; `renew_secret` reads it again, at most now and then, and says
    whether it is another one: so a rotated secret works at once, and forged messages cannot make the hub read
    it for each. `secret_now` and `keep` raise PartnerUnavailable or PartnerRejected.
    """
    if push.is_too_large:
        return Answer(words, TOO_LARGE, 413)
    try:
        verdict = judge(push, secret_now())
        if verdict.outcome == FORGED and renew_secret():
            verdict = judge(push, secret_now())
    except (PartnerUnavailable, PartnerRejected) as error:
        return Answer(words, NO_KEYS, 503, problem=str(error))
    if verdict.outcome == FORGED:
        return Answer(words, FORGED, words.forged_status)
    if verdict.outcome == ACCEPTED:
        try:
            keep(verdict)
        except (PartnerUnavailable, PartnerRejected) as error:
            return Answer(words, NOT_KEPT, 503, verdict, str(error))
    return Answer(words, verdict.outcome, 200, verdict, "")
