"""The keys for buyers' data, and decryption by the platform (sheet §6.1)."""

from __future__ import annotations

import hmac
from typing import Any

from local.partners.youzan.book import Book
from local.partners.youzan.ciphers import NotDecipherable, decrypt
from local.partners.youzan.envelopes import BusinessError
from local.partners.youzan.signing import key_query_sign
from local.partners.youzan.units import from_shanghai

# The sheet names no codes for these refusals; the numbers are guesses of this simulator.
SIGN_WRONG = (140400001, "签名错误")
PARAMETER_WRONG = (140400002, "参数错误")
NOT_OURS = (140400003, "解密失败,密文与店铺不匹配")


def encrypt_config(book: Book, asked: dict[str, Any]) -> dict[str, Any]:
    """The shop's keys, for whoever signs with the app's secret; no token is needed."""
    app = book.directory.apps.get(str(asked.get("client_id")))
    if app is None:
        raise BusinessError(*PARAMETER_WRONG)
    signed = {"clientId": app.client_id, "timestamp": str(asked.get("timestamp"))}
    if asked.get("kdt_id") not in (None, ""):
        signed["kdtId"] = str(asked["kdt_id"])
    try:
        from_shanghai(signed["timestamp"])
    except ValueError as error:
        raise BusinessError(*PARAMETER_WRONG) from error
    right = key_query_sign(signed, app.client_secret)
    if not hmac.compare_digest(right.encode(), str(asked.get("sign")).encode()):
        raise BusinessError(*SIGN_WRONG)
    shops = book.directory.shops
    if "kdtId" in signed and signed["kdtId"] not in shops:
        raise BusinessError(*PARAMETER_WRONG)
    per_shop = book.switches.encrypt_type == 1
    chosen = [shops[signed["kdtId"]]] if "kdtId" in signed else list(shops.values())
    return {
        "encryptType": book.switches.encrypt_type,
        "secretKeyInfoList": [
            {
                "clientId": app.client_id,
                "kdtId": int(shop.kdt_id) if per_shop else 0,
                "secretKey": key,
                "version": int(version),
            }
            for shop in chosen
            for version, key in sorted(shop.keys.items(), key=lambda item: int(item[0]))
        ],
    }


def decrypt_single(book: Book, kdt_id: str, asked: dict[str, Any]) -> str:
    """The plain text; a text that is no ciphertext comes back as it is."""
    if not isinstance(asked.get("source"), str):
        raise BusinessError(*PARAMETER_WRONG)
    try:
        return decrypt(asked["source"], book.directory.shops[kdt_id].keys)
    except NotDecipherable as error:
        raise BusinessError(*NOT_OURS) from error
