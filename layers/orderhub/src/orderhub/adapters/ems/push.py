"""EMS's push of a parcel's steps (040002, sheet §3, §6): opened, and read step by step.

The sealed text is one step, or several; each is read alone. Who handled the parcel and the words of a step are not
read: names stand in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.adapters.ems.envelope import read_envelope
from orderhub.adapters.ems.signing import opened_with
from orderhub.adapters.ems.tracks import MAX_STEPS, read_step
from orderhub.adapters.strict_json import strict_json
from orderhub.domain.errors import UnreadableMessage
from orderhub.ports.partners import RouteEvent

TRACK_PUSH = "040002"


@dataclass(frozen=True, slots=True)
class TrackPush:
    """The events of one push; ``unreadable`` says what is wrong with each step that could not be read."""

    events: tuple[RouteEvent, ...]
    unreadable: tuple[str, ...]


def read_push(body: bytes, key_texts: Sequence[str]) -> TrackPush:
    """Read a push that was proven at the door. Raises UnreadableMessage when it is none, or no key opens it.

    Raises ValueError when a key is unusable.
    """
    envelope = read_envelope(body)
    if envelope.method != TRACK_PUSH:
        raise UnreadableMessage("not a push of steps of EMS")
    text = opened_with(envelope.sealed, key_texts)
    if text is None:
        raise UnreadableMessage("undecipherable")
    try:
        steps = _steps(strict_json(text.encode()))
    except ValueError as failure:
        raise UnreadableMessage(f"not a push of steps of EMS: {type(failure).__name__}") from failure
    events: list[RouteEvent] = []
    unreadable: list[str] = []
    for number, step in enumerate(steps, 1):
        try:
            events += read_step(step)
        except ValueError as failure:
            unreadable.append(f"step {number}: {failure}")
    return TrackPush(tuple(events), tuple(unreadable))


def _steps(told: object) -> list[Mapping[str, Any]]:
    listed = told.get("responseItems", [told]) if isinstance(told, Mapping) else told
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_STEPS:
        raise ValueError("no steps, or too many")
    return [step if isinstance(step, Mapping) else {} for step in listed]
