"""What a failed call to a partner means: surely nothing done, or nobody knows. Against real sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.partner_http import CallRecord, PartnerHttp, Response, parse_json
from orderhub.domain.errors import PartnerUnavailable

type Talk = Callable[[socket.socket, bytes], None]


def read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")),
        0,
    )
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def partner(talk: Talk) -> Iterator[str]:
    """A server on a free port that reads one request per connection and then does what ``talk`` says."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    while request := read_request(connection):
                        talk(connection, request)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/std/service"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answering(status: int, body: bytes = b"{}", *headers: str) -> Talk:
    def talk(connection: socket.socket, request: bytes) -> None:
        head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    return talk


def dripping(first: bytes) -> Talk:
    """Sends something, then one byte at a time for as long as anybody reads."""

    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        connection.settimeout(0.02)
        ends_at = time.monotonic() + 30
        while time.monotonic() < ends_at:
            connection.sendall(b"a")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    return talk


def failure_of(talk: Talk, seconds: float = 5.0) -> PartnerUnavailable:
    with partner(talk) as url, pytest.raises(PartnerUnavailable) as caught:
        PartnerHttp("sf", seconds).post(url, content=b"secret text", method_name="CREATE")
    assert caught.value.partner == "sf"
    assert "secret" not in str(caught.value)
    return caught.value


def test_an_answer_comes_back_whole_with_its_status_and_duration() -> None:
    with partner(answering(200, b'{"a":1}')) as url:
        response = PartnerHttp("sf", 5).post(url, data={"x": "中"}, method_name="CREATE")
    assert (response.status, response.body) == (200, b'{"a":1}')
    assert response.duration_ms >= 0


def test_a_refusal_below_500_is_an_answer_for_the_client_to_read() -> None:
    with partner(answering(403, b"no")) as url:
        assert PartnerHttp("sf", 5).post(url, content=b"", method_name="CREATE").status == 403


def test_form_fields_travel_as_utf8_and_a_given_content_type_stands() -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket, request: bytes) -> None:
        seen.append(request)
        answering(200)(connection, request)

    with partner(talk) as url:
        PartnerHttp("sf", 5).post(
            url,
            data={"msgData": "张 三"},
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            method_name="CREATE",
        )
    assert seen[0].lower().count(b"content-type:") == 1
    assert b"charset=UTF-8" in seen[0]
    assert b"accept-encoding: identity" in seen[0].lower()
    assert seen[0].endswith(b"msgData=%E5%BC%A0+%E4%B8%89")


def test_one_connection_serves_several_calls() -> None:
    peers: set[object] = set()

    def talk(connection: socket.socket, request: bytes) -> None:
        peers.add(connection.getpeername())
        answering(200)(connection, request)

    with partner(talk) as url:
        http = PartnerHttp("sf", 5)
        for _ in range(3):
            http.post(url, content=b"x", method_name="CREATE")
        http.close()
    assert len(peers) == 1


def test_a_connection_that_was_never_made_did_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(PartnerUnavailable) as caught:
        PartnerHttp("sf", 5).post(f"http://127.0.0.1:{port}/", content=b"x", method_name="CREATE")
    assert caught.value.unclear is False


def test_a_failed_tls_handshake_did_nothing() -> None:
    with partner(answering(200)) as url, pytest.raises(PartnerUnavailable) as caught:
        PartnerHttp("sf", 0.5).post(url.replace("http:", "https:"), content=b"x", method_name="CREATE")
    assert caught.value.unclear is False


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(lambda c, r: c.shutdown(socket.SHUT_RDWR), id="closed without an answer"),
        pytest.param(
            lambda c, r: (c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), c.shutdown(2)),
            id="closed in the middle of the answer",
        ),
        pytest.param(lambda c, r: (c.sendall(b"not http\r\n\r\n"), c.shutdown(2)), id="not HTTP at all"),
        pytest.param(answering(500), id="500"),
        pytest.param(answering(502), id="502"),
        pytest.param(answering(408), id="408"),
        pytest.param(answering(302, b"", "Location: http://127.0.0.1:9/"), id="a redirect is not followed"),
        pytest.param(answering(200, b"x" * 2_000_001), id="an answer above 2 MB"),
        pytest.param(answering(200, b"x", "Content-Encoding: gzip"), id="a compressed answer"),
    ],
)
def test_after_the_request_went_out_nobody_knows_what_was_done(talk: Talk) -> None:
    assert failure_of(talk).unclear is True


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(lambda c, r: c.recv(1), id="silence"),
        pytest.param(dripping(b""), id="status line dripping"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX: "), id="headers dripping"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"), id="body dripping"),
    ],
)
def test_the_deadline_covers_the_whole_exchange_even_when_bytes_keep_coming(talk: Talk) -> None:
    assert failure_of(talk, seconds=0.3).unclear is True


def test_too_many_calls_says_when_to_come_back_and_that_nothing_was_done() -> None:
    failure = failure_of(answering(429, b"", "Retry-After: 7"))
    assert (failure.unclear, failure.retry_after_seconds) == (False, 7.0)


def test_too_many_calls_without_a_time_means_a_second() -> None:
    assert failure_of(answering(429)).retry_after_seconds == 1.0


