"""Keyed one-way digests of personal data: comparable, not readable (R6)."""

import hashlib
import hmac
import re
from collections.abc import Callable

from orderhub.domain.order import Receiver

_NOT_DIGITS = re.compile(r"\D")


def _digits(phone: str) -> str:
    digits = _NOT_DIGITS.sub("", phone)
    return digits[2:] if len(digits) > 11 and digits.startswith("86") else digits


class KeyedDigest:
    """ports.world.Digest: HMAC-SHA-256 under the hub's secret, cut to 128 bits. The key is read when needed."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def of_phone(self, phone: str) -> str:
        """Of the digits alone, without a +86 prefix; empty for a phone without digits."""
        digits = _digits(phone)
        return self._of("phone", digits) if digits else ""

    def of_tail(self, phone: str) -> str:
        """Of its last four digits; empty for a phone with fewer. Four digits are few: only the key keeps them."""
        tail = _digits(phone)[-4:]
        return self._of("tail", tail) if len(tail) == 4 else ""

    def of_nick(self, nick: str) -> str:
        """Of a nick without case and outer space; empty for none."""
        plain = nick.strip().casefold()
        return self._of("nick", plain) if plain else ""

    def of_receiver(self, receiver: Receiver) -> str:
        return self._of("receiver", receiver.name, receiver.phone, receiver.detail, receiver.note)

    def _of(self, *parts: str) -> str:
        text = "\x1f".join(parts)
        return hmac.new(self._key().encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
