"""Effects at partners: intended before they are tried, so that a crash never does one twice (design §7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class EffectStatus(StrEnum):
    INTENDED = "intended"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing the hub wants of a partner, under one deterministic reference.

    ``lease_until`` (ms UTC) keeps a second caller away while the first may still be talking.
    ``attempts`` counts calls that may have reached the partner: above 0 the next attempt looks first.
    ``first_at`` (ms UTC): since when exactly this is wanted and not answered.
    ``is_unclear``: an attempt was never answered, so what it asked for may be done even after a later answer was no.
    ``about``: what else a later reader must know of the request (ids and codes only).
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
    first_at: int = 0
    is_unclear: bool = False
    about: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def may_have_been_asked(effect: Effect) -> bool:
    """Whether an attempt that was never answered may have reached the partner, and may still be carried out."""
    return effect.is_unclear or (effect.status is EffectStatus.INTENDED and effect.attempts > 0)
