"""Route pushes of SF: JSON, or a form whose field ``content`` is XML (sheet §5.1). Nothing is signed.

A push carries up to 10 steps of different parcels, so one step that cannot be read does not spoil the others.
What couriers are called and how to reach them stands in ``remark``: it is not read.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

from orderhub.adapters.strict_json import strict_json
from orderhub.adapters.strict_xml import walk_xml
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import RouteEvent

MAX_STEPS = 100  # SF says 10
UNKNOWN = "unknown"

_KIND_OF = {
    code: kind
    for kind, codes in {
        "picked_up": "50 54",
        "moving": "30 31 36 44 123 130 204 407 501 607 922 3036",
        "exception": "33 70",
        "delivered": "80 8000",
        "returned": "99 631 648",
    }.items()
    for code in codes.split()
}
_SHANGHAI = timezone(timedelta(hours=8))
_WORD = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class RoutePush:
    """The steps of one push. ``kind`` of a step is ``unknown`` for a code that the sheet does not explain.

    ``unreadable`` says what is wrong with each step that could not be read, in words without personal data.
    """

    events: tuple[RouteEvent, ...]
    unreadable: tuple[str, ...]


def read_push(body: bytes, content_type: str) -> RoutePush:
    """Read a route push. Raises UnreadableMessage when it is no route push at all."""
    try:
        steps = _steps(body, content_type.lower())
    except ValueError as failure:
        raise UnreadableMessage(f"not a route push of SF: {type(failure).__name__}") from failure
    events: list[RouteEvent] = []
    unreadable: list[str] = []
    for number, step in enumerate(steps, 1):
        try:
            events.append(_event(step))
        except ValueError as failure:
            unreadable.append(f"step {number}: {failure}")
    return RoutePush(tuple(events), tuple(unreadable))


def _steps(body: bytes, content_type: str) -> list[Mapping[str, object]]:
    if "x-www-form-urlencoded" in content_type:
        fields = parse_qs(body.decode(), strict_parsing=True, errors="strict", max_num_fields=20)
        (content,) = fields.get("content", [""])
        steps = _xml_steps(content.encode())
    elif "xml" in content_type:
        steps = _xml_steps(body)
    else:
        steps = _json_steps(strict_json(body))
    if len(steps) > MAX_STEPS:
        raise ValueError("too many steps")
    return steps


def _json_steps(value: object) -> list[Mapping[str, object]]:
    inner = value.get("Body") if isinstance(value, Mapping) else None
    steps = inner.get("WaybillRoute") if isinstance(inner, Mapping) else None
    if isinstance(steps, Mapping):
        steps = [steps]
    if not isinstance(steps, list):
        raise ValueError("no Body.WaybillRoute")
    return [step if isinstance(step, Mapping) else {} for step in steps]


def _xml_steps(document: bytes) -> list[Mapping[str, object]]:
    """WaybillRoute elements, their attributes and the texts of their children."""
    steps: list[dict[str, object]] = []

    def opens(path: Sequence[str], attributes: Mapping[str, str]) -> None:
        if len(path) > 8 or len(steps) > MAX_STEPS:
            raise ValueError("nested too deeply")
        if path[-1] == "WaybillRoute":
            steps.append(dict(attributes))

    def closes(path: Sequence[str], text: str) -> None:
        if path[-2:-1] == ["WaybillRoute"] and steps:
            steps[-1].setdefault(path[-1], text)

    walk_xml(document, opens, closes)
    if not steps:
        raise ValueError("no WaybillRoute")
    return list(steps)


def _event(step: Mapping[str, object]) -> RouteEvent:
    number = _word(step, "mailno")
    code = _word(step, "opCode")
    accept_time = str(step.get("acceptTime") or "")
    try:
        moment = datetime.strptime(accept_time, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHANGHAI)
    except ValueError as failure:
        raise ValueError("acceptTime is no time") from failure
    known_as = str(step.get("id") or "")
    if not _WORD.fullmatch(known_as):
        known_as = hashlib.sha256(f"{number} {code} {accept_time}".encode()).hexdigest()[:32]
    reference = str(step.get("orderid") or "")
    return RouteEvent(
        event_id=f"{number}-{known_as}",
        waybill_number=number,
        reference=reference if _WORD.fullmatch(reference) else "",
        kind=_KIND_OF.get(code, UNKNOWN),
        code=code,
        occurred_at=int(moment.timestamp()) * 1000,
    )


def _word(step: Mapping[str, object], name: str) -> str:
    value = step.get(name)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _WORD.fullmatch(text):
        raise ValueError(f"{name} is missing or damaged")
    return text
