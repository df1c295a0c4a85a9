"""EMS on the wire: the form, its SM4 cipher with the key's text at the end, the answer (ems.md §2, §3)."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from local.partners.chassis import Reply

MARK = "|$4|"
BLOCK = 16
_ZONE = timezone(timedelta(hours=8))


class Refused(Exception):
    """retMsg of a no. EMS publishes neither its codes nor its words: both are ours."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def printed(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    except ValueError:
        return False
    return True


def opened(sealed: str, key_text: str) -> str:
    """The business JSON of a request. Raises Refused unless it was sealed with this key and carries its text."""
    if not sealed.startswith(MARK):
        raise Refused("签名校验失败:密文格式错误")
    try:
        secret = base64.b64decode(sealed.removeprefix(MARK), validate=True)
        cipher = Cipher(algorithms.SM4(base64.b64decode(key_text)), modes.ECB()).decryptor()  # noqa: S305
        padded = cipher.update(secret) + cipher.finalize()
    except ValueError as error:
        raise Refused("签名校验失败:密文格式错误") from error
    count = padded[-1] if padded else 0
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise Refused("签名校验失败")
    plain = padded[:-count]
    if not plain.endswith(key_text.encode()):
        raise Refused("签名校验失败")
    try:
        return plain.removesuffix(key_text.encode()).decode()
    except UnicodeDecodeError as error:
        raise Refused("签名校验失败") from error


def pushed(text: str, key_text: str, *, trailer: bool) -> str:
    """A push is sealed without the key's text behind it (§3); ``trailer``: with it, as requests are."""
    plain = (text + (key_text if trailer else "")).encode()
    count = BLOCK - len(plain) % BLOCK
    cipher = Cipher(algorithms.SM4(base64.b64decode(key_text)), modes.ECB()).encryptor()  # noqa: S305
    return MARK + base64.b64encode(cipher.update(plain + bytes([count]) * count) + cipher.finalize()).decode()


def answered(code: str, words: str, body: Any, *, now_ms: int, ref: str = "", as_text: bool = True) -> Reply:
    """The envelope; retBody is JSON in a text, or the object itself (a switch)."""
    inner = json.dumps(body, ensure_ascii=False) if as_text and isinstance(body, dict | list) else body
    answer = {
        "retCode": code,
        "retMsg": words,
        "retBody": inner,
        "retDate": printed(now_ms),
        "serialNo": uuid.uuid4().hex,
        "success": code == "00000",
    }
    return Reply(json.dumps(answer, ensure_ascii=False).encode(), "ok" if code == "00000" else words, ref)
