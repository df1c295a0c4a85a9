"""WeCom (企业微信) as its contract sheet describes it: application messages, button cards, group robots, callbacks."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.partners.chassis import ControlError, Outgoing, Reply, Simulator, control
from local.partners.wecom import callback, messages
from local.partners.wecom.messages import Refused
from local.partners.wecom.oauth import Oauth

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
TOKEN_SECONDS = 7200
CODE_LIFE_MS = 72 * HOUR_MS


class Wecom(Simulator):
    """One corp with one internal app, its members and its robots."""

    name = "wecom"
    defaults: ClassVar[Mapping[str, Any]] = {
        "corp_id": "ww0000000000000001",
        "agent_id": 1000002,
        "corp_secret": "demo-secret",
        "token": "demoToken",
        "encoding_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
        "callback_url": "",
        "members": ["ops01"],
        "trusted_hosts": [],
        "robot_keys": ["robot-key"],
        "member_per_minute": 30,
        "member_per_hour": 1000,
        "robot_per_minute": 20,
        "app_bytes": 2048,
        "robot_bytes": 4096,
        "robot_over_limit": "drop",
        "callback_form": "xml",
        "used_code": 42022,
    }
    secrets = frozenset({"corp_secret", "token", "encoding_aes_key", "robot_keys"})

    def __init__(self, settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> None:
        super().__init__(settings, state_dir)
        self._client = httpx.Client(timeout=5.0, trust_env=False)

    def partner_routes(self) -> list[BaseRoute]:
        app = [("message/send", self._send), ("message/update_template_card", self._update)]
        return [
            Route("/cgi-bin/gettoken", self._endpoint("gettoken", self._get_token), methods=["GET"]),
            Route("/cgi-bin/webhook/send", self._endpoint("webhook/send", self._robot), methods=["POST"]),
            Route("/cgi-bin/auth/getuserinfo", self._endpoint("getuserinfo", self._who_is), methods=["GET"]),
            Route("/connect/oauth2/authorize", self._oauth().authorize, methods=["GET"]),
            Route("/wwlogin/sso/login", self._oauth().authorize, methods=["GET"]),
            *(Route(f"/cgi-bin/{api}", self._endpoint(api, work), methods=["POST"]) for api, work in app),
        ]

    def control_routes(self) -> list[BaseRoute]:
        return [
            control("/_sim/press", self._press),
            control("/_sim/verify", self._verify),
            control("/_sim/expire_token", self._expire_token),
        ]

    def rate_limited(self, method: str) -> Reply:
        return _reply({"errcode": 45009, "errmsg": "api freq out of limit"}, "45009")

    def ledger(self) -> dict[str, Any]:
        """Every message accepted, in order, with who really saw it; `dropped` says why not (limit, size, repeated)."""
        return {"messages": [dict(doc) for doc in self.store.all("messages")], "presses": self.store.all("presses")}

    # ---- what the hub calls ------------------------------------------------------------------------------------

    def _endpoint(self, method: str, work: Callable[[Mapping[str, str], bytes], Reply]) -> Any:
        async def endpoint(request: Request) -> Response:
            raw, asked = await request.body(), dict(request.query_params)
            return await self.call(method, lambda: self._answered(work, asked, raw), raw=raw)

        return endpoint

    def _answered(
        self, work: Callable[[Mapping[str, str], bytes], Reply], asked: Mapping[str, str], raw: bytes
    ) -> Reply:
        try:
            return work(asked, raw)
        except Refused as refused:
            return _reply({"errcode": refused.code, "errmsg": f"{refused}, hint: [0000]"}, str(refused.code))

    def _get_token(self, asked: Mapping[str, str], _raw: bytes) -> Reply:
        if asked.get("corpid") != self.config["corp_id"]:
            raise Refused(40013, "invalid corpid")
        if asked.get("corpsecret") != self.config["corp_secret"]:
            raise Refused(40001, "invalid credential")
        token = self.store.get("tokens", "now")
        now = self.clock.wire_ms()
        if token is None or token["until"] <= now:
            token = {"token": secrets.token_urlsafe(64), "until": now + TOKEN_SECONDS * 1000}
            self.store.put("tokens", "now", token)
        left = (token["until"] - now) // 1000
        return _reply({"errcode": 0, "errmsg": "ok", "access_token": token["token"], "expires_in": left})

    def _who_is(self, asked: Mapping[str, str], _raw: bytes) -> Reply:
        self._expect_token(asked)
        return _reply(self._oauth().who_is(asked), "ok")

    def _oauth(self) -> Oauth:
        return Oauth(self.store, self.clock, lambda: self.config)

    def _send(self, asked: Mapping[str, str], raw: bytes) -> Reply:
        self._expect_token(asked)
        body = messages.read(raw)
        self._expect_agent(body)
        kind, content = messages.content_of(body, messages.APP_KINDS)
        if kind == "template_card":
            messages.check_card(content, callbacks=bool(self.config["callback_url"]), is_used=self._is_used)
        wanted = [user for user in str(body.get("touser") or "").split("|") if user]
        if not wanted:
            raise Refused(40035, "touser")
        known = {str(user).lower() for user in self.config["members"]}
        invalid = [user.lower() for user in wanted if user.lower() not in known]
        receivers = [user.lower() for user in wanted if user.lower() in known]
        if not receivers:
            raise Refused(81013, "user & party & tag all invalid")
        answer: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "invaliduser": "|".join(invalid)}
        msgid = f"m{self.store.next_number('msgid')}"
        code = ""
        if kind == "template_card" and content["card_type"] == "button_interaction":
            code = self._new_code(content["task_id"])
            self.store.put("task_ids", content["task_id"], {"msgid": msgid})
            answer["response_code"] = code
        for user in receivers:
            self._keep(msgid, f"member:{user}", kind, content, self._why_dropped(user, kind, content, body))
        return _reply({**answer, "msgid": msgid}, "ok", content.get("task_id", ""))

    def _why_dropped(self, user: str, kind: str, content: dict[str, Any], body: dict[str, Any]) -> str:
        if messages.size_of(kind, content) > int(self.config["app_bytes"]):
            return "size"
        if body.get("enable_duplicate_check") == 1:
            digest = hashlib.sha256(json.dumps([user, kind, content], sort_keys=True).encode()).hexdigest()
            seen, now = self.store.get("seen", digest), self.clock.wire_ms()
            self.store.put("seen", digest, {"at": now})
            if seen and now - seen["at"] < int(body.get("duplicate_check_interval", 1800)) * 1000:
                return "repeated"
        if not self.limits.allow(f"hour:{user}", int(self.config["member_per_hour"]), HOUR_MS):
            return "limit"
        if not self.limits.allow(f"minute:{user}", int(self.config["member_per_minute"]), MINUTE_MS):
            return "limit"
        return ""

    def _robot(self, asked: Mapping[str, str], raw: bytes) -> Reply:
        key = asked.get("key", "")
        if key not in self.config["robot_keys"]:
            raise Refused(93000, "invalid webhook url")
        kind, content = messages.content_of(messages.read(raw), messages.ROBOT_KINDS)
        if kind == "template_card" and content.get("card_type") == "button_interaction":
            raise Refused(40058, "card_type")
        dropped = "size" if messages.size_of(kind, content) > int(self.config["robot_bytes"]) else ""
        if not self.limits.allow(f"robot:{key}", int(self.config["robot_per_minute"]), MINUTE_MS):
            if self.config["robot_over_limit"] != "drop":
                raise Refused(45009, "api freq out of limit")
            dropped = "limit"
        place = self.config["robot_keys"].index(key)
        self._keep(f"m{self.store.next_number('msgid')}", f"robot:{place}", kind, content, dropped)
        return _reply({"errcode": 0, "errmsg": "ok"})

    def _update(self, asked: Mapping[str, str], raw: bytes) -> Reply:
        self._expect_token(asked)
        body = messages.read(raw)
        self._expect_agent(body)
        code = self.store.get("codes", str(body.get("response_code") or ""))
        if code is None:
            raise Refused(40058, "response_code")
        if code["used"] or self.clock.wire_ms() - code["at"] > CODE_LIFE_MS:
            raise Refused(int(self.config["used_code"]), "response_code is used or expired")
        users = body.get("userids")
        if not isinstance(users, list) or not users:
            raise Refused(40058, "userids")
        words = (body.get("button") or {}).get("replace_name") or (body.get("template_card") or {}).get("replace_text")
        if not words:
            raise Refused(42020, "button name")
        self.store.put("codes", str(body["response_code"]), {**code, "used": True})
        named = {f"member:{user.lower()}" for user in users}
        for doc in self.store.all("messages"):
            if doc["task_id"] == code["task_id"] and doc["to"] in named:
                self.store.put("messages", doc["key"], {**doc, "replaced": words})
        return _reply({"errcode": 0, "errmsg": "ok", "invaliduser": []}, "ok", code["task_id"])

    def _expect_token(self, asked: Mapping[str, str]) -> None:
        given = asked.get("access_token", "")
        if not given:
            raise Refused(41001, "access_token missing")
        token = self.store.get("tokens", "now")
        if token is None or token["token"] != given:
            raise Refused(40014, "invalid access_token")
        if token["until"] <= self.clock.wire_ms():
            raise Refused(42001, "access_token expired")

    def _expect_agent(self, body: Mapping[str, Any]) -> None:
        if not isinstance(body.get("agentid"), int):
            raise Refused(40056, "invalid agentid")
        if body["agentid"] != self.config["agent_id"]:
            raise Refused(301002, "agentid does not match")

    def _keep(self, msgid: str, to: str, kind: str, content: dict[str, Any], dropped: str) -> None:
        number = self.store.next_number("message")
        key = f"{number:08d}"
        self.store.put(
            "messages",
            key,
            {
                "key": key,
                "msgid": msgid,
                "to": to,
                "kind": kind,
                "task_id": content.get("task_id", ""),
                "content": content,
                "bytes": messages.size_of(kind, content),
                "dropped": dropped,
                "replaced": "",
                "at_ms": self.clock.wire_ms(),
            },
        )

    def _is_used(self, task_id: str) -> bool:
        return self.store.get("task_ids", task_id) is not None

    def _new_code(self, task_id: str) -> str:
        code = secrets.token_urlsafe(24)
        self.store.put("codes", code, {"task_id": task_id, "used": False, "at": self.clock.wire_ms()})
        return code

    # ---- what people do, and what WeCom tells the hub ------------------------------------------------------------

    def _press(self, body: Any) -> Any:
        """`{user, task_id, button}`: a member presses a button (by its text or key). With `times` > 1 the very same
        callback is sent again: a replay. 404 no such card, 409 it has no such button any more."""
        with self.store.tx():
            user, task_id = str(body["user"]).lower(), str(body["task_id"])
            card = next(
                (
                    doc
                    for doc in self.store.all("messages")
                    if doc["task_id"] == task_id and doc["to"] == f"member:{user}" and not doc["dropped"]
                ),
                None,
            )
            if card is None:
                raise ControlError("no such card", 404)
            button = next(
                (b for b in card["content"].get("button_list", []) if body["button"] in (b["text"], b["key"])), None
            )
            if button is None or (card["replaced"] and not body.get("even_if_closed")):
                raise ControlError("no such button", 409)
            event = callback.button_event(
                corp_id=self.config["corp_id"],
                agent_id=self.config["agent_id"],
                user=user,
                at_s=int(time.time()),
                task_id=task_id,
                key=button["key"],
                card_type=card["content"]["card_type"],
                response_code=self._new_code(task_id),
            )
            push = {
                "message": event.decode(),
                "timestamp": str(int(time.time())),
                "nonce": str(secrets.randbelow(10**10)),
                "random": secrets.token_hex(8),
            }
            self.store.put("presses", push["nonce"], {"user": user, "task_id": task_id, "key": button["key"], **push})
            for _ in range(int(body.get("times", 1))):
                self.pusher.send("template_card_event", push, key=task_id)
        return {"key": button["key"]}

    def _verify(self, _body: Any) -> Any:
        """The console's check of the callback address: GET with a sealed echo; true when it came back bare."""
        echo = str(secrets.randbelow(10**18))
        sealed = self._sealed(echo.encode(), secrets.token_hex(8))
        asked = callback.query(
            self.config["token"], str(int(time.time())), str(secrets.randbelow(10**10)), sealed, echo=True
        )
        answer = self._client.get(f"{self.config['callback_url']}?{asked}")
        return {"status": answer.status_code, "verified": answer.status_code == 200 and answer.text == echo}

    def _expire_token(self, _body: Any) -> Any:
        """WeCom ends the token early."""
        self.store.delete("tokens", "now")
        return {}

    def _sealed(self, message: bytes, random: str) -> str:
        return callback.seal(message, self.config["encoding_aes_key"], self.config["corp_id"], random.encode())

    def push_request(self, event: str, payload: dict[str, Any], attempt: int) -> Outgoing | None:
        if not self.config["callback_url"]:
            return None
        sealed = self._sealed(payload["message"].encode(), payload["random"])
        asked = callback.query(self.config["token"], payload["timestamp"], payload["nonce"], sealed)
        body = callback.body(sealed, self.config["corp_id"], self.config["agent_id"], self.config["callback_form"])
        return Outgoing(f"{self.config['callback_url']}?{asked}", body, {"content-type": "text/xml"})

    def push_retries(self, event: str) -> Sequence[int]:
        """Three tries in all (§4.2); how far apart the sheet does not say."""
        return (5_000, 5_000)


def _reply(body: Mapping[str, Any], outcome: str = "ok", ref: str = "") -> Reply:
    return Reply(json.dumps(body, ensure_ascii=False).encode(), outcome=outcome, ref=ref)


def create(settings: Mapping[str, Any] | None = None, state_dir: Path | None = None) -> Wecom:
    """The chassis' entry point."""
    return Wecom(settings, state_dir)
