"""Personal data sealed under the hub's own KMS key: AES-256-GCM with an enveloped data key (design §4).

A data key serves one instance for a while, so sealing costs no KMS call per order. Text form:
``v1.<encrypted data key>.<nonce and ciphertext>``, base64url. The encryption context ties it to this use.
"""

import base64
import os
import time
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CONTEXT = {"purpose": "orderhub-personal-data"}
KEY_SECONDS = 600
OPENED_KEYS = 256


class KmsSeal:
    """ports.world.Seal over KMS GenerateDataKey and Decrypt. The client is boto3's."""

    def __init__(self, client: Any, key_id: str) -> None:
        self._client = client
        self._key_id = key_id
        self._sealing: tuple[float, str, AESGCM] | None = None
        self._opened: dict[str, AESGCM] = {}

    def seal(self, text: str) -> str:
        wrapped, cipher = self._sealing_key()
        nonce = os.urandom(12)
        return f"v1.{wrapped}.{_text(nonce + cipher.encrypt(nonce, text.encode(), None))}"

    def open(self, sealed: str) -> str:
        version, _, rest = sealed.partition(".")
        wrapped, _, body = rest.partition(".")
        if version != "v1" or not wrapped or not body:
            raise ValueError("not sealed by this hub")
        raw = _bytes(body)
        try:
            return self._opening_key(wrapped).decrypt(raw[:12], raw[12:], None).decode()
        except InvalidTag as error:
            raise ValueError("the seal is broken") from error

    def _sealing_key(self) -> tuple[str, AESGCM]:
        now = time.monotonic()
        if self._sealing is None or now > self._sealing[0]:
            answer = self._client.generate_data_key(KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=CONTEXT)
            wrapped, cipher = _text(answer["CiphertextBlob"]), AESGCM(answer["Plaintext"])
            self._sealing = (now + KEY_SECONDS, wrapped, cipher)
            self._remember(wrapped, cipher)
        return self._sealing[1], self._sealing[2]

    def _opening_key(self, wrapped: str) -> AESGCM:
        known = self._opened.get(wrapped)
        if known is None:
            answer = self._client.decrypt(CiphertextBlob=_bytes(wrapped), EncryptionContext=CONTEXT)
            known = AESGCM(answer["Plaintext"])
            self._remember(wrapped, known)
        return known

    def _remember(self, wrapped: str, cipher: AESGCM) -> None:
        if len(self._opened) >= OPENED_KEYS:
            self._opened.pop(next(iter(self._opened)))
        self._opened[wrapped] = cipher


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
