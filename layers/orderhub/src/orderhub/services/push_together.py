"""Push trades within the warehouse's per-minute limit: whoever gets the next call takes the others along.

A caller that may not call now stands in line and watches its own effect. The one that may call takes up to
49 waiting trades with its own into one push and writes the outcome on each of their effects. A caller whose
process dies leaves its effect intended: the next attempt looks at the warehouse first.
"""

from typing import TYPE_CHECKING

from orderhub.domain.effect import Effect, EffectStatus
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.domain.order import Milestone
from orderhub.domain.parcel import parcels_of, trade_id_of
from orderhub.domain.waybill_track import number_told
from orderhub.ports.orders import Waiting
from orderhub.ports.partners import TradeInstruction
from orderhub.services.effects import Outcome
from orderhub.services.receiver import open_receiver

if TYPE_CHECKING:
    from orderhub.services.dispatch import Warehouse

BATCH = 50
PATIENCE_MS = 12_000  # less than the lease: a waiting caller is alive or its lease ends
GLANCE_MS = 120
METHOD = "trade_push"
PARTNER = "wangdiantong"


class PushTogether:
    """One caller's push of its own trade, alone or in somebody's batch."""

    def __init__(self, world: "Warehouse", trade: TradeInstruction, effect: Effect) -> None:
        self._world = world
        self._trade = trade
        self._effect = effect

    def push(self) -> Outcome:
        """Raises PartnerUnavailable when no call was to be had in time, PartnerRejected when ours was refused."""
        world = self._world
        wait_ms = world.limits.take(PARTNER, METHOD, world.clock())
        if not wait_ms:
            return self._call()
        place = self._place(world.clock() + PATIENCE_MS)
        world.room.enter(place)
        try:
            return self._wait_or_call(place, wait_ms)
        finally:
            world.room.leave(place)

    def _wait_or_call(self, place: Waiting, wait_ms: int) -> Outcome:
        world = self._world
        while world.clock() < place.until:
            world.pause(min(wait_ms, GLANCE_MS) / 1000)
            mine = world.effects.load(place.order_id, self._effect.verb, self._effect.reference)
            if mine is not None and mine.status is EffectStatus.DONE:
                return mine.outcome
            if mine is not None and mine.status is EffectStatus.REFUSED:
                raise PartnerRejected(PARTNER, mine.outcome["code"], mine.outcome["message"])
            wait_ms = world.limits.take(PARTNER, METHOD, world.clock())
            if not wait_ms:
                return self._call()
        # Unclear: somebody may have taken this trade along in a push whose answer never came.
        raise PartnerUnavailable(PARTNER, "no call was free in time", unclear=True, retry_after_seconds=wait_ms / 1000)

    def _call(self) -> Outcome:
        world = self._world
        companions = self._companions()
        started = world.clock()
        trades = [self._trade, *(trade for trade, _ in companions)]
        try:
            answers = world.partner.push_trades(trades)
        except PartnerUnavailable as unavailable:
            if unavailable.retry_after_seconds:
                until = world.clock() + int(unavailable.retry_after_seconds * 1000)
                world.limits.pause(PARTNER, METHOD, until)
            raise
        took = world.clock() - started
        for trade, effect in companions:
            self._record(effect, answers.get(trade.trade_id), took)
        refusal = answers[self._trade.trade_id]
        if refusal:
            raise PartnerRejected(PARTNER, "trade", refusal)
        return {"batch": str(len(trades))}

    def _record(self, effect: Effect, refusal: str | None, took: int) -> None:
        now = self._world.clock()
        if refusal:
            self._world.effects.refuse(effect, "trade", refusal, now)
        elif refusal is not None:
            self._world.effects.finish(effect, {"batch": "shared"}, now, took)

    def _companions(self) -> list[tuple[TradeInstruction, Effect]]:
        """Others in line whose callers are alive and whose orders still want exactly what they intended."""
        world = self._world
        found: list[tuple[TradeInstruction, Effect]] = []
        for place in world.room.line(PARTNER, 2 * BATCH):
            if len(found) == BATCH - 1:
                break
            if place.until <= world.clock() or place.order_id == self._trade.order.order_id:
                continue
            effect = world.effects.load(place.order_id, self._effect.verb, place.reference)
            if effect is None or effect.status is not EffectStatus.INTENDED or effect.lease_until < world.clock():
                continue
            order = world.orders.load(place.order_id)
            if order is None or order.holds or order.has(Milestone.CANCELLED):
                continue
            if order.content_version != effect.content_version:
                continue
            try:
                receiver = open_receiver(order, world.seal)
            except ValueError:
                continue  # its own caller will say what is wrong with it
            parcel = next((p for p in parcels_of(order) if trade_id_of(order, p.number) == place.reference), None)
            if parcel is not None:
                number = number_told(order, parcel.waybill_number)
                found.append((TradeInstruction(order, receiver, number, parcel_number=parcel.number), effect))
        return found

    def _place(self, until: int) -> Waiting:
        order = self._trade.order
        placed_at = order.snapshot.placed_at if order.snapshot else 0
        return Waiting(PARTNER, order.order_id, placed_at, self._effect.verb, self._effect.reference, until)
