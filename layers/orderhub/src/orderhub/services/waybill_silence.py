"""A carrier that does not say whether a waybill lives: after a while a person is asked, and the parcel stays here."""

from dataclasses import replace

from orderhub.domain.decision import DecisionClass
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerUnavailable
from orderhub.domain.order import Order, Parcel
from orderhub.ports.orders import EffectSpec, EffectStore, OrderStore
from orderhub.services.parcels import named
from orderhub.services.park import decision_for, request_decision
from orderhub.services.tasks import retried_when_stale

SILENT_MS = 30 * 60_000
"""So long the hub asks again by itself."""


def ask_if_silent(
    order: Order,
    parcel: Parcel,
    spec: EffectSpec,
    silence: PartnerUnavailable,
    orders: OrderStore,
    effects: EffectStore,
    now: int,
) -> None:
    """A card ``carrier_silent`` when what was asked of the carrier is unanswered for too long; then Interrupted.

    Only what may have reached the carrier counts: a carrier that is down and was never asked is waited for.
    """
    effect = effects.load(order.order_id, spec.verb, spec.reference)
    if effect is None or effect.status is not EffectStatus.INTENDED or not effect.attempts:
        return
    if now - (effect.first_at or effect.updated_at) < SILENT_MS:
        return
    cause, which = named(order, f"{spec.verb}-{spec.reference}", parcel)
    evidence = {
        "carrier": silence.partner,
        "reference": spec.reference,
        "asked": spec.verb,
        "since": str(effect.first_at),
        **which,
    }
    decision = decision_for(order.order_id, DecisionClass.CARRIER_SILENT, cause, evidence, now)
    decision = replace(decision, evidence=evidence)  # references are long numbers, and not personal

    def once() -> None:
        current = orders.load(order.order_id) or order
        request_decision(orders, current, decision, now)

    retried_when_stale(once)
    raise Interrupted(f"{order.order_id}: the carrier has not answered") from silence
