"""What crosses the API of the rules: packs as JSON or CSV, tests and switches, refusals with every problem."""

import json
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, StringConstraints, ValidationError, model_validator

from orderhub.contracts.api import StaffId, Word, status_of
from orderhub.contracts.route import Asked, Route
from orderhub.domain.errors import Rejected

MAX_BODY = 1_500_000

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Instant = Annotated[int, Field(strict=True, ge=0, le=9_999_999_999_999)]


class _Body(Asked):
    @classmethod
    def read(cls, body: str | None) -> Self:
        """Raises Rejected (``bad_request``) naming the fields that are wrong, ``too_large``."""
        text = body or ""
        if len(text) > MAX_BODY:
            raise Rejected("too_large", "a pack has at most 256 KB as JSON, 1 MB as CSV")
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, row["loc"])) or "body" for row in error.errors())
            raise Rejected("bad_request", f"wrong or missing: {fields[:500]}") from None


class _WithPack(_Body):
    """A pack as JSON (``graph``) or as CSV (``csv``: cells as they are stored, or in words), one of both."""

    graph: dict[str, Any] | None = None
    csv: str | None = None

    @model_validator(mode="after")
    def _is_one_pack(self) -> Self:
        if (self.graph is None) == (self.csv is None):
            raise ValueError("graph or csv")
        return self


class CheckRequest(_WithPack):
    """A pack to be checked only."""


class SaveRequest(_WithPack):
    """A draft: who answers for it, what it is for, who saves it, the live version that it was written from."""

    owner: Word
    by: StaffId
    note: Text = ""
    based_on: Annotated[int, Field(strict=True, ge=0)] | None = None


class TryRequest(_WithPack):
    """A pack to be tried on the orders judged from ``since`` to ``until`` (epoch ms)."""

    since: Instant
    until: Instant


class TestRequest(_Body):
    """A saved version to be tried; what it finds stays with the version."""

    __test__ = False  # no test class, whatever its name says

    since: Instant
    until: Instant
    by: StaffId


class SwitchRequest(_Body):
    """A version to judge from now on, instead of the live one that the switcher saw."""

    replaces: Annotated[int, Field(strict=True, ge=0)]
    by: StaffId
    reason: Text = ""


def csv_reply(data: bytes) -> Response[Any]:
    """A CSV file."""
    return Response(200, "text/csv; charset=utf-8", data.decode())


def refusal(error: Rejected) -> Response[Any]:
    """A refusal in the shape of every error; of a refused pack with every problem: row, column, reason."""
    said: dict[str, Any] = {"code": error.code, "message": str(error), "evidence": error.evidence}
    problems = getattr(error, "problems", ())
    if problems:
        said["problems"] = [problem.shown() for problem in problems]
    return Response(
        status_of(error.code), "application/json; charset=utf-8", json.dumps({"error": said}, ensure_ascii=False)
    )


_KIND = "/api/rules/{kind}"
_VERSION = f"{_KIND}/{{version}}"
_NAMED = ("no_such_kind", "no_such_version")
_PACK = ("no_such_kind", "bad_request", "too_large", "bad_pack")
_PERIOD = ("bad_period", "too_many_orders")

ROUTES = (
    Route("GET", "/api/rules", "list_rules", "Kinds of rules and the live version of each"),
    Route("GET", _KIND, "list_rule_versions", "The versions of a kind, newest first", refuses=_NAMED[:1]),
    Route("GET", f"{_KIND}/fields", "read_rule_fields", "What rows may ask and must say", refuses=_NAMED[:1]),
    Route("GET", _VERSION, "read_rule_version", "One version whole; 0 is the shipped default", refuses=_NAMED),
    Route("GET", f"{_VERSION}/csv", "export_rule_version", "A plain pack as CSV", refuses=(*_NAMED, "not_plain")),
    Route("GET", f"{_VERSION}/against/{{other}}", "compare_rule_versions", "Row by row", refuses=_NAMED),
    Route("POST", _KIND, "save_rules", "Save a pack as the next draft", takes=SaveRequest, refuses=_PACK),
    Route("POST", f"{_KIND}/check", "check_rules", "What is wrong with a pack", takes=CheckRequest, refuses=_PACK),
    Route("POST", f"{_KIND}/backtest", "try_rules", "Try a pack on past orders", takes=TryRequest,
          refuses=(*_PACK, *_PERIOD)),
    Route("POST", f"{_VERSION}/backtest", "test_rule_version", "Try a saved version and keep the result with it",
          takes=TestRequest, refuses=(*_NAMED, "bad_request", *_PERIOD)),
    Route("POST", f"{_VERSION}/switch", "switch_rules", "This version judges from now on", takes=SwitchRequest,
          refuses=(*_NAMED, "bad_request", "bad_pack", "untested", "outdated", "switched_meanwhile", "already_live")),
)  # fmt: skip
"""What the function ``rules`` serves."""
