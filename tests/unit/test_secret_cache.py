"""A secret is read seldom, again when it may have changed, and survives an outage of its store."""

from __future__ import annotations

import json

import pytest

from orderhub.adapters.aws.secret_cache import KEEP_SECONDS, PAUSE_SECONDS, CachedSecret
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable


class Store:
    def __init__(self) -> None:
        self.text = '{"n": 1}'
        self.is_down = False
        self.reads = 0
        self.seconds = 0.0

    def read(self) -> str:
        self.reads += 1
        if self.is_down:
            raise PartnerUnavailable("secretsmanager")
        return self.text

    def cached(self) -> CachedSecret:
        return CachedSecret(self.read, lambda: self.seconds)


def test_it_is_read_once_within_its_time_and_again_after_it() -> None:
    store = Store()
    secret = store.cached()
    for _ in range(10):
        assert secret.content() == {"n": 1}
    assert store.reads == 1
    store.text = '{"n": 2}'
    store.seconds = KEEP_SECONDS - 0.001
    assert secret.content() == {"n": 1}
    store.seconds = KEEP_SECONDS
    assert secret.content() == {"n": 2}
    assert store.reads == 2


def test_it_is_renewed_at_most_once_per_pause_and_says_whether_it_changed() -> None:
    store = Store()
    secret = store.cached()
    secret.content()
    store.text = '{"n": 2}'
    assert [secret.renew() for _ in range(10)] == [False] * 10
    store.seconds += PAUSE_SECONDS
    assert [secret.renew() for _ in range(10)] == [True] + [False] * 9
    store.seconds += PAUSE_SECONDS
    assert not secret.renew()
    assert store.reads == 3


def test_during_an_outage_the_last_content_serves_and_the_store_is_asked_once_per_pause() -> None:
    store = Store()
    secret = store.cached()
    secret.content()
    store.is_down = True
    store.seconds = KEEP_SECONDS
    assert [secret.content() for _ in range(10)] == [{"n": 1}] * 10
    assert store.reads == 2
    store.is_down, store.text = False, '{"n": 3}'
    store.seconds += PAUSE_SECONDS
    assert secret.content() == {"n": 3}


def test_a_broken_new_content_does_not_replace_a_good_one() -> None:
    store = Store()
    secret = store.cached()
    secret.content()
    store.text = "broken"
    store.seconds = PAUSE_SECONDS
    assert not secret.renew()
    assert secret.content() == {"n": 1}


@pytest.mark.parametrize("text", ["", "broken 13800130001", "[]", "7", "null", "[" * 100_000])
def test_what_is_not_an_object_is_refused_without_showing_it(text: str) -> None:
    store = Store()
    store.text = text
    with pytest.raises(PartnerRejected) as caught:
        store.cached().content()
    assert "13800130001" not in str(caught.value)
    assert json.dumps(caught.value.args)


def test_when_it_was_never_read_each_message_asks_again() -> None:
    store = Store()
    store.is_down = True
    secret = store.cached()
    for _ in range(2):
        with pytest.raises(PartnerUnavailable):
            secret.content()
    store.is_down = False
    assert secret.content() == {"n": 1}
