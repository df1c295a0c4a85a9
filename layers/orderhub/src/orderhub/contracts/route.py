"""One operation of the hub's HTTP API, described once: routed, read and documented from the same record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from orderhub.domain.errors import Rejected

LONGEST_BODY = 256 * 1024


class Asked(BaseModel):
    """What a caller sends: strict, nothing but the named fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, body: str | None) -> Self:
        """Raises Rejected (``bad_request``) naming the fields that are wrong; their values stay out of the answer."""
        text = body or ""
        if len(text) > LONGEST_BODY:
            raise Rejected("bad_request", f"the body is longer than {LONGEST_BODY} characters")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise _refused(error) from None

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """The same, of a query string."""
        try:
            return cls.model_validate(dict(query))
        except ValidationError as error:
            raise _refused(error) from None


class Answered(BaseModel):
    """What the hub answers: every field named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` in OpenAPI's words: ``/api/decisions/{decision_id}``. ``refuses``: the codes of its refusals."""

    method: str
    path: str
    operation: str
    summary: str
    answers: type[BaseModel] | None = None
    takes: type[Asked] | None = None
    asks: type[Asked] | None = None
    refuses: tuple[str, ...] = ()
    media_type: str = "application/json"  # of the answer

    @property
    def rule(self) -> str:
        """The path in the words of powertools' event handler."""
        return self.path.replace("{", "<").replace("}", ">")


@dataclass(frozen=True, slots=True)
class Call:
    """One request as an operation gets it: the path's parameters, the query and the body, both read."""

    named: Mapping[str, str]
    query: Any = None
    body: Any = None


def _refused(error: ValidationError) -> Rejected:
    fields = ", ".join(".".join(map(str, row["loc"])) or "body" for row in error.errors())
    return Rejected("bad_request", f"wrong or missing: {fields[:500]}")
