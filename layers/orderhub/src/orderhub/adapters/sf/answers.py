"""SF's two envelopes and what their codes mean for us (sheet §2, §3). Pure."""

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.partner_http import Response, parse_json
from orderhub.adapters.sf.mapping import PARTNER
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

PLATFORM_OK = "A1000"
BUSINESS_OK = "S0000"

# Refused before any work was done, and again the same way until somebody mends a setting.
_PLATFORM_MEND = frozenset({"A1001", "A1003", "A1004", "A1006", "A1008", "A1010", "A1011"})
_FLOW_CONTROLLED = "A1005"
_EXPIRED = "A1002"
# A1007 (this request was seen before), A1009 and A1099 may come after the work was done.
_PLATFORM_UNCLEAR = frozenset({"A1007", "A1009", "A1099"})
_BUSINESS_UNCLEAR = frozenset({"S0003", "4001"})

FLOW_PAUSE_SECONDS = 1.0


def read_answer(response: Response) -> Mapping[str, Any]:
    """The business envelope {success, errorCode, errorMsg, msgData} of an answer.

    Raises PartnerRejected for platform codes that a setting must mend, PartnerUnavailable for the others,
    with ``unclear`` wherever the work may have been done: unknown codes and damaged answers too.
    """
    if response.status >= 300:
        raise _unclear(f"HTTP {response.status}")
    platform = parse_json(response.body, PARTNER)
    if not isinstance(platform, Mapping):
        raise _unclear("the answer is no object")
    code, text = str(platform.get("apiResultCode")), str(platform.get("apiErrorMsg") or "")
    if code != PLATFORM_OK:
        raise _platform_refusal(code, text)
    data = platform.get("apiResultData")
    if isinstance(data, str):
        data = parse_json(data.encode(), PARTNER)
    if not isinstance(data, Mapping):
        raise _unclear("no business result inside the answer")
    return data


def _platform_refusal(code: str, text: str) -> Exception:
    if code in _PLATFORM_MEND:
        return PartnerRejected(PARTNER, code, text[:200])
    if code == _FLOW_CONTROLLED:
        return PartnerUnavailable(PARTNER, code, retry_after_seconds=FLOW_PAUSE_SECONDS)
    if code == _EXPIRED:
        return PartnerUnavailable(PARTNER, code)
    known = code if code in _PLATFORM_UNCLEAR else "unknown platform code"
    return _unclear(known)


def business_code(envelope: Mapping[str, Any]) -> str:
    """``S0000`` or the code of the refusal.

    Raises PartnerUnavailable (unclear) for a failure inside SF, and when code and ``success`` contradict.
    """
    code = str(envelope.get("errorCode") or "")
    is_success = envelope.get("success") in (True, "true")
    if code in _BUSINESS_UNCLEAR:
        raise _unclear(f"business code {code}")
    if not code or is_success != (code == BUSINESS_OK):
        raise _unclear("success and errorCode contradict each other")
    return code


def business_data(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """msgData of a successful answer. Raises PartnerUnavailable (unclear) when there is none."""
    data = envelope.get("msgData")
    if not isinstance(data, Mapping):
        raise _unclear("success without msgData")
    return data


def refusal(code: str, envelope: Mapping[str, Any]) -> PartnerRejected:
    """SF's no, in SF's words."""
    return PartnerRejected(PARTNER, code, str(envelope.get("errorMsg") or "")[:200])


def _unclear(message: str) -> PartnerUnavailable:
    return PartnerUnavailable(PARTNER, message, unclear=True)
