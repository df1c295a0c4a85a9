"""How a request reaches its page: who asks, may they, is the form theirs; and how what fails is told."""

import hmac
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.shared.cookies import Cookie

from orderhub.contracts.api import refusal, status_of
from orderhub.runtime import wiring
from orderhub.runtime.request_entry import note_trouble
from orderhub.services.decide import Rejected
from orderhub.services.decide_in_bulk import told
from orderhub.services.staff import HubError, Staff, signs_in
from pages import frame, shops, sign_in
from pages.page import Answer, Page, redirect
from pages.visit import Visit, form_of

NOT_YOURS = (("您的角色不能打开这一页", "Your role does not open this page"), ("请管理员开通", "Ask an administrator"))
STALE_FORM = (
    ("页面已过期, 没有任何改动", "This page is stale; nothing was changed"),
    ("刷新后重试", "Reload and try again"),
)
NOT_HERE = (
    ("这里没有这一页", "There is no such page"),
    ("检查地址, 或从左侧进入", "Check the address, or use the rail"),
)
AWAY = (
    ("这一步需要的系统暂时没有应答", "A system this needs does not answer"),
    (
        "过一会再试; 刚才提交的是否生效, 以刷新后的页面为准",
        "Try again in a while; whether what you sent took effect, the reloaded page shows",
    ),
)
BROKEN = (
    ("这一页出了问题, 已记录", "Something went wrong with this page; it was recorded"),
    ("订单不受影响, 请重试; 仍不行请告诉管理员", "Orders are not affected; try again, or tell an administrator"),
)
TOO_LARGE = (("提交的内容太大", "What was sent is too large"), ("分批提交", "Send it in parts"))


def serve(app: APIGatewayHttpResolver, page: Page) -> None:
    """Answer this page's route."""

    def answer(**named: str) -> Response[Any]:
        return _response(open_page(page, app.current_event.raw_event, named))

    app.route(page.rule, method=page.method)(answer)


def open_page(page: Page, event: Mapping[str, Any], named: Mapping[str, str]) -> Answer:
    """The page's answer to an event of the HTTP API (payload 2.0)."""
    visit = _visit(event, named)
    try:
        return _admitted(page, visit, event)
    except Rejected as refused:
        return _refused(visit, refused)
    except HubError as error:
        return (
            frame.trouble(visit, 503, *AWAY) if note_trouble("console", error) else frame.trouble(visit, 500, *BROKEN)
        )


def _admitted(page: Page, visit: Visit, event: Mapping[str, Any]) -> Answer:
    headers = event.get("headers", {})
    if visit.method != "GET":
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return frame.trouble(visit, 403, *STALE_FORM)
        if page.action is not None and visit.staff is None:
            return _sign_in_first(visit)  # a stranger's form is not even read
        try:
            many = form_of(_body(event), headers.get("content-type", ""))
        except ValueError:
            return frame.trouble(visit, 413, *TOO_LARGE)
        visit = _with_form(visit, many)
    if page.action is None:
        return page.serve(visit)
    if visit.staff is None:
        return _sign_in_first(visit)
    if visit.method != "GET" and not _is_own_form(visit, headers):
        return frame.trouble(visit, 403, *STALE_FORM)
    if not visit.may(page.action):
        return frame.trouble(visit, 403, *NOT_YOURS)
    return page.serve(visit)


def _visit(event: Mapping[str, Any], named: Mapping[str, str]) -> Visit:
    headers: Mapping[str, str] = event.get("headers", {})
    given = event.get("cookies") or headers.get("cookie", "").split(";")  # AWS makes a list of them
    cookies = dict(pair.strip().split("=", 1) for pair in given if "=" in pair)
    session, person = sign_in.sessions().read(cookies), None
    if session:
        person = _staff(session.staff_id)
    http = event["requestContext"]["http"]
    return Visit(
        method=http["method"], path=event["rawPath"], named=named, query=event.get("queryStringParameters") or {},
        form={}, many={}, is_part=headers.get("hx-request") == "true",
        takes_gzip="gzip" in headers.get("accept-encoding", ""),
        language="en" if cookies.get("language") == "en" else "zh", now=wiring.now_ms(),
        csrf=sign_in.sessions().token_of(session) if session and person else "", staff=person, cookies=cookies,
        agent=headers.get("user-agent", ""), shop=shops.chosen(cookies, person) if person else "",
    )  # fmt: skip


def _staff(staff_id: str) -> Staff | None:
    try:
        return signs_in(staff_id, wiring.staff())
    except Rejected:
        return None


def _with_form(visit: Visit, many: Mapping[str, tuple[str, ...]]) -> Visit:
    return replace(visit, many=many, form={name: values[-1] for name, values in many.items()})


def _is_own_form(visit: Visit, headers: Mapping[str, str]) -> bool:
    given = headers.get("x-csrf") or visit.form.get("csrf", "")
    return bool(visit.csrf) and hmac.compare_digest(visit.csrf.encode(), given.encode())


def _sign_in_first(visit: Visit) -> Answer:
    where = f"/sign-in?after={quote(visit.path)}"
    if visit.is_part:
        return Answer("", 401, headers={"hx-redirect": "/sign-in"})
    return redirect(where) if visit.method == "GET" else redirect("/sign-in")


def _refused(visit: Visit, refused: Rejected) -> Answer:
    why = told(refused)["why"]
    status = status_of(refused.code)
    return frame.trouble(visit, status, (why["zh"], why["en"]), tuple(why["smallest_change"].values()))


def _body(event: Mapping[str, Any]) -> bytes:
    body = str(event.get("body") or "")
    return b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace")


def _response(answer: Answer) -> Response[Any]:
    headers: dict[str, str | list[str]] = {**frame.HEADERS, **answer.headers}
    cookies = [_cookie(text) for text in answer.cookies]
    return Response(answer.status, answer.media_type, answer.body, headers, cookies)


def _cookie(text: str) -> Cookie:
    """Set-Cookie as it was written: powertools only prints what it is given."""
    name, _, rest = text.partition("=")
    value, *flags = rest.split("; ")
    return Cookie(name, value, secure=False, custom_attributes=flags)


def plain(event: Mapping[str, Any], status: int, told: tuple[tuple[str, str], tuple[str, str]]) -> dict[str, Any]:
    """What a person sees when not even the page's frame could be made; the log line has the place."""
    language = "en" if "language=en" in event.get("headers", {}).get("cookie", "") else "zh"
    what, then = (pair[language == "en"] for pair in told)
    headers = {**frame.HEADERS, "content-type": "text/html; charset=utf-8"}
    return {
        "statusCode": status,
        "headers": headers,
        "body": f'<!doctype html><html lang="{"en" if language == "en" else "zh-CN"}"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><title>{status}</title><h1>{what}</h1><p>{then}</p>',
    }


def lost(app: APIGatewayHttpResolver) -> None:
    """Answer what no route knows: a page for people, the API's shape for the API."""

    def answer(_: Exception) -> Response[Any]:
        event = app.current_event.raw_event
        if event["rawPath"].startswith("/api/"):
            return refusal(Rejected("no_such_path", event["rawPath"][:200]))
        if event["requestContext"]["http"]["method"] != "GET":
            return Response(404, "text/plain; charset=utf-8", "")  # no person's browser asks so
        return _response(frame.trouble(_visit(event, {}), 404, *NOT_HERE))

    app.not_found(answer)
