"""Alerts as WeCom's messages: byte limits hold for any text, and nothing that matters is cut away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.adapters.partner_http import Response
from orderhub.adapters.wecom.answers import TokenRefused, read_answer
from orderhub.adapters.wecom.mapping import APP_BYTES, ROBOT_BYTES, body_of, card_message, cut, digest
from orderhub.adapters.wecom.signing import sealed_text
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.ports.alerts import AlertCard, Button, DigestLine

TEXT = st.text(max_size=700)
LINK = "https://hub.example.com/orders/youzan-E1"


@given(TEXT, st.integers(3, 400))
def test_a_cut_text_is_a_beginning_within_its_bytes(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short.encode()) <= limit
    assert text.encode("utf-8", "replace").decode().startswith(short.removesuffix("…"))


@given(TEXT, TEXT, TEXT, TEXT)
@settings(max_examples=60, deadline=None)
def test_any_card_fits_and_keeps_order_link_and_buttons(title: str, sentence: str, label: str, value: str) -> None:
    keys = tuple(Button(f"{option}|youzan-E1.warehouse_rejected.{'c' * 80}", "重试") for option in ("a", "b", "c", "d"))
    card = AlertCard("a" * 41, title, "youzan-E1", sentence, ((label, value),), (("负责", "运营"),) * 3, keys, LINK)
    content = card_message(1, "ops01", card)["template_card"]
    assert len(body_of(content)) <= APP_BYTES
    assert [button["key"] for button in content["button_list"]] == [key.key for key in keys]
    assert (content["main_title"]["desc"], content["card_action"]["url"]) == ("youzan-E1", LINK)


@given(st.lists(st.builds(DigestLine, TEXT, st.just("youzan-E1"), st.just(LINK)), min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_lists_fit_and_sending_on_from_where_one_ended_shows_every_line(lines: list[DigestLine]) -> None:
    for limit in (APP_BYTES, ROBOT_BYTES):
        left, shown = lines, 0
        while left:
            text, taken = digest(left, limit)
            assert len(text.encode("utf-8", "replace")) <= limit
            assert text.startswith(f"**待决策 {taken} 条**")
            left, shown = left[taken:], shown + taken
        assert shown == len(lines)


def test_a_partners_words_cannot_become_markup() -> None:
    text, _ = digest([DigestLine("<@all> [x](http://evil.example)", "youzan-E1", LINK)], APP_BYTES)
    assert "<@" not in text
    assert "](http://evil" not in text


@pytest.mark.parametrize(
    ("body", "sealed"),
    [
        (b"<xml><Encrypt><![CDATA[QUI=]]></Encrypt></xml>", "QUI="),
        (b"<xml>\n<Encrypt> QUI= </Encrypt></xml>", "QUI="),
        (b'{"encrypt": "QU\\/I="}', "QU/I="),
        (b"<xml><Encrypt>QUI=</Encrypt><Encrypt>QkI=</Encrypt></xml>", ""),
        (b"<xml><Encrypt></Encrypt></xml>", ""),
        (b"", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_the_sealed_text_of_a_body_is_found_or_nothing_is(body: bytes, sealed: str) -> None:
    assert sealed_text(body) == sealed


def answer(content: Any) -> Response:
    return Response(200, content if isinstance(content, bytes) else json.dumps(content).encode(), 1)


def test_only_the_errcode_decides() -> None:
    assert read_answer(answer({"errcode": 0, "errmsg": "ok", "msgid": "m"}))["msgid"] == "m"
    assert read_answer(answer({"ip_list": ["1"]}))
    for code in (40014, 42001):
        with pytest.raises(TokenRefused):
            read_answer(answer({"errcode": code, "department": []}))
    for code, seconds in ((45009, 60), (45033, 2), (-1, 2), (60020, 60)):
        with pytest.raises(PartnerUnavailable) as waits:
            read_answer(answer({"errcode": code}))
        assert (waits.value.retry_after_seconds, waits.value.unclear) == (seconds, False)
    with pytest.raises(PartnerRejected, match="40058"):
        read_answer(answer({"errcode": 40058, "errmsg": "from ip: 10.0.0.1"}))


@pytest.mark.parametrize("content", [b"", b"<html>", [], {"errcode": "0"}, {"errcode": True}, {"errcode": None}])
def test_an_answer_that_cannot_be_read_is_unclear(content: Any) -> None:
    with pytest.raises(PartnerUnavailable) as unclear:
        read_answer(answer(content))
    assert unclear.value.unclear
