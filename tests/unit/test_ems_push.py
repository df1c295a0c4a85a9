"""EMS's push of steps: who may push, and what is read of what they say (sheet §3, §6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from orderhub.adapters.ems.envelope import read_envelope, serial_of
from orderhub.adapters.ems.push import read_push
from orderhub.adapters.ems.signing import PREFIX, SignKey, opened_with
from orderhub.domain.errors import PartnerRejected, UnreadableMessage
from orderhub.services.accept_webhook import ACCEPTED, FORGED, Push
from orderhub.services.accept_webhook_ems import judge_ems

KEY, OTHER = "QUJDREVGR0hJSktMTU5PUA==", "ZGVtby1lbXMtc2lnbi1rIQ=="
NUMBER, TOKEN, SERIAL = "1200000000001", "a-secret-part-of-the-path", "0f" * 16
SECRET = {"webhook_token": TOKEN, "sign_key": KEY, "sender_no": "1100000000000"}
STEP = {"waybillNo": NUMBER, "orderNo": "youzan-E1-1-1", "opCode": "704", "opName": "妥投", "opDesc": "张三 已签收",
        "opTime": "2026-01-02 10:02:00", "operatorName": "示例"}  # fmt: skip


def sealed(text: str, key: str = KEY) -> str:
    from base64 import b64encode

    return PREFIX + b64encode(SignKey(key).encrypted(text.encode())).decode()


def pushed(told: Any = STEP, *, key: str = KEY, **changes: Any) -> bytes:
    text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    envelope = {"logitcsInterface": sealed(text, key), "method": "040002", "serialNo": SERIAL, "senderNo": "1"}
    return json.dumps(envelope | changes).encode()


def judged(body: bytes, token: str = TOKEN, **changes: Any) -> Any:
    return judge_ems(Push(body, {"content-type": "application/json"}, token), SECRET | changes, opened_by=serial_of)


def test_a_push_on_the_secret_path_that_opens_is_acknowledged_under_its_serial_number() -> None:
    verdict = judged(pushed())
    assert (verdict.outcome, verdict.trust, verdict.message_type) == (ACCEPTED, "full", "040002")
    said = json.loads(verdict.reply)
    assert said == {"serialNo": SERIAL, "code": "00000", "codeMessage": "success", "senderNo": "1100000000000"}


def test_a_serial_number_that_is_none_is_not_repeated() -> None:
    for strange in ('"}<script>', "x" * 65, 7, None):
        assert json.loads(judged(pushed(serialNo=strange)).reply)["serialNo"] == ""


def test_what_has_another_path_is_not_even_opened() -> None:
    def nobody(body: bytes, keys: Sequence[str]) -> str | None:
        raise AssertionError("opened")

    for token in ("", "another", TOKEN + "/", "\udc80"):
        assert judge_ems(Push(pushed(), {}, token), SECRET, opened_by=nobody).outcome == FORGED


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"1", b"\xff", b"{}", pushed(key=OTHER), pushed("no JSON"), pushed(""),
        pushed(logitcsInterface="|$4|"), pushed(logitcsInterface="|$4|AAAA"), pushed(logitcsInterface="|$4|zz%"),
        pushed(logitcsInterface=sealed("{}").removeprefix(PREFIX)), pushed(logitcsInterface=7),
        pushed(logitcsInterface=sealed("{}")[:-6]), b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_does_not_open_is_forged_though_the_path_is_right(body: bytes) -> None:
    assert judged(body).outcome == FORGED


def test_path_and_key_that_are_being_replaced_still_count() -> None:
    assert judged(pushed(), webhook_token="new", previous_webhook_token=TOKEN).outcome == ACCEPTED
    assert judged(pushed(), sign_key=OTHER, previous_sign_key=KEY).outcome == ACCEPTED
    assert judged(pushed(), sign_key=OTHER).outcome == FORGED


@pytest.mark.parametrize("missing", ["webhook_token", "sign_key"])
def test_a_secret_without_path_or_key_is_ours_to_put_right(missing: str) -> None:
    with pytest.raises(PartnerRejected, match="unreadable_secret"):
        judged(pushed(), **{missing: ""})


def test_a_key_that_is_none_is_no_answer() -> None:
    for unusable in ("AAAA", "%"):
        with pytest.raises(ValueError, match="the key is not"):
            opened_with(sealed("{}"), [unusable])


def test_a_text_behind_which_the_key_stands_opens_alike() -> None:
    assert opened_with(SignKey(KEY).seal('{"a":1}'), [OTHER, KEY]) == '{"a":1}'


def test_the_step_is_read_in_our_words_without_names() -> None:
    read = read_push(pushed(), [KEY])
    (event,) = read.events
    assert read.unreadable == ()
    assert (event.waybill_number, event.reference, event.kind, event.code) == (
        NUMBER, "youzan-E1-1-1", "delivered", "704",
    )  # fmt: skip
    assert event.occurred_at == 1_767_319_320_000
    assert read_push(pushed(), [KEY]) == read
    assert "张三" not in repr(read)


def test_the_same_step_asked_for_has_the_same_name() -> None:
    from orderhub.adapters.ems.tracks import routes_of

    (asked,) = routes_of(NUMBER, [STEP])
    assert read_push(pushed(), [KEY]).events[0].event_id == asked.event_id


@pytest.mark.parametrize(
    ("code", "name", "kinds"),
    [
        ("203", "收寄", ["picked_up"]),
        ("743", "妥投删除", ["signature_void"]),
        ("999", "退回妥投删除", ["signature_void"]),
        ("744", "未妥投删除", ["unknown"]),
        ("742", "投递下段删除", ["unknown"]),
        ("711", "退回妥投", ["turned", "delivered"]),
        ("C_1", "进口海关", ["unknown"]),
    ],
)
def test_steps_that_take_back_and_parcels_that_go_back_say_so(code: str, name: str, kinds: list[str]) -> None:
    read = read_push(pushed(STEP | {"opCode": code, "opName": name}), [KEY])
    assert [event.kind for event in read.events] == kinds


def test_several_steps_are_read_each_alone() -> None:
    damaged = [STEP | {"opTime": "soon"}, STEP | {"waybillNo": ""}, STEP | {"opCode": "7 4"}, "step"]
    read = read_push(pushed({"responseItems": [STEP, *damaged]}), [KEY])
    assert len(read.events) == 1
    assert read.unreadable == (
        "step 2: opTime or opCode is missing or damaged",
        "step 3: waybillNo is missing or damaged",
        "step 4: opTime or opCode is missing or damaged",
        "step 5: waybillNo is missing or damaged",
    )
    assert read_push(pushed([STEP]), [KEY]).events == read.events


def test_a_reference_that_is_none_is_left_out() -> None:
    for strange in ("a b", "x" * 65, None, True):
        (event,) = read_push(pushed(STEP | {"orderNo": strange}), [KEY]).events
        assert event.reference == ""


@pytest.mark.parametrize(
    "body",
    [pushed(method="060003"), pushed(key=OTHER), pushed("{"), pushed([]), pushed([STEP] * 501),
     pushed({"responseItems": "x"}), b"no JSON", b""],
)  # fmt: skip
def test_what_is_no_push_of_steps_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        read_push(body, [KEY])


def test_an_envelope_of_another_form_is_an_empty_one() -> None:
    for body in (b"[1]", b"{", b'{"method": 4}', b"\xef\xbb\xbf{}"):
        assert read_envelope(body) == read_envelope(b"")
