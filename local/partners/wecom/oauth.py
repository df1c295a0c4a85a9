"""How members prove who they are to the app's pages: authorize, come back with a code, and who the code stands for."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from local.partners.chassis.store import Store
from local.partners.wecom.messages import Refused

CODE_LIFE_MS = 300_000
STRANGER = "stranger"


class Oauth:
    """`settings()`: corp_id, members, trusted_hosts (empty: any host may be come back to)."""

    def __init__(self, store: Store, clock: Any, settings: Callable[[], Mapping[str, Any]]) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    async def authorize(self, request: Request) -> Response:
        """WeCom knows who looks; here the page asks, or `as=<user id>` says it (`as=stranger`: no member)."""
        asked = request.query_params
        if asked.get("appid") != self._settings()["corp_id"]:
            return HTMLResponse("appid", 400)
        back = asked.get("redirect_uri", "")
        trusted = self._settings()["trusted_hosts"]
        if trusted and urlsplit(back).hostname not in trusted:
            return HTMLResponse("50001 redirect_uri is not trusted", 400)
        if len(asked.get("state", "")) > 128 or not asked.get("state", "x").isalnum():
            return HTMLResponse("state", 400)
        user = asked.get("as")
        if user is None:
            links = [
                f'<li><a href="?{escape(urlencode({**asked, "as": one}))}">{escape(one)}</a></li>'
                for one in (*self._settings()["members"], STRANGER)
            ]
            return HTMLResponse(
                f'<!doctype html><html lang="zh"><title>企业微信</title><ul>{"".join(links)}</ul></html>'
            )
        code = secrets.token_urlsafe(24)
        self._store.put("sign_ins", code, {"user": user, "used": False, "at": self._clock.wire_ms()})
        joint = "&" if "?" in back else "?"
        return RedirectResponse(f"{back}{joint}{urlencode({'code': code, 'state': asked.get('state', '')})}", 302)

    def who_is(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """What getuserinfo answers; a code is good once, for five minutes."""
        found = self._store.get("sign_ins", asked.get("code", ""))
        if found is None or found["used"] or self._clock.wire_ms() - found["at"] > CODE_LIFE_MS:
            raise Refused(40029, "invalid code")
        self._store.put("sign_ins", asked["code"], {**found, "used": True})
        if found["user"] in {str(one) for one in self._settings()["members"]}:
            return {"errcode": 0, "errmsg": "ok", "userid": found["user"]}
        return {"errcode": 0, "errmsg": "ok", "openid": "oDEMO-stranger", "external_userid": "wmDEMO"}
