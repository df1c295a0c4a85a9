"""Kingdee's answers: always HTTP 200, the verdict in ``Result.ResponseStatus`` (sheet §3.2). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orderhub.adapters.kingdee.mapping import PARTNER
from orderhub.adapters.partner_http import Response, parse_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

SESSION_LOST, EXCEPTION, DATABASE, VALIDATION, NETWORK_CONTROL, CALL_LIMIT = 1, 4, 6, 11, 13, 14
SESSION_LOST_TEXT = "会话信息已丢失"
NOT_UNIQUE_TEXT = "唯一性"
NETWORK_CONTROL_SECONDS, CALL_LIMIT_SECONDS = 2.0, 5.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Kingdee said no: its MsgCode (0 when it gave none), the field and text of its first error."""

    msg_code: int
    field: str
    message: str
    did_something: bool  # some entity succeeded all the same

    @property
    def is_session_lost(self) -> bool:
        return self.msg_code == SESSION_LOST or SESSION_LOST_TEXT in self.message

    def is_number_used(self, bill_no: str) -> bool:
        """Whether the bill number exists already (a validation error like any other, but for its text)."""
        about = self.field.lower() == "fbillno" or f"[{bill_no}]" in self.message
        return self.msg_code in (0, VALIDATION) and NOT_UNIQUE_TEXT in self.message and about

    def error(self) -> Exception:
        """What the refusal is to the hub."""
        if self.did_something or self.msg_code in (EXCEPTION, DATABASE):
            return _unclear(f"MsgCode {self.msg_code}")
        if self.is_session_lost:
            return PartnerUnavailable(PARTNER, "session lost")
        if self.msg_code in (NETWORK_CONTROL, CALL_LIMIT):
            seconds = CALL_LIMIT_SECONDS if self.msg_code == CALL_LIMIT else NETWORK_CONTROL_SECONDS
            return PartnerUnavailable(PARTNER, f"MsgCode {self.msg_code}", retry_after_seconds=seconds)
        return PartnerRejected(PARTNER, str(self.msg_code), self.message[:200])


def read_operation(response: Response) -> tuple[str, ...] | Refusal:
    """The numbers of the bills that succeeded (Save, Submit, Audit), or the refusal.

    Raises PartnerRejected when the gateway refuses our signature (401), PartnerUnavailable (unclear) for an
    answer of another shape.
    """
    return _verdict(_body(response))


def read_query(response: Response) -> Sequence[Any] | Refusal:
    """The rows of ExecuteBillQuery, or the refusal that hides in the shape of rows (§3.1, §7.3).

    Raises as ``read_operation`` does.
    """
    body = _body(response)
    if isinstance(body, Mapping):
        verdict = _verdict(body)
        if isinstance(verdict, Refusal):
            return verdict
        raise _unclear("a query answered like an operation")
    if not isinstance(body, list):
        raise _unclear("a query without rows")
    first = body[0] if body else None
    if isinstance(first, list) and first and isinstance(first[0], Mapping):
        verdict = _verdict(first[0])
        if isinstance(verdict, Refusal):
            return verdict
        raise _unclear("a query with objects in its rows")
    return body


def _body(response: Response) -> Any:
    if response.status == 401:
        raise PartnerRejected(PARTNER, "401", "the gateway refused our signature")
    if response.status >= 300:
        raise _unclear(f"HTTP {response.status}")
    return parse_json(response.body, PARTNER)


def _verdict(body: object) -> tuple[str, ...] | Refusal:
    result = body.get("Result") if isinstance(body, Mapping) else None
    status = result.get("ResponseStatus") if isinstance(result, Mapping) else None
    if not isinstance(status, Mapping) or not isinstance(status.get("IsSuccess"), bool):
        raise _unclear("an answer without ResponseStatus")
    done = tuple(str(entity.get("Number", "")) for entity in _dicts(status.get("SuccessEntitys")))
    errors = _dicts(status.get("Errors"))
    if status["IsSuccess"]:
        if errors or not done:
            raise _unclear("success without a bill, or with errors")
        return done
    first = errors[0] if errors else {}
    code = status.get("MsgCode")
    return Refusal(
        msg_code=code if isinstance(code, int) and not isinstance(code, bool) else 0,
        field=str(first.get("FieldName") or ""),
        message=str(first.get("Message") or ""),
        did_something=bool(done),
    )


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _unclear(message: str) -> PartnerUnavailable:
    return PartnerUnavailable(PARTNER, message, unclear=True)
