"""Effects at partners: intended before they are tried, so that a crash never does one twice (design §7)."""

from dataclasses import dataclass
from enum import StrEnum


class EffectStatus(StrEnum):
    INTENDED = "intended"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing the hub wants of a partner, under one deterministic reference.

    ``lease_until`` (ms UTC) keeps a second caller away while the first may still be talking.
    ``attempts`` counts calls that may have reached the partner: above 0 the next attempt looks first.
    ``outcome`` is the partner's answer reduced to ids and numbers (no personal data).
    """

    order_id: str
    verb: str
    reference: str
    status: EffectStatus
    epoch: int
    content_version: int
    request_hash: str
    attempts: int
    lease_until: int
    outcome: dict[str, str]
    updated_at: int
    duration_ms: int = 0
