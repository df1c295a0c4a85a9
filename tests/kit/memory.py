"""Orders and effects in memory, for tests that play thousands of lives. The tests of the real effects run on both.

Every write is two points of ``CrashPoints``. What is stored is frozen, so nothing can be changed behind its back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import Interrupted, PartnerUnavailable, Stale, Superseded
from orderhub.domain.facts import Fact
from orderhub.domain.order import Milestone, Order
from orderhub.domain.records import WaybillVersion
from orderhub.domain.waybill_content import CACHED_KEPT
from orderhub.ports.orders import Change, EffectSpec, Intent

type Reach = Callable[[str, str], None]


def _nowhere(when: str, what: str) -> None:
    return


class Memory:
    """What both stores share. ``reach(when, what)`` is told of each write."""

    def __init__(self, reach: Reach = _nowhere) -> None:
        self.orders: dict[str, Order] = {}
        self.effects: dict[tuple[str, str, str], Effect] = {}
        self.decisions: dict[str, Decision] = {}
        self.facts: list[Fact] = []
        self.waybills: dict[tuple[str, int, int], WaybillVersion] = {}
        self.reach = reach


class MemoryOrders:
    """The part of OrderStore that the carriers' use cases and decisions need."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def load(self, order_id: str) -> Order | None:
        return self._memory.orders.get(order_id)

    def effects_of(self, order_id: str) -> tuple[Effect, ...]:
        return tuple(effect for (owner, *_), effect in self._memory.effects.items() if owner == order_id)

    def waybills_of(self, order_id: str) -> tuple[WaybillVersion, ...]:
        return tuple(self._memory.waybills.values())

    def decision(self, order_id: str, decision_id: str) -> Decision | None:
        return self._memory.decisions.get(decision_id)

    def decisions_of(self, order_id: str) -> tuple[Decision, ...]:
        return tuple(one for one in self._memory.decisions.values() if one.order_id == order_id)

    def made_before(self, groups: object) -> Mapping[Any, Any]:
        return {}

    def commit(self, change: Change) -> Order:
        memory, before = self._memory, change.before
        order_id = change.after.order_id
        memory.reach("before", "commit")
        stored = memory.orders.get(order_id)
        if (stored.revision if stored else 0) != (before.revision if before else 0):
            raise Stale(order_id)
        if any(one.decision_id in memory.decisions for one in change.decisions) or any(
            memory.decisions[one.decision_id].status is not DecisionStatus.REQUESTED
            for one in (*change.made, *change.moved)
        ):
            raise Stale(order_id)
        after = replace(
            change.after,
            revision=(before.revision if before else 0) + 1,
            wake_seq=change.after.wake_seq + int(change.wakes),
        )
        memory.orders[order_id] = after
        memory.decisions |= {one.decision_id: one for one in (*change.decisions, *change.made, *change.moved)}
        memory.facts += change.facts
        for record in change.records:
            if isinstance(record, WaybillVersion):
                place = record.version if record.track == "pushed" else -1 - record.version % CACHED_KEPT
                memory.waybills[record.track, record.fulfillment, place] = record
        memory.reach("after", "commit")
        return after


class MemoryEffects:
    """EffectStore, as ``DynamoEffects`` does it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def load(self, order_id: str, verb: str, reference: str) -> Effect | None:
        return self._memory.effects.get((order_id, verb, reference))

    def intend(self, spec: EffectSpec, now: int) -> Intent:
        self._check(spec)
        known = self.load(spec.order.order_id, spec.verb, spec.reference)
        is_same = known is not None and known.request_hash == spec.request_hash
        if known is not None:
            if known.status is EffectStatus.DONE and is_same:
                return Intent(known, look_first=False)
            if known.lease_until > now:
                seconds = (known.lease_until - now) / 1000
                raise PartnerUnavailable(spec.verb, "another caller holds the lease", retry_after_seconds=seconds)
        is_still_open = known is not None and is_same and known.status is EffectStatus.INTENDED
        may_have_reached = known is not None and is_still_open and known.attempts > 0
        effect = Effect(
            order_id=spec.order.order_id,
            verb=spec.verb,
            reference=spec.reference,
            status=EffectStatus.INTENDED,
            epoch=spec.epoch,
            content_version=spec.order.content_version,
            request_hash=spec.request_hash,
            attempts=(known.attempts if known else 0) + 1,
            lease_until=now + spec.lease_ms,
            outcome={},
            updated_at=now,
            first_at=(known.first_at or known.updated_at) if known and is_still_open else now,
            is_unclear=may_have_reached or (known is not None and is_same and known.is_unclear),
            about=spec.about,
        )
        self._put("intend", effect)
        return Intent(effect, look_first=may_have_reached, tried_at=known.updated_at if known else 0)

    def finish(self, effect: Effect, outcome: Mapping[str, str], now: int, duration_ms: int) -> Effect:
        done = replace(
            effect,
            status=EffectStatus.DONE,
            outcome=dict(outcome),
            lease_until=0,
            updated_at=now,
            duration_ms=duration_ms,
        )
        self._put("finish", done)
        return done

    def refuse(self, effect: Effect, code: str, message: str, now: int) -> Effect:
        outcome = {"code": code, "message": message[:300]}
        refused = replace(effect, status=EffectStatus.REFUSED, outcome=outcome, lease_until=0, updated_at=now)
        self._put_unless_done("refuse", refused)
        return refused

    def step_back(self, effect: Effect, *, unclear: bool, now: int) -> None:
        attempts = effect.attempts if unclear else effect.attempts - 1
        is_unclear = effect.is_unclear or unclear
        stepped = replace(effect, attempts=attempts, lease_until=0, updated_at=now, is_unclear=is_unclear)
        self._put_unless_done("step_back", stepped)

    def _check(self, spec: EffectSpec) -> None:
        order = self._memory.orders[spec.order.order_id]
        if spec.epoch and (order.driver is None or order.driver.epoch != spec.epoch):
            raise Superseded(order.order_id)
        is_wanted = spec.undoes or not (order.holds or order.has(Milestone.CANCELLED))
        if order.content_version != spec.order.content_version or not is_wanted:
            raise Interrupted(order.order_id)

    def _put_unless_done(self, what: str, effect: Effect) -> None:
        known = self.load(effect.order_id, effect.verb, effect.reference)
        if known is None or known.status is not EffectStatus.DONE:
            self._put(what, effect)

    def _put(self, what: str, effect: Effect) -> None:
        self._memory.reach("before", what)
        self._memory.effects[effect.order_id, effect.verb, effect.reference] = effect
        self._memory.reach("after", what)


def waybills_of(memory: Memory, fulfillment: int) -> Sequence[WaybillVersion]:
    """A parcel's pushed versions, oldest first."""
    pushed = [one for (track, number, _), one in memory.waybills.items() if (track, number) == ("pushed", fulfillment)]
    return sorted(pushed, key=lambda one: one.version)
