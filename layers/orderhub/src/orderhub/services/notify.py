"""Carry alerts to people: one card each, a merged list when there are many, later when WeCom does not take them.

What may double, and why it does no harm. A card: never, WeCom takes its task id once. A list to a person: only when
the function died between sending and writing *and* the list has changed since (``enable_duplicate_check`` drops an
equal one). A list to a group: when it died there; robots know no repetition. All are pointers: nothing is decided
by reading one.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby

from orderhub.domain.alert import (
    Alert,
    AlertState,
    acknowledged,
    closed,
    given_back,
    leased,
    sent,
)
from orderhub.domain.decision import REGISTRY, DecisionClass, DecisionStatus
from orderhub.domain.errors import PartnerRejected, PartnerUnavailable
from orderhub.services.alert_words import card_of, line_of, made_words
from orderhub.services.alerts import Alerting, decision_of, escalate, follow

MEMBER, ROBOT = "wecom_member", "wecom_robot"
"""Limits counted per receiver: 30 a minute and 1,000 an hour for a member, 20 a minute for a robot."""
CARDS_AT_ONCE = 10
"""More than this at once for one person are merged into a list: whoever gets more cards reads none."""
LIST_AT_ONCE = 20


def tell(decision_id: str, world: Alerting) -> str:
    """Something happened to this decision: alert its people or close their cards. Returns what was done, for the log.

    WeCom not answering is no error here: what could not be carried stays due, and ``look`` carries it later.
    """
    own = follow(decision_id, world)
    return _text(carry((*world.alerts.due(world.clock(), 100), *own), world))


def look(world: Alerting) -> Mapping[str, int]:
    """Everything that is due: alerts to be sent, cards to be closed, decisions that nobody made in time."""
    return carry(world.alerts.due(world.clock()), world)


def carry(alerts: Iterable[Alert], world: Alerting) -> Mapping[str, int]:
    """Do what is due of these alerts, the oldest first for each person; returns counts."""
    counts: dict[str, int] = {}
    now = world.clock()
    due = {(a.decision_id, a.recipient, a.level): a for a in alerts if 0 < a.due_at <= now}
    for alert in list(due.values()):
        if alert.state is AlertState.SENT and not alert.words:
            for fresh in escalate(alert, world):
                due[fresh.decision_id, fresh.recipient, fresh.level] = fresh
            _count(counts, "escalated")
    by_recipient = sorted(due.values(), key=lambda a: (a.recipient, a.raised_at, a.decision_id))
    for recipient, group in groupby(by_recipient, key=lambda a: a.recipient):
        try:
            _carry_to(recipient, list(group), counts, world)
        except PartnerUnavailable as failure:
            _count(counts, "waiting")
            if failure.retry_after_seconds is None:
                break  # nobody can be reached now
    return counts


def _carry_to(recipient: str, alerts: list[Alert], counts: dict[str, int], world: Alerting) -> None:
    for alert in alerts:
        if alert.words and alert.response_code:
            _close(alert, world)
            _count(counts, "closed")
    pending = [alert for alert in alerts if alert.state is AlertState.PENDING]
    if pending and (recipient.startswith(Alert.ROBOT) or len(pending) > CARDS_AT_ONCE):
        _send_lists(recipient, pending, counts, world)
        return
    for alert in pending:
        if world.limits.take(MEMBER, recipient, world.clock()):
            _count(counts, "limited")
            return
        _count(counts, _send_card(alert, world))


def _send_card(alert: Alert, world: Alerting) -> str:
    taken = world.alerts.change(alert, lambda each: leased(each, world.clock()), world.clock())
    if taken is None:
        return "taken"  # by another instance, or its decision was made
    decision = decision_of(taken.decision_id, world.orders)
    if decision is None or decision.status is DecisionStatus.MADE:
        words = made_words(decision) if decision else ""
        world.alerts.change(taken, lambda each: acknowledged(each, words, world.clock()), world.clock())
        return "moot"
    try:
        code = world.partner.send_card(taken.recipient, card_of(decision, taken, world.hub_url))
    except PartnerRejected as refusal:
        _write_sent(taken, world, problem=refusal.code)
        return "refused"
    except PartnerUnavailable:
        world.alerts.change(taken, given_back, world.clock())
        raise
    _write_sent(taken, world, code)
    return "sent"


def _send_lists(recipient: str, pending: list[Alert], counts: dict[str, int], world: Alerting) -> None:
    """Lists until everything is listed, or this receiver's share of messages is used up."""
    is_robot = recipient.startswith(Alert.ROBOT)
    left = pending
    while left:
        if world.limits.take(ROBOT if is_robot else MEMBER, recipient, world.clock()):
            _count(counts, "limited")
            return
        now = world.clock()
        batch = [
            world.alerts.change(alert, lambda each: leased(each, world.clock()), now) for alert in left[:LIST_AT_ONCE]
        ]
        taken = [alert for alert in batch if alert is not None]
        left = left[LIST_AT_ONCE:]
        if not taken:
            continue
        lines = [
            line_of(alert, REGISTRY[DecisionClass(alert.decision_class)].name_zh, world.hub_url) for alert in taken
        ]
        try:
            if is_robot:
                listed = world.partner.send_to_robot(recipient.removeprefix(Alert.ROBOT), lines)
            else:
                listed = world.partner.send_digest(recipient, lines)
        except PartnerRejected as refusal:
            for alert in taken:
                _write_sent(alert, world, problem=refusal.code)
            _count(counts, "refused", len(taken))
            continue
        except PartnerUnavailable:
            for alert in taken:
                world.alerts.change(alert, given_back, world.clock())
            raise
        for alert in taken[:listed]:
            _write_sent(alert, world)
        back = [world.alerts.change(alert, given_back, world.clock()) for alert in taken[listed:]]
        left = [*(alert for alert in back if alert is not None), *left]
        _count(counts, "listed", listed)


def _write_sent(alert: Alert, world: Alerting, code: str = "", problem: str = "") -> None:
    now = world.clock()
    written = world.alerts.change(alert, lambda each: sent(each, now, code, problem), now)
    if written and written.state is AlertState.ACKNOWLEDGED and written.response_code:
        _close(written, world)  # somebody decided while the card was on its way


def _close(alert: Alert, world: Alerting) -> None:
    """Close the card; one that WeCom will not change any more stays as it is, and its buttons decide nothing."""
    try:
        world.partner.close_card(alert.recipient, alert.response_code, alert.words)
    except PartnerRejected as refusal:
        problem = refusal.code
        world.alerts.change(alert, lambda each: closed(each, world.clock(), problem), world.clock())
        return
    world.alerts.change(alert, lambda each: closed(each, world.clock()), world.clock())


def _count(counts: dict[str, int], what: str, number: int = 1) -> None:
    counts[what] = counts.get(what, 0) + number


def _text(counts: Mapping[str, int]) -> str:
    return ",".join(f"{what}:{number}" for what, number in sorted(counts.items())) or "nothing"
