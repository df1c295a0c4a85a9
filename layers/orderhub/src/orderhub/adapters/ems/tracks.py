"""A parcel's way as EMS shows it when asked (040001) and pushes it (040002), sheet §4, §6. Pure.

A step that was scanned by mistake is taken back by a later one: by a code of its own, or by a name that ends in 删除.
Who handled the parcel, and the words of a step, are not read.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orderhub.adapters.ems.answers import records_of, unclear
from orderhub.adapters.ems.mapping import instant, text_of
from orderhub.ports.partners import RouteEvent

UNKNOWN = "unknown"
MAX_STEPS = 500

_KINDS: Mapping[str, str] = {
    code: kind
    for kind, codes in {
        "picked_up": "203",
        "moving": "305 389 457 516 713 723 747 954",
        "out_for_delivery": "702",
        "delivered": "704 711 748",
        "exception": "705 987 988",
        "turned": "013 405 708 741 756 801 802 803",
    }.items()
    for code in codes.split()
}
_TAKES_BACK = {"742": "702", "743": "704", "744": "705"}
_TAKEN_BACK = "删除"
_SIGNED, _NOT_SIGNED = "妥投", "未妥投"
_SIGNATURE_VOID = "743"
_BACK_AT_SENDER = "711"
_NUMBER = re.compile(r"[0-9A-Za-z]{8,32}")
_REFERENCE = re.compile(r"[0-9A-Za-z_-]{1,64}")
_WORD = re.compile(r"[0-9A-Za-z_]{1,16}")


def kind_of(code: str) -> str:
    """What a step means for its parcel; ``unknown`` for a code that the sheet does not explain.

    >>> kind_of("704"), kind_of("747"), kind_of("C_17")
    ('delivered', 'moving', 'unknown')
    """
    return _KINDS.get(code, UNKNOWN)


def routes_of(number: str, body: object) -> list[RouteEvent]:
    """The steps in the body of 040001, oldest first, without those that were taken back; none when EMS shows none.

    The steps that take back stay: ``signature_void`` for a delivery, else ``unknown``. Raises PartnerUnavailable
    (unclear) for a body that cannot be read, or that is about another parcel.
    """
    if isinstance(body, Mapping) and "responseItems" not in body:
        raise unclear("no responseItems")
    steps = records_of(body["responseItems"] if isinstance(body, Mapping) else body)
    if len(steps) > MAX_STEPS:
        raise unclear("too many steps")
    try:
        told = sorted((_step(number, step) for step in steps), key=lambda step: step[0].occurred_at)
    except (TypeError, ValueError) as failure:
        raise unclear("a step that cannot be read") from failure
    valid: list[tuple[RouteEvent, str]] = []
    for event, name in told:
        _take_back(valid, event.code, name)
        valid.append((event, name))
    return [told for event, _ in valid for told in _told(event)]


def read_step(step: Mapping[str, Any]) -> list[RouteEvent]:
    """The events of one pushed step. What it may take back was told before: kept apart by ``kind``, as above.

    Raises ValueError for what is damaged, in words without what stood there.
    """
    number = text_of(step.get("waybillNo"))
    if not _NUMBER.fullmatch(number):
        raise ValueError("waybillNo is missing or damaged")
    reference = text_of(step.get("orderNo"))
    try:
        event, _ = _step(number, step)
    except ValueError as failure:
        raise ValueError("opTime or opCode is missing or damaged") from failure
    return _told(replace(event, reference=reference if _REFERENCE.fullmatch(reference) else ""))


def _step(number: str, step: Mapping[str, Any]) -> tuple[RouteEvent, str]:
    if text_of(step.get("waybillNo")) not in ("", number):
        raise ValueError("of another parcel")
    code, time, name = text_of(step.get("opCode")), text_of(step.get("opTime")), text_of(step.get("opName"))
    if not _WORD.fullmatch(code):
        raise ValueError("opCode is missing or damaged")
    known_as = hashlib.sha256(f"{number} {code} {time}".encode()).hexdigest()[:24]
    kind = _kind_of_taking_back(code, name) if code in _TAKES_BACK or name.endswith(_TAKEN_BACK) else kind_of(code)
    return RouteEvent(f"{number}-{known_as}", number, "", kind, code, instant(time)), name


def _take_back(valid: list[tuple[RouteEvent, str]], code: str, name: str) -> None:
    """Remove the latest step that this one takes back."""
    wrong = name.removesuffix(_TAKEN_BACK) if name.endswith(_TAKEN_BACK) else ""
    for at in reversed(range(len(valid))):
        event, known_as = valid[at]
        if event.code == _TAKES_BACK.get(code) or (wrong and known_as == wrong):
            del valid[at]
            return


def _kind_of_taking_back(code: str, name: str) -> str:
    is_signature = name.endswith(f"{_SIGNED}{_TAKEN_BACK}") and not name.endswith(f"{_NOT_SIGNED}{_TAKEN_BACK}")
    return "signature_void" if code == _SIGNATURE_VOID or is_signature else UNKNOWN


def _told(event: RouteEvent) -> list[RouteEvent]:
    """退回妥投 is a delivery to the sender: the parcel turned before, though nobody may have seen or told it."""
    if event.code != _BACK_AT_SENDER or event.kind != "delivered":
        return [event]
    return [replace(event, event_id=f"{event.event_id}-t", kind="turned", occurred_at=event.occurred_at - 1), event]
