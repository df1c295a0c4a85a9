"""Keyed one-way digests of personal data: comparable, not readable (R6)."""

import hashlib
import hmac
import re
from collections.abc import Callable

from orderhub.domain.order import Receiver

_NOT_DIGITS = re.compile(r"\D")


class KeyedDigest:
    """ports.world.Digest: HMAC-SHA-256 under the hub's secret, cut to 128 bits. The key is read when needed."""

    def __init__(self, key: Callable[[], str]) -> None:
        self._key = key

    def of_phone(self, phone: str) -> str:
        """Of the digits alone, without a +86 prefix; empty for a phone without digits."""
        digits = _NOT_DIGITS.sub("", phone)
        if len(digits) > 11 and digits.startswith("86"):
            digits = digits[2:]
        return self._of("phone", digits) if digits else ""

    def of_receiver(self, receiver: Receiver) -> str:
        return self._of("receiver", receiver.name, receiver.phone, receiver.detail, receiver.note)

    def _of(self, *parts: str) -> str:
        text = "\x1f".join(parts)
        return hmac.new(self._key().encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
