"""Every published or recomputed vector of the partners this hub speaks to, positive and negative."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from orderhub.adapters.ems import signing as ems
from orderhub.adapters.kingdee import signing as kingdee
from orderhub.adapters.kuaidiniao import signing as kuaidiniao
from orderhub.adapters.sf import signing as sf
from orderhub.adapters.wangdiantong import signing as wangdiantong
from orderhub.adapters.wecom import crypto as wecom_crypto
from orderhub.adapters.wecom import signing as wecom
from orderhub.adapters.youzan import crypto
from orderhub.adapters.youzan import signing as youzan

VECTORS: dict[str, Any] = {
    vector["id"]: vector for vector in json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
}


def vector(name: str) -> tuple[dict[str, Any], Any]:
    return VECTORS[name]["inputs"], VECTORS[name]["expected"]


def app(inputs: dict[str, Any]) -> tuple[str, str]:
    return inputs["client_id"], inputs["client_secret"]


def test_youzan_body_sign_covers_msg_still_url_encoded() -> None:
    inputs, expected = vector("youzan-01")
    assert youzan.body_sign(inputs["client_id"], inputs["msg"], inputs["client_secret"]) == expected["sign"]
    assert youzan.body_signer(inputs["msg"], expected["sign"], [app(inputs)]) == inputs["client_id"]
    assert youzan.body_signer(inputs["msg_decoded"], expected["sign"], [app(inputs)]) is None


def test_youzan_event_sign_covers_the_raw_bytes() -> None:
    inputs, expected = vector("youzan-02")
    raw = base64.b64decode(inputs["raw_body_base64"])
    assert raw == inputs["raw_body_utf8"].encode()
    assert youzan.event_sign(inputs["client_id"], raw, inputs["client_secret"]) == expected["event_sign"]
    assert youzan.event_signer(raw, expected["event_sign"], [app(inputs)]) == inputs["client_id"]


def test_youzan_event_sign_of_a_re_serialised_body_does_not_verify() -> None:
    inputs, expected = vector("youzan-03")
    raw = inputs["raw_body_utf8"].encode()
    assert youzan.event_signer(raw, inputs["event_sign_header"], [app(inputs)]) is None
    assert youzan.event_sign(inputs["client_id"], raw, inputs["client_secret"]) == expected["event_sign_of_this_body"]


def test_youzan_marketplace_message_of_the_official_sdk_is_decrypted() -> None:
    inputs, expected = vector("youzan-05")
    assert inputs["iv"].encode() == crypto.MARKETPLACE_IV
    plain = crypto.decrypt_marketplace_message(inputs["ciphertext_urlencoded"], inputs["client_secret"])
    assert plain == expected["plaintext"]


def test_youzan_personal_data_is_decrypted_and_masked() -> None:
    inputs, expected = vector("youzan-06")
    assert inputs["iv"].encode() == crypto.PERSONAL_DATA_IV
    keys = crypto.PersonalDataKeys({"12345678": {str(inputs["key_version"]): inputs["secret_key_base64"]}})
    assert crypto.is_encrypted(expected["ciphertext"])
    assert keys.decrypt("12345678", expected["ciphertext"]) == inputs["plaintext"]
    assert expected["mask_type"] == "mobile"
    assert crypto.mask_mobile(inputs["plaintext"]) == expected["masked"]


@pytest.mark.parametrize("name", ["wangdiantong-qyb-00", "wangdiantong-qyb-01"])
def test_wangdiantong_packs_and_signs_as_its_official_guide(name: str) -> None:
    inputs, expected = vector(name)
    assert wangdiantong.packed(inputs["params"]) == expected["packed"]
    assert wangdiantong.sign(inputs["params"], inputs["appsecret"]) == expected["sign"]


def test_wangdiantong_never_counts_bytes() -> None:
    inputs, expected = vector("wangdiantong-qyb-02")
    assert VECTORS["wangdiantong-qyb-02"]["kind"] == "negative"
    assert wangdiantong.packed(inputs["params"]) != expected["packed"]
    assert wangdiantong.sign(inputs["params"], inputs["appsecret"]) != expected["sign"]


@pytest.mark.parametrize("name", ["sf-express-00", "sf-express-02"])
def test_sf_digest_is_over_the_java_url_encoded_text(name: str) -> None:
    inputs, expected = vector(name)
    assert sf.msg_digest(inputs["msgData"], inputs["timestamp"], inputs["checkWord"]) == expected


def test_sf_digest_is_never_over_the_plain_text() -> None:
    inputs, expected = vector("sf-express-01")
    assert sf.msg_digest(inputs["msgData"], inputs["timestamp"], inputs["checkWord"]) != expected


def test_kingdee_client_secret_is_decoded_from_the_app_id() -> None:
    inputs, expected = vector("kingdee-13")
    assert kingdee.client_credentials(inputs["appid"]) == (expected["client_id"], expected["client_secret"])


@pytest.mark.parametrize("name", ["kingdee-14", "kingdee-15"])
def test_kingdee_headers_are_those_of_the_official_sdk(name: str) -> None:
    inputs, expected = vector(name)
    text = kingdee.string_to_sign(inputs["url"], inputs["timestamp"], inputs["nonce"])
    assert text == expected["string_to_sign"]
    headers = kingdee.signed_headers(
        inputs["url"],
        app_id=inputs["appid"],
        app_secret=inputs["appsecret"],
        acct_id=inputs["acct_id"],
        user=inputs["user"],
        lcid=inputs["lcid"],
        org_num=inputs["org_num"],
        timestamp=inputs["timestamp"],
        nonce=inputs["nonce"],
    )
    signed = {name: value for name, value in expected["headers"].items() if name.lower().startswith("x-")}
    assert headers == signed


def test_kingdee_login_sign_sorts_its_parts_ordinally() -> None:
    inputs, expected = vector("kingdee-19")
    sign = kingdee.login_sign(
        inputs["acct_id"], inputs["user"], inputs["appid"], inputs["appsecret"], inputs["timestamp"]
    )
    assert sign == expected["sign"]
    # From the sheet, §2.2: a user name beyond ASCII.
    sign = kingdee.login_sign(inputs["acct_id"], "演示用户", inputs["appid"], inputs["appsecret"], inputs["timestamp"])
    assert sign == "344ae4d75d63f40a7abea8a9fee0422cac4ad6cbb4873f80534c5d2866125dc4"


def test_wecom_address_check_of_the_official_sample() -> None:
    inputs, expected = vector("wecom-01")
    parts = (inputs["timestamp"], inputs["nonce"], inputs["echostr"])
    assert wecom.signature(inputs["token"], *parts) == expected["msg_signature"]
    assert wecom.is_signed(expected["msg_signature"], ["another", inputs["token"]], *parts)
    assert not wecom.is_signed(
        expected["msg_signature"], [inputs["token"]], inputs["timestamp"], "1", inputs["echostr"]
    )
    key = wecom_crypto.CallbackKey(inputs["encoding_aes_key"], inputs["corpid"])
    assert key.open(inputs["echostr"]).decode() == expected["http_reply_body"]


@pytest.mark.parametrize("name", ["wecom-02", "wecom-08"])
def test_wecom_callbacks_are_signed_and_opened(name: str) -> None:
    inputs, expected = vector(name)
    sealed = wecom.sealed_text((inputs.get("post_body") or expected["post_body"]).encode())
    assert sealed == (inputs.get("encrypt") or expected["encrypt"])
    assert wecom.signature(inputs["token"], inputs["timestamp"], inputs["nonce"], sealed) == expected["msg_signature"]
    key = wecom_crypto.CallbackKey(inputs["encoding_aes_key"], inputs["corpid"])
    assert key.open(sealed).decode() == (inputs.get("msg") or expected["msg"])


def test_wecom_pads_to_32_so_a_decoder_for_16_fails() -> None:
    _, expected = vector("wecom-03")
    assert expected["strict_pkcs7_16_must_fail"]
    padded = b"x" * 2 + bytes([expected["pad"]]) * expected["pad"]
    assert wecom_crypto.unpadded(padded) == b"xx"
    with pytest.raises(wecom_crypto.Undecipherable, match="padding"):
        wecom_crypto.unpadded(padded, 16)


def test_wecom_messages_sealed_for_another_corp_are_refused() -> None:
    inputs, _ = vector("wecom-02")
    key = wecom_crypto.CallbackKey(inputs["encoding_aes_key"], "ww0000000000000001")
    with pytest.raises(wecom_crypto.Undecipherable, match="receive_id"):
        key.open(inputs["encrypt"])


def test_kuaidiniao_signs_the_hex_text_of_the_digest() -> None:
    inputs, expected = vector("kuaidiniao-05")
    assert kuaidiniao.data_sign(inputs["RequestData"], inputs["AppKey"]) == expected
    assert kuaidiniao.is_signed(inputs["RequestData"], expected, ["another", inputs["AppKey"]])
    assert not kuaidiniao.is_signed(inputs["RequestData"] + " ", expected, [inputs["AppKey"]])
    # From the sheet, §1: the second published one.
    text = '{"OrderCode":"111","ShipperCode":"SF","LogisticCode":"1234561","IsHandleInfo":"0"}'
    sign = "ZTc1MjdjN2Y1YmVlMjJmOWY4N2E0ZGI2YmZhNzIzZmI="
    assert kuaidiniao.data_sign(text, "f6bc7c23-7d7c-4dc8-9a73-506519393f6a") == sign


def test_ems_seals_with_the_cipher_of_the_standard() -> None:
    inputs, expected = vector("sm4-10")
    key = ems.SignKey(base64.b64encode(bytes.fromhex(inputs["key_hex"])).decode())
    assert key.encrypted(bytes.fromhex(inputs["plaintext_hex"]))[:16].hex() == expected


def test_ems_seals_the_json_with_the_text_of_the_key_behind_it() -> None:
    inputs, expected = vector("ems-11")
    key = ems.SignKey(inputs["keyText"])
    assert key.seal(inputs["json"]) == expected
    assert key.opened(expected) == inputs["json"]


def test_what_ems_pushes_is_sealed_without_the_text_of_the_key() -> None:
    """The sheet's own figures (ems.md §3), beside the vectors."""
    pushed = "|$4|ZS+gi6giinVdV5G9Tbjc3KKF83DaEQ9wb8gqxEDtQ3kwk9tXSlr8T3AMTrzyV9Wl"
    opened = ems.SignKey("QUJDREVGR0hJSktMTU5PUA==").opened(pushed)
    assert opened == '{"waybillNo":"1234567890123","direction":"0"}'


def test_no_vector_is_left_out() -> None:
    tests = Path(__file__).read_text("utf-8")
    assert [name for name in VECTORS if f'"{name}"' not in tests] == []
