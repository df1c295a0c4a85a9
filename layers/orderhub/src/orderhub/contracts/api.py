"""How the hub's HTTP API answers: the same shapes everywhere."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import AfterValidator, StringConstraints

from orderhub.domain.decision import HUB
from orderhub.domain.errors import Rejected
from orderhub.domain.why import why_refused

type Answer = Mapping[str, Any] | TextFile | None


@dataclass(frozen=True, slots=True)
class TextFile:
    """An answer that is a file to keep, not JSON."""

    name: str
    media_type: str
    text: str


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


def _is_somebody(by: str) -> str:
    """Facts keep it for ever: no phone. And nobody speaks in the hub's own name."""
    if by.lower() == HUB or re.fullmatch("1[3-9][0-9]{9}", by):
        raise ValueError("not a member of staff")
    return by


StaffId = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9._@-]{1,60}$"), AfterValidator(_is_somebody)
]
"""Who does something, as facts name them: a staff id, not a name. Only a pressed button is ``wecom:<user id>``."""

_NOT_FOUND = frozenset(
    {
        "no_such_decision",
        "no_such_order",
        "no_such_parcel",
        "no_such_kind",
        "no_such_path",
        "no_such_run",
        "no_such_version",
        "no_such_row",
        "no_such_code",
    }
)
_CONFLICT = frozenset(
    {
        "already_made",
        "already_shipped",
        "already_dispatched",
        "already_delivered",
        "order_not_known",
        "cannot_be_done",
        "order_ended",
        "order_cancelled",
        "order_unpaid",
        "order_unknown",
        "order_changed",
        "not_made",
        "not_now",
        "cannot_undo",
        "undo_over",
        "left_the_house",
        "asked_again",
        "switched_meanwhile",
        "already_live",
        "outdated",
        "number_known",
        "number_taken",
    }
)


def status_of(code: str) -> int:
    """404 what is not there, 409 what happened meanwhile, 422 what was asked wrongly."""
    return 404 if code in _NOT_FOUND else 409 if code in _CONFLICT else 422


def reply(answer: Answer) -> Response[Any]:
    """JSON with status 200, or the file."""
    if isinstance(answer, TextFile):
        named = {"content-disposition": f'attachment; filename="{answer.name}"'}
        return Response(200, f"{answer.media_type}; charset=utf-8", answer.text, headers=named)
    return Response(200, "application/json; charset=utf-8", json.dumps(answer, ensure_ascii=False))


def refusal(error: Rejected) -> Response[Any]:
    """A refusal in the shape of every error: a code for machines, and why in the shape that holds are explained in."""
    why = why_refused(error.code, str(error), error.evidence).values
    told = {"code": error.code, "message": str(error), "evidence": error.evidence, "why": why}
    body = json.dumps({"error": told}, ensure_ascii=False)
    return Response(status_of(error.code), "application/json; charset=utf-8", body)


def problem(status: int, code: str, message: str) -> dict[str, Any]:
    """The same shape, for what is refused before any route is looked at."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json; charset=utf-8"},
        "body": json.dumps({"error": {"code": code, "message": message, "evidence": {}}}),
    }


def try_again() -> dict[str, Any]:
    """What is answered while a part of the hub or a partner is away: asking again does no harm."""
    told = problem(503, "unavailable", "a part of the hub or a partner did not answer; ask again")
    told["headers"]["retry-after"] = "2"
    return told
