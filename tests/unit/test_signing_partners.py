"""Wangdiantong, SF and Kingdee signatures where their vectors are silent."""

from __future__ import annotations

import pytest

from orderhub.adapters.kingdee.signing import client_credentials
from orderhub.adapters.sf.signing import java_url_encode, msg_digest
from orderhub.adapters.wangdiantong.signing import packed, sign, signed_form, without_astral


def test_java_leaves_the_star_and_encodes_the_tilde() -> None:
    assert java_url_encode("138****0001~ -_.+%") == "138****0001%7E+-_.%2B%25"
    assert java_url_encode("面单😀\n") == "%E9%9D%A2%E5%8D%95%F0%9F%98%80%0A"


def test_a_lone_surrogate_is_not_signed() -> None:
    with pytest.raises(UnicodeEncodeError):
        msg_digest("\ud800", "1", "x")


def test_a_value_longer_than_9999_characters_prints_all_its_digits() -> None:
    assert packed({"trade_list": "x" * 12_345}).startswith("10-trade_list:12345-x")


def test_the_form_sent_is_the_form_signed() -> None:
    form = signed_form(
        {"trade_list": '[{"memo":"好😀"}]', "empty": "", "sign": "forged"},
        sid="demo_sid",
        appkey="demo-key",
        appsecret="demo-secret",
        timestamp=1_700_000_000,
    )
    assert form["trade_list"] == '[{"memo":"好□"}]'
    assert "empty" not in form
    assert form["timestamp"] == "1700000000"
    assert form["sign"] == sign(form, "demo-secret")


def test_every_character_of_the_basic_plane_is_kept() -> None:
    assert without_astral("张三\uffff") == "张三\uffff"


@pytest.mark.parametrize(
    ("app_id", "expected"),
    [("", ("", "")), ("a_b_c", ("", "")), ("200421_short", ("200421", ""))],
)
def test_an_app_id_of_another_form_hides_no_secret(app_id: str, expected: tuple[str, str]) -> None:
    assert client_credentials(app_id) == expected
