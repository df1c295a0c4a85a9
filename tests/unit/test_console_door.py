"""Who reaches which page of the console: every route × role, sessions, and forms of other sites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orderhub.domain.staff import LEAVE, Action, Role
from orderhub.runtime import wiring
from orderhub.runtime.session import LASTS_SECONDS, Session, Sessions
from pages import door
from pages.catalogue import PAGES
from pages.page import Answer, Page
from tests.kit.console import KEY, SESSIONS, People, event, signed_in, text_of

OK = Answer("opened")
GUARDED = [page for page in PAGES if page.action is not None]


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    known = People()
    monkeypatch.setattr(wiring, "staff", lambda: known)
    monkeypatch.setattr(wiring, "session_key", lambda: KEY)
    monkeypatch.setattr(wiring, "now_ms", lambda: 1_764_400_000_000)
    monkeypatch.setenv("HUB_URL", "http://127.0.0.1:8000")
    yield known


def opened(page: Page, **asked: object) -> Answer:
    """The page with nothing behind it: the door's own answer."""
    return door.open_page(replace(page, serve=lambda _: OK), event(page.method, page.path, **asked), {})  # type: ignore[arg-type]


def as_role(page: Page, role: Role) -> Answer:
    cookie, token = signed_in(role.value)
    return opened(page, cookies=(cookie,), form={"csrf": token} if page.method != "GET" else None)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
def test_a_page_opens_for_the_roles_that_have_leave_and_for_no_other(page: Page, role: Role) -> None:
    answer = as_role(page, role)
    assert (answer is OK) == (page.action in LEAVE[role])
    if answer is not OK:
        assert answer.status == 403
        assert "您的角色" in text_of(answer)


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
def test_nobody_sees_a_page_before_signing_in(page: Page) -> None:
    assert (opened(page).status, opened(page).headers["location"].partition("?")[0]) == (303, "/sign-in")
    part = opened(page, headers={"hx-request": "true"})
    assert (part.status, part.headers["hx-redirect"]) == (401, "/sign-in")


def test_every_action_is_somebodys() -> None:
    assert {action for leave in LEAVE.values() for action in leave} == set(Action)


POST = next(page for page in GUARDED if page.method == "POST")


@pytest.mark.parametrize("token", ["", "0" * 64, "张三"])
def test_a_form_without_this_sessions_token_changes_nothing(token: str) -> None:
    cookie, _ = signed_in("administrator")
    assert opened(POST, cookies=(cookie,), form={"csrf": token}).status == 403


def test_a_token_of_another_session_is_none_of_this_one() -> None:
    cookie, _ = signed_in("administrator")
    other = SESSIONS.token_of(Session("administrator", "two"))
    assert opened(POST, cookies=(cookie,), form={"csrf": other}).status == 403


def test_a_form_sent_from_another_site_changes_nothing() -> None:
    cookie, token = signed_in("administrator")
    asked = {"cookies": (cookie,), "form": {"csrf": token}}
    assert opened(POST, **asked) is OK
    assert opened(POST, **asked, headers={"sec-fetch-site": "cross-site"}).status == 403


def test_a_form_larger_than_any_of_ours_is_refused() -> None:
    cookie, token = signed_in("administrator")
    assert opened(POST, cookies=(cookie,), form={"csrf": token, "note": "字" * 100_000}).status == 413


def test_who_left_is_out_at_once(people: People) -> None:
    page = next(page for page in GUARDED if page.method == "GET")
    assert as_role(page, Role.ADMINISTRATOR) is OK
    people.known["administrator"] = replace(people.known["administrator"], is_active=False)
    assert as_role(page, Role.ADMINISTRATOR).status == 303


@pytest.mark.parametrize("cookie", ["hub=", "hub=x.y.z", "hub=WyJhZG1pbiIsIm9uZSJd.aaaaaa.bbbbbbbbbbbb", "hub=é"])
def test_a_forged_session_is_none(cookie: str) -> None:
    assert SESSIONS.read({"hub": cookie.partition("=")[2]}) is None


def test_a_session_signed_with_another_key_is_none() -> None:
    text = Sessions("another-key-another-key-another-key", is_secure=False).cookie_of(Session("administrator", "one"))
    assert SESSIONS.read({"hub": text.partition(";")[0].partition("=")[2]}) is None


def test_over_https_the_cookie_is_the_hosts_alone() -> None:
    text = Sessions(KEY, is_secure=True).cookie_of(Session("cs01", "one"))
    assert text.startswith("__Host-hub=")
    assert all(flag in text for flag in ("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"))
    assert f"Max-Age={LASTS_SECONDS}" in text
