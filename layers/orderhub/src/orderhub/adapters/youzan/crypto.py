"""Personal data and marketplace messages as Youzan encrypts them (sheet §5.2, §6.1; vectors youzan-05/06).

Personal data arrives as `$<base64>$<key version>$`, AES-128-CBC under a key per shop and version. Old
versions stay in use for old orders, so all of a shop's keys are kept.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import unquote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

PERSONAL_DATA_IV = b"0807060504030201"
MARKETPLACE_IV = b"0102030405060708"
EVERY_SHOP = "0"
"""The shop number under which keys stand that Youzan issued per app instead of per shop."""


class Undecipherable(ValueError):
    """The text is a ciphertext, but no key at hand opens it. Carries the key version, never the text."""


class PersonalDataKeys:
    """All keys of all shops: `{kdt_id: {version: base64 key}}`, the content of the secret youzan-keys."""

    def __init__(self, keys: Mapping[str, Mapping[str, str]]) -> None:
        self._keys = {
            (kdt_id, version): b64decode(key, validate=True)
            for kdt_id, versions in keys.items()
            for version, key in versions.items()
        }

    def decrypt(self, kdt_id: str, text: str) -> str:
        """The plain text; text that is not a ciphertext comes back unchanged.

        Raises Undecipherable when the key version is unknown or the key does not open it.
        """
        parts = split(text)
        if parts is None:
            return text
        sealed, version = parts
        key = self._keys.get((kdt_id, version)) or self._keys.get((EVERY_SHOP, version))
        if key is None:
            raise Undecipherable(f"no key of version {version} for this shop")
        return _open(sealed, key, PERSONAL_DATA_IV, f"key version {version}")


def is_encrypted(text: str) -> bool:
    """Whether the text has the shape `$<base64>$<number>$`. Anything else is plain and stays as it is."""
    return split(text) is not None


def split(text: str) -> tuple[bytes, str] | None:
    """(sealed bytes, key version) of a ciphertext, or None for plain text."""
    parts = text.split("$")
    if len(parts) != 4 or parts[0] or parts[3] or not parts[1]:
        return None
    if not (parts[2].isascii() and parts[2].isdecimal()):
        return None
    try:
        return b64decode(parts[1], validate=True), parts[2]
    except (binascii.Error, ValueError):
        return None


def mask_mobile(phone: str) -> str:
    """A phone with only its first three and last four digits left, as Youzan's own mask does."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def decrypt_marketplace_message(ciphertext: str, client_secret: str) -> str:
    """The JSON text of an encrypted marketplace message (APP_SUBSCRIBE …), url-encoded as received.

    The key is the first 16 characters of the client secret. Raises Undecipherable.
    """
    try:
        sealed = b64decode(unquote(ciphertext), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Undecipherable("not base64") from error
    return _open(sealed, client_secret.encode()[:16], MARKETPLACE_IV, "client secret")


def _open(sealed: bytes, key: bytes, iv: bytes, which: str) -> str:
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError as error:
        raise Undecipherable(f"{which} does not open it") from error
