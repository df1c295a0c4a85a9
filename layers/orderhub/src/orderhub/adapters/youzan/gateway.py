"""One call to Youzan's open platform: token in the query, JSON in the body, refreshed once (sheet §1–§3)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from orderhub.adapters.partner_http import PartnerHttp, Response
from orderhub.adapters.youzan.answers import TokenRefused, read_answer, read_token
from orderhub.adapters.youzan.signing import App
from orderhub.adapters.youzan.tokens import Tokens
from orderhub.domain.errors import PartnerRejected
from orderhub.ports.world import Clock

_JSON = {"Content-Type": "application/json"}

# httpx writes every URL to the log at INFO, and Youzan takes its token nowhere but in the URL.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Gateway:
    """Calls APIs as the apps of one developer account."""

    def __init__(self, base_url: str, credentials: Mapping[str, Any], http: PartnerHttp, clock: Clock) -> None:
        self._base_url = base_url.rstrip("/")
        self.apps: tuple[App, ...] = tuple((app["client_id"], app["client_secret"]) for app in credentials["apps"])
        self._http = http
        self._tokens = Tokens(self.apps, self._grant, clock)

    def call(self, shop_id: str, api: str, version: str, asked: Mapping[str, Any]) -> Any:
        """The answer's `data`. A refused token is renewed once; refused again it is PartnerRejected."""
        token = self._tokens.of(shop_id)
        try:
            return self._call(api, version, asked, token)
        except TokenRefused:
            return self._call(api, version, asked, self._tokens.renewed(shop_id, token))

    def call_without_token(self, api: str, version: str, asked: Mapping[str, Any]) -> Any:
        """The answer's `data` of an `auth_exempt` API."""
        return self._post(f"/api/auth_exempt/{api}/{version}", api, json.dumps(asked).encode(), read_answer)

    def _call(self, api: str, version: str, asked: Mapping[str, Any], token: str) -> Any:
        path = f"/api/{api}/{version}?access_token={quote(token, safe='')}"
        return self._post(path, api, json.dumps(asked, ensure_ascii=False).encode(), read_answer)

    def _grant(self, body: bytes) -> tuple[str, int]:
        return self._post("/auth/token", "auth.token", body, read_token)

    def _post[T](self, path: str, method: str, content: bytes, read: Callable[[Response], T]) -> T:
        def read_or_refusal(response: Response) -> T | PartnerRejected:
            # A refusal is an answer: for the circuit breaker the partner is well.
            try:
                return read(response)
            except PartnerRejected as refusal:
                return refusal

        url = self._base_url + path
        answer = self._http.ask(url, content=content, headers=_JSON, method_name=method, read=read_or_refusal)
        if isinstance(answer, PartnerRejected):
            raise answer
        return answer
