"""Sign in and out. On a laptop (``LOCAL_SIGN_IN``) one chooses who to be; WeCom proves it everywhere else."""

import hmac
import secrets

from orderhub.runtime import wiring
from orderhub.runtime.partners import wecom, wecom_sign_in
from orderhub.runtime.session import Session, Sessions
from orderhub.runtime.settings import optional
from orderhub.services import staff
from orderhub.services.decide import Rejected
from orderhub.services.staff import PartnerRejected, signs_in
from pages import shops
from pages.frame import show
from pages.page import Answer, redirect
from pages.visit import Visit

STATE_SECONDS = 600


def sessions() -> Sessions:
    """Made with every request: the key may be changed while instances live."""
    return Sessions(wiring.session_key(), _hub_url().startswith("https://"))


def ask(visit: Visit) -> Answer:
    """GET /sign-in"""
    if visit.staff:
        return redirect(_within(visit.query.get("after", "")))
    people = staff.listed(wiring.staff())["staff"] if _is_local() else []
    return show(
        "sign_in.html", visit, people=[one for one in people if one["is_active"]], is_local=_is_local(),
        after=_within(visit.query.get("after", "")), problem="", here="",
    )  # fmt: skip


def enter(visit: Visit) -> Answer:
    """POST /sign-in: only where LOCAL_SIGN_IN is on. Raises Rejected (``not_staff``)."""
    if not _is_local():
        return Answer("", 404)
    return begin(visit.form.get("staff_id", ""), visit.form.get("after", ""))


def begin(staff_id: str, after: str) -> Answer:
    """A session for somebody whose id was proved. Raises Rejected (``not_staff``)."""
    person = signs_in(staff_id, wiring.staff())
    cookie = sessions().cookie_of(Session(person.staff_id, secrets.token_urlsafe(12)))
    return redirect(_within(after), cookie)


def to_wecom(visit: Visit) -> Answer:
    """GET /sign-in/wecom: to WeCom's own page, with a word only this browser knows."""
    state = secrets.token_hex(16)
    is_inside = "wxwork" in visit.agent.lower()
    where = wecom_sign_in(state, f"{_hub_url()}/sign-in/wecom/back", is_inside)
    if not where:
        raise Rejected("no_sign_in", "the secret of WeCom names no app yet")
    return Answer("", 303, headers={"location": where}, cookies=(sessions().note("state", state, STATE_SECONDS),))


def from_wecom(visit: Visit) -> Answer:
    """GET /sign-in/wecom/back: who the code stands for. Raises Rejected: ``not_staff``, ``stale_sign_in``."""
    expected = sessions().read_note("state", visit.cookies, STATE_SECONDS)
    if not expected or not hmac.compare_digest(expected.encode(), visit.query.get("state", "").encode()):
        raise Rejected("stale_sign_in", "this sign-in was begun in another browser, or too long ago")
    try:
        user_id = wecom().who_is(visit.query.get("code", "")[:512])
    except PartnerRejected:
        raise Rejected("stale_sign_in", "WeCom does not know this code any more") from None
    if not user_id:
        raise Rejected("not_staff", "not a member of this company's WeCom")
    return begin(user_id, "/")


def leave(visit: Visit) -> Answer:
    """POST /sign-out"""
    return redirect("/sign-in", sessions().farewell(), shops.FORGOTTEN)


def speak(visit: Visit) -> Answer:
    """POST /language: zh or en, kept by the browser."""
    language = "en" if visit.form.get("language") == "en" else "zh"
    return redirect(
        _within(visit.form.get("after", "")), f"language={language}; Path=/; SameSite=Lax; Max-Age=31536000"
    )


def _hub_url() -> str:
    return optional("HUB_URL", "https://").rstrip("/")


def _is_local() -> bool:
    return optional("LOCAL_SIGN_IN", "0") == "1"


def _within(path: str) -> str:
    """A path of this console, or its first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path else "/"
