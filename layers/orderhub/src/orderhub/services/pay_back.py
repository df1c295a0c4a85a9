"""Pay money back because a person chose ``refund`` on a card; driven by the fact ``RefundRequested``.

Never twice for one decision: the effect's reference and the shop's idempotency key both come from the decision alone.
That key is why an attempt without an answer is simply repeated: Youzan's refund search does not show it (sheet §7.6).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from orderhub.domain.decision import Decision, DecisionClass
from orderhub.domain.decision_options import REFUND
from orderhub.domain.effect import EffectStatus
from orderhub.domain.errors import Interrupted, PartnerRejected, PartnerUnavailable
from orderhub.domain.facts import FactType, FactValue
from orderhub.domain.money import apportion
from orderhub.domain.order import Order
from orderhub.ports.orders import Change, EffectSpec
from orderhub.services.after_shipping import Shopfront, confirm_shipment
from orderhub.services.effects import LEASE_MS, Attempt, Outcome, perform
from orderhub.services.option_effects import REFUND_OF, REFUND_VERB
from orderhub.services.park import decision_for, request_decision
from orderhub.services.tasks import retried_when_stale


def tell_shop(fact_type: str, order_id: str, data: Mapping[str, FactValue], world: Shopfront) -> str:
    """What the shop function does about a fact: pay back, try again what the shop refused, or confirm the shipment.

    Raises PartnerUnavailable: deliver the event again.
    """
    decision_id = str(data.get("decision_id", ""))
    if fact_type == FactType.REFUND_REQUESTED:
        return _answered(order_id, decision_id, pay_back(order_id, decision_id, world), world)
    if fact_type == FactType.DECISION_MADE:
        card = world.orders.decision(order_id, decision_id)
        if card is not None and REFUND_OF in card.evidence:
            outcome = pay_back(order_id, card.evidence[REFUND_OF], world, retried_at=card.made_at)
            return _answered(order_id, decision_id, outcome, world)
    return confirm_shipment(order_id, world)


def _answered(order_id: str, decision_id: str, outcome: str, world: Shopfront) -> str:
    """Nobody has to tell the shop of this decision again. Cut off before it, the event is told again and changes
    nothing but this."""

    def once() -> None:
        order = world.orders.load(order_id)
        if order is not None and decision_id in order.refunds_due:
            due = tuple(one for one in order.refunds_due if one != decision_id)
            world.orders.commit(Change(order, replace(order, refunds_due=due), world.clock()))

    retried_when_stale(once)
    return outcome


def pay_back(order_id: str, decision_id: str, world: Shopfront, retried_at: int = 0) -> str:
    """``paid``, ``already``, ``refused`` (a card) or ``not_wanted``.

    What the shop refused is tried again only for a retry that a person chose after the refusal (``retried_at``, ms
    UTC), so that an event delivered twice pays nothing that was put right elsewhere. Raises PartnerUnavailable.
    """
    order, decision = world.orders.load(order_id), world.orders.decision(order_id, decision_id)
    if order is None or order.snapshot is None or decision is None or not decision.made_at or decision.option != REFUND:
        return "not_wanted"
    known = world.effects.load(order_id, REFUND_VERB, decision_id)
    if known is not None and known.status is EffectStatus.DONE:
        return "already"
    if known is not None and known.status is EffectStatus.REFUSED and known.updated_at > retried_at:
        return "refused"
    amount_fen = int(decision.parameters["amount_fen"])
    key = hashlib.sha256(decision_id.encode()).hexdigest()[:32]
    spec = EffectSpec(order, REFUND_VERB, decision_id, f"{key}-{amount_fen}", 0, LEASE_MS, undoes=True)

    def call() -> Outcome:
        shares, reason = shares_of(order, amount_fen), str(decision.parameters["reason"])
        refund_id = world.partner.pay_back(order.shop_id, order.platform_id, key, amount_fen, shares, reason)
        return {"refund_id": refund_id, "refund_fen": str(amount_fen)}

    try:
        perform(world.effects, spec, Attempt(call, lambda: None), world.clock)
    except Interrupted as moved:
        raise PartnerUnavailable(REFUND_VERB, "the order moved meanwhile") from moved
    except PartnerRejected as refused:
        _ask(order, decision, amount_fen, refused, world)
        return "refused"
    return "paid"


def shares_of(order: Order, amount_fen: int) -> dict[str, int]:
    """The amount over the lines in proportion to what each cost, to the fen; a line that bears nothing is left out."""
    lines = [line for line in order.lines if line.payable_fen] or list(order.lines)
    parts = apportion(amount_fen, [line.payable_fen for line in lines])
    return {line.line_id: part for line, part in zip(lines, parts, strict=True) if part}


def _ask(order: Order, decision: Decision, amount_fen: int, refused: PartnerRejected, world: Shopfront) -> None:
    """The shop's refusal becomes a card of its own: one per refund."""
    now = world.clock()
    evidence = {
        "partner": refused.partner,
        "code": refused.code,
        "message": refused.message,
        "refund_fen": str(amount_fen),
        REFUND_OF: decision.decision_id,
    }
    cause = "refund-" + hashlib.sha256(decision.decision_id.encode()).hexdigest()[:12]
    card = decision_for(order.order_id, DecisionClass.SHOP_REJECTED, cause, evidence, now)

    def once() -> None:
        request_decision(world.orders, world.orders.load(order.order_id) or order, card, now)

    retried_when_stale(once)
