"""Youzan: who signed, under attack and during a rotation; personal data under several key versions."""

from __future__ import annotations

import base64
import random

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from orderhub.adapters.youzan.crypto import (
    PERSONAL_DATA_IV,
    PersonalDataKeys,
    Undecipherable,
    decrypt_marketplace_message,
    is_encrypted,
    mask_mobile,
)
from orderhub.adapters.youzan.signing import (
    body_sign,
    body_signer,
    encrypt_config_sign,
    event_sign,
    event_signer,
)

OLD = ("f0e1d2c3b4a5968778", "0a1b2c3d4e5f60718293a4b5c6d7e8f9")
NEW = ("f0e1d2c3b4a5968778", "00112233445566778899aabbccddeeff")
OTHER = ("aaaaaaaaaaaaaaaaaa", "ffffffffffffffffffffffffffffffff")
BODY = '{"type":"trade_TradeBuyerPay","kdt_name":"测试店铺","msg":"%7B%7D"}'.encode()
KEY_1 = base64.b64encode(b"0123456789abcdef").decode()
KEY_2 = base64.b64encode(b"fedcba9876543210").decode()


def encrypt(text: str, key: str, version: str) -> str:
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(base64.b64decode(key)), modes.CBC(PERSONAL_DATA_IV)).encryptor()
    return f"${base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()}${version}$"


def test_during_a_rotation_the_old_and_the_new_secret_both_verify() -> None:
    for client_id, client_secret in (OLD, NEW, OTHER):
        sign = event_sign(client_id, BODY, client_secret)
        assert event_signer(BODY, sign, [OLD, NEW, OTHER]) == client_id
        assert body_signer("%7B%7D", body_sign(client_id, "%7B%7D", client_secret), [OLD, NEW, OTHER]) == client_id


def test_a_signature_of_an_app_that_is_not_ours_does_not_verify() -> None:
    assert event_signer(BODY, event_sign(OTHER[0], BODY, OTHER[1]), [OLD, NEW]) is None


@pytest.mark.parametrize(
    "presented",
    ["", " ", "0" * 32, "é" * 32, "\ud800", "null", event_sign(OLD[0], BODY, OLD[1]).upper(), "a" * 100_000],
)
def test_a_signature_of_any_other_form_does_not_verify_and_does_no_harm(presented: str) -> None:
    assert event_signer(BODY, presented, [OLD, NEW]) is None
    assert body_signer("%7B%7D", presented, [OLD, NEW]) is None


def test_a_msg_with_lone_surrogates_is_compared_and_refused() -> None:
    assert body_signer("\ud800", body_sign(OLD[0], "", OLD[1]), [OLD]) is None


def test_ten_thousand_mutated_signatures_and_bodies_are_all_refused() -> None:
    source = random.Random(20261122)
    good = event_sign(OLD[0], BODY, OLD[1])
    accepted = []
    for number in range(10_000):
        body, sign = bytearray(BODY), good
        if number % 2:
            at = source.randrange(len(body))
            how = source.randrange(4)
            if how == 0:
                body[at] ^= 1 << source.randrange(8)
            elif how == 1:
                del body[at]
            elif how == 2:
                body.insert(at, source.randrange(256))
            else:
                body += source.randbytes(source.randint(1, 8))
        else:
            at = source.randrange(len(sign))
            sign = sign[:at] + source.choice("0123456789abcdefABCDEF g") + sign[at + 1 :]
        changed = (bytes(body), sign) != (BODY, good)
        if changed and event_signer(bytes(body), sign, [OLD, NEW, OTHER]) is not None:
            accepted.append((bytes(body), sign))
    assert accepted == []


def test_the_key_query_is_signed_over_the_sorted_camel_case_names() -> None:
    with_shop = encrypt_config_sign("cid", "123", "2026-03-07 17:56:50", "secret")
    assert with_shop == "4c9d0b2be1849d37f7ee289d5da44bc0"
    assert encrypt_config_sign("cid", None, "2026-03-07 17:56:50", "secret") != with_shop


def test_personal_data_is_opened_with_the_key_of_its_own_version() -> None:
    keys = PersonalDataKeys({"12345678": {"1": KEY_1, "2": KEY_2}, "87654321": {"1": KEY_2}})
    assert keys.decrypt("12345678", encrypt("张三", KEY_1, "1")) == "张三"
    assert keys.decrypt("12345678", encrypt("张三", KEY_2, "2")) == "张三"
    assert keys.decrypt("87654321", encrypt("张三", KEY_2, "1")) == "张三"


def test_a_key_issued_per_app_opens_every_shop() -> None:
    assert PersonalDataKeys({"0": {"3": KEY_1}}).decrypt("12345678", encrypt("张三", KEY_1, "3")) == "张三"


@pytest.mark.parametrize(
    "text", ["", "张三", "13800130001", "$", "$$", "$1$", "a$b$1$", "$!!$1$", "$YWJj$x$", "$YWJj$1"]
)
def test_text_that_is_not_a_ciphertext_stays_as_it_is(text: str) -> None:
    assert not is_encrypted(text)
    assert PersonalDataKeys({}).decrypt("12345678", text) == text


@pytest.mark.parametrize(
    "sealed",
    [encrypt("张三", KEY_1, "9"), encrypt("张三", KEY_1, "2"), "$YWJj$1$", "$illbBRUJBuS7d3VnIEW0mQ==$1$"],
)
def test_a_ciphertext_that_no_key_opens_is_named_without_showing_it(sealed: str) -> None:
    keys = PersonalDataKeys({"12345678": {"1": KEY_1, "2": KEY_2}})
    with pytest.raises(Undecipherable) as caught:
        keys.decrypt("12345678", sealed)
    assert sealed.split("$")[1] not in str(caught.value)


@pytest.mark.parametrize("message", ["not base64!", "YWJj", base64.b64encode(b"0" * 32).decode()])
def test_a_marketplace_message_that_does_not_open_is_refused(message: str) -> None:
    with pytest.raises(Undecipherable):
        decrypt_marketplace_message(message, "def00000b1228e0f6ba8ef96be9")


def test_a_short_number_is_masked_whole() -> None:
    assert mask_mobile("13800130001") == "138****0001"
    assert mask_mobile("1380013") == "*******"
