"""What crosses the hub's HTTP API: requests read strictly, answers shaped the same everywhere."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from orderhub.domain.errors import Rejected

type Answer = Mapping[str, Any] | None

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class DecisionRequest(BaseModel):
    """A decision as a person makes it: the option, who, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    option: Word
    by: Word
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""

    @classmethod
    def read(cls, body: str | None) -> Self:
        """Raises Rejected (``bad_request``) naming the fields that are wrong."""
        try:
            return cls.model_validate_json(body or "")
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, row["loc"])) or "body" for row in error.errors())
            raise Rejected("bad_request", f"wrong or missing: {fields}") from None


_STATUS = {
    "no_such_decision": 404,
    "no_such_order": 404,
    "already_made": 409,
    "order_ended": 409,
    "already_shipped": 409,
}


def reply(answer: Answer) -> Response[Any]:
    """JSON with status 200."""
    return Response(200, "application/json; charset=utf-8", json.dumps(answer, ensure_ascii=False))


def refusal(error: Rejected) -> Response[Any]:
    """A refusal in the shape of every error: what happened, as a code for machines and words for people."""
    body = json.dumps({"error": {"code": error.code, "message": str(error)}}, ensure_ascii=False)
    return Response(_STATUS.get(error.code, 422), "application/json; charset=utf-8", body)


def problem(status: int, code: str, message: str) -> dict[str, Any]:
    """The same shape, for what is refused before any route is looked at."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json; charset=utf-8"},
        "body": json.dumps({"error": {"code": code, "message": message}}),
    }
