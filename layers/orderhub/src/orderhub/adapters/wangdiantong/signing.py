"""Wangdiantong 企业版 request signature, as pure functions (sheet §2.2; vectors wangdiantong-qyb-00…02)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

LAST_BMP_CHARACTER = "\uffff"
REPLACEMENT = "\u25a1"


def packed(params: Mapping[str, str]) -> str:
    """The text that is signed: `kk-key:vvvv-value` sorted by key and joined by `;`, without `sign`.

    Lengths count characters, not bytes; values longer than 9999 just print more digits.
    """
    names = sorted((name for name in params if name != "sign"), key=str.encode)
    return ";".join(f"{len(name):02d}-{name}:{len(params[name]):04d}-{params[name]}" for name in names)


def sign(params: Mapping[str, str], appsecret: str) -> str:
    """Lower-hex MD5 of the packed parameters followed by the secret."""
    return hashlib.md5((packed(params) + appsecret).encode(), usedforsecurity=False).hexdigest()


def without_astral(text: str) -> str:
    """The text with every character beyond the BMP replaced by □.

    Whether such a character counts as one or two is undecided between the official SDKs, so none is sent.
    """
    return "".join(char if char <= LAST_BMP_CHARACTER else REPLACEMENT for char in text)


def signed_form(
    business: Mapping[str, str], *, sid: str, appkey: str, appsecret: str, timestamp: int
) -> dict[str, str]:
    """The form fields to send, signed: empty ones left out, emoji replaced. `timestamp` in Unix seconds."""
    fields = {**business, "sid": sid, "appkey": appkey, "timestamp": str(timestamp)}
    form = {name: without_astral(value) for name, value in fields.items() if value != "" and name != "sign"}
    form["sign"] = sign(form, appsecret)
    return form
