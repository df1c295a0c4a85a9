"""What 快递鸟 knows of parcels on their way: its push (sheet §6) and the answer of a query (§5), read alike.

Each push brings the whole list of traces again; events have ids, so what was heard before changes nothing. Couriers'
names and phones stand in the texts: they are not read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from orderhub.adapters.kuaidiniao.mapping import CARRIERS, kind_of
from orderhub.adapters.kuaidiniao.signing import signed_text
from orderhub.adapters.strict_json import strict_json
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import RouteEvent

MAX_PARCELS, MAX_TRACES = 500, 500
_SHANGHAI = timezone(timedelta(hours=8))
_WORD = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True, slots=True)
class TrackPush:
    """The events of one push; ``unreadable`` says what is wrong with each parcel that could not be read."""

    events: tuple[RouteEvent, ...]
    unreadable: tuple[str, ...]


def read_push(body: bytes) -> TrackPush:
    """Read a push whose signature was checked at the door. Raises UnreadableMessage when it is none at all."""
    text, _ = signed_text(body)
    try:
        told = strict_json(text.encode())
        parcels = told.get("Data") if isinstance(told, Mapping) else None
        if not isinstance(parcels, list) or len(parcels) > MAX_PARCELS:
            raise ValueError("no Data, or too much of it")
    except ValueError as failure:
        raise UnreadableMessage(f"not a push of 快递鸟: {type(failure).__name__}") from failure
    events: list[RouteEvent] = []
    unreadable: list[str] = []
    for number, parcel in enumerate(parcels, 1):
        try:
            events += read_parcel(parcel if isinstance(parcel, Mapping) else {})
        except ValueError as failure:
            unreadable.append(f"parcel {number}: {failure}")
    return TrackPush(tuple(events), tuple(unreadable))


def read_parcel(parcel: Mapping[str, object]) -> list[RouteEvent]:
    """The events of one parcel: of each trace that has a code of its own, and of the state of the whole at its last
    trace. Raises ValueError for what is damaged."""
    carrier = CARRIERS.get(_word(parcel, "ShipperCode"), _word(parcel, "ShipperCode").lower())
    number = _word(parcel, "LogisticCode")
    reference = str(parcel.get("OrderCode") or "")
    traces = parcel.get("Traces") or []
    if not isinstance(traces, list) or len(traces) > MAX_TRACES:
        raise ValueError("Traces is no list, or too long")
    seen: dict[str, RouteEvent] = {}
    for code, at in _codes(parcel, traces):
        told = hashlib.sha256(f"{number} {code} {at}".encode()).hexdigest()[:24]
        event = RouteEvent(
            event_id=f"{number}-{told}",
            waybill_number=number,
            reference=reference if _WORD.fullmatch(reference) else "",
            kind=kind_of(code),
            code=code,
            occurred_at=at,
            carrier=carrier,
        )
        seen.setdefault(event.event_id, event)
    return list(seen.values())


def _codes(parcel: Mapping[str, object], traces: list[object]) -> Iterator[tuple[str, int]]:
    last = 0
    for trace in traces:
        if not isinstance(trace, Mapping):
            raise ValueError("a trace is no object")
        at = _instant(trace.get("AcceptTime"))
        last = max(last, at)
        if trace.get("Action") not in (None, ""):
            yield _code(trace.get("Action")), at
    state = parcel.get("StateEx") or parcel.get("State")
    if last and state not in (None, "", "0", 0):
        yield _code(state), last


def _code(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise ValueError("a state is no code")
    return text


def _instant(value: object) -> int:
    try:
        moment = datetime.strptime(str(value or ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_SHANGHAI)
    except ValueError as failure:
        raise ValueError("AcceptTime is no time") from failure
    return int(moment.timestamp()) * 1000


def _word(parcel: Mapping[str, object], name: str) -> str:
    value = parcel.get(name)
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _WORD.fullmatch(text):
        raise ValueError(f"{name} is missing or damaged")
    return text
