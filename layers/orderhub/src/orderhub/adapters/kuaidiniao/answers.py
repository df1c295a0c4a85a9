"""快递鸟's answers and what their codes mean for us (sheet §3, §4, §5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.kuaidiniao.mapping import PARTNER
from orderhub.adapters.partner_http import Response, parse_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

OK, DUPLICATE = "100", "106"
# Refused before any work was done: a parameter, its form, the account; 105 says why in Reason.
REFUSALS = frozenset({"101", "102", "103", "104", "105"})
# Of the queries: not understood, no number, special signs, its length, the day's quota.
QUERY_REFUSALS = frozenset({"401", "402", "403", "404", "405"})
CANCELLED_ALREADY = "已取消"
"""How a second cancel is told apart: no code of its own is known (a guess, switch of the simulator)."""


def read_answer(response: Response) -> Mapping[str, Any]:
    """The answer as an object. Raises PartnerUnavailable (unclear) for anything else."""
    if response.status >= 300:
        raise unclear(f"HTTP {response.status}")
    answer = parse_json(response.body, PARTNER)
    if not isinstance(answer, Mapping):
        raise unclear("the answer is no object")
    return answer


def label_code(answer: Mapping[str, Any]) -> str:
    """``100`` or ``106`` of 1007: both mean that there is a label under this OrderCode (§3: 106 comes with either
    Success). Raises PartnerRejected with 快递鸟's words; PartnerUnavailable (unclear) for unknown codes and for a 100
    that is no success."""
    code = code_of(answer)
    if code == DUPLICATE or (code == OK and is_success(answer)):
        return code
    raise refusal(answer, REFUSALS)


def check_done(answer: Mapping[str, Any]) -> None:
    """1147 did it. Raises as ``label_code`` does."""
    if code_of(answer) != OK or not is_success(answer):
        raise refusal(answer, REFUSALS)


def check_query(answer: Mapping[str, Any]) -> None:
    """A query or subscription was taken: these answers carry no code when all is well."""
    if not is_success(answer):
        raise refusal(answer, REFUSALS | QUERY_REFUSALS | {""})


def code_of(answer: Mapping[str, Any]) -> str:
    value = answer.get("ResultCode", answer.get("Code"))
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def is_success(answer: Mapping[str, Any]) -> bool:
    return answer.get("Success") in (True, "true", "True")


TOO_OFTEN = "频繁"
"""In Reason of a 105 (a guess: the sheet names the limit of 20 a second, not the words)."""


def refusal(answer: Mapping[str, Any], known: frozenset[str]) -> Exception:
    code = code_of(answer)
    if TOO_OFTEN in str(answer.get("Reason") or ""):
        return PartnerUnavailable(PARTNER, "called too often", retry_after_seconds=1.0)
    if code in known and not is_success(answer):
        return PartnerRejected(PARTNER, code or "refused", str(answer.get("Reason") or "")[:200])
    return unclear(f"code {code[:10] or 'missing'} is not one of the sheet's")


def unclear(message: str) -> PartnerUnavailable:
    return PartnerUnavailable(PARTNER, message, unclear=True)
