"""Routes of SF, pushed (JSON, or a form whose field ``content`` is XML, sheet §5.1) or asked for (§4.5).

Nothing pushed is signed. A push carries up to 10 steps of different parcels, so one step that cannot be read does
not spoil the others. What couriers are called and how to reach them stands in ``remark``: it is not read.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from orderhub.adapters.sf.mapping import text_of, unclear
from orderhub.adapters.sf.times import instant
from orderhub.adapters.strict_json import strict_json
from orderhub.adapters.strict_xml import walk_xml
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import RouteEvent

MAX_STEPS = 100  # SF says 10
MAX_ASKED = 10
UNKNOWN = "unknown"

_KIND_OF = {
    code: kind
    for kind, codes in {
        "picked_up": "50 54",
        "moving": "30 31 36 123 130 407 501 607 922 3036",
        "out_for_delivery": "44 204",
        "exception": "33 70",
        "delivered": "80 8000",
        "turned": "99 631 648",
    }.items()
    for code in codes.split()
}
_KIND_OF_STATUS = {"已揽收": "picked_up", "运送中": "moving", "派送中": "out_for_delivery", "已签收": "delivered"}
_SAYS_MORE_THAN_THE_STATUS = frozenset({"exception", "turned"})
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


def kind_of(code: str, status_name: str = "") -> str:
    """What a step means for its parcel: by ``firstStatusName`` where SF gives a known one, else by ``opCode`` (§4.5).

    A failed delivery and a turn have no status of their own: there the code says more.

    >>> kind_of("36"), kind_of("36", "派送中"), kind_of("70", "派送中"), kind_of("4711")
    ('moving', 'out_for_delivery', 'exception', 'unknown')
    """
    by_code = _KIND_OF.get(code, UNKNOWN)
    return by_code if by_code in _SAYS_MORE_THAN_THE_STATUS else _KIND_OF_STATUS.get(status_name, by_code)


def routes_message(numbers: Sequence[str], phone_tails: Sequence[str]) -> dict[str, object]:
    """msgData of EXP_RECE_SEARCH_ROUTES for at most ``MAX_ASKED`` waybills."""
    message: dict[str, object] = {
        "language": "zh-CN",
        "trackingType": "1",
        "trackingNumber": list(numbers),
        "methodType": "1",
    }
    return message | ({"checkPhoneNo": ",".join(phone_tails)} if phone_tails else {})


def routes_of(answer: Mapping[str, object], asked: Sequence[str]) -> list[RouteEvent]:
    """The steps in the msgData of an answer. Raises PartnerUnavailable (unclear) for one that cannot be read."""
    parcels = answer.get("routeResps")
    if not isinstance(parcels, list):
        raise unclear("no routeResps")
    events: list[RouteEvent] = []
    for parcel in parcels:
        number = parcel.get("mailNo") if isinstance(parcel, Mapping) else None
        steps = parcel.get("routes") if isinstance(parcel, Mapping) else None
        if number not in asked or not isinstance(steps, list | None):
            raise unclear("routes of a parcel nobody asked for")
        try:
            events += [_event({**step, "mailno": number}) for step in steps or ()]
        except (TypeError, ValueError) as failure:
            raise unclear("a step that cannot be read") from failure
    return events


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
    occurred_at = instant(accept_time)
    if occurred_at is None:
        raise ValueError("acceptTime is no time")
    known_as = str(step.get("id") or "")
    if not _WORD.fullmatch(known_as):
        known_as = hashlib.sha256(f"{number} {code} {accept_time}".encode()).hexdigest()[:32]
    reference = str(step.get("orderid") or "")
    return RouteEvent(
        event_id=f"{number}-{known_as}",
        waybill_number=number,
        reference=reference if _WORD.fullmatch(reference) else "",
        kind=kind_of(code, text_of(step.get("firstStatusName"))),
        code=code,
        occurred_at=occurred_at,
    )


def _word(step: Mapping[str, object], name: str) -> str:
    text = text_of(step.get(name))
    if not _WORD.fullmatch(text):
        raise ValueError(f"{name} is missing or damaged")
    return text
