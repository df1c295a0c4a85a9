"""One HTTP call to a partner, and what its failure means: did the partner do the work, or surely not?

Nothing is retried here: the effect logic decides, after it has looked by reference (design §7).
"""

import email.utils
import http.cookiejar
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpcore
import httpx

from orderhub.adapters.deadline import DeadlineTransport, Exchange
from orderhub.adapters.strict_json import strict_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

MAX_ANSWER_BYTES = 2_000_000
_LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Response:
    """A partner's answer with status 2xx or 4xx (never 408, 425, 429), whole and not decoded."""

    status: int
    body: bytes
    duration_ms: int


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, as a log line may show it. ``outcome``: answered, unavailable, unclear or limited."""

    partner: str
    method: str
    outcome: str
    status: int  # 0: no answer
    duration_ms: int


class CallLimits(Protocol):
    """The part of ports.world.Limits that a call needs."""

    def take(self, partner: str, method: str, now: int) -> int: ...

    def pause(self, partner: str, method: str, until: int) -> None: ...


class Breaker(Protocol):
    """Knows whether a partner is down; shared by all instances."""

    def check(self) -> None:
        """Raises PartnerUnavailable (clear) while the partner is known to be down."""
        ...

    def succeeded(self) -> None: ...

    def failed(self) -> None: ...


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class PartnerHttp:
    """POSTs to one partner over a kept connection, within one deadline for the whole exchange.

    Every failure is PartnerUnavailable. ``unclear`` is False only when nothing can have been done: the
    connection was never made, the partner limits us (429), the shared limit or the breaker stopped the call.
    TLS is verified, redirects are not followed, answers above 2 MB are not read.

    ``limits`` and ``breaker`` are asked before each call when given. ``method_name`` names the call in
    limits, records and messages; it must hold no personal data. A call whose share is used up waits
    ``turn_patience_ms`` at most for its turn; callers count that into the lease of their effect.
    """

    def __init__(
        self,
        partner: str,
        timeout_seconds: float,
        on_call: Callable[[CallRecord], None] | None = None,
        *,
        limits: CallLimits | None = None,
        breaker: Breaker | None = None,
        now_ms: Callable[[], int] = _now_ms,
        transport: DeadlineTransport | None = None,
        turn_patience_ms: int = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.partner = partner
        self._timeout_seconds = timeout_seconds
        self._on_call = on_call
        self._limits = limits
        self._breaker = breaker
        self._now_ms = now_ms
        self._turn_patience_ms = turn_patience_ms
        self._sleep = sleep
        self._transport = transport or DeadlineTransport()
        # No proxies from the environment; no compressed answers, whose real size would be unknown; and no
        # cookies: every call is signed by itself, and Kingdee's session cookie would outlive its session.
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(
            transport=self._transport,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
            cookies=no_cookies,
        )

    def post(
        self,
        url: str,
        *,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        method_name: str,
    ) -> Response:
        """Send a raw body or form fields (UTF-8) and return the answer. Raises PartnerUnavailable."""
        return self.ask(url, content=content, data=data, headers=headers, method_name=method_name, read=_whole)

    def ask[T](
        self,
        url: str,
        *,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        method_name: str,
        read: Callable[[Response], T],
        verb: str = "POST",
    ) -> T:
        """Like ``post``, and read the answer too: an answer that cannot be read counts as a failed call.

        ``read`` may raise PartnerUnavailable; the breaker counts it like a connection that broke.
        """
        if self._breaker:
            self._breaker.check()
        self._respect_limit(method_name)
        request = self._client.build_request(verb, url, content=content, data=data, headers=headers)
        try:
            result = read(self._exchange(request, method_name))
        except PartnerUnavailable as failure:
            if self._breaker:
                if failure.retry_after_seconds is None or failure.unclear:
                    self._breaker.failed()
                else:
                    self._breaker.succeeded()
            if failure.retry_after_seconds is not None:
                self.pause(method_name, failure.retry_after_seconds)
            raise
        except PartnerRejected:
            if self._breaker:
                self._breaker.succeeded()  # a refusal is an answer
            raise
        if self._breaker:
            self._breaker.succeeded()
        return result

    def pause(self, method_name: str, seconds: float) -> None:
        """Let no instance call this method for a while: the partner said, too often."""
        if self._limits:
            self._limits.pause(self.partner, method_name, self._now_ms() + int(seconds * 1000))

    def close(self) -> None:
        self._client.close()

    def _respect_limit(self, method_name: str) -> None:
        """A burst is spread over the moment that its share needs; a longer wait is the caller's to plan."""
        waited_ms = 0
        while self._limits and (wait_ms := self._limits.take(self.partner, method_name, self._now_ms())):
            if waited_ms + wait_ms > self._turn_patience_ms:
                self._record(method_name, "limited", 0, 0)
                raise PartnerUnavailable(
                    self.partner,
                    f"{method_name}: our share of calls is used up",
                    retry_after_seconds=wait_ms / 1000,
                )
            self._sleep(wait_ms / 1000)
            waited_ms += wait_ms

    def _exchange(self, request: httpx.Request, method_name: str) -> Response:
        exchange = self._transport.exchange = Exchange(self._timeout_seconds)
        started, status = time.monotonic(), 0
        try:
            answer = self._client.send(request, stream=True, follow_redirects=False)
            status = answer.status_code
            try:
                body = self._body(answer, method_name)
            finally:
                answer.close()
            self._refuse_status(answer, method_name)
        except PartnerUnavailable as failure:
            self._record(method_name, "unclear" if failure.unclear else "unavailable", status, started)
            raise
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as failure:
            unclear = exchange.is_sent
            self._record(method_name, "unclear" if unclear else "unavailable", status, started)
            # The text of a network error names hosts and files: its class is enough.
            text = f"{method_name}: {type(failure).__name__}"
            raise PartnerUnavailable(self.partner, text, unclear=unclear) from failure
        self._record(method_name, "answered", status, started)
        return Response(status, body, int((time.monotonic() - started) * 1000))

    def _body(self, answer: httpx.Response, method_name: str) -> bytes:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise PartnerUnavailable(self.partner, f"{method_name}: compressed answer", unclear=True)
        body = bytearray()
        for piece in answer.iter_raw():
            body += piece
            if len(body) > MAX_ANSWER_BYTES:
                raise PartnerUnavailable(self.partner, f"{method_name}: answer above 2 MB", unclear=True)
        return bytes(body)

    def _refuse_status(self, answer: httpx.Response, method_name: str) -> None:
        status = answer.status_code
        if status == 429:
            wait = self._retry_after(answer) or 1.0
            raise PartnerUnavailable(self.partner, f"{method_name}: HTTP 429", retry_after_seconds=wait)
        if status < 200 or 300 <= status < 400 or status in (408, 425) or status >= 500:
            raise PartnerUnavailable(
                self.partner,
                f"{method_name}: HTTP {status}",
                unclear=True,
                retry_after_seconds=self._retry_after(answer),
            )

    def _retry_after(self, answer: httpx.Response) -> float | None:
        """Seconds of a Retry-After header (number or date), at most an hour; None when it is not usable."""
        text = answer.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), _LONGEST_PAUSE_SECONDS)
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        return min(max(0.0, moment.timestamp() - self._now_ms() / 1000), _LONGEST_PAUSE_SECONDS)

    def _record(self, method_name: str, outcome: str, status: int, started: float) -> None:
        if self._on_call:
            duration_ms = int((time.monotonic() - started) * 1000) if started else 0
            self._on_call(CallRecord(self.partner, method_name, outcome, status, duration_ms))


def _whole(response: Response) -> Response:
    return response


def parse_json(body: bytes, partner: str) -> Any:
    """Read a partner's JSON answer; numbers with a point become Decimal (``strict_json``).

    Raises PartnerUnavailable(unclear=True) for anything that is not strict JSON: we cannot know what the
    partner did.
    """
    try:
        return strict_json(body)
    except ValueError as failure:
        raise PartnerUnavailable(partner, "answer is not readable JSON", unclear=True) from failure
