"""A buyer's link opens its own order and nothing else: forged, over, or another kind of token is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orderhub.runtime import buyer_links, wiring
from orderhub.runtime.buyer_links import BuyerLinks
from orderhub.runtime.session import Session, Sessions
from pages import buyer, door
from pages.page import Answer, Page
from tests.kit.console import KEY, event, text_of

LINKS = BuyerLinks(KEY)
TOKEN = LINKS.made("youzan-E1")


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: 1_764_400_000_000)
    yield


def opened(token: str, method: str = "GET") -> Answer:
    page = Page(method, "/b/{token}", None, buyer.ask if method == "GET" else buyer.tried)
    return door.open_page(page, event(method, f"/b/{token}", form={"step": "confirm"}), {"token": token})


FORGED = [TOKEN[:-2] + "xx", "x", "a" * 3000, TOKEN + "'<script>", "", BuyerLinks("k" * 40).made("youzan-E1")]


@pytest.mark.parametrize("token", FORGED, ids=range(len(FORGED)))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_opens_nothing(token: str, method: str) -> None:
    answer = opened(token, method)
    assert (answer.status, "链接已失效" in text_of(answer), "<script>" in text_of(answer)) == (404, True, False)


def test_a_link_that_is_over_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LINKS.read(TOKEN) is not None
    monkeypatch.setattr(buyer_links, "LASTS_SECONDS", -1)
    assert opened(TOKEN).status == 404


def test_a_session_is_no_link_and_a_link_no_session() -> None:
    sessions = Sessions(KEY, is_secure=False)
    cookie = sessions.cookie_of(Session("cs01", "x")).partition("=")[2].partition(";")[0]
    assert LINKS.read(cookie) is None
    assert sessions.read({"hub": TOKEN}) is None


def test_every_link_of_an_order_has_a_name_of_its_own() -> None:
    one, other = LINKS.read(LINKS.made("youzan-E1")), LINKS.read(LINKS.made("youzan-E1"))
    assert one is not None
    assert other is not None
    assert (one.order_id, one.name != other.name) == ("youzan-E1", True)
