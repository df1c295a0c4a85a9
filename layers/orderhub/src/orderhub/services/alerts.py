"""Who is told of a decision, and when it is told again (R23, R26). An alert is a pointer: the queue decides.

``follow`` looks at the decision as it is now, so events may come twice, late or in any order. What a crash leaves:
alerts are made before the timeline says so, and a repeated event completes both; each is written once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from orderhub.domain.alert import Alert, AlertState, acknowledged, escalated, postponed
from orderhub.domain.decision import Decision, DecisionStatus
from orderhub.domain.facts import Fact, FactType
from orderhub.ports.alerts import AlertPartner, AlertStore, Directory
from orderhub.ports.orders import Change, OrderStore
from orderhub.ports.world import Clock, Limits
from orderhub.services.alert_words import made_words
from orderhub.services.tasks import retried_when_stale


@dataclass(frozen=True, slots=True)
class Alerting:
    """What telling people works with. ``directory`` is read each time: people change without a deployment."""

    orders: OrderStore
    alerts: AlertStore
    partner: AlertPartner
    directory: Callable[[], Directory]
    limits: Limits
    clock: Clock
    hub_url: str


def decision_of(decision_id: str, orders: OrderStore) -> Decision | None:
    return orders.decision(decision_id.partition(".")[0], decision_id)


def follow(decision_id: str, world: Alerting) -> tuple[Alert, ...]:
    """Make the alerts about this decision what they should be now; returns them. None of them is sent here.

    Open and nobody told: its owners are told. Made: every alert is acknowledged. Taken back after it was made, or past
    its deadline: the owners, and those second to them, are told anew, once.
    """
    decision = decision_of(decision_id, world.orders)
    if decision is None:
        return ()
    known = world.alerts.of_decision(decision_id)
    if decision.status is DecisionStatus.MADE:
        acknowledge(decision, known, world)
    elif not known:
        raise_alerts(decision, 0, world)
    elif all(alert.state is AlertState.ACKNOWLEDGED for alert in known) or _is_told_too_early(decision, known):
        raise_alerts(decision, max(alert.level for alert in known) + 1, world)
        for alert in known:
            world.alerts.change(alert, escalated, world.clock())
    else:
        _say_raised(decision, known, world)
    return world.alerts.of_decision(decision_id)


def _is_told_too_early(decision: Decision, known: tuple[Alert, ...]) -> bool:
    """Whether the deadline went by after the last time that somebody was told."""
    return decision.is_expired and all(alert.raised_at < decision.expired_at for alert in known)


def raise_alerts(decision: Decision, level: int, world: Alerting) -> None:
    """One alert for each recipient of this level, pending; whoever has it already is not told twice."""
    now, role = world.clock(), decision.kind.owner
    recipients = world.directory().recipients(role, level)
    for recipient in recipients:
        alert = Alert(
            decision_id=decision.decision_id,
            order_id=decision.order_id,
            decision_class=decision.decision_class.value,
            role=role,
            recipient=recipient,
            level=level,
            raised_at=now,
            due_at=now,
        )
        world.alerts.create(alert, now)
    if recipients:
        _tell_raised(decision, level, len(recipients), world)


def escalate(alert: Alert, world: Alerting) -> tuple[Alert, ...]:
    """Nobody decided in time: tell the next level, the owners among them; returns the new alerts.

    A decision that somebody put off is left alone until then.
    """
    decision = decision_of(alert.decision_id, world.orders)
    if decision is None or decision.status is DecisionStatus.MADE:
        if decision is not None:
            acknowledge(decision, world.alerts.of_decision(alert.decision_id), world)
        return ()
    now, until = world.clock(), decision.deferred_until
    if until > now:
        world.alerts.change(alert, lambda each: postponed(each, until), now)
        return ()
    raise_alerts(decision, alert.level + 1, world)
    world.alerts.change(alert, escalated, now)
    return tuple(each for each in world.alerts.of_decision(alert.decision_id) if each.level == alert.level + 1)


def acknowledge(decision: Decision, known: tuple[Alert, ...], world: Alerting) -> None:
    """The decision is made: no alert about it is sent or escalated any more, its cards are to be closed."""
    if not known:
        return
    now, words = world.clock(), made_words(decision)
    data: dict[str, str | int | bool] = {
        "decision_id": decision.decision_id,
        "class": decision.decision_class.value,
        "option": decision.option,
        "made_by": decision.made_by,
        "level": max(alert.level for alert in known),
    }
    _tell_once(decision.order_id, Fact(FactType.ALERT_ACKNOWLEDGED, data, now), world)
    for alert in known:
        world.alerts.change(alert, lambda each: acknowledged(each, words, now), now)


def _say_raised(decision: Decision, known: tuple[Alert, ...], world: Alerting) -> None:
    """An event came twice, or its first time was cut off before the timeline was told."""
    level = max(alert.level for alert in known)
    _tell_raised(decision, level, sum(alert.level == level for alert in known), world)


def _tell_raised(decision: Decision, level: int, recipients: int, world: Alerting) -> None:
    data: dict[str, str | int | bool] = {
        "decision_id": decision.decision_id,
        "class": decision.decision_class.value,
        "role": decision.kind.owner,
        "level": level,
        "recipients": recipients,
    }
    _tell_once(decision.order_id, Fact(FactType.ALERT_RAISED, data, world.clock()), world)


def _tell_once(order_id: str, fact: Fact, world: Alerting) -> None:
    """Put the fact on the order's timeline unless it is there; a decision of no order has no timeline."""

    def once() -> None:
        order = world.orders.load(order_id)
        if order is None or any(_is_same(fact, known.type, known.data) for known in world.orders.facts_of(order_id)):
            return
        world.orders.commit(Change(order, order, world.clock(), facts=(fact,)))

    retried_when_stale(once)


def _is_same(fact: Fact, known_type: str, known: object) -> bool:
    if known_type != fact.type.value or not isinstance(known, dict):
        return False
    return all(known.get(key) == fact.data[key] for key in ("decision_id", "level"))
