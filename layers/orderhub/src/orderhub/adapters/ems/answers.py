"""EMS's envelope and what its refusals mean for us (sheet §2, §8). Pure.

EMS publishes no catalogue of codes: all that is not ``00000`` is a no, and what kind of no stands in the words only.
The words below are guesses until an account shows its own (deploy.md, "What could not be proven here"). So they err to
the safe side: what is not recognised is a refusal in EMS's words, and a person reads it.
"""

import re
from collections.abc import Mapping
from typing import Any

from orderhub.adapters.partner_http import Response, parse_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

PARTNER = "ems"
OK = "00000"
DUPLICATE, UNKNOWN_ORDER, CANCELLED = "duplicate-order", "unknown-order", "cancelled-order"

LIMIT_PAUSE_SECONDS = 1.0
_TOO_OFTEN = re.compile("频繁|限流|频率")
_OUT_OF_ORDER = re.compile("系统(异常|错误|繁忙)|服务(异常|不可用|繁忙)|内部错误|超时|稍后")
_TOO_LATE = re.compile("收寄|揽收|在途|妥投")
_WORDS: Mapping[str, re.Pattern[str]] = {
    CANCELLED: re.compile("已(取消|撤单|撤销|作废)|重复取消"),
    UNKNOWN_ORDER: re.compile(
        "(订单|运单|邮件|单号)[^,,。]{0,8}(不存在|未找到|找不到)|查无|未查询到|无查询信息|无此订单"
    ),
    DUPLICATE: re.compile("重复(下单|提交|订单)|(订单|单号)[^,,。]{0,8}(重复|已存在)|已下单"),
}


def read_answer(response: Response) -> Any:
    """``retBody`` of a success: parsed when it is JSON in a text, the text itself when it is not, None when empty.

    Raises PartnerRejected for a refusal: its code is ``duplicate-order``, ``unknown-order``, ``cancelled-order`` where
    the words say so, else EMS's own. Raises PartnerUnavailable, ``unclear`` wherever the work may have been done.
    """
    if response.status >= 300:
        raise unclear(f"HTTP {response.status}")
    answer = parse_json(response.body, PARTNER)
    if not isinstance(answer, Mapping):
        raise unclear("the answer is no object")
    code = _text(answer.get("retCode"))
    is_failure = answer.get("success") in (False, "false")
    if code == OK and not is_failure:
        return _body(answer.get("retBody"))
    if not code or code == OK or answer.get("success") in (True, "true"):
        raise unclear("success and retCode contradict each other")
    raise _refusal(code, _text(answer.get("retMsg")))


def _body(body: object) -> Any:
    if not isinstance(body, str):
        return body
    text = body.strip()
    if not text.startswith(("{", "[")):
        return text or None
    return parse_json(text.encode("utf-8", "surrogatepass"), PARTNER)


def _refusal(code: str, words: str) -> Exception:
    if _TOO_OFTEN.search(words):
        return PartnerUnavailable(PARTNER, "called too often", retry_after_seconds=LIMIT_PAUSE_SECONDS)
    if _OUT_OF_ORDER.search(words):
        return unclear(f"{code[:10]}: out of order")
    kind = next((kind for kind, pattern in _WORDS.items() if pattern.search(words)), code)
    if kind == CANCELLED and _TOO_LATE.search(words):
        kind = code
    return PartnerRejected(PARTNER, kind[:40], words[:200])


def records_of(body: object) -> list[Mapping[str, Any]]:
    """The objects in a body: one, or an array of them. Raises PartnerUnavailable (unclear) for another body."""
    if body is None:
        return []
    entries: list[Any] = body if isinstance(body, list) else [body]
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise unclear("a body of another form")
    return entries


def unclear(message: str) -> PartnerUnavailable:
    """An answer that leaves open whether the work was done."""
    return PartnerUnavailable(PARTNER, message, unclear=True)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
