"""WeCom as the carrier of alerts: application messages, card updates, group robots (sheet §1–§3)."""

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from orderhub.adapters.partner_http import PartnerHttp, Response
from orderhub.adapters.wecom.answers import (
    CODE_USED,
    PARTNER,
    SETTING_SECONDS,
    TASK_ID_USED,
    TokenRefused,
    is_for_nobody,
    read_answer,
)
from orderhub.adapters.wecom.mapping import (
    body_of,
    card_message,
    digest_message,
    robot_message,
    update_message,
)
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.alerts import AlertCard, DigestLine
from orderhub.ports.world import Clock

TOKEN_MARGIN_MS = 300_000
_JSON = {"Content-Type": "application/json"}

# httpx writes every URL to the log at INFO; WeCom takes its token, its secret and a robot's key nowhere but there.
logging.getLogger("httpx").setLevel(logging.WARNING)


class WecomClient:
    """AlertPartner over the internal app of one corp.

    ``secret``: {"corp_id", "agent_id", "corp_secret", "robots": {role: key}}. The access token is kept in memory:
    WeCom answers the same token to everybody who asks within its life, so instances need not share it.
    """

    def __init__(self, base_url: str, secret: Mapping[str, Any], http: PartnerHttp, clock: Clock) -> None:
        self._base = base_url.rstrip("/") + "/cgi-bin"
        self._corp_id, self._corp_secret = str(secret["corp_id"]), str(secret["corp_secret"])
        self._agent_id = int(secret["agent_id"])
        self._robots: Mapping[str, str] = secret.get("robots") or {}
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._token, self._token_until = "", 0

    def send_card(self, user_id: str, card: AlertCard) -> str:
        """Show the card; sent once however often this is called: its task id is good for one message (42014)."""
        try:
            answer = self._ask("message/send", card_message(self._agent_id, user_id, card))
        except PartnerRejected as refusal:
            if refusal.code == str(TASK_ID_USED):
                return ""
            raise
        _expect_reached(answer, user_id)
        return str(answer.get("response_code") or "")

    def send_digest(self, user_id: str, lines: Sequence[DigestLine]) -> int:
        """A list in markdown. The same list again within 4 h is dropped by WeCom (``enable_duplicate_check``)."""
        message, taken = digest_message(self._agent_id, user_id, lines)
        _expect_reached(self._ask("message/send", message), user_id)
        return taken

    def send_to_robot(self, role: str, lines: Sequence[DigestLine]) -> int:
        """A list to the role's group. Robots know no idempotency: a repeated list shows twice, and decides nothing."""
        message, taken = robot_message(lines)
        if role not in self._robots:
            raise PartnerRejected(PARTNER, "no_robot", "the secret has no robot for this role")
        key = quote(str(self._robots[role]), safe="")
        self._post(f"webhook/send?key={key}", "webhook/send", message)
        return taken

    def close_card(self, user_id: str, response_code: str, words: str) -> None:
        """Replace the buttons. The code is good once, for 72 h: used (42022) counts as done."""
        try:
            self._ask("message/update_template_card", update_message(self._agent_id, user_id, response_code, words))
        except PartnerRejected as refusal:
            if refusal.code != str(CODE_USED):
                raise

    def who_is(self, code: str) -> str:
        """The member behind a sign-in's code, as user id in lower case; empty for somebody outside the corp (sheet §6).

        A code is good once, for five minutes. Raises PartnerRejected (``40029``: used, old or invented).
        """
        answer = self._ask("auth/getuserinfo", None, f"&code={quote(code, safe='')}")
        user_id = answer.get("userid")
        return user_id.lower() if isinstance(user_id, str) else ""

    def _ask(self, api: str, message: dict[str, Any] | None, query: str = "") -> Mapping[str, Any]:
        """Call with the token; a token that WeCom ended early is renewed once."""
        token = self._token_now("")
        try:
            return self._send(api, token, query, message)
        except TokenRefused:
            token = self._token_now(token)
        try:
            return self._send(api, token, query, message)
        except TokenRefused as again:
            raise PartnerUnavailable(
                PARTNER, "the new token is refused too", retry_after_seconds=SETTING_SECONDS
            ) from again

    def _send(self, api: str, token: str, query: str, message: dict[str, Any] | None) -> Mapping[str, Any]:
        path = f"{api}?access_token={quote(token, safe='')}{query}"
        return self._exchange("GET", path, api, None) if message is None else self._post(path, api, message)

    def _token_now(self, refused: str) -> str:
        """A token other than the refused one, good for five minutes more."""
        with self._lock:
            if not self._token or self._token == refused or self._clock() >= self._token_until:
                query = f"corpid={quote(self._corp_id, safe='')}&corpsecret={quote(self._corp_secret, safe='')}"
                answer = self._exchange("GET", f"gettoken?{query}", "gettoken", None)
                token, seconds = answer.get("access_token"), answer.get("expires_in")
                if not isinstance(token, str) or not token or not isinstance(seconds, int):
                    raise PartnerUnavailable(PARTNER, "gettoken gave no token", unclear=True)
                self._token, self._token_until = token, self._clock() + seconds * 1000 - TOKEN_MARGIN_MS
            return self._token

    def _post(self, path: str, method: str, message: dict[str, Any]) -> Mapping[str, Any]:
        return self._exchange("POST", path, method, body_of(message))

    def _exchange(self, verb: str, path: str, method: str, content: bytes | None) -> Mapping[str, Any]:
        answer = self._http.ask(
            f"{self._base}/{path}",
            content=content,
            headers=_JSON if content else None,
            method_name=method,
            read=_read_or_refused,
            verb=verb,
        )
        if isinstance(answer, TokenRefused):
            raise answer
        return answer


def _read_or_refused(response: Response) -> Mapping[str, Any] | TokenRefused:
    """A token refused is an answer: for the circuit breaker the partner is well."""
    try:
        return read_answer(response)
    except TokenRefused as refused:
        return refused


def _expect_reached(answer: Mapping[str, Any], user_id: str) -> None:
    if is_for_nobody(answer, user_id):
        raise PartnerRejected(PARTNER, "invaliduser", "the receiver is no member the app can see")