def test_a_date_to_come_back_at_is_understood_and_capped() -> None:
    failure = failure_of(answering(503, b"", f"Retry-After: {formatdate(time.time() + 86_400, usegmt=True)}"))
    assert (failure.unclear, failure.retry_after_seconds) == (True, 3600.0)


def test_an_unusable_retry_after_is_no_time_at_all() -> None:
    assert failure_of(answering(503, b"", "Retry-After: soon")).retry_after_seconds is None


def test_every_call_is_recorded_with_its_outcome_and_nothing_of_its_content() -> None:
    records: list[CallRecord] = []
    with partner(answering(200)) as good:
        PartnerHttp("sf", 5, records.append).post(good + "?token=t", content=b"x", method_name="CREATE")
    with partner(answering(500)) as bad, pytest.raises(PartnerUnavailable):
        PartnerHttp("sf", 5, records.append).post(bad, content=b"x", method_name="CREATE")
    assert [(r.method, r.outcome, r.status) for r in records] == [
        ("CREATE", "answered", 200),
        ("CREATE", "unclear", 500),
    ]
    assert "token" not in repr(records)


class Counting:
    """A breaker and a limit that remember what they were told."""

    def __init__(self, wait_ms: int = 0, is_open: bool = False) -> None:
        self.wait_ms = wait_ms
        self.is_open = is_open
        self.told: list[str] = []
        self.paused: list[tuple[str, str, int]] = []

    def check(self) -> None:
        if self.is_open:
            raise PartnerUnavailable("sf", "known to be down", retry_after_seconds=1)

    def succeeded(self) -> None:
        self.told.append("succeeded")

    def failed(self) -> None:
        self.told.append("failed")

    def take(self, partner: str, method: str, now: int) -> int:
        return self.wait_ms

    def pause(self, partner: str, method: str, until: int) -> None:
        self.paused.append((partner, method, until))


def unreadable(response: Response) -> object:
    return parse_json(response.body, "sf")


def test_an_answer_that_cannot_be_read_counts_as_a_failed_call() -> None:
    breaker = Counting()
    with partner(answering(200, b"<html>")) as url, pytest.raises(PartnerUnavailable):
        PartnerHttp("sf", 5, breaker=breaker).ask(url, content=b"", method_name="CREATE", read=unreadable)
    assert breaker.told == ["failed"]


def test_a_partner_that_limits_us_is_alive_and_everybody_pauses() -> None:
    guard = Counting()
    with partner(answering(429, b"", "Retry-After: 2")) as url, pytest.raises(PartnerUnavailable):
        PartnerHttp("sf", 5, limits=guard, breaker=guard, now_ms=lambda: 1000).post(
            url, content=b"", method_name="CREATE"
        )
    assert guard.told == ["succeeded"]
    assert guard.paused == [("sf", "CREATE", 3000)]


def test_a_call_whose_turn_comes_soon_waits_for_it() -> None:
    waits, slept = [60, 60, 0], list[float]()

    class Busy(Counting):
        def take(self, partner: str, method: str, now: int) -> int:
            return waits.pop(0)

    with partner(answering(200)) as url:
        client = PartnerHttp("youzan", 5, limits=Busy(), turn_patience_ms=1_000, sleep=slept.append)
        assert client.post(url, content=b"", method_name="confirm").status == 200
    assert slept == [0.06, 0.06]


def test_a_call_does_not_wait_for_its_turn_for_ever() -> None:
    slept = list[float]()
    client = PartnerHttp("youzan", 5, limits=Counting(wait_ms=400), turn_patience_ms=1_000, sleep=slept.append)
    with pytest.raises(PartnerUnavailable) as failed:
        client.post("http://127.0.0.1:9", content=b"", method_name="confirm")
    assert (sum(slept), failed.value.unclear, failed.value.retry_after_seconds) == (0.8, False, 0.4)


@pytest.mark.parametrize("guard", [Counting(wait_ms=1500), Counting(is_open=True)], ids=["limit", "breaker"])
def test_a_call_that_is_not_allowed_is_not_made(guard: Counting) -> None:
    asked: list[bytes] = []
    with partner(lambda c, r: asked.append(r)) as url, pytest.raises(PartnerUnavailable) as caught:
        PartnerHttp("sf", 5, limits=guard, breaker=guard).post(url, content=b"", method_name="CREATE")
    assert caught.value.unclear is False
    assert caught.value.retry_after_seconds
    assert asked == []


def test_amounts_in_json_stay_exact() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a":299.10,"b":2}', "kingdee") == {"a": Decimal("299.10"), "b": 2}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        "中文".encode("gbk"),
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":1e999999999}',
        b'{"a":1e99999999999999999999}',
        b"9" * 5000,
        b'{"a":1} trailing',
    ],
)
def test_what_is_not_strict_json_leaves_the_outcome_unclear(body: bytes) -> None:
    with pytest.raises(PartnerUnavailable) as caught:
        parse_json(body, "sf")
    assert caught.value.unclear is True


def test_32_levels_are_still_read() -> None:
    assert parse_json(b"[" * 32 + b"]" * 32, "sf")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_anything_else(body: bytes) -> None:
    try:
        parse_json(body, "sf")
    except PartnerUnavailable as failure:
        assert failure.unclear
