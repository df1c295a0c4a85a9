"""How EMS's business JSON is sealed: SM4, and the key's own text behind it (sheet §3; vectors ems-11, sm4-10).

What EMS pushes has no key behind it. Imported only where EMS is called or heard: the cipher costs about 10 ms of a
cold start.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7

PREFIX = "|$4|"
_BLOCK_BITS, _KEY_BYTES = 128, 16


class SignKey:
    """签名密钥: Base64 text of 16 bytes. The bytes are the cipher's key, the text goes behind what is sealed."""

    def __init__(self, text: str) -> None:
        """Raises ValueError for a text that is no such key; the message does not hold it."""
        try:
            self._key = b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("the key is not Base64") from None
        if len(self._key) != _KEY_BYTES:
            raise ValueError("the key is not 16 bytes")
        self._text = text

    def __repr__(self) -> str:
        return "SignKey(…)"

    def seal(self, text: str) -> str:
        """The value of ``logitcsInterface`` for this JSON text. Raises UnicodeEncodeError on lone surrogates."""
        return PREFIX + b64encode(self.encrypted((text + self._text).encode())).decode()

    def encrypted(self, plain: bytes) -> bytes:
        """SM4 in ECB mode after PKCS#7 padding. EMS prescribes ECB: equal blocks show, and nothing proves integrity."""
        padder = PKCS7(_BLOCK_BITS).padder()
        cipher = Cipher(SM4(self._key), modes.ECB()).encryptor()  # noqa: S305
        return cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()

    def opened(self, sealed: str) -> str:
        """The text in a value of ``logitcsInterface``, without the key's text should it stand behind it.

        Raises ValueError for what this key did not seal, as far as that can be seen: nothing proves integrity.
        """
        if not sealed.startswith(PREFIX):
            raise ValueError("not sealed")
        cipher = Cipher(SM4(self._key), modes.ECB()).decryptor()  # noqa: S305
        padded = cipher.update(b64decode(sealed.removeprefix(PREFIX), validate=True)) + cipher.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
        return plain.decode().removesuffix(self._text)


def opened_with(sealed: str, key_texts: Sequence[str]) -> str | None:
    """The JSON text that the first of these keys to fit opens, or None. Raises ValueError for a text that is no key."""
    for key in [SignKey(text) for text in key_texts]:
        try:
            text = key.opened(sealed)
        except ValueError:
            continue
        if text.lstrip().startswith(("{", "[")):
            return text
    return None
