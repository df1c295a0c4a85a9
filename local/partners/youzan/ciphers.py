"""Personal data as Youzan hands it out: `$base64$key version$`, AES-128-CBC (sheet §6.1, youzan-06/07)."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

IV = b"0807060504030201"
BLOCK_BITS = 128


class NotDecipherable(ValueError):
    """The text is a ciphertext, but no key of this shop opens it."""


def encrypt(plain: str, key_base64: str, version: int) -> str:
    """The ciphertext of `plain`; equal texts give equal ciphertexts under one key, as the IV is fixed."""
    padder = PKCS7(BLOCK_BITS).padder()
    padded = padder.update(plain.encode()) + padder.finalize()
    encryptor = _cipher(key_base64).encryptor()
    sealed = encryptor.update(padded) + encryptor.finalize()
    return f"${base64.b64encode(sealed).decode()}${version}$"


def decrypt(text: str, keys: dict[str, str]) -> str:
    """The plain text of a ciphertext; a text that is not one comes back unchanged. Raises NotDecipherable."""
    parts = split(text)
    if parts is None:
        return text
    sealed, version = parts
    if version not in keys:
        raise NotDecipherable(f"no key of version {version}")
    try:
        decryptor = _cipher(keys[version]).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(BLOCK_BITS).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except ValueError as error:
        raise NotDecipherable("the key of this version does not open it") from error


def split(text: str) -> tuple[bytes, str] | None:
    """(sealed bytes, key version) when the text has the shape of a ciphertext, else None."""
    parts = [part for part in text.split("$") if part]
    if not text.startswith("$") or not text.endswith("$") or len(parts) != 2 or not parts[1].isdigit():
        return None
    try:
        return base64.b64decode(parts[0], validate=True), parts[1]
    except binascii.Error:
        return None


def _cipher(key_base64: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(base64.b64decode(key_base64)), modes.CBC(IV))
