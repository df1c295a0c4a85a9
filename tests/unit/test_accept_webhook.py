"""The decision at the door, without any network: attacks, and what a partner is told."""

from __future__ import annotations

import hashlib
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from orderhub.adapters.youzan.signing import body_signer, event_signer
from orderhub.services.accept_webhook import ACCEPTED, FORGED, TEST, Push, Verdict, accept_webhook
from orderhub.services.accept_webhook_sf import judge_sf
from orderhub.services.accept_webhook_youzan import WORDS, judge_youzan

CLIENT_ID, CLIENT_SECRET = "f0e1d2c3b4a5968778", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
MSG = "%7B%22tid%22%3A%22E20260307175623028200001%22%7D"
SECRET: dict[str, object] = {
    "apps": [
        {"client_id": CLIENT_ID, "client_secret": "ffffffffffffffffffffffffffffffff"},
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    ],
    "body_sign_shops": ["12345678"],
}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


BODY = json.dumps(
    {
        "kdt_id": 12345678,
        "msg": MSG,
        "sign": md5(f"{CLIENT_ID}{MSG}{CLIENT_SECRET}".encode()),
        "type": "trade_TradeSuccess",
    },
    separators=(",", ":"),
).encode()
SIGN = md5(CLIENT_ID.encode() + BODY + CLIENT_SECRET.encode())


def judge(push: Push, secret: dict[str, object] | None = None) -> Verdict:
    return judge_youzan(push, secret or SECRET, event_signer=event_signer, body_signer=body_signer)


def mutated(source: random.Random, data: bytes) -> bytes:
    at = source.randrange(len(data))
    how = source.randrange(5)
    if how == 0:
        return data[:at] + bytes([data[at] ^ (1 << source.randrange(8))]) + data[at + 1 :]
    if how == 1:
        return data[:at] + data[at + 1 :]
    if how == 2:
        return data[:at] + source.randbytes(source.randint(1, 4)) + data[at:]
    if how == 3:
        return data[:at]
    return data + source.randbytes(source.randint(1, 16))


def test_the_unchanged_push_is_accepted() -> None:
    assert judge(Push(BODY, {"event-sign": SIGN})).trust == "full"
    assert judge(Push(BODY, {})).trust == "msg_only"


def test_of_ten_thousand_mutated_signatures_and_bodies_none_is_accepted() -> None:
    source = random.Random(20261122)
    accepted = []
    for number in range(10_000):
        body, sign = BODY, SIGN
        if number % 2:
            body = mutated(source, BODY)
        else:
            sign = mutated(source, SIGN.encode()).decode("latin-1")
        if judge(Push(body, {"event-sign": sign})).outcome != FORGED:
            accepted.append((body, sign))
    assert accepted == []


def test_of_ten_thousand_mutated_bodies_with_the_older_sign_none_with_another_msg_is_accepted() -> None:
    source = random.Random(20261122)
    for _ in range(10_000):
        body = mutated(source, BODY)
        if judge(Push(body, {})).outcome != FORGED:
            # Only `msg` is covered: what was accepted says the same `msg` of a listed shop.
            content = json.loads(body)
            assert (content["msg"], content["kdt_id"]) == (MSG, 12345678)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_whatever_arrives_is_judged(body: bytes, sign: str) -> None:
    assert judge(Push(body, {"event-sign": sign})).outcome == FORGED
    assert judge(Push(body, {})).outcome == FORGED
    assert judge_sf(
        Push(body, {}, sign), {"webhook_token": "a-token-of-more-than-40-characters-in-length"}
    ).outcome == (FORGED)


def test_without_listed_shops_the_body_is_not_even_parsed() -> None:
    secret = {"apps": SECRET["apps"]}
    for shops in ([], None, "12345678", {"12345678": True}):
        assert judge(Push(BODY, {}), {**secret, "body_sign_shops": shops}).outcome == FORGED


def test_a_test_push_is_told_apart_only_after_its_signature() -> None:
    body = b'{"test" : true}'
    sign = md5(CLIENT_ID.encode() + body + CLIENT_SECRET.encode())
    assert judge(Push(body, {"event-sign": sign})).outcome == TEST
    assert judge(Push(body, {"event-sign": SIGN})).outcome == FORGED


def test_a_refused_push_is_judged_again_only_when_the_secret_is_another_one() -> None:
    secrets = [{"apps": [{"client_id": CLIENT_ID, "client_secret": "old"}]}, SECRET]
    kept: list[Verdict] = []

    def renew() -> bool:
        secrets.pop(0)
        return True

    answer = accept_webhook(Push(BODY, {"event-sign": SIGN}), WORDS, judge, lambda: secrets[0], renew, kept.append)
    assert (answer.status, answer.outcome) == (200, ACCEPTED)
    assert [verdict.trust for verdict in kept] == ["full"]
    answer = accept_webhook(
        Push(BODY, {"event-sign": "0"}), WORDS, judge, lambda: secrets[0], lambda: False, kept.append
    )
    assert (answer.status, answer.outcome, len(kept)) == (401, FORGED, 1)
