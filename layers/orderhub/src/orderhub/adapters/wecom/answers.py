"""What WeCom's answers mean: HTTP 200 always, ``errcode`` decides (sheet §1; docs 90313, 90236)."""

from collections.abc import Mapping
from typing import Any

from orderhub.adapters.partner_http import Response, parse_json
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable

PARTNER = "wecom"

BUSY, CONCURRENCY, FREQUENCY = -1, 45033, 45009
TOKEN_CODES = frozenset({40014, 42001})
TASK_ID_USED = 42014
"""Also said of an illegal task id; ours are legal by construction (``domain.alert``), so it was sent before."""
CODE_USED = 42022
SETTING_CODES = frozenset({40001, 40013, 40056, 48002, 50003, 60020, 301002})
"""Secret, agent, trusted address: nothing about this message. It waits until somebody has put it right."""
FREQUENCY_SECONDS, SETTING_SECONDS, MOMENT_SECONDS = 60.0, 60.0, 2.0


class TokenRefused(Exception):
    """The access token is not valid any more: get another one and ask once again."""


def read_answer(response: Response) -> Mapping[str, Any]:
    """The answer of a call that WeCom has done. An answer without ``errcode`` is a success (sheet §3.2).

    Raises TokenRefused; PartnerUnavailable with ``retry_after_seconds`` when nothing was done and it may work later
    (too often, busy, our settings are wrong), ``unclear`` when the answer cannot be read; PartnerRejected for the rest.
    """
    answer = parse_json(response.body, PARTNER)
    if not isinstance(answer, dict):
        raise PartnerUnavailable(PARTNER, "answer is no object", unclear=True)
    code = answer.get("errcode", 0)
    if not isinstance(code, int) or isinstance(code, bool):
        raise PartnerUnavailable(PARTNER, "errcode is no number", unclear=True)
    if code in TOKEN_CODES:
        raise TokenRefused
    if code == FREQUENCY:
        raise PartnerUnavailable(PARTNER, f"errcode {code}: too often", retry_after_seconds=FREQUENCY_SECONDS)
    if code in (BUSY, CONCURRENCY):
        raise PartnerUnavailable(PARTNER, f"errcode {code}: busy", retry_after_seconds=MOMENT_SECONDS)
    if code in SETTING_CODES:
        raise PartnerUnavailable(PARTNER, f"errcode {code}: settings", retry_after_seconds=SETTING_SECONDS)
    if code:
        # errmsg carries a hint id and our address: the code says enough.
        raise PartnerRejected(PARTNER, str(code), "")
    return answer


def is_for_nobody(answer: Mapping[str, Any], user_id: str) -> bool:
    """Whether the only receiver was refused: ``errcode`` is 0 even then; ids come back in lower case (sheet §3)."""
    refused = f"{answer.get('invaliduser') or ''}|{answer.get('unlicenseduser') or ''}".lower().split("|")
    return user_id.lower() in refused
