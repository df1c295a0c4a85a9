"""A callback of WeCom at the door and behind it: forged, old, twisted, and what a button says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.partners.wecom import callback
from orderhub.adapters.wecom.crypto import CallbackKey, Undecipherable
from orderhub.adapters.wecom.events import read_callback
from orderhub.adapters.wecom.signing import is_signed, sealed_text
from orderhub.domain.errors import PartnerRejected, UnreadableMessage
from orderhub.ports.alerts import Directory, Press
from orderhub.runtime.alerting import read_directory
from orderhub.services.accept_webhook import ACCEPTED, FORGED, TEST, Push, Verdict
from orderhub.services.accept_webhook_wecom import FRESH_SECONDS, judge_wecom

TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "ww0000000000000001"
SECRET: dict[str, object] = {"token": TOKEN, "encoding_aes_key": AES_KEY, "corp_id": CORP}
NOW = 1_772_877_410
KEY = CallbackKey(AES_KEY, CORP)


def sealed(message: bytes, corp: str = CORP) -> str:
    return callback.seal(message, AES_KEY, corp, b"0123456789abcdef")


def event(**changes: str) -> bytes:
    fields: dict[str, Any] = {
        "corp_id": CORP,
        "agent_id": 1000002,
        "user": "Buy01",
        "at_s": NOW,
        "task_id": "a1",
        "key": "retry|youzan-E1.stock_mismatch.x|y",
        "card_type": "button_interaction",
        "response_code": "CODE",
    }
    return callback.button_event(**{**fields, **changes})


def body(message: bytes, form: str = "xml") -> bytes:
    return callback.body(sealed(message), CORP, 1000002, form)


def judged(push: Push, secret: dict[str, object] | None = None, now: float = NOW) -> Verdict:
    def open_echo(text: str, _secret: object) -> str | None:
        try:
            return KEY.open(text).decode()
        except Undecipherable:
            return None

    return judge_wecom(
        push, secret or SECRET, is_signed=is_signed, sealed_text=sealed_text, open_echo=open_echo, now_seconds=now
    )


def pushed(raw: bytes, *, token: str = TOKEN, at: int = NOW) -> Push:
    return Push(raw, {}, query=callback.query(token, str(at), "17", sealed_text(raw)))


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_signed_event_is_accepted_in_both_forms(form: str) -> None:
    assert judged(pushed(body(event(), form))).outcome == ACCEPTED


def test_the_check_of_the_address_is_answered_with_the_bare_echo() -> None:
    asked = callback.query(TOKEN, str(NOW), "17", sealed(b"1616140317555161061"), echo=True)
    verdict = judged(Push(b"", {}, query=asked))
    assert (verdict.outcome, verdict.reply) == (TEST, "1616140317555161061")
    raw_plus = asked.replace("%2B", "+")
    assert judged(Push(b"", {}, query=raw_plus)).outcome == TEST


def test_an_echo_for_another_corp_is_not_answered() -> None:
    asked = callback.query(TOKEN, str(NOW), "17", sealed(b"1", "ww9"), echo=True)
    assert judged(Push(b"", {}, query=asked)).outcome == FORGED


@pytest.mark.parametrize(
    "push",
    [
        pushed(body(event()), token="another"),
        pushed(body(event()), at=NOW - FRESH_SECONDS - 1),
        pushed(body(event()), at=NOW + FRESH_SECONDS + 1),
        Push(body(event()), {}, query=callback.query(TOKEN, str(NOW), "17", sealed(b"another text"))),
        Push(body(event()), {}, query=""),
        Push(body(event()), {}, query="msg_signature=%&timestamp=%zz&nonce"),
        Push(b"", {}, query=callback.query(TOKEN, str(NOW), "17", "")),
        Push(b"<xml/>", {}, query=callback.query(TOKEN, str(NOW), "17", "")),
        Push(b"", {}, query=callback.query(TOKEN, "not-a-time", "17", "QUI=", echo=True)),
    ],
)
def test_what_wecom_did_not_sign_now_is_forged(push: Push) -> None:
    assert judged(push).outcome == FORGED


def test_two_tokens_are_good_while_one_is_replaced_and_none_is_an_error() -> None:
    push = pushed(body(event()))
    assert judged(push, {"token": "new", "previous_token": TOKEN}).outcome == ACCEPTED
    with pytest.raises(PartnerRejected, match="no token"):
        judged(push, {"token": ""})


@given(st.binary(max_size=300), st.text(max_size=300))
def test_noise_is_forged_and_nothing_breaks(raw: bytes, query: str) -> None:
    assert judged(Push(raw, {}, query=query)).outcome == FORGED


def test_a_press_is_read_with_its_user_in_lower_case() -> None:
    assert read_callback(body(event()), KEY) == Press("buy01", "a1", "retry", "youzan-E1.stock_mismatch.x|y", "CODE")


def test_the_official_form_with_cdata_is_read_too() -> None:
    message = (
        "<xml><ToUserName><![CDATA[ww0000000000000001]]></ToUserName><FromUserName><![CDATA[buy01]]></FromUserName>"
        "<CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event>"
        "<EventKey><![CDATA[retry|d]]></EventKey><TaskId><![CDATA[t]]></TaskId><SelectedItems><SelectedItem>"
        "<QuestionKey>q</QuestionKey><OpitonIds><OpitonId>1</OpitonId></OpitonIds></SelectedItem></SelectedItems></xml>"
    )
    assert read_callback(body(message.encode()), KEY) == Press("buy01", "t", "retry", "d", "")


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (b"<xml><MsgType>event</MsgType><Event>enter_agent</Event></xml>", "enter_agent"),
        (b"<xml><MsgType>text</MsgType><Content>hello</Content></xml>", "message"),
    ],
)
def test_other_events_are_none_of_our_business(message: bytes, name: str) -> None:
    assert read_callback(body(message), KEY) == name


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (body(b"no xml"), "no_xml"),
        (body(b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Event>&a;</Event></xml>'), "no_xml"),
        (body(event(user="../etc")), "bad_FromUserName"),
        (body(event(key="retry")), "bad_EventKey"),
        (body(event(task_id="")), "bad_EventKey"),
        (callback.body(sealed(event(), "ww9"), CORP, 1, "xml"), "undecipherable_receive_id"),
        (b"<xml><Encrypt>QUI=</Encrypt></xml>", "undecipherable_decrypt"),
        (b"<xml><Encrypt>QUI</Encrypt></xml>", "undecipherable_base64"),
        (b"<xml></xml>", "undecipherable_padding"),
    ],
)
def test_what_cannot_be_read_is_named(raw: bytes, problem: str) -> None:
    with pytest.raises(UnreadableMessage, match=problem):
        read_callback(raw, KEY)


@pytest.mark.parametrize("key", ["", "short", "!" * 43, AES_KEY[:-1]])
def test_a_key_that_is_none_is_named(key: str) -> None:
    with pytest.raises(Undecipherable, match="aes_key"):
        CallbackKey(key, CORP)


def test_one_wrong_line_of_the_secret_does_not_stop_the_others() -> None:
    held: dict[str, object] = {
        "members": {"operations": ["Ops01", 7], "finance": "fin01", "purchasing": ["buy01"]},
        "robots": {"operations": "", "purchasing": "key"},
        "escalation": {"operations": "lead", "finance": 3},
    }
    read = read_directory(held)
    assert read == Directory({"operations": ("ops01",), "purchasing": ("buy01",)}, frozenset({"purchasing"}),
                             {"operations": "lead"})  # fmt: skip
    assert read_directory({}) == Directory({}, frozenset(), {})
    assert read.recipients("purchasing", 0) == ("buy01", "robot:purchasing")
