"""Do one thing at a partner, at most once, whatever crashes (design §7 "Intent before effect").

What a retry does, by where the previous attempt ended:
    before the intent          nothing happened; start
    after the intent           look by reference; absent and old enough → call again
    after the partner's answer look by reference; found → write the outcome
    after the outcome          the outcome stands; no call
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Order
from orderhub.ports.orders import EffectSpec, EffectStore, Intent
from orderhub.ports.world import Clock

LEASE_MS = 20_000  # longer than any partner client's timeout

type Outcome = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an effect is done: ``call`` does it, ``look`` finds what an earlier attempt left (None: absent).

    ``settle_ms``: how long after an attempt the partner's "absent" cannot be trusted yet.
    """

    call: Callable[[], Outcome]
    look: Callable[[], Outcome | None]
    settle_ms: int = 0


def perform(effects: EffectStore, spec: EffectSpec, attempt: Attempt, clock: Clock) -> Outcome:
    """Do the effect unless it is done; returns the partner's answer, from now or from then.

    Raises what ``EffectStore.intend`` raises, PartnerUnavailable and PartnerRejected.
    """
    started = clock()
    intent = effects.intend(spec, started)
    if intent.effect.status is EffectStatus.DONE:
        return intent.effect.outcome
    return carry_out(effects, intent, attempt, clock, started)


def carry_out(effects: EffectStore, intent: Intent, attempt: Attempt, clock: Clock, started: int) -> Outcome:
    """The second half of ``perform``: the intent is written and the lease is ours."""
    effect = intent.effect
    try:
        outcome = _looked_up(intent, attempt, clock) if intent.look_first else None
        if outcome is None:
            outcome = attempt.call()
    except PartnerRejected as refused:
        effects.refuse(effect, refused.code, refused.message, clock())
        raise
    except PartnerUnavailable as unavailable:
        effects.step_back(effect, unclear=unavailable.unclear or intent.look_first, now=clock())
        raise
    effects.finish(effect, outcome, clock(), clock() - started)
    return outcome


def _looked_up(intent: Intent, attempt: Attempt, clock: Clock) -> Outcome | None:
    """What the earlier attempt left at the partner. "Absent" counts only after the partner has settled."""
    found = attempt.look()
    left_ms = intent.tried_at + attempt.settle_ms - clock()
    if found is None and left_ms > 0:
        raise PartnerUnavailable(intent.effect.verb, "not there yet", unclear=True, retry_after_seconds=left_ms / 1000)
    return found


def wait_for_others(effects: EffectStore, order: Order, works: Mapping[str, str], partner: str, now: int) -> None:
    """Undoing waits while a call that it is to undo may still be under way (``works``: verb → reference).

    Raises PartnerUnavailable until the lease of such a call is over: what landed after the undoing would stay.
    """
    for verb, reference in works.items():
        effect = effects.load(order.order_id, verb, reference)
        if effect is not None and effect.status is EffectStatus.INTENDED and effect.lease_until > now:
            seconds = (effect.lease_until - now) / 1000
            raise PartnerUnavailable(partner, f"{verb} may still be under way", retry_after_seconds=seconds)


def spec_for(order: Order, verb: str, reference: str, epoch: int, *request: object, undoes: bool = False) -> EffectSpec:
    """An effect of this order; ``request`` is what makes two requests different (hashed, never stored)."""
    text = "\x1f".join(str(part) for part in (order.content_version, *request))
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return EffectSpec(order, verb, reference, digest, epoch, LEASE_MS, undoes)
