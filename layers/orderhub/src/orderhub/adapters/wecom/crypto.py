"""What a callback of WeCom says, opened (sheet §4.1; doc 90968; vectors wecom-01 … wecom-08).

AES-256-CBC under the EncodingAESKey, IV = its first 16 bytes, PKCS#7 to blocks of **32**; inside: 16 random bytes,
the length of the message in 4 bytes big-endian, the message, the receive id (for an internal app the corp id).
"""

import binascii
from base64 import b64decode
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
_RANDOM, _LENGTH = 16, 4


class Undecipherable(ValueError):
    """The text cannot be opened, or it was sealed for somebody else. Carries the reason, never the text."""


class CallbackKey:
    """The EncodingAESKey of one app and the receive id that its messages must name."""

    def __init__(self, encoding_aes_key: str, receive_id: str) -> None:
        """Raises Undecipherable (``aes_key``) unless the key is 43 characters that decode to 32 bytes."""
        try:
            self._key = b64decode(encoding_aes_key + "=", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Undecipherable("aes_key") from error
        if len(self._key) != BLOCK:
            raise Undecipherable("aes_key")
        self._receive_id = receive_id.encode()

    def open(self, sealed: str) -> bytes:
        """The message. Raises Undecipherable: ``base64``, ``decrypt``, ``padding``, ``length``, ``receive_id``."""
        try:
            ciphertext = b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Undecipherable("base64") from error
        try:
            decryptor = Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16])).decryptor()
            padded = decryptor.update(ciphertext) + decryptor.finalize()
        except ValueError as error:
            raise Undecipherable("decrypt") from error
        plain = unpadded(padded)
        start = _RANDOM + _LENGTH
        length = int.from_bytes(plain[_RANDOM:start], "big")
        if len(plain) < start or length > len(plain) - start:
            raise Undecipherable("length")
        if not compare_digest(plain[start + length :], self._receive_id):
            raise Undecipherable("receive_id")
        return plain[start : start + length]


def unpadded(padded: bytes, block: int = BLOCK) -> bytes:
    """The text without its PKCS#7 padding. Raises Undecipherable (``padding``)."""
    count = padded[-1] if padded else 0
    if not 1 <= count <= block or padded[-count:] != bytes([count]) * count:
        raise Undecipherable("padding")
    return padded[:-count]
