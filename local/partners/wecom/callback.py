"""Callbacks as WeCom seals and signs them (wecom.md §4): written from the sheet, nothing shared with the hub."""

from __future__ import annotations

import base64
import hashlib
import struct
from urllib.parse import quote
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32


def seal(message: bytes, encoding_aes_key: str, receive_id: str, random: bytes) -> str:
    """Base64 of random16 ‖ length ‖ message ‖ receive id under AES-256-CBC, padded to 32."""
    key = base64.b64decode(encoding_aes_key + "=")
    plain = random + struct.pack(">I", len(message)) + message + receive_id.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    plain += bytes([pad]) * pad
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def sign(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    return hashlib.sha1("".join(sorted([token, timestamp, nonce, sealed])).encode(), usedforsecurity=False).hexdigest()


def query(token: str, timestamp: str, nonce: str, sealed: str, *, echo: bool = False) -> str:
    """The query of a callback's address; with `echo` the address check's, which carries the sealed text itself."""
    text = f"msg_signature={sign(token, timestamp, nonce, sealed)}&timestamp={timestamp}&nonce={nonce}"
    return f"{text}&echostr={quote(sealed, safe='')}" if echo else text


def body(sealed: str, corp_id: str, agent_id: int, form: str) -> bytes:
    """The POST's body: XML, or the JSON form of the official samples."""
    if form == "json":
        return f'{{"tousername":"{corp_id}","encrypt":"{sealed}","agentid":"{agent_id}"}}'.encode()
    return (
        f"<xml><ToUserName><![CDATA[{corp_id}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt>"
        f"<AgentID><![CDATA[{agent_id}]]></AgentID></xml>"
    ).encode()


def button_event(
    *, corp_id: str, agent_id: int, user: str, at_s: int, task_id: str, key: str, card_type: str, response_code: str
) -> bytes:
    """`template_card_event` (wecom.md §3.2)."""
    fields = {
        "ToUserName": corp_id,
        "FromUserName": user,
        "CreateTime": str(at_s),
        "MsgType": "event",
        "Event": "template_card_event",
        "EventKey": key,
        "TaskId": task_id,
        "CardType": card_type,
        "ResponseCode": response_code,
        "AgentID": str(agent_id),
    }
    return ("<xml>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items()) + "</xml>").encode()
