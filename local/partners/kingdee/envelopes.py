"""Kingdee's answers: `Result.ResponseStatus` with MsgCode, always HTTP 200 (sheet §3.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SESSION_LOST = 1
EXCEPTION = 4
FORM_EMPTY = 5
PARAMETER = 8
NO_SUCH_FIELD = 9
NO_DATA = 10
VALIDATION = 11
NOT_ALLOWED = 12
NETWORK_CONFLICT = 13
CALL_LIMIT = 14

SESSION_LOST_TEXT = "会话信息已丢失，请重新登录"


@dataclass(eq=False)
class Refused(Exception):
    """One reason why a call, or one bill of it, is refused."""

    message: str
    msg_code: int
    field_name: str | None = None
    index: int = 0

    def as_error(self) -> dict[str, Any]:
        """One element of `Errors`."""
        return {"FieldName": self.field_name, "Message": self.message, "DIndex": self.index}


@dataclass
class Outcome:
    """What became of the bills of one call: some may have succeeded although others were refused."""

    done: list[dict[str, Any]] = field(default_factory=list)
    errors: list[Refused] = field(default_factory=list)

    def done_with(self, bill_id: int, number: str, index: int) -> None:
        """Note a bill that succeeded."""
        self.done.append({"Id": bill_id, "Number": number, "DIndex": index})

    def status(self) -> dict[str, Any]:
        """`ResponseStatus`."""
        if not self.errors:
            return {
                "IsSuccess": True,
                "Errors": [],
                "SuccessEntitys": self.done,
                "SuccessMessages": [],
                "MsgCode": 0,
            }
        return {
            "ErrorCode": 500,
            "IsSuccess": False,
            "Errors": [error.as_error() for error in self.errors],
            "SuccessEntitys": self.done,
            "SuccessMessages": [],
            "MsgCode": self.errors[0].msg_code,
        }

    def answer(self) -> dict[str, Any]:
        """The whole reply, with the first bill's id and number beside the status as Save gives them."""
        first = self.done[0] if self.done else {"Id": "", "Number": ""}
        return {
            "Result": {
                "ResponseStatus": self.status(),
                "Id": first["Id"],
                "Number": first["Number"],
                "NeedReturnData": [{}],
            }
        }


def refusal(error: Refused) -> dict[str, Any]:
    """The reply to a call that is refused as a whole."""
    return {"Result": {"ResponseStatus": Outcome(errors=[error]).status()}}
