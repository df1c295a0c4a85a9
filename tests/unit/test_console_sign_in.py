"""Signing in with WeCom: only the browser that began it, only a code that WeCom knows, only members of staff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.runtime import wiring
from pages import door, sign_in
from pages.catalogue import PAGES
from pages.page import Answer
from tests.kit.console import KEY, SESSIONS, People, event, text_of

BEGIN, BACK = (next(page for page in PAGES if page.path == path) for path in ("/sign-in/wecom", "/sign-in/wecom/back"))


class Wecom:
    """Knows one code at a time."""

    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self.is_away = False

    def who_is(self, code: str) -> str:
        if self.is_away:
            raise PartnerUnavailable("wecom", "silent")
        if code not in self.members:
            raise PartnerRejected("wecom", "40029", "")
        return self.members.pop(code)


@pytest.fixture(autouse=True)
def wecom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wecom]:
    known, people = Wecom(), People()
    monkeypatch.setattr(wiring, "staff", lambda: people)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: 1_764_400_000_000)
    monkeypatch.setattr(sign_in, "wecom", lambda: known)
    monkeypatch.setattr(
        sign_in, "wecom_sign_in", lambda state, back, inside: f"https://wecom/{inside}?s={state}&b={back}"
    )
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    yield known


def begun() -> tuple[str, str]:
    """(state, the browser's cookie)."""
    answer = door.open_page(BEGIN, event("GET", BEGIN.path), {})
    assert answer.status == 303
    return answer.headers["location"].partition("s=")[2].partition("&")[0], answer.cookies[0].partition(";")[0]


def back(state: str, cookie: str, code: str = "good") -> Answer:
    asked = event("GET", BACK.path, query=f"code={code}&state={state}", cookies=(cookie,) if cookie else ())
    return door.open_page(BACK, asked, {})


def test_a_member_of_staff_comes_back_signed_in(wecom: Wecom) -> None:
    wecom.members["good"] = "finance"
    answer = back(*begun())
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.cookies[0].partition(";")[0].partition("=")[2]
    session = SESSIONS.read({"hub": cookie})
    assert session is not None
    assert session.staff_id == "finance"


def test_another_browser_cannot_end_a_sign_in_that_was_begun_here(wecom: Wecom) -> None:
    wecom.members["good"] = "finance"
    state, cookie = begun()
    assert back(state, "").status == 422
    assert back(begun()[0], cookie).status == 422
    assert back(state, cookie.replace("=", "=x", 1)).status == 422
    assert "good" in wecom.members  # WeCom was not even asked


@pytest.mark.parametrize("user", ["", "nobody-we-know"])
def test_who_is_no_member_of_staff_stays_outside(wecom: Wecom, user: str) -> None:
    wecom.members["good"] = user
    answer = back(*begun())
    assert answer.status == 422
    assert "还没有订单中枢的账号" in text_of(answer)
    assert answer.cookies == ()


def test_a_code_that_wecom_does_not_know_begins_no_session(wecom: Wecom) -> None:
    answer = back(*begun(), code="old")
    assert (answer.status, answer.cookies) == (422, ())
    assert "已失效" in text_of(answer)


def test_while_wecom_is_silent_people_are_told_so(wecom: Wecom) -> None:
    wecom.is_away = True
    assert back(*begun()).status == 503


@pytest.mark.parametrize(
    "after", ["https://evil.example", "//evil.example", "/\\evil", "javascript:alert(1)", "/x\nLocation: y"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    monkeypatch.setenv("LOCAL_SIGN_IN", "1")
    page = next(one for one in PAGES if (one.method, one.path) == ("POST", "/sign-in"))
    asked: dict[str, Any] = event("POST", "/sign-in", form={"staff_id": "owner", "after": after})
    assert door.open_page(page, asked, {}).headers["location"] == "/"


def test_where_the_laptops_sign_in_is_off_nobody_chooses_who_to_be() -> None:
    page = next(one for one in PAGES if (one.method, one.path) == ("POST", "/sign-in"))
    answer = door.open_page(page, event("POST", "/sign-in", form={"staff_id": "administrator"}), {})
    assert (answer.status, answer.cookies) == (404, ())
