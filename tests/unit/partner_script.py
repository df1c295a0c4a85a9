"""A partner that says what a test tells it to say, below the real PartnerHttp; it keeps what it was sent."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx

from orderhub.adapters.deadline import DeadlineTransport, Exchange
from orderhub.adapters.partner_http import PartnerHttp

type Answer = bytes | tuple[int, bytes] | Exception


class ScriptedTransport(DeadlineTransport):
    """Answers the requests with the given answers in turn; the last one is repeated."""

    def __init__(self, *answers: Answer) -> None:
        self.exchange = Exchange(0)
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        self.exchange.is_sent = True
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, stream=httpx.ByteStream(body))

    def forms(self) -> list[dict[str, str]]:
        """The form fields of every request."""
        return [dict(parse_qsl(r.content.decode(), keep_blank_values=True)) for r in self.requests]

    def close(self) -> None:
        """Nothing is open."""


def scripted(
    partner: str, *answers: Answer, now_ms: Callable[[], int] = lambda: 1_767_225_600_000, **extra: Any
) -> tuple[PartnerHttp, ScriptedTransport]:
    """A PartnerHttp and the transport below it."""
    transport = ScriptedTransport(*answers)
    return PartnerHttp(partner, 5, transport=transport, now_ms=now_ms, **extra), transport
