"""The message in which EMS pushes (040002, sheet §6), before what is sealed in it is read.

Without the rest of the adapter, because the front door imports it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderhub.adapters.ems.signing import opened_with
from orderhub.adapters.strict_json import strict_json


@dataclass(frozen=True, slots=True)
class Envelope:
    """``method`` is EMS's name of the message, ``sealed`` the value of ``logitcsInterface``; empty when missing."""

    method: str = ""
    serial: str = ""
    sealed: str = ""


def read_envelope(body: bytes) -> Envelope:
    """The envelope in these bytes; an empty one for whatever is none."""
    try:
        told = strict_json(body)
    except ValueError:
        return Envelope()
    if not isinstance(told, Mapping):
        return Envelope()
    method, serial, sealed = (told.get(name) for name in ("method", "serialNo", "logitcsInterface"))
    return Envelope(*(value if isinstance(value, str) else "" for value in (method, serial, sealed)))


def serial_of(body: bytes, key_texts: Sequence[str]) -> str | None:
    """``serialNo`` of a message that one of these keys opens; None when none does, or it is no message of EMS.

    Raises ValueError when a key is unusable.
    """
    envelope = read_envelope(body)
    return None if opened_with(envelope.sealed, key_texts) is None else envelope.serial
